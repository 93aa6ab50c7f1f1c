"""Every kind of constraint says what it wants, in German and English."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE
from rdflib import Graph, URIRef
from rdflib.namespace import RDF, SH

from smartgraph.build.naming import Names
from smartgraph.build.validate import rdflib_graph
from smartgraph.build.wanted import SENTENCES, asked, route_of, route_words, wanted
from smartgraph.vocab import PLACEHOLDER, PREFIXES

SHAPES = Path(__file__).parents[2] / "shapes"
#: Words of SHACL that describe a shape and forbid nothing themselves.
_NO_CONSTRAINT = {
    SH[name]
    for name in (
        "path",
        "name",
        "description",
        "message",
        "severity",
        "order",
        "group",
        "deactivated",
        "targetClass",
        "targetNode",
        "targetSubjectsOf",
        "targetObjectsOf",
        "inversePath",
        "alternativePath",
        "zeroOrMorePath",
        "oneOrMorePath",
        "zeroOrOnePath",
        "prefixes",
        "declare",
        "prefix",
        "namespace",
        "select",
        "flags",
        "ignoredProperties",
        "qualifiedMinCount",
        "qualifiedMaxCount",
        "qualifiedValueShapesDisjoint",
        "defaultValue",
    )
}
NAMES = Names(
    PLACEHOLDER,
    (
        quad.triple
        for quad in ox.parse(
            PROLOGUE
            + """org:Organization skos:prefLabel "Organisation"@de , "organisation"@en .
            <https://smartgraph.example/concept/status> skos:prefLabel "Stand"@de , "status"@en .
            status:idea skos:prefLabel "Idee"@de , "idea"@en ;
              skos:inScheme <https://smartgraph.example/concept/status> .
            smg:date skos:prefLabel "Datum"@de , "date"@en .""",
            ox.RdfFormat.TURTLE,
        )
    ),
)


def _shape(constraints: str) -> Graph:
    graph = Graph()
    graph.parse(data=f"{PROLOGUE} smgsh:S a sh:PropertyShape ; sh:path smg:date ; {constraints} .", format="turtle")
    return graph


def _kinds_used() -> list[URIRef]:
    graph = rdflib_graph(
        quad.triple
        for path in sorted(SHAPES.glob("*.ttl"))
        for quad in ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE)
    )
    return sorted({p for p in graph.predicates() if p in SH and p not in _NO_CONSTRAINT})  # type: ignore[operator]


@pytest.mark.parametrize("kind", _kinds_used())
def test_every_kind_of_constraint_in_the_shapes_has_a_sentence(kind: URIRef) -> None:
    assert kind in SENTENCES, f"give {kind} a sentence in build/wanted.py"


#: kind → a shape with it, and what it says.
SAID = {
    "minCount": ("sh:minCount 1", "mindestens eine Angabe", "at least one value"),
    "maxCount": ("sh:maxCount 0", "keine Angabe an dieser Stelle", "no value here"),
    "datatype": (
        "sh:datatype xsd:gYear",
        "ein Jahr wie 2022 (Datentyp xsd:gYear)",
        "a year such as 2022 (datatype xsd:gYear)",
    ),
    "class": (
        "sh:class org:Organization",
        "ein Eintrag der Art „Organisation“ (org:Organization)",
        "a thing of the kind “organisation” (org:Organization)",
    ),
    "nodeKind": (
        "sh:nodeKind sh:IRI",
        "ein Verweis (eine Adresse oder Kennung, kein Text)",
        "a link to a thing (an identifier, no text)",
    ),
    "pattern": (r'sh:pattern "^\\d{8}$"', "genau 8 Ziffern", "exactly 8 digits"),
    "in": ('sh:in ( status:idea "x" )', "eines von: „Idee“ (status:idea), x", "one of: “idea” (status:idea), x"),
    "hasValue": (
        "sh:hasValue status:idea",
        "der Wert „Idee“ (status:idea) unter den Angaben",
        "the value “idea” (status:idea) among the values",
    ),
    "languageIn": (
        'sh:languageIn ( "de" "en" )',
        "Text auf Deutsch (@de) oder Englisch (@en)",
        "text in German (@de) or English (@en)",
    ),
    "uniqueLang": ("sh:uniqueLang true", "je Sprache nur ein Text", "only one text per language"),
    "minInclusive": ("sh:minInclusive 1", "ein Wert von mindestens 1", "a value of 1 or more"),
    "maxInclusive": ("sh:maxInclusive 9", "ein Wert von höchstens 9", "a value of 9 or less"),
    "minExclusive": ("sh:minExclusive 1", "ein Wert über 1", "a value above 1"),
    "maxExclusive": ("sh:maxExclusive 9", "ein Wert unter 9", "a value below 9"),
    "minLength": ("sh:minLength 3", "mindestens 3 Zeichen", "at least 3 characters"),
    "maxLength": ("sh:maxLength 9", "höchstens 9 Zeichen", "at most 9 characters"),
    "equals": (
        "sh:equals smg:date",
        "dieselben Werte wie im Feld „Datum“ (smg:date)",
        "the same values as in the field “date” (smg:date)",
    ),
    "disjoint": (
        "sh:disjoint smg:date",
        "ein anderer Wert als im Feld „Datum“ (smg:date)",
        "another value than in the field “date” (smg:date)",
    ),
    "lessThan": (
        "sh:lessThan smg:date",
        "ein Wert vor dem des Feldes „Datum“ (smg:date)",
        "a value before that of the field “date” (smg:date)",
    ),
    "lessThanOrEquals": (
        "sh:lessThanOrEquals smg:date",
        "ein Wert nicht nach dem des Feldes „Datum“ (smg:date)",
        "a value not after that of the field “date” (smg:date)",
    ),
    "node": (
        "sh:node [ sh:property [ sh:path skos:inScheme ; sh:hasValue <https://smartgraph.example/concept/status> ] ]",
        "ein Begriff der Liste „Stand“: „Idee“ (status:idea)",
        "a term of the list “status”: “idea” (status:idea)",
    ),
    "property": (
        "sh:property [ sh:path smg:date ; sh:minCount 2 ]",
        "im Feld „Datum“ (smg:date): mindestens 2 Angaben",
        "in the field “date” (smg:date): at least 2 values",
    ),
    "closed": (
        "sh:closed true ; sh:ignoredProperties ( smg:date )",
        "nur diese Felder: „Datum“ (smg:date)",
        "only these fields: “date” (smg:date)",
    ),
    "not": (
        "sh:not [ sh:in ( status:idea ) ]",
        "alles außer: „Idee“ (status:idea)",
        "anything but: “idea” (status:idea)",
    ),
    "or": (
        'sh:or ( [ sh:datatype xsd:gYear ; sh:pattern "^2" ] [ sh:maxCount 2 ] )',
        "ein Jahr wie 2022 (Datentyp xsd:gYear) oder höchstens 2 Angaben",
        "a year such as 2022 (datatype xsd:gYear) or at most 2 values",
    ),
    "and": (
        "sh:and ( [ sh:minLength 3 ] [ sh:maxLength 9 ] )",
        "mindestens 3 Zeichen und höchstens 9 Zeichen",
        "at least 3 characters and at most 9 characters",
    ),
    "xone": (
        "sh:xone ( [ sh:minLength 3 ] [ sh:maxLength 9 ] )",
        "genau eines von: mindestens 3 Zeichen oder höchstens 9 Zeichen",
        "exactly one of: at least 3 characters or at most 9 characters",
    ),
    "qualifiedValueShape": (
        'sh:qualifiedValueShape [ sh:languageIn ( "de" ) ] ; sh:qualifiedMinCount 1',
        "mindestens 1 dieser Art: Text auf Deutsch (@de)",
        "at least 1 of this kind: text in German (@de)",
    ),
    "sparql": (
        'sh:sparql [ sh:select "SELECT $this {}" ]',
        "was der Satz der Regel sagt",
        "what the sentence of the rule says",
    ),
}


def test_every_sentence_is_tested() -> None:
    assert {SH[name] for name in SAID} == set(SENTENCES)


def _component(kind: str) -> str:
    name = "QualifiedMinCount" if kind == "qualifiedValueShape" else kind[0].upper() + kind[1:]
    return f"{name}ConstraintComponent"


@pytest.mark.parametrize("kind", sorted(set(SAID) - {"sparql"}))
def test_a_constraint_says_what_it_wants_in_both_languages(kind: str) -> None:
    constraints, german, english = SAID[kind]
    said = wanted(_component(kind), URIRef(f"{PLACEHOLDER}shapes#S"), _shape(constraints), NAMES)
    assert said is not None
    assert (said.de, said.en) == (german, english)


def test_a_rule_in_sparql_leaves_it_to_its_own_sentence() -> None:
    graph = _shape(SAID["sparql"][0])
    assert wanted("SPARQLConstraintComponent", URIRef(f"{PLACEHOLDER}shapes#S"), graph, NAMES) is None
    sentence = SENTENCES[SH.sparql](RDF.nil, RDF.nil, None)  # type: ignore[arg-type]
    assert (sentence.de, sentence.en) == SAID["sparql"][1:]


@pytest.mark.parametrize(
    ("constraints", "english"),
    [
        (
            "sh:qualifiedValueShape [ sh:minLength 1 ] ; sh:qualifiedMaxCount 2",
            "at most 2 of this kind: at least 1 characters",
        ),
        (
            "sh:qualifiedValueShape [ sh:name 'x' ] ; sh:qualifiedMinCount 1 ; sh:qualifiedMaxCount 2",
            "1 to 2 values of this kind: anything",
        ),
    ],
)
def test_a_limit_from_above_is_told_as_well(constraints: str, english: str) -> None:
    said = wanted("QualifiedMaxCountConstraintComponent", URIRef(f"{PLACEHOLDER}shapes#S"), _shape(constraints), NAMES)
    assert said is not None
    assert said.en == english


def test_a_missing_value_is_wanted_with_what_is_asked_of_it() -> None:
    graph = _shape("sh:minCount 1 ; sh:maxCount 1 ; sh:class org:Organization")
    said = wanted("MinCountConstraintComponent", URIRef(f"{PLACEHOLDER}shapes#S"), graph, NAMES)
    assert said is not None
    assert said.en == "at least one value and a thing of the kind “organisation” (org:Organization)"


@pytest.mark.parametrize(
    ("pattern", "english"),
    [
        (r"^https?://", "an address that begins with https:// or http://"),
        (r"^http://dcat-ap\\.de/def/", "a value that begins with http://dcat-ap.de/def/"),
        (r"^(a|b)$", "a spelling after the pattern ^(a|b)$"),
    ],
)
def test_a_simple_pattern_is_told_in_words(pattern: str, english: str) -> None:
    graph = _shape(f'sh:pattern "{pattern}"')
    said = wanted("PatternConstraintComponent", URIRef(f"{PLACEHOLDER}shapes#S"), graph, NAMES)
    assert said is not None
    assert said.en == english


def test_what_is_asked_is_known_to_machines_through_alternatives_but_not_through_what_is_forbidden() -> None:
    graph = _shape(
        "sh:or ( [ sh:datatype xsd:gYear ] [ sh:datatype xsd:date ] ) ; sh:not [ sh:class smg:Project ] ;"
        "sh:node [ sh:property [ sh:path skos:inScheme ; sh:hasValue <urn:list> ] ] ; sh:in ( 'a' 'b' )"
    )
    found = asked(URIRef(f"{PLACEHOLDER}shapes#S"), graph)
    assert found.datatypes == {PREFIXES["xsd"] + "gYear", PREFIXES["xsd"] + "date"}
    assert (found.schemes, found.values, found.classes) == ({"urn:list"}, {"a", "b"}, frozenset())


@pytest.mark.parametrize(
    ("path", "english"),
    [
        ("[ sh:alternativePath ( smg:date smg:x ) ]", "“date” (smg:date) or smg:x"),
        ("[ sh:inversePath smg:date ]", "“date” (smg:date), from the other side"),
        ("( smg:date smg:x )", "“date” (smg:date), then smg:x"),
        ("[ sh:zeroOrMorePath smg:date ]", "“date” (smg:date)"),
    ],
)
def test_a_path_over_several_fields_is_told(path: str, english: str) -> None:
    graph = Graph()
    graph.parse(data=f"{PROLOGUE} smgsh:S sh:path {path} .", format="turtle")
    route = route_of(graph.value(URIRef(f"{PLACEHOLDER}shapes#S"), SH.path), graph)
    assert route_words(route, NAMES).en == english
