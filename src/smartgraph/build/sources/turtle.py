"""Turtle and its relatives: a file in, its triples out, every syntax error with line and column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.errors import SourceError, Text

if TYPE_CHECKING:
    from pathlib import Path

_PARSERS: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".trig": ox.RdfFormat.TRIG,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
}


@dataclass(frozen=True, slots=True)
class Source:
    """The triples of one file, the graph they go to, and its text for finding lines again."""

    path: Path
    graph: str
    triples: tuple[ox.Triple, ...]
    text: str


def read_source(path: Path, graph: str) -> Source:
    """Parses one file; the format is told by the ending.

    Raises:
        SourceError: not readable, not UTF-8, not of this syntax, or of an unknown ending.
    """
    parser = _PARSERS.get(path.suffix)
    if parser is None:
        raise SourceError(
            path,
            Text("the ending '{ending}'", ending=path.suffix),
            Text("one of {names}", names=", ".join(_PARSERS)),
        )
    try:
        text = path.read_bytes().decode("utf-8-sig")  # some editors begin with a byte order mark
    except OSError as error:
        raise SourceError(
            path, Text("no readable file ({reason})", reason=error.strerror), Text("a file to read")
        ) from error
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        raise SourceError(
            path, Text("byte 0x{byte:02x}", byte=error.object[error.start]), Text("text in UTF-8"), row=row,
            remedy=Text("Save the file with the encoding UTF-8."),
        ) from error  # fmt: skip
    try:
        quads = ox.parse(text, parser, base_iri=path.absolute().as_uri())
        triples = tuple(quad.triple for quad in quads)
    except SyntaxError as error:
        raise SourceError(
            path, f"“{_without_place(error.msg)}”", Text("correct {syntax}", syntax=parser.name),
            row=error.lineno, column=error.offset,
            remedy=Text(
                "Look at this place and the line before it: often a dot, a semicolon or a quote is missing."
            ),
        ) from error  # fmt: skip
    if not triples:
        raise SourceError(
            path, Text("no statement"), Text("at least one"),
            remedy=Text("Has the file been emptied by mistake? If it is not needed, remove it."),
        )  # fmt: skip
    return Source(path, graph, triples, text)


def _without_place(message: str) -> str:
    """The parser's message without its own "at line …:", which we print ourselves."""
    return message.split(": ", 1)[1] if message.startswith("Parser error at") and ": " in message else message
