"""Files of RDF: a file in, its triples out, every syntax error with its place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.build.sources.jsonld import with_own_context
from smartgraph.build.sources.rdfxml import check_xml
from smartgraph.build.sources.syntax import SYNTAXES, TURTLE_FAMILY, meaning
from smartgraph.errors import SourceError, Text, UsageError
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from pathlib import Path

#: Statements about statements inside each other break the parser's process when there are too many.
_MOST_QUOTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Source:
    """The triples of one file, the graph they go to, and its text for finding lines again.

    ``named_graphs`` are the names that the file itself gives to graphs. They are not taken over.
    """

    path: Path
    graph: str
    triples: tuple[ox.Triple, ...]
    text: str
    named_graphs: tuple[str, ...] = ()

    @property
    def syntax(self) -> ox.RdfFormat:
        return SYNTAXES[self.path.suffix.lower()]


def syntax_of(path: Path) -> ox.RdfFormat:
    """The syntax that the ending of a file tells.

    Raises:
        UsageError: we read no files with this ending.
    """
    syntax = SYNTAXES.get(path.suffix.lower())
    if syntax is None:
        raise UsageError(
            Text(
                "{path}: files with the ending '{ending}' cannot be read. Use one of these: {names}.",
                path=path.name, ending=path.suffix, names=", ".join(SYNTAXES),
            )
        )  # fmt: skip
    return syntax


def read_source(path: Path, graph: str, base: str = PLACEHOLDER, context: Path | None = None) -> Source:
    """Parses one file; the syntax is told by the ending.

    All triples count as the file's own, whichever of its graphs they are in.

    Args:
        base: the configured base, under which a JSON-LD file may name our context.
        context: the file of that context.
    Raises:
        SourceError: not readable, not UTF-8, or not of this syntax.
        UsageError: an ending that we do not know.
    """
    syntax = syntax_of(path)
    text = _text(path)
    if syntax == ox.RdfFormat.JSON_LD:
        quads = _parsed(with_own_context(text, path, base, context), syntax, path)
    else:
        quads = _parsed(text, syntax, path)
    if not quads:
        raise SourceError(
            path, Text("no statement"), Text("at least one"),
            remedy=Text("Has the file been emptied by mistake? If it is not needed, remove it."),
        )  # fmt: skip
    triples = tuple(dict.fromkeys(quad.triple for quad in quads))
    if any(isinstance(triple.object, ox.Triple) for triple in triples):
        raise SourceError(path, Text("a statement about a statement"), Text("things, properties and values only"))
    graphs = {str(quad.graph_name) for quad in quads if not isinstance(quad.graph_name, ox.DefaultGraph)}
    return Source(path, graph, triples, text, tuple(sorted(graphs)))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")  # some editors begin with a byte order mark
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


def _parsed(text: str, syntax: ox.RdfFormat, path: Path) -> list[ox.Quad]:
    if syntax == ox.RdfFormat.RDF_XML and text.strip():
        check_xml(text, path)
    if syntax in TURTLE_FAMILY and text.count("<<") > _MOST_QUOTED:
        raise SourceError(path, Text("a statement about a statement"), Text("things, properties and values only"))
    try:
        # Nodes without a name are private to their file, however they are numbered there.
        return list(ox.parse(text, syntax, base_iri=path.absolute().as_uri(), rename_blank_nodes=True))
    except SyntaxError as error:
        raise SourceError(
            path, meaning(error.msg), Text("correct {syntax}", syntax=syntax.name),
            row=error.lineno, column=error.offset,
            remedy=Text(
                "Look at this place and the line before it: often a dot, a semicolon or a quote is missing."
            ) if error.lineno and syntax in TURTLE_FAMILY else "",
        ) from error  # fmt: skip
