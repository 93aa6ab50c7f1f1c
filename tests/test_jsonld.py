"""Compact JSON-LD says what the triples say, with our context and without any network."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyld
import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from smartgraph.build.generated import authored_model, release_files
from smartgraph.bundle import find_bundle
from smartgraph.jsonld import Compactor, expand
from smartgraph.release import CONTEXT
from smartgraph.vocab import PLACEHOLDER, PREFIXES, RDF, XSD

if TYPE_CHECKING:
    from smartgraph.release import Release

IRI: Final = f"{PLACEHOLDER}{CONTEXT}"
DOCUMENT: Final[dict[str, Any]] = json.loads(release_files(authored_model(find_bundle()), PLACEHOLDER)[CONTEXT])
COMPACTOR: Final = Compactor(IRI, DOCUMENT)
THING: Final = f"{PLACEHOLDER}id/strategy/x"


def self_contained(jsonld: bytes) -> dict[str, Any] | list[Any]:
    """The document with the context in it, so that a reader need not fetch it."""
    found: dict[str, Any] | list[Any] = json.loads(jsonld)
    if isinstance(found, dict) and "@context" in found:
        assert found["@context"] == IRI
        found["@context"] = DOCUMENT["@context"]
    return found


def canonical(data: str | bytes, form: ox.RdfFormat) -> str:
    """The triples in a form in which the same graph has the same text."""
    dataset = ox.Dataset(ox.parse(data, form))
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return "\n".join(sorted(map(str, dataset)))


def loses_nothing(ntriples: bytes) -> None:
    there = canonical(json.dumps(self_contained(COMPACTOR.compact(ntriples))), ox.RdfFormat.JSON_LD)
    assert there == canonical(ntriples, ox.RdfFormat.N_TRIPLES)


def line(value: str, predicate: str = "skos:note") -> bytes:
    prefix, _, local = predicate.partition(":")
    return f"<{THING}> <{PREFIXES[prefix]}{local}> {value} .\n".encode()


def compacted(*lines: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(COMPACTOR.compact(b"".join(lines)))
    return found


# ---- Nothing is lost

_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_TAG = st.sampled_from(["de", "en", "de-at", "zh-hant", "x-none"])
_SPELLED = st.sampled_from(
    [("integer", "1"), ("integer", "007"), ("integer", "-0"), ("double", "1.50"), ("double", "1.5E0"),
     ("double", "INF"), ("double", "NaN"), ("decimal", "1.10"), ("boolean", "1"), ("boolean", "true"),
     ("date", "2021-03-01"), ("gYear", "2021"), ("gYearMonth", "2021-03"), ("anyURI", "https://example.org/ä b"),
     ("string", "")]
)  # fmt: skip
_PROPERTIES = st.sampled_from(
    [f"{PREFIXES[prefix]}{local}" for prefix, local in (name.split(":", 1) for name in (
        "skos:prefLabel", "skos:altLabel", "skos:note", "smg:theme", "smg:date", "smg:retrieved", "smg:amount",
        "smg:openEnd", "schema:position", "schema:url", "sh:in", "sh:or", "sh:message", "rdf:type", "rdf:first",
        "rdf:rest",
    ))] + ["https://example.org/other", "urn:example:other", "geo:51.5,7.2"]
)  # fmt: skip
_BLANK = st.integers(0, 4).map(lambda number: ox.BlankNode(f"b{number}"))
_NAMED = st.sampled_from(
    [THING, f"{THING}#c1", f"{PREFIXES['smg']}Strategy", f"{PREFIXES['skos']}prefLabel", f"{RDF}nil", "geo:51.5,7.2",
     "urn:example:a", "mailto:a@example.org", "https://example.org/?a=b#c", "theme:x", "id:x"]
).map(ox.NamedNode)  # fmt: skip
_LITERAL = st.one_of(
    _TEXT.map(ox.Literal),
    st.builds(lambda text, tag: ox.Literal(text, language=tag), _TEXT, _TAG),
    _SPELLED.map(lambda pair: ox.Literal(pair[1], datatype=ox.NamedNode(XSD + pair[0]))),
    _TEXT.map(lambda text: ox.Literal(json.dumps({"a": text}), datatype=ox.NamedNode(f"{RDF}JSON"))),
    _TEXT.map(lambda text: ox.Literal(text, datatype=ox.NamedNode("https://example.org/datatype"))),
)
_TRIPLE = st.builds(
    ox.Triple, _BLANK | _NAMED, _PROPERTIES.map(ox.NamedNode), st.one_of(_BLANK, _NAMED, _LITERAL)
)  # fmt: skip


@given(st.lists(_TRIPLE, max_size=8))
def test_whatever_the_triples_say_the_compact_form_says(triples: list[ox.Triple]) -> None:
    loses_nothing("".join(sorted({f"{triple} .\n" for triple in triples})).encode())


@given(
    st.lists(_LITERAL | _NAMED, max_size=4),
    st.lists(_NAMED, max_size=3),
    st.sampled_from(["sh:in", "sh:or", "smg:theme"]),
)
def test_lists_and_lists_in_lists_come_back(outer: list[Any], inner: list[Any], predicate: str) -> None:
    members = " ".join(map(str, [*outer, f"({' '.join(map(str, inner))})"]))
    prologue = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    turtle = f"{prologue}<{THING}> {predicate} ({members}) ."
    ntriples = ox.serialize(
        (quad.triple for quad in ox.parse(turtle, ox.RdfFormat.TURTLE)), format=ox.RdfFormat.N_TRIPLES
    )
    loses_nothing(ntriples or b"")


@pytest.mark.parametrize(
    "triples",
    [
        "_:a rdf:first _:a . _:a rdf:rest rdf:nil .",
        "_:a rdf:first 1 . _:a rdf:rest _:a .",
        "_:a rdf:first 1 . _:a rdf:rest _:b . _:b rdf:first 2 . _:b rdf:rest _:a .",
        "<urn:x> sh:in _:a . <urn:y> sh:in _:a . _:a rdf:first 1 . _:a rdf:rest rdf:nil .",
        "<urn:x> sh:in _:a . _:a rdf:first 1, 2 . _:a rdf:rest rdf:nil .",
        "<urn:x> sh:in _:a . _:a rdf:first 1 . _:a rdf:rest rdf:nil . _:a a rdf:List .",
        "<urn:x> sh:in _:a . _:a rdf:first 1 . _:a rdf:rest 5 .",
        "<urn:x> sh:in _:a . _:a rdf:first 1 . _:a rdf:rest <urn:end> .",
        "<urn:x> sh:in (1), (2), () .",
        "<urn:x> sh:in _:a . <urn:x> a _:a . _:a rdf:first 1 . _:a rdf:rest rdf:nil .",
        "<urn:x> <urn:p> rdf:nil .",
    ],
)
def test_what_looks_like_a_list_but_is_none_stays_what_it_is(triples: str) -> None:
    prologue = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    quads = ox.parse(prologue + triples, ox.RdfFormat.TURTLE)
    loses_nothing(ox.serialize((quad.triple for quad in quads), format=ox.RdfFormat.N_TRIPLES) or b"")


def graph_of(release: Release, graph: str) -> bytes:
    """One named graph of a release as N-Triples."""
    end = f" <{PLACEHOLDER}graph/{graph}> .\n"
    quads = release.core.read_text("utf-8").splitlines(keepends=True)
    return "".join(quad.removesuffix(end) + " .\n" for quad in quads if quad.endswith(end)).encode()


@pytest.mark.parametrize("graph", ["ontology", "shapes", "vocabulary", "derived", "joint"])
def test_each_real_graph_comes_back_whole(real_release: Release, graph: str) -> None:
    loses_nothing(graph_of(real_release, graph))


@pytest.mark.parametrize("graph", ["ontology", "vocabulary", "joint"])
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # by rdflib's own parser
def test_rdflib_and_pyld_read_real_graphs_as_they_are(real_release: Release, graph: str) -> None:
    ntriples = graph_of(real_release, graph)
    document = self_contained(COMPACTOR.compact(ntriples))
    there = rdflib.Graph().parse(data=ntriples, format="nt")
    assert set(rdflib.Graph().parse(data=json.dumps(document), format="json-ld")) == set(there)
    again = pyld.jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert canonical(again, ox.RdfFormat.N_QUADS) == canonical(ntriples, ox.RdfFormat.N_TRIPLES)


def test_pyld_itself_reads_what_we_write() -> None:
    triples = (
        line('"Text"@de') + line('"2021"^^<' + XSD + "gYear>", "smg:targetYear") + line(f"<{THING}#c1>", "smg:citation")
    )
    document = self_contained(COMPACTOR.compact(triples))
    again = pyld.jsonld.to_rdf(document, {"format": "application/n-quads"})
    assert canonical(again, ox.RdfFormat.N_QUADS) == canonical(triples, ox.RdfFormat.N_TRIPLES)


# ---- How it looks


def test_a_reader_of_json_finds_short_keys_texts_by_language_and_arrays() -> None:
    found = compacted(
        line('"Beispiel"@de', "skos:prefLabel"),
        line('"Beispielplan"@de', "skos:altLabel"),
        line(f"<{PREFIXES['theme']}mobilitaet>", "smg:theme"),
        line(f"<{PREFIXES['smg']}Strategy>", "rdf:type"),
        line(f'"2030"^^<{XSD}gYear>', "smg:targetYear"),
    )
    assert found == {
        "@context": IRI,
        "id": THING,
        "type": ["Strategy"],
        "prefLabel": {"de": "Beispiel"},
        "altLabel": {"de": ["Beispielplan"]},
        "theme": [f"{PLACEHOLDER}concept/theme/mobilitaet"],
        "targetYear": "2030",
    }


@pytest.mark.parametrize(("kind", "text"), [("date", "2021-03-01"), ("gYearMonth", "2021-03"), ("gYear", "2021")])
def test_a_date_says_how_precise_it_is(kind: str, text: str) -> None:
    found = compacted(line(f'"{text}"^^<{XSD}{kind}>', "smg:date"))
    assert found["date"] == {"@type": f"xsd:{kind}", "@value": text}


def test_a_list_is_an_array() -> None:
    ntriples = (
        line("_:a", "sh:languageIn")
        + f'_:a <{RDF}first> "de" .\n_:a <{RDF}rest> _:b .\n'.encode()
        + f'_:b <{RDF}first> "en" .\n_:b <{RDF}rest> <{RDF}nil> .\n'.encode()
    )
    assert compacted(ntriples)["languageIn"] == ["de", "en"]


def test_no_number_of_json_takes_the_place_of_a_spelling() -> None:
    found = compacted(line(f'"007"^^<{XSD}integer>', "schema:position"), line(f'"1.50"^^<{XSD}decimal>', "smg:amount"))
    assert (found["position"], found["amount"]) == ("007", "1.50")


def test_what_the_context_cannot_shorten_stays_expanded() -> None:
    """An address that begins like one of our prefixes would be read as something else."""
    ntriples = line("<geo:51.5,7.2>", "foaf:page")
    assert json.loads(COMPACTOR.compact(ntriples)) == expand(ntriples)


def test_no_triples_are_an_empty_document() -> None:
    assert not expand(b"")
    assert compacted().keys() <= {"@context"}


def test_the_bytes_do_not_depend_on_the_process() -> None:
    program = (
        "import sys; from test_jsonld import COMPACTOR, line;"
        "sys.stdout.buffer.write(COMPACTOR.compact(line('\"a\"@de') + line('\"b\"@en')"
        " + line('\"c\"@nl', 'skos:altLabel')"
        " + line('<urn:a>', 'smg:theme') + line('<urn:b>', 'smg:theme')))"
    )
    path = os.pathsep.join([str(Path(__file__).parent), *filter(None, sys.path)])
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PYTHONPATH": path, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_several_threads_may_write_at_once() -> None:
    """Each begins with a context that nobody has read yet, which is when PyLD fills its caches."""
    compactor = Compactor(IRI, DOCUMENT)
    ntriples = line('"Beispiel"@de', "skos:prefLabel") + line("<urn:a>", "smg:theme")
    with ThreadPoolExecutor(8) as pool:
        written = set(pool.map(compactor.compact, [ntriples] * 40))
    assert written == {COMPACTOR.compact(ntriples)}


# ---- Nothing is fetched


@pytest.mark.parametrize(
    "iri",
    ["https://schema.org/", f"{PLACEHOLDER}other.jsonld", "file:///etc/hostname", "http://127.0.0.1/context.jsonld"],
)
def test_no_other_context_is_read(iri: str) -> None:
    with pytest.raises(pyld.jsonld.JsonLdError) as refusal:
        COMPACTOR.frame(line('"Text"@de'), {"@context": iri, "type": ["Strategy"]})
    assert "Only our own context is read." in "".join(traceback.format_exception(refusal.value))
    with pytest.raises(pyld.jsonld.JsonLdError, match="Only our own context"):
        COMPACTOR.load(iri, {})


def test_our_own_context_is_known_without_a_file() -> None:
    assert COMPACTOR.load(IRI, {})["document"] == DOCUMENT
