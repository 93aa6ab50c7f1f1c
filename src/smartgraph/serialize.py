"""Triples and results: from the engine's values to bytes in a Format, and from such bytes to plain values.

Bytes are the same for the same facts: triples are written in the order of their N-Triples lines.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, islice, takewhile
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import pyoxigraph

from smartgraph.errors import NotAcceptable, Text
from smartgraph.formats import GRAPH_FORMATS, JSONLD, NTRIPLES, RDFXML, TURTLE, XML_RESULTS, Format

if TYPE_CHECKING:
    from collections.abc import Iterable

    Engine = pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal | pyoxigraph.Triple


@dataclass(frozen=True, slots=True)
class Term:
    """One RDF term. Literals have a datatype or, if they are text in a language, that language.

    A triple that is a term itself comes as its text, to be shown.
    """

    kind: Literal["iri", "bnode", "literal", "triple"]
    value: str
    language: str = ""
    datatype: str = ""


Row = Mapping[str, Term]
Triple = tuple[Term, Term, Term]

_KINDS: Final[Mapping[str, Literal["iri", "bnode", "literal"]]] = {
    "uri": "iri", "bnode": "bnode", "literal": "literal", "typed-literal": "literal",
}  # fmt: skip
_NAMESPACE: Final = re.compile(rb"<([^<>\s]*[/#])[^/#<>\s]*>")
_XML_ROOT: Final = re.compile(rb"<rdf:RDF ([^>]*)>")
# XML 1.0 has no way to write these characters, not even escaped.
_NOT_IN_XML: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
#: So many triples are still read by people: they are put in order.
_READABLE: Final = 200
_READABLE_BYTES: Final = 1 << 15
_XML_NAME_AT_END: Final = re.compile(r"[^\W\d][\w.\-·]*\Z")


def parse_rows(body: bytes) -> tuple[Row, ...]:
    """The rows of a SPARQL JSON result, in their order; unbound variables are absent."""
    bindings = json.loads(body)["results"]["bindings"]
    return tuple({name: _term(value) for name, value in binding.items()} for binding in bindings)


def _term(value: Mapping[str, Any]) -> Term:
    if value["type"] == "triple":
        parts = (_term(value["value"][part]).value for part in ("subject", "predicate", "object"))
        return Term("triple", f"<<( {' '.join(parts)} )>>")
    return Term(_KINDS[value["type"]], value["value"], value.get("xml:lang", ""), value.get("datatype", ""))


def parse_columns(body: bytes) -> tuple[str, ...]:
    """The variables of a SPARQL JSON result in the order of the query; none for an ASK."""
    return tuple(json.loads(body)["head"].get("vars", ()))


def parse_boolean(body: bytes) -> bool:
    """The answer in a SPARQL JSON result of an ASK query."""
    answer: bool = json.loads(body)["boolean"]
    return answer


def parse_ntriples(body: bytes) -> tuple[Triple, ...]:
    """The triples of an N-Triples document, in their order."""
    quads = pyoxigraph.parse(body, pyoxigraph.RdfFormat.N_TRIPLES)
    return tuple((_plain(q.subject), _plain(q.predicate), _plain(q.object)) for q in quads)


def _plain(term: Engine) -> Term:
    if isinstance(term, pyoxigraph.Literal):
        # As in SPARQL JSON results, what needs no datatype to be understood carries none.
        plain = term.language or term.datatype.value.endswith("#string")
        return Term("literal", term.value, term.language or "", "" if plain else term.datatype.value)
    if isinstance(term, pyoxigraph.BlankNode):
        return Term("bnode", term.value)
    return Term("iri", term.value if isinstance(term, pyoxigraph.NamedNode) else str(term))


def engine_term(term: Term) -> pyoxigraph.NamedNode | pyoxigraph.BlankNode | pyoxigraph.Literal:
    """The term as a value of the engine."""
    if term.kind == "iri":
        return pyoxigraph.NamedNode(term.value)
    if term.kind == "bnode":
        return pyoxigraph.BlankNode(term.value)
    if term.language:
        return pyoxigraph.Literal(term.value, language=term.language)
    datatype = pyoxigraph.NamedNode(term.datatype) if term.datatype else None
    return pyoxigraph.Literal(term.value, datatype=datatype)


class Sink(Protocol):
    """Takes an answer as it is made: its format once, then its bytes."""

    def begin(self, form: Format) -> None: ...

    def write(self, data: bytes) -> int: ...

    def flush(self) -> None: ...


def write_results(results: pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean, form: Format, sink: Sink) -> None:
    """The answer of a SELECT or ASK query in ``form``, rows in the engine's order, as they are found.

    Spec: SPARQL 1.1 Query Results JSON, XML, CSV and TSV Formats.
    """
    sink.begin(form)
    target = _WellFormed(sink) if form == XML_RESULTS else sink
    results.serialize(target, format=_results_format(form))  # type: ignore[arg-type]  # write and flush suffice
    target.flush()


def write_triples(triples: pyoxigraph.QueryTriples, form: Format, prefixes: Mapping[str, str], sink: Sink) -> None:
    """The answer of a CONSTRUCT or DESCRIBE query in ``form``.

    One that is short enough to be read is written as :func:`write_graph` does, a long one in the engine's
    order as it is found, in the formats that can be written line by line.

    Raises:
        NotAcceptable: as :func:`write_graph`.
    """
    if form == NTRIPLES:
        sink.begin(form)
        ordered = _Ordered(sink)
        triples.serialize(ordered, _graph_format(form))  # type: ignore[arg-type]  # write and flush suffice
        ordered.end()
        return
    first = list(islice(triples, _READABLE))
    if form == TURTLE and len(first) == _READABLE:
        names = _used(prefixes, "".join(f"{triple} .\n" for triple in first).encode())
        sink.begin(form)
        pyoxigraph.serialize(chain(first, triples), sink, _graph_format(form), prefixes=names)  # type: ignore[arg-type]
        return
    lines = b"".join(f"{triple} .\n".encode() for triple in chain(first, triples))
    body = write_graph(lines, form, prefixes)
    sink.begin(form)
    sink.write(body)


def write_graph(ntriples: bytes, form: Format, prefixes: Mapping[str, str]) -> bytes:
    """The triples of an N-Triples document in ``form``, each once, in the order of their lines.

    Only the prefixes that the triples need are declared.

    Raises:
        NotAcceptable: RDF/XML is wanted, but a property's IRI does not end in an XML name, or JSON-LD, but a
            triple is a value.
    """
    lines = sorted(set(ntriples.splitlines(keepends=True)))
    ordered = b"".join(lines)
    if form == NTRIPLES:
        return ordered
    used = _used(prefixes, ordered)
    triples = [quad.triple for quad in pyoxigraph.parse(ordered, pyoxigraph.RdfFormat.N_TRIPLES)]
    if form == RDFXML:
        _check_xml_names(triples)
    if form == JSONLD and any(isinstance(triple.object, pyoxigraph.Triple) for triple in triples):
        raise NotAcceptable(_others(form), Text("JSON-LD cannot write a triple as a value."))
    body = pyoxigraph.serialize(triples, format=_graph_format(form), prefixes=used) or b""
    # The engine shuffles the declarations at each start.
    if form == RDFXML:
        return _XML_ROOT.sub(_sorted_names, _well_formed(body), count=1)
    head = list(takewhile(lambda line: line.startswith(b"@prefix "), body.splitlines(keepends=True)))
    return b"".join(sorted(head)) + body[sum(map(len, head)) :]


def _used(prefixes: Mapping[str, str], ntriples: bytes) -> dict[str, str]:
    spaces = set(_NAMESPACE.findall(ntriples))
    return {name: space for name, space in prefixes.items() if space.encode() in spaces}


def _sorted_names(tag: re.Match[bytes]) -> bytes:
    return b"<rdf:RDF " + b" ".join(sorted(tag[1].split())) + b">"


def _graph_format(form: Format) -> pyoxigraph.RdfFormat:
    found = pyoxigraph.RdfFormat.from_media_type(form.media_type)
    assert found, f"the engine does not write {form.media_type}"
    return found


def _results_format(form: Format) -> pyoxigraph.QueryResultsFormat:
    found = pyoxigraph.QueryResultsFormat.from_media_type(form.media_type)
    assert found, f"the engine does not write {form.media_type}"
    return found


def _check_xml_names(triples: Iterable[Any]) -> None:
    for iri in {triple.predicate.value for triple in triples}:
        if not _XML_NAME_AT_END.search(iri):
            raise NotAcceptable(_others(RDFXML), Text("RDF/XML cannot write the property {iri}.", iri=iri))


def _others(form: Format) -> tuple[str, ...]:
    return tuple(other.media_type for other in GRAPH_FORMATS if other != form)


class _Ordered:
    """A sink before a sink, which puts the lines of a short answer in order, and lets a long one pass."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._held: bytearray | None = bytearray()

    def write(self, data: bytes) -> int:
        if self._held is None:
            return self._sink.write(data)
        self._held += data
        if len(self._held) > _READABLE_BYTES:
            self._sink.write(bytes(self._held))
            self._held = None
        return len(data)

    def flush(self) -> None: ...

    def end(self) -> None:
        """There are no more."""
        if self._held:
            self._sink.write(b"".join(sorted(self._held.splitlines(keepends=True))))


class _WellFormed:
    """A sink before a sink, which mends the engine's XML on the way."""

    def __init__(self, sink: Sink) -> None:
        self._sink, self._rest = sink, b""

    def begin(self, form: Format) -> None:
        self._sink.begin(form)

    def write(self, data: bytes) -> int:
        data_ = self._rest + data
        # The start of a character that XML lacks may be cut from its end.
        keep = next((n for n in (2, 1) if data_.endswith(b"\xef\xbf"[:n])), 0)
        self._rest = data_[len(data_) - keep :]
        self._sink.write(_well_formed(data_[: len(data_) - keep]))
        return len(data)

    def flush(self) -> None:
        self._sink.write(_well_formed(self._rest))
        self._rest = b""


def _well_formed(xml: bytes) -> bytes:
    """What the engine's XML writers leave undone: characters that XML lacks, and carriage returns."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}".encode(), xml).replace(b"\r", b"&#13;")
