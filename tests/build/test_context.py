"""The context: a key for every term, and what each key does with its values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyoxigraph as ox
import pytest

from smartgraph.build.context import context, terms
from smartgraph.build.generated import authored_model, release_files
from smartgraph.build.model import Model
from smartgraph.release import CONTEXT
from smartgraph.vocab import FOREIGN, PLACEHOLDER, PREFIXES, RDF_TYPE

if TYPE_CHECKING:
    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

PROLOGUE = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())


def made(turtle: str) -> dict[str, Any]:
    """The terms of the context for a model of a few lines."""
    model = Model(quad.triple for quad in ox.parse(PROLOGUE + turtle, ox.RdfFormat.TURTLE))
    found: Any = context(model, terms(model, PLACEHOLDER))["@context"]
    return dict(found)


@pytest.fixture(scope="module")
def own(bundle: Bundle) -> dict[str, Any]:
    """The terms of our own context."""
    model = authored_model(bundle)
    found: Any = context(model, terms(model, PLACEHOLDER))["@context"]
    return dict(found)


# ---- Our own context


def test_every_class_and_property_of_the_real_data_has_a_key(bundle: Bundle, real_release: Release) -> None:
    keys = terms(authored_model(bundle), PLACEHOLDER).keys
    quads = list(ox.parse(path=real_release.core, format=ox.RdfFormat.N_QUADS))
    used = {quad.predicate.value for quad in quads}
    used |= {quad.object.value for quad in quads if quad.predicate.value == RDF_TYPE}
    # Lists are written as lists, and types have a keyword.
    without = {RDF_TYPE, f"{PREFIXES['rdf']}first", f"{PREFIXES['rdf']}rest"}
    assert not used - set(keys) - without


def test_every_own_term_has_its_local_name_as_key(own: dict[str, Any], bundle: Bundle) -> None:
    words = terms(authored_model(bundle), PLACEHOLDER)
    space = PREFIXES["smg"]
    odd = {iri: key for iri, key in words.keys.items() if iri.startswith(space) and key != iri.removeprefix(space)}
    assert not odd


def test_no_key_is_there_twice(bundle: Bundle) -> None:
    words = terms(authored_model(bundle), PLACEHOLDER)
    names = [*words.prefixes, *words.classes, *words.properties]
    assert len(names) == len(set(names))
    assert len(words.keys) == len(words.classes) + len(words.properties)


def test_foreign_prefixes_and_those_of_our_terms_are_declared(own: dict[str, Any]) -> None:
    assert {name: own[name] for name in FOREIGN} == FOREIGN
    assert own["smg"] == f"{PLACEHOLDER}ns#"


def test_identifiers_of_things_stay_whole(own: dict[str, Any]) -> None:
    spaces = [value for value in own.values() if isinstance(value, str) and value.startswith(PLACEHOLDER)]
    assert sorted(spaces) == [f"{PLACEHOLDER}ns#", f"{PLACEHOLDER}shapes#"]


@pytest.mark.parametrize(
    ("key", "definition"),
    [
        ("theme", {"@id": "smg:theme", "@type": "@id", "@container": "@set"}),
        ("status", {"@id": "smg:status", "@type": "@id"}),
        ("date", {"@id": "smg:date"}),
        ("startDate", {"@id": "dcat:startDate"}),
        ("retrieved", {"@id": "smg:retrieved", "@type": "xsd:date"}),
        ("amount", {"@id": "smg:amount", "@type": "xsd:decimal"}),
        ("url", {"@id": "schema:url", "@type": "xsd:anyURI"}),
        ("ags", {"@id": "smg:ags"}),
        ("prefLabel", {"@id": "skos:prefLabel", "@container": "@language"}),
        ("description", {"@id": "dcterms:description", "@container": "@language"}),
        ("definition", {"@id": "skos:definition", "@container": "@language"}),
        ("label", {"@id": "rdfs:label", "@container": "@language"}),
        ("altLabel", {"@id": "skos:altLabel", "@container": ["@language", "@set"]}),
        ("type", {"@id": "@type", "@container": "@set"}),
        ("id", "@id"),
        ("citation", {"@id": "smg:citation", "@type": "@id", "@container": "@set"}),
        ("Strategy", "smg:Strategy"),
        ("languageIn", {"@id": "sh:languageIn", "@container": "@list"}),
    ],
)
def test_the_keys_that_readers_meet_first_do_what_they_expect(
    own: dict[str, Any], key: str, definition: object
) -> None:
    assert own[key] == definition


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000/", "https://data.example.org/sg/"])
def test_under_another_base_only_the_base_differs(bundle: Bundle, base: str) -> None:
    moved = Model(
        quad.triple
        for path in sorted(path for folder in (bundle.ontology, bundle.shapes) for path in folder.rglob("*.ttl"))
        for quad in ox.parse(path.read_text("utf-8").replace(PLACEHOLDER, base), ox.RdfFormat.TURTLE)
    )
    there, here = release_files(moved, base), release_files(authored_model(bundle), PLACEHOLDER)
    assert there == {name: content.replace(PLACEHOLDER.encode(), base.encode()) for name, content in here.items()}


def test_a_release_has_the_context_for_its_base(real_release: Release, bundle: Bundle) -> None:
    assert (real_release.folder / CONTEXT).read_bytes() == (bundle.ontology / CONTEXT).read_bytes()


# ---- The rules


def test_of_two_terms_with_one_name_ours_gets_the_plain_key() -> None:
    own = made("dcterms:source a owl:ObjectProperty . smg:source a owl:ObjectProperty .")
    assert own["source"]["@id"] == "smg:source"
    assert own["dctermsSource"]["@id"] == "dcterms:source"


def test_terms_of_the_data_come_before_those_that_describe_the_model() -> None:
    own = made("sh:name a owl:DatatypeProperty . schema:name a owl:DatatypeProperty .")
    assert own["name"]["@id"] == "schema:name"
    assert own["shName"]["@id"] == "sh:name"


def test_a_name_that_is_a_prefix_or_a_keyword_is_given_its_prefix() -> None:
    own = made("dcterms:type a owl:ObjectProperty . smg:org a owl:ObjectProperty . eli-dl:id a owl:DatatypeProperty .")
    assert own["dctermsType"]["@id"] == "dcterms:type"
    assert own["smgOrg"]["@id"] == "smg:org"
    assert own["eliDlId"]["@id"] == "eli-dl:id"
    assert own["org"] == PREFIXES["org"]


def test_one_datatype_is_left_to_the_context_and_several_are_not() -> None:
    own = made(
        "smg:a a owl:DatatypeProperty . smg:b a owl:DatatypeProperty . smg:c a owl:DatatypeProperty ."
        "[] sh:property [ sh:path smg:a ; sh:datatype xsd:date ] ,"
        "  [ sh:path smg:b ; sh:or ( [ sh:datatype xsd:date ] [ sh:datatype xsd:gYear ] ) ] ,"
        "  [ sh:path smg:c ; sh:datatype xsd:string ] ."
    )
    assert own["a"]["@type"] == "xsd:date"
    assert "@type" not in own["b"]
    assert "@type" not in own["c"]


def test_a_date_is_not_taken_for_a_day_because_the_model_uses_days() -> None:
    assert "@type" not in made('<urn:o> dcterms:modified "2026-01-01"^^xsd:date .')["modified"]


def test_what_may_come_once_is_a_value_and_all_else_an_array() -> None:
    own = made(
        "smg:once a owl:ObjectProperty . smg:here a owl:ObjectProperty . smg:free a owl:ObjectProperty ."
        "smg:Small rdfs:subClassOf smg:Big ."
        "[] sh:targetClass smg:Big ; sh:property [ sh:path smg:once ; sh:maxCount 1 ] ,"
        "  [ sh:path smg:here ; sh:maxCount 1 ] ."
        "[] sh:targetClass smg:Small ; sh:property [ sh:path smg:once ; sh:minCount 1 ] ."
        "[] sh:targetClass smg:Other ; sh:property [ sh:path smg:here ; sh:minCount 1 ] ."
    )
    assert "@container" not in own["once"]
    assert own["here"]["@container"] == own["free"]["@container"] == "@set"


def test_a_limit_on_whoever_has_the_property_holds_everywhere() -> None:
    own = made(
        "smg:date a owl:DatatypeProperty ."
        "[] sh:targetSubjectsOf smg:date ; sh:property [ sh:path smg:date ; sh:maxCount 1 ] ."
        "[] sh:targetClass smg:Decision ; sh:property [ sh:path smg:date ; sh:minCount 1 ] ."
    )
    assert "@container" not in own["date"]


def test_texts_stand_by_language_and_as_arrays_where_one_language_may_have_several() -> None:
    own = made(
        "smg:one a owl:AnnotationProperty . smg:many a owl:AnnotationProperty ."
        "[] sh:property [ sh:path smg:one ; sh:datatype rdf:langString ; sh:uniqueLang true ] ,"
        '  [ sh:path smg:many ; sh:languageIn ( "de" ) ] .'
        '<urn:x> skos:scopeNote "a"@de, "b"@en ; skos:example "a"@de, "b"@de .'
    )
    assert own["one"]["@container"] == own["scopeNote"]["@container"] == "@language"
    assert own["many"]["@container"] == own["example"]["@container"] == ["@language", "@set"]


def test_a_list_that_never_ends_is_read_once() -> None:
    turtle = "_:a rdf:first 1 ; rdf:rest _:a . <urn:x> sh:in _:a . _:b rdf:first 2 . <urn:y> sh:in _:b ."
    assert made(turtle)["in"]["@container"] == "@list"


def test_the_same_model_gives_the_same_bytes_in_any_order(bundle: Bundle) -> None:
    files = sorted(path for folder in (bundle.ontology, bundle.shapes) for path in folder.rglob("*.ttl"))
    triples = [quad.triple for path in files for quad in ox.parse(path=path, format=ox.RdfFormat.TURTLE)]
    there = release_files(Model(reversed(triples)), PLACEHOLDER)
    assert json.dumps(there, default=bytes.decode) == json.dumps(
        release_files(authored_model(bundle), PLACEHOLDER), default=bytes.decode
    )
