"""One question to a release on this machine, as the command line puts it: a name, a file or SPARQL text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from smartgraph import formats
from smartgraph.errors import Text, UnknownFormat, UsageError
from smartgraph.iris import rebase_text, shorten
from smartgraph.read.disk import open_or_load
from smartgraph.read.questions import bind, load_questions
from smartgraph.read.store import Query
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.release import Release
    from smartgraph.serialize import Term

#: Beside the formats of the endpoint: columns in line, for reading on a terminal.
TABLE: Final = "table"


def ask(query: str, values: Mapping[str, str], release: Release, questions: Path, form: str) -> bytes:
    """The answer as bytes in the format called ``form``.

    A graph asked for as a table comes as Turtle.

    Raises:
        UsageError: no such question, parameter, value or format, or an unreadable file.
        QueryError: the query does not get an answer.
    """
    text, bindings = _text(query, values, release, questions)
    results, graph = _formats(form)
    answer = open_or_load(release).answer(Query(text, results, graph, bindings=bindings))
    if form == TABLE and answer.format == formats.JSON_RESULTS:
        return as_table(answer.body, release.manifest.base).encode()
    return answer.body


def _text(query: str, values: Mapping[str, str], release: Release, questions: Path) -> tuple[str, Mapping[str, Term]]:
    known = {question.name: question for question in load_questions(questions)}
    if query in known:
        return bind(known[query], values, release.manifest)
    if values:
        raise UsageError(
            Text(
                "Only a named question has parameters, and '{query}' is none. Named are: {known}.",
                query=query,
                known=", ".join(known),
            )
        )
    if query.endswith(".rq"):
        return rebase_text(_read(Path(query)), release.manifest.base), {}
    if "{" not in query:
        raise UsageError(
            Text(
                "'{query}' is neither SPARQL nor a file ending in .rq nor a question. Questions are: {known}.",
                query=query,
                known=", ".join(known),
            )
        )
    return query, {}


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else Text("not in UTF-8")
        raise UsageError(Text("{path}: cannot be read ({reason}).", path=path, reason=reason)) from error


def _formats(form: str) -> tuple[formats.Format | None, formats.Format | None]:
    """The formats to ask for: results and graphs; ``None`` for a kind that ``form`` cannot carry."""
    if form == TABLE:
        return formats.JSON_RESULTS, formats.TURTLE
    offered = (*formats.RESULT_FORMATS, *formats.GRAPH_FORMATS)
    if form not in (known := tuple(found.name for found in offered)):
        raise UnknownFormat(form, (TABLE, *known))
    found = formats.by_name(form, offered)
    return (found, None) if "results" in found.kinds else (None, found)


def as_table(body: bytes, base: str) -> str:
    """SPARQL JSON results as text in columns; IRIs with our prefixes."""
    found = json.loads(body)
    if "boolean" in found:
        return f"{str(found['boolean']).lower()}\n"
    names = prefixes(base)
    columns = found["head"]["vars"]
    rows = [[_cell(row.get(column), names) for column in columns] for row in found["results"]["bindings"]]
    widths = [max(map(len, cells)) for cells in zip(columns, *rows, strict=True)]
    lines = [columns, ["-" * width for width in widths], *rows]
    return "".join("  ".join(map(str.ljust, line, widths)).rstrip() + "\n" for line in lines)


def _cell(term: Mapping[str, Any] | None, names: Mapping[str, str]) -> str:
    if term is None:
        return ""
    value = str(term["value"])
    return shorten(value, names) if term["type"] == "uri" else " ".join(value.split())
