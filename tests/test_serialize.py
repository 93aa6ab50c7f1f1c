"""Triples and results as bytes: read by other parsers, the same at each start, and well-formed."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from xml.etree import ElementTree as ET

import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic

from smartgraph.errors import NotAcceptable
from smartgraph.formats import GRAPH_FORMATS, JSONLD, NTRIPLES, RDFXML, TURTLE, XML_RESULTS, Format
from smartgraph.serialize import (
    Term,
    engine_term,
    parse_boolean,
    parse_ntriples,
    parse_rows,
    write_graph,
    write_results,
)
from smartgraph.vocab import prefixes

# rdflib's own JSON-LD parser uses its own deprecated class.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

BASE = "https://data.example.org/sg/"
LABEL = "http://www.w3.org/2004/02/skos/core#prefLabel"
NT = f"""\
<{BASE}id/project/b> <{BASE}ns#implements> <{BASE}id/strategy/a> .
<{BASE}id/strategy/a> <{LABEL}> "Stra\\u00DFe \\"eins\\" <&>\\r\\nzwei\\t"@de .
<{BASE}id/strategy/a> <{BASE}ns#targetYear> "2030"^^<http://www.w3.org/2001/XMLSchema#gYear> .
<{BASE}id/strategy/a> <{BASE}ns#count> "7"^^<http://www.w3.org/2001/XMLSchema#integer> .
<{BASE}id/strategy/a> <{BASE}ns#share> "1.5E-300"^^<http://www.w3.org/2001/XMLSchema#double> .
<{BASE}id/strategy/a> <{BASE}ns#node> _:c14n0 .
_:c14n0 <{BASE}ns#node> <{BASE}id/strategy/a#c1> .
<{BASE}id/strategy/a> <{BASE}ns#node> _:c14n0 .
""".encode()
RDFLIB_NAMES = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}


class Whole:
    """A sink that keeps what it takes."""

    def __init__(self) -> None:
        self.format: Format | None = None
        self.body = b""

    def begin(self, form: Format) -> None:
        self.format = form

    def write(self, data: bytes) -> int:
        self.body += data
        return len(data)

    def flush(self) -> None: ...


def written(found: pyoxigraph.QuerySolutions, form: Format) -> bytes:
    sink = Whole()
    write_results(found, form, sink)
    return sink.body


def as_rdflib(body: bytes, form: Format) -> rdflib.Graph:
    return rdflib.Graph().parse(io.BytesIO(body), format=RDFLIB_NAMES[form.name])


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_every_graph_format_says_the_same_to_two_parsers(form: Format) -> None:
    body = write_graph(NT, form, prefixes(BASE))
    assert isomorphic(as_rdflib(body, form), as_rdflib(NT, NTRIPLES))
    engine = pyoxigraph.RdfFormat.from_media_type(form.media_type)
    found = pyoxigraph.Dataset(pyoxigraph.parse(body, engine))
    wanted = pyoxigraph.Dataset(pyoxigraph.parse(NT, pyoxigraph.RdfFormat.N_TRIPLES))
    for dataset in (found, wanted):
        dataset.canonicalize(pyoxigraph.CanonicalizationAlgorithm.RDFC_1_0)
    assert found == wanted


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_the_order_of_the_triples_does_not_show_in_the_bytes(form: Format) -> None:
    backwards = b"".join(reversed(NT.splitlines(keepends=True)))
    assert write_graph(NT, form, prefixes(BASE)) == write_graph(backwards, form, prefixes(BASE))


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_another_process_writes_the_same_bytes(form: Format) -> None:
    """The engine's hash tables are seeded anew at each start."""
    code = (
        "import sys; from smartgraph.formats import by_name; from smartgraph.vocab import prefixes\n"
        "from smartgraph.serialize import write_graph\n"
        f"body = write_graph(sys.stdin.buffer.read(), by_name({form.name!r}), prefixes({BASE!r}))\n"
        "sys.stdout.buffer.write(body)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    other = subprocess.run([sys.executable, "-c", code], input=NT, env=environment, capture_output=True, check=True)
    assert other.stdout == write_graph(NT, form, prefixes(BASE))


def test_turtle_declares_the_prefixes_it_needs_and_no_others() -> None:
    text = write_graph(NT, TURTLE, prefixes(BASE)).decode()
    declared = [line.split()[1] for line in text.splitlines() if line.startswith("@prefix")]
    assert declared == ["project:", "skos:", "smg:", "strategy:", "xsd:"]
    assert "project:b smg:implements strategy:a ." in text


def test_an_empty_graph_is_an_empty_document_in_every_format() -> None:
    for form in GRAPH_FORMATS:
        assert len(as_rdflib(write_graph(b"", form, prefixes(BASE)), form)) == 0


def test_a_triple_that_comes_twice_is_written_once() -> None:
    assert len(write_graph(NT, NTRIPLES, {}).splitlines()) == 7


def test_rdf_xml_refuses_a_property_that_is_no_xml_name_and_offers_the_other_formats() -> None:
    odd = b"<http://e.example/a> <http://e.example/1> <http://e.example/b> .\n"
    with pytest.raises(NotAcceptable, match=r"http://e\.example/1") as refusal:
        write_graph(odd, RDFXML, {})
    assert RDFXML.media_type not in refusal.value.offered
    assert len(as_rdflib(write_graph(odd, JSONLD, {}), JSONLD)) == 1


def test_json_ld_refuses_a_triple_as_a_value_and_offers_the_other_formats() -> None:
    quoting = b"<urn:a> <urn:b> <<( <urn:c> <urn:d> <urn:e> )>> .\n"
    with pytest.raises(NotAcceptable, match="a triple as a value") as refusal:
        write_graph(quoting, JSONLD, {})
    assert JSONLD.media_type not in refusal.value.offered
    assert b"<<( <urn:c> <urn:d> <urn:e> )>>" in write_graph(quoting, TURTLE, {})


def test_xml_is_well_formed_whatever_characters_the_data_have() -> None:
    """The engine's writer lets characters through that XML 1.0 has no way to write."""
    odd = b'<http://e.example/a> <http://e.example/p> "a\\u0001b\\uFFFE\\r<rdf:RDF x y>" .\n'
    graph = as_rdflib(write_graph(odd, RDFXML, {}), RDFXML)
    assert [str(text) for text in graph.objects()] == [
        "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}\r<rdf:RDF x y>"
    ]
    found = pyoxigraph.Store().query('SELECT ("\\u0001\\r" AS ?x) {}')
    assert isinstance(found, pyoxigraph.QuerySolutions)
    text = "".join(ET.fromstring(written(found, XML_RESULTS)).itertext())
    assert text == "\N{REPLACEMENT CHARACTER}\r"


def test_rows_carry_terms_of_all_kinds_and_leave_out_what_is_unbound() -> None:
    values = 'VALUES (?a ?b ?c ?d ?e) { (<http://e.example/a> "x"@de "y" 7 UNDEF) }'
    found = pyoxigraph.Store().query(f"SELECT * {{ {values} BIND(BNODE() AS ?f) }}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    (row,) = parse_rows(found.serialize(format=pyoxigraph.QueryResultsFormat.JSON) or b"")
    assert row["a"] == Term("iri", "http://e.example/a")
    assert row["b"] == Term("literal", "x", language="de")
    assert row["c"] == Term("literal", "y")
    assert row["d"] == Term("literal", "7", datatype="http://www.w3.org/2001/XMLSchema#integer")
    assert "e" not in row
    assert row["f"].kind == "bnode"


def test_triples_and_rows_speak_of_terms_in_the_same_way() -> None:
    lines = "".join(f"<http://e.example/a> <http://e.example/p> {term} .\n" for term in ('"x"', '"y"@de', "_:b"))
    assert [triple[2] for triple in parse_ntriples(lines.encode())] == [
        Term("literal", "x"),
        Term("literal", "y", language="de"),
        Term("bnode", "b"),
    ]


def test_terms_survive_the_way_through_the_engine() -> None:
    triples = parse_ntriples(write_graph(NT, NTRIPLES, {}))
    lines = "".join(" ".join(str(engine_term(term)) for term in triple) + " .\n" for triple in triples)
    assert parse_ntriples(lines.encode()) == triples


def test_a_boolean_is_read() -> None:
    assert parse_boolean(b'{"head":{},"boolean":true}') is True
