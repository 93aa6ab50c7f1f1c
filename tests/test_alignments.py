"""``ontology/alignments.ttl``: how our terms relate to those of others, without changing what is derived or checked."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, Graph, URIRef
from rdflib.namespace import SH

from smartgraph.vocab import PLACEHOLDER

_ROOT: Final = Path(__file__).parent.parent
_OWN: Final = f"{PLACEHOLDER}ns#"
#: The vocabularies that are aligned, by namespace. A new one is looked up in its own files before it is added here.
_KNOWN: Final = (
    "http://data.europa.eu/eli/eli-draft-legislation-ontology#",
    "http://data.europa.eu/s66#",
    "http://data.vlaanderen.be/ns/besluit#",
    "http://purl.org/cerif/frapo/",
    "http://www.w3.org/ns/activitystreams#",
    "http://www.w3.org/ns/dcat#",
    "http://www.w3.org/ns/org#",
    "http://www.w3.org/ns/prov#",
    "http://xmlns.com/foaf/0.1/",
    "https://linkedopendata.eu/entity/",
    "https://schema.oparl.org/1.1/",
    "https://schema.org/",
)


@pytest.fixture(scope="module")
def alignments() -> Graph:
    return Graph().parse(_ROOT / "ontology" / "alignments.ttl")


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(_ROOT / "ontology" / "smartgraph.ttl")


def test_only_terms_of_ours_that_exist_are_aligned(alignments: Graph, ontology: Graph) -> None:
    unknown = {term for term in alignments.subjects() if (term, RDF.type, None) not in ontology}
    assert not unknown
    assert all(str(term).startswith(_OWN) for term in alignments.subjects())


def test_every_aligned_term_of_others_is_of_a_known_vocabulary(alignments: Graph) -> None:
    others = {str(term) for term in alignments.objects()}
    assert not [term for term in others if not term.startswith(_KNOWN)]
    assert not [known for known in _KNOWN if not any(term.startswith(known) for term in others)]


def test_an_alignment_says_what_follows_or_only_where_to_look(alignments: Graph, ontology: Graph) -> None:
    assert set(alignments.predicates()) == {RDFS.subClassOf, RDFS.subPropertyOf, RDFS.seeAlso}
    classes = set(ontology.subjects(RDF.type, OWL.Class))
    assert set(alignments.subjects(RDFS.subClassOf)) <= classes
    assert not set(alignments.subjects(RDFS.subPropertyOf)) & classes


def test_no_alignment_repeats_what_the_ontology_says(alignments: Graph, ontology: Graph) -> None:
    assert not set(alignments) & set(ontology)
    twice = {
        (own, other)
        for own, other in alignments.subject_objects(RDFS.seeAlso)
        if set(alignments.predicates(own, other)) - {RDFS.seeAlso} or (own, None, other) in ontology
    }
    assert not twice


def test_no_alignment_brings_a_thing_under_a_rule_or_a_derived_class(alignments: Graph, ontology: Graph) -> None:
    """A superclass that a shape targets, or that we declare, would change findings and pages."""
    shapes = Graph()
    for path in sorted((_ROOT / "shapes").glob("*.ttl")):
        shapes.parse(path)
    supers = set(alignments.objects(None, RDFS.subClassOf))
    assert supers
    assert not supers & set(shapes.objects(None, SH.targetClass))
    assert not supers & set(ontology.subjects(RDF.type, OWL.Class))
    assert URIRef("https://schema.org/Project") not in supers, "schema:Project is a kind of organisation"
