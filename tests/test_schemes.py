"""The concept schemes against the usual faults of such lists: names, codes, cycles, both ends of a link, matches."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import pytest
from rdflib import RDF, SKOS, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from smartgraph.vocab import PLACEHOLDER, SCHEMES

_ROOT: Final = Path(__file__).parent.parent
_BASE: Final = f"{PLACEHOLDER}concept/"
_MATCHES: Final = (SKOS.exactMatch, SKOS.closeMatch, SKOS.broadMatch, SKOS.narrowMatch, SKOS.relatedMatch)


@pytest.fixture(scope="module")
def imports() -> Graph:
    graph = Graph()
    for path in sorted((_ROOT / "ontology" / "imports").glob("*.ttl")):
        graph.parse(path)
    return graph


def _scheme(name: str) -> tuple[URIRef, Graph]:
    return URIRef(f"{_BASE}{name}"), Graph().parse(_ROOT / "ontology" / "schemes" / f"{name}.ttl")


def _texts(graph: Graph, subject: URIRef, predicate: URIRef) -> list[str]:
    return sorted(text.language or "" for text in graph.objects(subject, predicate) if isinstance(text, Literal))


def test_each_scheme_has_a_file_of_its_name() -> None:
    assert {path.stem for path in (_ROOT / "ontology" / "schemes").glob("*.ttl")} == set(SCHEMES)


@pytest.mark.parametrize("name", SCHEMES)
def test_a_scheme_has_title_description_and_licence(name: str) -> None:
    scheme, graph = _scheme(name)
    assert (scheme, RDF.type, SKOS.ConceptScheme) in graph
    assert _texts(graph, scheme, SKOS.prefLabel) == ["de", "en"]
    assert _texts(graph, scheme, SKOS.definition) == ["de", "en"]
    assert list(graph.objects(scheme, DCTERMS.license)) == [URIRef("https://creativecommons.org/licenses/by/4.0/")]


@pytest.mark.parametrize("name", SCHEMES)
def test_scheme_and_concepts_name_each_other(name: str) -> None:
    scheme, graph = _scheme(name)
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    assert concepts
    assert set(graph.subjects(SKOS.inScheme, scheme)) == concepts
    assert set(graph.objects(None, SKOS.inScheme)) == {scheme}
    tops = {concept for concept in concepts if not list(graph.objects(concept, SKOS.broader))}
    assert set(graph.objects(scheme, SKOS.hasTopConcept)) == set(graph.subjects(SKOS.topConceptOf, scheme)) == tops


@pytest.mark.parametrize("name", SCHEMES)
def test_a_concept_has_a_code_that_ends_its_identifier_and_texts_in_both_languages(name: str) -> None:
    scheme, graph = _scheme(name)
    for concept in graph.subjects(RDF.type, SKOS.Concept):
        assert isinstance(concept, URIRef)
        assert [f"{scheme}/{code}" for code in graph.objects(concept, SKOS.notation)] == [str(concept)]
        assert _texts(graph, concept, SKOS.prefLabel) == ["de", "en"], concept
        assert _texts(graph, concept, SKOS.definition) == ["de", "en"], concept


@pytest.mark.parametrize("name", SCHEMES)
def test_no_label_is_given_twice_in_a_scheme(name: str) -> None:
    _, graph = _scheme(name)
    labels = Counter(
        (str(label).casefold(), label.language)
        for concept in graph.subjects(RDF.type, SKOS.Concept)
        for kind in (SKOS.prefLabel, SKOS.altLabel)
        for label in graph.objects(concept, kind)
        if isinstance(label, Literal)
    )
    assert not [label for label, count in labels.items() if count > 1]


@pytest.mark.parametrize("name", SCHEMES)
def test_broader_concepts_are_of_the_same_scheme_and_never_run_in_a_circle(name: str) -> None:
    _, graph = _scheme(name)
    concepts = set(graph.subjects(RDF.type, SKOS.Concept))
    for concept in concepts:
        parents = set(graph.objects(concept, SKOS.broader))
        above = {up for parent in parents for up in graph.transitive_objects(parent, SKOS.broader)}
        assert concept not in above
        assert above <= concepts


@pytest.mark.parametrize("name", SCHEMES)
def test_matches_lead_to_named_concepts_of_others_and_each_in_one_way(name: str, imports: Graph) -> None:
    _, graph = _scheme(name)
    matches = [(own, other) for match in _MATCHES for own, other in graph.subject_objects(match)]
    assert len(set(matches)) == len(matches)
    assert {other for _, other in matches} <= set(imports.subjects(SKOS.prefLabel))
    assert not [other for _, other in matches if str(other).startswith(PLACEHOLDER)]


def test_a_slice_of_a_foreign_list_holds_only_named_concepts_of_a_named_list(imports: Graph) -> None:
    for concept in imports.subjects(RDF.type, SKOS.Concept):
        schemes = set(imports.objects(concept, SKOS.inScheme))
        assert schemes
        assert schemes <= set(imports.subjects(RDF.type, SKOS.ConceptScheme))
        assert list(imports.objects(concept, SKOS.prefLabel))
