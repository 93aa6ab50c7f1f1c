"""A tiny release, written by hand, for tests of what reads releases."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from smartgraph.build.generated import authored_model, release_files
from smartgraph.bundle import find_bundle
from smartgraph.release import Manifest, Releases
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.release import Release

BASE: Final = "https://data.example.org/sg/"
STRATEGY: Final = f"{BASE}id/strategy/beispiel"

_PREFIXES: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "dcterms": "http://purl.org/dc/terms/",
    "owl": "http://www.w3.org/2002/07/owl#",
    "sh": "http://www.w3.org/ns/shacl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "smg": f"{BASE}ns#",
    "smgsh": f"{BASE}shapes#",
    "id": f"{BASE}id/",
    "theme": f"{BASE}concept/theme/",
    "concept": f"{BASE}concept/",
    "graph": f"{BASE}graph/",
    "genid": f"{BASE}.well-known/genid/",
}

#: Subject, predicate, object, graph. The third line stands in two graphs: the union has it once.
_LINES: Final = """
id:strategy/beispiel rdf:type smg:Strategy graph:duisburg
id:strategy/beispiel skos:prefLabel "Beispielstrategie „Straße“"@de graph:duisburg
id:strategy/beispiel smg:targetYear "2030"^^xsd:gYear graph:duisburg
id:strategy/beispiel smg:targetYear "2030"^^xsd:gYear graph:joint
id:strategy/beispiel smg:theme theme:mobilitaet graph:duisburg
id:strategy/beispiel dcterms:temporal id:strategy/beispiel#period graph:duisburg
id:strategy/beispiel#period rdf:type dcterms:PeriodOfTime graph:duisburg
id:project/folge smg:implements id:strategy/beispiel graph:joint
id:project/folge rdf:type smg:Project graph:joint
id:project/folge skos:prefLabel "Folgeprojekt"@de graph:joint
id:project/folge skos:prefLabel "Follow-up, \\"one\\" <two>\\tthree"@en graph:joint
id:area/beispielhausen rdf:type smg:AdministrativeArea graph:reference
id:area/beispielhausen skos:prefLabel "Beispielhausen"@de graph:reference
theme:mobilitaet rdf:type skos:Concept graph:vocabulary
theme:mobilitaet skos:prefLabel "Mobilität"@de graph:vocabulary
theme:mobilitaet skos:inScheme concept:theme graph:vocabulary
concept:theme rdf:type skos:ConceptScheme graph:vocabulary
concept:theme skos:prefLabel "Themenfeld"@de graph:vocabulary
smg:Strategy rdf:type owl:Class graph:ontology
smg:Strategy skos:prefLabel "Strategie"@de graph:ontology
smgsh:StrategyShape rdf:type sh:NodeShape graph:shapes
smgsh:StrategyShape sh:targetClass smg:Strategy graph:shapes
smgsh:StrategyShape sh:property _:c14n0 graph:shapes
_:c14n0 sh:path skos:prefLabel graph:shapes
_:c14n0 sh:minCount "1"^^xsd:integer graph:shapes
id:strategy/beispiel rdfs:label "Beispielstrategie „Straße“"@de graph:derived
"""

#: Each triple once.
TRIPLES: Final = 25


#: Lines that make a thing withdrawn, and another replaced; and a node whose author gave it no name.
WITHDRAWN: Final = """
id:project/zurueckgezogen rdf:type smg:Tombstone graph:joint
id:project/zurueckgezogen smg:withdrawnOn "2026-10-01"^^xsd:date graph:joint
id:project/zurueckgezogen skos:note "Doppelt erfasst."@de graph:joint
id:project/zurueckgezogen skos:note "Recorded twice."@en graph:joint
id:project/ersetzt rdf:type smg:Tombstone graph:joint
id:project/ersetzt smg:withdrawnOn "2026-10-01"^^xsd:date graph:joint
id:project/ersetzt dcterms:isReplacedBy id:project/folge graph:joint
smgsh:StrategyShape sh:not genid:0123456789abcdef01234567 graph:shapes
genid:0123456789abcdef01234567 sh:minCount smg:Strategy graph:shapes
"""


def tiny_release(state: Path, base: str = BASE, more: str = "") -> Release:
    """Publishes the tiny release, and lines of ``more``, under ``base`` into the state folder ``state``."""
    lines = sorted(_nquad(line) for line in (_LINES + more).strip().splitlines() if line)
    core = "".join(lines).replace(BASE, base).encode()
    graphs = ("derived", "duisburg", "joint", "ontology", "reference", "shapes", "vocabulary")
    sizes = tuple((name, sum(f"<{BASE}graph/{name}> ." in line for line in lines)) for name in graphs)
    triples = sorted({line.rsplit(b" <", 1)[0] + b" .\n" for line in core.splitlines()})
    manifest = Manifest(base, "2026-11-01", len(triples), sizes)
    files = release_files(authored_model(find_bundle()), PLACEHOLDER)
    rebased = {name: content.replace(PLACEHOLDER.encode(), base.encode()) for name, content in files.items()}
    return Releases(state).add(core, manifest, {"conforms": True}, {"smartgraph.nt": b"".join(triples), **rebased})


def with_context(jsonld: bytes, context: bytes) -> bytes:
    """A JSON-LD document with the context written into it, for readers that do not fetch."""
    document = json.loads(jsonld)
    if isinstance(document, dict):
        document["@context"] = json.loads(context)["@context"]
    return json.dumps(document).encode()


def _nquad(line: str) -> str:
    subject, predicate, rest = line.split(" ", 2)
    value, graph = rest.rsplit(" ", 1)
    return f"{_term(subject)} {_term(predicate)} {_term(value)} {_term(graph)} .\n"


def _term(text: str) -> str:
    if text.startswith("_:"):
        return text
    if text.startswith('"'):
        literal, mark, datatype = text.rpartition("^^")
        return f"{literal}^^{_term(datatype)}" if mark else text
    prefix, _, local = text.partition(":")
    return f"<{_PREFIXES[prefix]}{local}>"
