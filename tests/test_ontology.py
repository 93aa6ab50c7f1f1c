"""The ontology against the usual pitfalls: header, labels, declared terms, disjoint pairs, inverses, kinds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

import pytest
from rdflib import OWL, RDF, RDFS, SKOS, BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import DCTERMS, SH, VANN

from smartgraph.vocab import PLACEHOLDER

_ROOT: Final = Path(__file__).parent.parent
_NS: Final = f"{PLACEHOLDER}ns#"
_ONTOLOGY: Final = URIRef(f"{PLACEHOLDER}ns")
_SHAPES: Final = URIRef(f"{PLACEHOLDER}shapes")
_KINDS: Final = frozenset({OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty})


@pytest.fixture(scope="module")
def ontology() -> Graph:
    return Graph().parse(_ROOT / "ontology" / "smartgraph.ttl")


@pytest.fixture(scope="module")
def shapes() -> Graph:
    graph = Graph()
    for path in sorted((_ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@pytest.fixture(scope="module")
def own_terms(ontology: Graph) -> frozenset[URIRef]:
    return frozenset(term for term in ontology.subjects(RDF.type) if isinstance(term, URIRef) and term.startswith(_NS))


def _languages(graph: Graph, subject: URIRef, predicate: URIRef) -> list[str]:
    return sorted(text.language or "" for text in graph.objects(subject, predicate) if isinstance(text, Literal))


# ---- Header ----


@pytest.mark.parametrize("header", [_ONTOLOGY, _SHAPES])
def test_ontology_and_shapes_say_what_they_are(header: URIRef, ontology: Graph, shapes: Graph) -> None:
    graph = ontology if header == _ONTOLOGY else shapes
    assert (header, RDF.type, OWL.Ontology) in graph
    for text in (DCTERMS.title, DCTERMS.description):
        assert _languages(graph, header, text) == ["de", "en"]
    for one in (
        DCTERMS.license, DCTERMS.created, DCTERMS.modified, OWL.versionIRI, OWL.versionInfo,
        VANN.preferredNamespacePrefix, VANN.preferredNamespaceUri,
    ):  # fmt: skip
        assert len(set(graph.objects(header, one))) == 1, one
    assert str(graph.value(header, VANN.preferredNamespaceUri)) == f"{header}#"
    assert graph.value(header, OWL.versionIRI) == URIRef(f"{header}/{graph.value(header, OWL.versionInfo)}")
    assert str(graph.value(header, DCTERMS.created)) <= str(graph.value(header, DCTERMS.modified))


# ---- Terms ----


def test_every_own_term_belongs_to_the_ontology_and_has_one_kind(ontology: Graph, own_terms: frozenset[URIRef]) -> None:
    assert {term for term in own_terms if ontology.value(term, RDFS.isDefinedBy) != _ONTOLOGY} == set()
    assert {term for term in own_terms if len(set(ontology.objects(term, RDF.type))) != 1} == set()


def test_every_own_term_has_one_label_and_one_definition_in_each_language(
    ontology: Graph, own_terms: frozenset[URIRef]
) -> None:
    unfit = {
        (term, text)
        for term in own_terms
        for text in (SKOS.prefLabel, SKOS.definition)
        if _languages(ontology, term, text) != ["de", "en"]
    }
    assert own_terms
    assert not unfit


def test_classes_begin_with_a_capital_and_properties_do_not(ontology: Graph, own_terms: frozenset[URIRef]) -> None:
    for term in own_terms:
        form = "[A-Z][A-Za-z]+" if (term, RDF.type, OWL.Class) in ontology else "[a-z][A-Za-z]+"
        assert re.fullmatch(form, term.removeprefix(_NS)), term


def test_no_two_terms_share_a_label(ontology: Graph, own_terms: frozenset[URIRef]) -> None:
    """Classes among classes, properties among properties: a form could not tell them apart."""
    seen: dict[tuple[bool, Literal], URIRef] = {}
    twins = []
    for term in sorted(own_terms):
        for label in ontology.objects(term, SKOS.prefLabel):
            assert isinstance(label, Literal)
            key = ((term, RDF.type, OWL.Class) in ontology, label)
            twins += [(term, seen[key])] if key in seen else []
            seen[key] = term
    assert not twins


@pytest.mark.parametrize("folder", ["shapes", "data", "ontology", "tests/shapes", "tests/fixtures"])
def test_no_term_is_used_that_is_not_declared(folder: str, own_terms: frozenset[URIRef]) -> None:
    """In Turtle and in the text of queries alike; a slip in a query finds nothing and says nothing."""
    declared = {term.removeprefix(_NS) for term in own_terms}
    used = {
        (name, path.name)
        for pattern in ("*.ttl", "*.rq")
        for path in sorted((_ROOT / folder).rglob(pattern))
        for name in re.findall(r"\bsmg:([A-Za-z]+)", path.read_text("utf-8"))
    }
    # Verdicts about misspelt terms contain misspelt terms.
    misspelt = {"Structure-known-class.ttl", "Structure-known-property.ttl", "Citation-citedProperty.ttl"}
    misspelt |= {"Citation-form.ttl", "Period-form.ttl"}
    assert used
    assert not {(name, path) for name, path in used if name not in declared and path not in misspelt}


def test_every_own_term_is_used_by_a_rule_or_is_derived(
    ontology: Graph, shapes: Graph, own_terms: frozenset[URIRef]
) -> None:
    """A property without a rule accepts anything; a class may rest on the rules of the class above."""
    mentioned = {term for triple in shapes for term in triple}
    queries = " ".join(str(text) for text in shapes.objects(None, SH.select))
    derived = set(ontology.subjects(URIRef(f"{_NS}derived"), Literal(True)))
    below = {child for child, parent in ontology.subject_objects(RDFS.subClassOf) if parent in mentioned}
    left = {
        term.removeprefix(_NS)
        for term in own_terms - derived - mentioned - below
        if f"smg:{term.removeprefix(_NS)}" not in queries
    }
    assert not left


def test_every_rule_on_a_field_names_the_field_in_both_languages(shapes: Graph) -> None:
    """Forms and reports take the name from here."""
    rules = [rule for rule in shapes.subjects(RDF.type, SH.PropertyShape) if isinstance(rule, URIRef)]
    assert rules
    assert not [rule for rule in rules if _languages(shapes, rule, SH.name) != ["de", "en"]]


# ---- Relations between terms ----


def _refuses(shapes: Graph, one: URIRef, other: URIRef) -> bool:
    """True if a rule on ``one`` forbids the type ``other``."""
    for shape in shapes.subjects(SH.targetClass, one):
        for rule in shapes.objects(shape, SH.property):
            if shapes.value(rule, SH.path) != RDF.type:
                continue
            for negated in shapes.objects(rule, SH["not"]):
                members = shapes.value(negated, SH["in"])
                if isinstance(members, BNode) and other in Collection(shapes, members):
                    return True
    return False


def test_disjoint_classes_are_kept_apart_by_a_rule(ontology: Graph, shapes: Graph) -> None:
    pairs = set(ontology.subject_objects(OWL.disjointWith))
    assert len(pairs) == 6
    unchecked = [
        (one, other)
        for one, other in pairs
        if not _refuses(shapes, URIRef(one), URIRef(other)) and not _refuses(shapes, URIRef(other), URIRef(one))
    ]
    assert not unchecked


def test_inverse_properties_are_object_properties_and_one_of_them_is_derived(ontology: Graph) -> None:
    pairs = set(ontology.subject_objects(OWL.inverseOf))
    assert pairs
    for one, other in pairs:
        assert {ontology.value(one, RDF.type), ontology.value(other, RDF.type)} == {OWL.ObjectProperty}
        assert [(end, URIRef(f"{_NS}derived"), Literal(True)) in ontology for end in (one, other)].count(True) == 1


def test_a_property_is_of_the_same_kind_as_its_parents(ontology: Graph) -> None:
    unlike = [
        (child, parent)
        for child, parent in ontology.subject_objects(RDFS.subPropertyOf)
        if ontology.value(child, RDF.type) != ontology.value(parent, RDF.type)
        or ontology.value(child, RDF.type) not in _KINDS
    ]
    assert not unlike


@pytest.mark.parametrize("relation", [RDFS.subClassOf, RDFS.subPropertyOf])
def test_no_term_is_above_itself(relation: URIRef, ontology: Graph) -> None:
    alignments = Graph().parse(_ROOT / "ontology" / "alignments.ttl")
    both = ontology + alignments
    above = {child: set(both.transitive_objects(child, relation)) - {child} for child in both.subjects(relation)}
    assert above
    assert not [child for child, parents in above.items() if any(child in above.get(p, set()) for p in parents)]


def _value_rules(shapes: Graph) -> dict[URIRef, set[URIRef]]:
    """For each property that a rule has as its path: the kinds of value its rules ask for."""
    literal, resource = URIRef(SH.Literal), URIRef(SH.IRI)
    kinds: dict[URIRef, set[URIRef]] = {}
    for rule, path in shapes.subject_objects(SH.path):
        if not isinstance(path, URIRef):
            continue
        found = kinds.setdefault(path, set())
        if shapes.value(rule, SH.datatype) or shapes.value(rule, SH.languageIn):
            found.add(literal)
        if shapes.value(rule, SH["class"]) or shapes.value(rule, SH.node) or shapes.value(rule, SH.nodeKind) == SH.IRI:
            found.add(resource)
    return kinds


def test_rules_ask_for_the_kind_of_value_that_a_property_is_declared_for(ontology: Graph, shapes: Graph) -> None:
    wanted = {OWL.ObjectProperty: {URIRef(SH.IRI)}, OWL.DatatypeProperty: {URIRef(SH.Literal)}}
    unlike = {
        (path, kind)
        for path, kinds in _value_rules(shapes).items()
        for kind in kinds
        for declared in ontology.objects(path, RDF.type)
        if kind not in wanted.get(URIRef(declared), {kind})
    }
    assert not unlike
