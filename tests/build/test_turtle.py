"""Files to triples, every error with its place."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox
import pytest

from smartgraph.build.sources.turtle import read_source
from smartgraph.errors import SourceError, Text, UsageError
from smartgraph.jsonld import Compactor
from smartgraph.language import translation
from smartgraph.release import CONTEXT
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from smartgraph.bundle import Bundle

A = ox.NamedNode("urn:example:a")
ONE = ox.Triple(A, A, A)


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.ttl", b"<urn:example:a> <urn:example:a> <urn:example:a> ."),
        ("a.nt", b"<urn:example:a> <urn:example:a> <urn:example:a> .\n"),
        ("a.nq", b"<urn:example:a> <urn:example:a> <urn:example:a> <urn:example:graph> .\n"),
        ("a.trig", b"<urn:example:graph> { <urn:example:a> <urn:example:a> <urn:example:a> }"),
        ("a.jsonld", b'{"@id": "urn:example:a", "urn:example:a": {"@id": "urn:example:a"}}'),
        (
            "a.rdf",
            b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:example:">'
            b'<rdf:Description rdf:about="urn:example:a"><e:a rdf:resource="urn:example:a"/>'
            b"</rdf:Description></rdf:RDF>",
        ),
        # Editors on Windows: a byte order mark, lines ending in two characters.
        ("mark.ttl", b"\xef\xbb\xbf<urn:example:a> <urn:example:a> <urn:example:a> .\r\n"),
    ],
)
def test_a_file_of_any_syntax_gives_its_triples(tmp_path: Path, name: str, content: bytes) -> None:
    source = read_source(written(tmp_path, name, content), "essen")
    assert source.triples == (ONE,)
    assert source.graph == "essen"
    assert source.path == tmp_path / name


@pytest.mark.parametrize("text", ["", "# only a comment\n", "@prefix ex: <https://example.org/> .\n"])
def test_a_file_without_a_statement_is_refused_because_it_may_have_been_emptied(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.ttl"
    path.write_text(text, "utf-8")
    with pytest.raises(SourceError, match="found no statement; wanted: at least one"):
        read_source(path, "a")


@pytest.mark.parametrize(
    ("content", "row", "column", "found"),
    [
        (b'<urn:a> <urn:b> "first" .\n<urn:a> <urn:b> "second\n" .', 2, 24, "a line break inside a text"),
        (b"<urn:a> <urn:b> <urn:c>\n<urn:d> <urn:b> <urn:c> .", 2, 1, "no dot at its end"),
        (b"<urn:a> <urn:b> smg:x .", 1, 17, "'smg:', which is not declared"),
        # Columns count letters, not bytes.
        ('<urn:a> <urn:b> "ääää" ; ; x:y'.encode(), 1, 28, "'x:'"),
    ],
)
def test_broken_turtle_is_named_with_file_row_and_column(
    tmp_path: Path, content: bytes, row: int, column: int, found: str
) -> None:
    path = written(tmp_path, "essen.ttl", content)
    with pytest.raises(SourceError) as refused:
        read_source(path, "essen")
    error = refused.value
    assert (error.path, error.row, error.column) == (path, row, column)
    assert found in str(error.found)
    assert str(error).startswith(f"{path}:{row}:{column}: found ")
    assert "wanted: correct Turtle" in str(error)
    assert "often a dot, a semicolon or a quote is missing" in str(error)
    assert error.exit_status == 1


def test_bytes_that_are_not_utf_8_are_named_with_their_row(tmp_path: Path) -> None:
    path = written(tmp_path, "essen.ttl", "<urn:a> <urn:b>\n\n  'März' .".encode("latin-1"))
    with pytest.raises(SourceError) as refused:
        read_source(path, "essen")
    assert str(refused.value) == (
        f"{path}:3: found byte 0xe4; wanted: text in UTF-8. Save the file with the encoding UTF-8."
    )


def test_an_unknown_ending_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    path = written(tmp_path, "essen.xlsx", b"")
    with pytest.raises(UsageError, match=r"^essen\.xlsx: files with the ending '\.xlsx' cannot .*: \.ttl, .*\.xml\.$"):
        read_source(path, "essen")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.ttl: found no readable file \(No such file"):
        read_source(tmp_path / "nowhere.ttl", "essen")


def test_nothing_is_fetched_for_a_file(tmp_path: Path) -> None:
    content = b'{"@context": "https://example.org/context.jsonld", "@id": "urn:a", "name": "x"}'
    with pytest.raises(SourceError, match=r"a\.jsonld:1: found the JSON-LD context https://example\.org/context"):
        read_source(written(tmp_path, "a.jsonld", content), "essen")


@pytest.mark.parametrize("base", [PLACEHOLDER, "https://data.example.org/"])
@pytest.mark.parametrize("many", [False, True])
def test_our_own_context_is_put_in_from_the_bundle(tmp_path: Path, base: str, many: bool) -> None:
    context = tmp_path / "context.jsonld"
    context.write_text('{"@context": {"is": {"@id": "urn:example:a", "@type": "@id"}}}', "utf-8")
    name = f"{base}context.jsonld"
    content = json.dumps({"@context": [name] if many else name, "@id": "urn:example:a", "is": "urn:example:a"})
    path = written(tmp_path, "a.jsonld", content.encode())
    assert read_source(path, "essen", "https://data.example.org/", context).triples == (ONE,)
    with pytest.raises(SourceError, match="Copy the context into the file"):
        read_source(path, "essen", "https://data.example.org/", tmp_path / "none.jsonld")


def test_what_we_write_with_our_context_is_read_as_it_was(bundle: Bundle, tmp_path: Path) -> None:
    context = bundle.ontology / CONTEXT
    wanted = read_source(bundle.data / "hamm.ttl", "hamm").triples
    compactor = Compactor(f"{PLACEHOLDER}{CONTEXT}", json.loads(context.read_bytes()))
    document = compactor.compact(ox.serialize(wanted, format=ox.RdfFormat.N_TRIPLES) or b"")
    assert json.loads(document)["@context"] == f"{PLACEHOLDER}{CONTEXT}"
    found = read_source(written(tmp_path, "hamm.jsonld", document), "hamm", context=context).triples
    assert set(found) == set(wanted)


def test_a_context_of_others_is_found_in_an_import_and_deep_inside(tmp_path: Path) -> None:
    for content in (
        {"@context": {"@import": "https://example.org/c"}, "@id": "urn:a", "urn:b": 1},
        {"@id": "urn:a", "urn:b": {"@context": ["https://example.org/c"], "urn:b": 1}},
    ):
        path = written(tmp_path, "a.jsonld", json.dumps(content).encode())
        with pytest.raises(SourceError, match=r"found the JSON-LD context https://example\.org/c;"):
            read_source(path, "essen")


@pytest.mark.parametrize("name", ["A.TTL", "a.Nt", "a.NQ", "a.TRIG"])
def test_an_ending_may_be_written_in_capitals(tmp_path: Path, name: str) -> None:
    content = b"<urn:example:a> <urn:example:a> <urn:example:a> ."
    assert read_source(written(tmp_path, name, content), "essen").triples == (ONE,)


def test_graphs_of_a_file_count_as_one_and_their_names_are_remembered(tmp_path: Path) -> None:
    content = b"<urn:g> { <urn:a> <urn:b> <urn:c> } <urn:h> { <urn:a> <urn:b> 1 , <urn:c> }"
    source = read_source(written(tmp_path, "a.trig", content), "essen")
    assert len(source.triples) == 2
    assert source.named_graphs == ("<urn:g>", "<urn:h>")


_XML = (
    b'<r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="urn:e:">\n<r:Description r:about="urn:a">'
)


@pytest.mark.parametrize(
    ("name", "content", "row", "said"),
    [
        ("a.ttl", b"<urn:a> <urn:b>", 1, "the end of the file in the middle of a statement"),
        ("a.trig", b"<urn:g> {\n <urn:a> <urn:b> <urn:c>", 2, "the end of the file in the middle of a statement"),
        ("a.nt", b"<urn:a> <urn:b> <urn:c>", 1, "no dot at its end"),
        ("a.nq", b"<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> <urn:c> <urn:", 2, "the end of the file"),
        ("a.jsonld", b'{"@id": "urn:a",\n', 2, "no key in quotes"),
        ("a.json", b'{"@id": "urn:a" "b": 1}', 1, "a value that no comma and no closing bracket follows"),
        ("a.rdf", _XML + b"\n</r:RDF>", 3, "a closing tag that fits no open one"),
        ("a.xml", _XML, 2, "the end of the file in the middle of a statement"),
        ("a.rdf", _XML + b"<x:b/></r:Description></r:RDF>", 2, "a prefix that is not declared"),
        ("a.rdf", b"hello", 1, "characters that are no XML"),
        ("a.ttl", "<urn:a> <urn:b> „x“ .".encode(), 1, "the typographic quotation mark „"),
        ("a.ttl", b'<urn:a> "x" <urn:b> .', 1, "no property in the place of a property"),
        ("a.ttl", b"<urn:a> <urn:b c> 1 .", 1, "the character ' ', which no address may have"),
        ("a.ttl", b'<urn:a> <urn:b> "a\\q" .', 1, "a backslash in a text is written twice"),
    ],
)
def test_a_frequent_fault_is_told_with_its_line_in_words_that_are_translated(
    tmp_path: Path, name: str, content: bytes, row: int, said: str
) -> None:
    with pytest.raises(SourceError) as refused:
        read_source(written(tmp_path, name, content), "essen")
    assert said in str(refused.value)
    assert refused.value.row == row
    assert isinstance(refused.value.found, Text)
    german = refused.value.text.translated(translation("de").gettext)
    assert "gefunden" in german
    assert said not in german


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.rdf", _XML + b"<e:a><r:Description>" * 5000),
        ("a.ttl", b"<urn:a> <urn:b> " + b"<<( <urn:a> <urn:b> " * 50000 + b"1" + b" )>>" * 50000 + b" ."),
        ("a.ttl", b"<urn:a> <urn:b> <<( <urn:a> <urn:b> <urn:c> )>> ."),
        ("a.jsonld", b'{"urn:a":' * 70000),
        (
            "a.rdf",
            b'<!DOCTYPE r [<!ENTITY a0 "aaaaaaaaaa">'
            + b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
            + b"]>" + _XML + b"<e:a>&a9;</e:a></r:Description></r:RDF>",
        ),
    ],
    ids=["deep XML", "deep statements about statements", "a statement about a statement", "deep JSON", "many entities"],
)  # fmt: skip
def test_what_would_break_or_stall_a_parser_is_refused(tmp_path: Path, name: str, content: bytes) -> None:
    with pytest.raises(SourceError):
        read_source(written(tmp_path, name, content), "essen")


@pytest.mark.parametrize("declared", ["UTF-.8", "ISO-8859-1", "nonsense"])
def test_xml_that_names_another_encoding_is_refused(tmp_path: Path, declared: str) -> None:
    head = f'<?xml version="1.0" encoding="{declared}"?>'.encode()
    content = head + _XML + "<e:a>März</e:a></r:Description></r:RDF>".encode()
    with pytest.raises(SourceError, match="found another encoding than UTF-8"):
        read_source(written(tmp_path, "a.rdf", content), "essen")


def test_a_broken_address_in_xml_is_a_fault_of_the_file(tmp_path: Path) -> None:
    content = _XML.replace(b"urn:a", b"//[x") + b"<e:a>1</e:a></r:Description></r:RDF>"
    with pytest.raises(SourceError, match="wanted: correct RDF/XML"):
        read_source(written(tmp_path, "a.rdf", content), "essen")
