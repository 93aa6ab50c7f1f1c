"""Files to triples, every error with its place."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest

from smartgraph.build.sources.turtle import read_source
from smartgraph.errors import SourceError

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
        (b'<urn:a> <urn:b> "first" .\n<urn:a> <urn:b> "second\n" .', 2, 24, "string literals"),
        (b"<urn:a> <urn:b> <urn:c>\n<urn:d> <urn:b> <urn:c> .", 2, 1, "dot"),
        (b"<urn:a> <urn:b> smg:x .", 1, 17, "smg"),
        # Columns count letters, not bytes.
        ('<urn:a> <urn:b> "ääää" ; ; x:y'.encode(), 1, 28, "x:"),
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
    assert str(error).startswith(f"{path}:{row}:{column}: found “")
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
    with pytest.raises(SourceError, match=r"found the ending '\.xlsx'; wanted: one of \.ttl, .*\.rdf"):
        read_source(path, "essen")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.ttl: found no readable file \(No such file"):
        read_source(tmp_path / "nowhere.ttl", "essen")


def test_nothing_is_fetched_for_a_file(tmp_path: Path) -> None:
    content = b'{"@context": "https://example.org/context.jsonld", "@id": "urn:a", "name": "x"}'
    with pytest.raises(SourceError, match="wanted: correct JSON-LD"):
        read_source(written(tmp_path, "a.jsonld", content), "essen")
