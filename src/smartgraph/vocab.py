"""The namespaces and terms we use, by name.

``PLACEHOLDER`` is the base under which files are authored; the build moves every term to the
configured base (:mod:`smartgraph.iris`). ``PREFIXES`` is the one table from which canonical Turtle,
the CLI's queries and the served documents take their prefixes.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

PLACEHOLDER: Final = "https://smartgraph.example/"

#: Types of things: the first path segment below ``id/``.
ID_TYPES: Final = (
    "agendaitem", "area", "authority", "body", "component", "consultation", "decision", "event", "figure",
    "foreseen", "funding", "initiative", "meeting", "membership", "org", "paper", "participation",
    "partnership", "programme", "project", "solution", "source", "statusrecord", "strategy", "unit",
)  # fmt: skip

#: Concept schemes: the first path segment below ``concept/``.
SCHEMES: Final = (
    "amount-qualifier", "amount-type", "authority-type", "basis", "body-type", "component-type",
    "decision-type", "figure-type", "funding-status", "majority", "org-type", "outcome", "paper-type",
    "partnership-type", "project-type", "role", "solution-type", "source-type", "status", "strategy-type",
    "technology", "theme",
)  # fmt: skip

#: Vocabularies of others.
FOREIGN: Final = {
    "adms": "http://www.w3.org/ns/adms#",
    "cv": "http://data.europa.eu/m8g/",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "eli": "http://data.europa.eu/eli/ontology#",
    "eli-dl": "http://data.europa.eu/eli/eli-draft-legislation-ontology#",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "locn": "http://www.w3.org/ns/locn#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vann": "http://purl.org/vocab/vann/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}

#: ``org:`` is the W3C organisation ontology everywhere, so our own organisations get a longer name.
_OWN_NAME: Final = {"org": "organisation"}


def prefixes(base: str = PLACEHOLDER) -> dict[str, str]:
    """All prefixes, ours under ``base`` (which ends with a slash), sorted by name."""
    own = {"smg": f"{base}ns#", "smgsh": f"{base}shapes#", "id": f"{base}id/", "graph": f"{base}graph/"}
    own |= {_OWN_NAME.get(kind, kind): f"{base}id/{kind}/" for kind in ID_TYPES}
    own |= {scheme: f"{base}concept/{scheme}/" for scheme in SCHEMES}
    return dict(sorted((own | FOREIGN).items()))


PREFIXES: Final = MappingProxyType(prefixes())

RDF: Final = FOREIGN["rdf"]
RDFS: Final = FOREIGN["rdfs"]
OWL: Final = FOREIGN["owl"]
SKOS: Final = FOREIGN["skos"]
XSD: Final = FOREIGN["xsd"]
DCTERMS: Final = FOREIGN["dcterms"]
SH: Final = FOREIGN["sh"]
DCAT: Final = FOREIGN["dcat"]
FOAF: Final = FOREIGN["foaf"]
VANN: Final = FOREIGN["vann"]
RDF_TYPE: Final = f"{RDF}type"
RDF_LANG_STRING: Final = f"{RDF}langString"
XSD_STRING: Final = f"{XSD}string"
