"""Results in all their formats as tables of terms. Written apart from the engine's own readers on purpose.

Spec: SPARQL 1.1 Query Results JSON, XML, CSV and TSV Formats; DAWG test suite, vocabulary result-set#.
"""

from __future__ import annotations

import csv
import io
import json
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from xml.etree import ElementTree as ET

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_XML: Final = "{http://www.w3.org/2005/sparql-results#}"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_ITS: Final = "{http://www.w3.org/2005/11/its}dir"
_RS: Final = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_TYPE: Final = ox.NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
#: The columns of an ASK, which no variable can be called.
TRUTH: Final = ("?",)
_BOOLEAN: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#boolean")


@dataclass(frozen=True, slots=True)
class Table:
    """A result: columns in alphabetical order, rows as they came. An ASK has the one column ``?``."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    def __str__(self) -> str:
        return f"{len(self.rows)} rows of {' '.join(self.columns) or 'no columns'}"


def table(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> Table:
    names = tuple(sorted(columns))
    return Table(names, tuple(tuple(row.get(name) for name in names) for row in rows))


def boolean(text: str) -> Table:
    return Table(TRUTH, ((ox.Literal(text.strip().lower(), datatype=_BOOLEAN),),))


def graph(quads: Iterable[ox.Quad]) -> Table:
    """The triples of all graphs, each once."""
    return Table(("s", "p", "o"), tuple(dict.fromkeys(tuple(quad)[:3] for quad in quads)))


def read(body: bytes, media_type: str, base: str) -> Table:
    """The table in a document of ``media_type``."""
    if media_type in _READERS:
        return _READERS[media_type](body)
    form = ox.RdfFormat.from_media_type(media_type)
    assert form, f"no results are written in {media_type}"
    quads = list(ox.parse(body, form, base_iri=base))
    is_result = any(q.predicate == _TYPE and str(q.object) == f"<{_RS}ResultSet>" for q in quads)
    return _of_result_set(quads) if is_result else graph(quads)


def _json(body: bytes) -> Table:
    found = json.loads(body)
    if "boolean" in found:
        return boolean(str(found["boolean"]))
    rows = ({name: _json_term(term) for name, term in row.items()} for row in found["results"]["bindings"])
    return table(found["head"].get("vars", ()), rows)


def _json_term(term: dict[str, Any]) -> Any:
    value = term["value"]
    match term["type"]:
        case "uri":
            return ox.NamedNode(value)
        case "bnode":
            return ox.BlankNode(value)
        case "triple":
            return ox.Triple(*(_json_term(value[part]) for part in ("subject", "predicate", "object")))
    return _literal(value, term.get("xml:lang"), term.get("its:dir"), term.get("datatype"))


def _literal(value: str, language: str | None, direction: str | None, datatype: str | None) -> ox.Literal:
    if direction:
        return ox.Literal(value, language=language, direction=ox.BaseDirection(direction))
    if language:
        return ox.Literal(value, language=language)
    return ox.Literal(value, datatype=ox.NamedNode(datatype) if datatype else None)


def _xml(body: bytes) -> Table:
    root = ET.fromstring(body)
    answer = root.find(f"{_XML}boolean")
    if answer is not None:
        return boolean(answer.text or "")
    columns = [node.attrib["name"] for node in root.iter(f"{_XML}variable")]
    found = root.iter(f"{_XML}result")
    return table(columns, ({node.attrib["name"]: _xml_term(node[0]) for node in row} for row in found))


def _xml_term(node: ET.Element) -> Any:
    text = node.text or ""
    match node.tag.removeprefix(_XML):
        case "uri":
            return ox.NamedNode(text)
        case "bnode":
            return ox.BlankNode(text.strip())
        case "triple":
            return ox.Triple(*(_xml_term(part[0]) for part in node))
    return _literal(text, node.attrib.get(_LANG), node.attrib.get(_ITS), node.attrib.get("datatype"))


def _tsv(body: bytes) -> Table:
    head, *lines = body.decode().removesuffix("\n").split("\n")
    columns = [name.removeprefix("?") for name in head.rstrip("\r").split("\t") if name]
    cells = [line.rstrip("\r").split("\t") if columns else [] for line in lines]
    return table(columns, ({n: _tsv_term(c) for n, c in zip(columns, row, strict=True) if c} for row in cells))


def _tsv_term(cell: str) -> Any:
    if cell.startswith("_:"):
        return ox.BlankNode(cell[2:])
    return next(iter(ox.parse(f"<x:s> <x:p> {cell} .", ox.RdfFormat.TURTLE))).object


def _csv(body: bytes) -> Table:
    """All cells as texts, which is all that CSV tells, but for the names of blank nodes."""
    columns, *rows = csv.reader(io.StringIO(body.decode(), newline=""))
    # The reader takes the one empty cell of a line for no cell.
    cells = [row or [""] * len(columns) for row in rows]
    return table(columns, ({n: _csv_term(c) for n, c in zip(columns, row, strict=True) if c} for row in cells))


def _csv_term(cell: str) -> Any:
    return ox.BlankNode(cell[2:]) if cell.startswith("_:") else ox.Literal(cell)


def _of_result_set(quads: list[ox.Quad]) -> Table:
    """A result that is itself described in RDF."""
    about: dict[Any, dict[str, list[Any]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        about[quad.subject][quad.predicate.value.removeprefix(_RS)].append(quad.object)
    top = next(node for node, facts in about.items() if f"<{_RS}ResultSet>" in map(str, facts[_TYPE.value]))
    if about[top]["boolean"]:
        return boolean(about[top]["boolean"][0].value)
    solutions = [about[node] for node in about[top]["solution"]]
    solutions.sort(key=lambda facts: int(facts["index"][0].value) if facts["index"] else 0)
    rows = [
        {about[node]["variable"][0].value: about[node]["value"][0] for node in facts["binding"]} for facts in solutions
    ]
    return table((name.value for name in about[top]["resultVariable"]), rows)


_READERS: Final[Mapping[str, Callable[[bytes], Table]]] = {
    "application/sparql-results+json": _json,
    "application/sparql-results+xml": _xml,
    "text/tab-separated-values": _tsv,
    "text/csv": _csv,
}
