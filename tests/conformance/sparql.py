"""The query tests of the SPARQL suites, sent to our server over HTTP."""

from __future__ import annotations

import mimetypes
import re
from itertools import count
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rdflib import RDFS, BNode

from conformance import protocol, results
from conformance.agreement import disagreement
from conformance.isomorphism import by_value, same
from conformance.manifests import MF, QT, Checkout, Entry, entries
from conformance.verdicts import Outcome, Verdict
from conformance.wire import Client, Exchange, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

    from conformance.verdicts import Known

ADDRESS: Final = "https://w3c.github.io/rdf-tests/"
_MANIFESTS: Final = ("sparql10/manifest.ttl", "sparql11/manifest-all.ttl", "sparql12/manifest.ttl")
_MEDIA_TYPES: Final = {
    ".srx": "application/sparql-results+xml",
    ".srj": "application/sparql-results+json",
    ".csv": "text/csv",
    ".tsv": "text/tab-separated-values",
    ".ttl": "text/turtle",
    ".n3": "text/turtle",
    ".rdf": "application/rdf+xml",
    ".nt": "application/n-triples",
    ".nq": "application/n-quads",
    ".trig": "application/trig",
}
_JSON: Final = "application/sparql-results+json"
_GRAPH: Final = "text/turtle"
_FROM: Final = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)
#: Behind the last brace: an order inside of a subquery is none of the whole.
_ORDERED: Final = re.compile(r"\bORDER\s+BY\b[^}]*\Z", re.IGNORECASE)
_SUITES: Final = {"sparql10": "SPARQL 1.0", "sparql11": "SPARQL 1.1", "sparql12": "SPARQL 1.2"}
#: The answers to the tests of queries, asked for again, as suite and behind the name of a test.
_FORMATS: Final = "Query, all formats"
_AGAIN: Final = "in all formats"
_PARTS: Final = {
    "protocol": "Protocol", "service-description": "Service Description", "service": "Federated Query",
    "syntax-fed": "Federated Query", "entailment": "Entailment Regimes", "graph-store-protocol": "Graph Store Protocol",
    "http-rdf-update": "Graph Store Protocol", "csv-tsv-res": "Results CSV/TSV", "json-res": "Results JSON",
}  # fmt: skip


def run(root: Path, known: Known) -> Iterator[Outcome]:
    """All tests below ``sparql/`` of a checkout of rdf-tests."""
    checkout = Checkout(root, ADDRESS)
    exchange = Exchange()
    with serving(exchange) as address:
        runner = _Runner(exchange, Client(address), known)
        try:
            for name in _MANIFESTS:
                manifest = root / "sparql" / name
                if manifest.is_file():
                    for entry in entries(manifest, checkout):
                        yield from runner.outcomes(entry)
        finally:
            runner.client.close()


def suite_of(entry: Entry) -> str:
    """The suite as the report names it."""
    _, _, *rest = entry.name.partition("#")[0].split("/")
    part = _PARTS.get(rest[0] if rest else "")
    if part is None and "Update" in entry.kind:
        part = "Update"
    return f"{_version(entry)} {part or ('Syntax' if 'Syntax' in entry.kind else 'Query')}"


def _version(entry: Entry) -> str:
    return _SUITES[entry.name.split("/")[1].partition("#")[0]]


class _Runner:
    def __init__(self, exchange: Exchange, client: Client, known: Known) -> None:
        self.exchange, self.client, self.known = exchange, client, known
        self._ways = count()
        self._answered = b""  # the query of the test, if it got an answer

    def outcomes(self, entry: Entry) -> Iterator[Outcome]:
        """What the test comes to, and whether the answer is the same in every format."""
        excluded = self.known.excluded(entry.name, entry.kind)
        if excluded and entry.kind != "ProtocolTest":
            yield Outcome(suite_of(entry), entry.name, Verdict.NOT_APPLICABLE, excluded.en)
            return
        self._answered = b""
        verdict, detail = self._verdict(entry)
        if excluded and verdict == Verdict.PASSED:
            verdict, detail = Verdict.NOT_APPLICABLE, excluded.en
        yield Outcome(suite_of(entry), entry.name, verdict, detail)
        if self._answered:
            complaint = disagreement(self.client, self._answered)
            verdict = Verdict.FAILED if complaint else Verdict.PASSED
            yield Outcome(f"{_version(entry)} {_FORMATS}", f"{entry.name} {_AGAIN}", verdict, complaint)

    def _verdict(self, entry: Entry) -> tuple[Verdict, str]:
        kind = entry.kind
        if kind == "ProtocolTest":
            return protocol.verdict(entry, self.exchange, self.client)
        if kind == "ServiceDescriptionTest":
            return protocol.description_verdict(entry, self.client)
        if kind.startswith("PositiveSyntaxTest"):
            return self._syntax(entry, is_good=True)
        if kind.startswith("NegativeSyntaxTest"):
            return self._syntax(entry, is_good=False)
        if kind in ("QueryEvaluationTest", "CSVResultFormatTest"):
            return self._evaluation(entry)
        return Verdict.FAILED, f"nobody knows how to run a {kind}"

    def _syntax(self, entry: Entry, *, is_good: bool) -> tuple[Verdict, str]:
        path = entry.path(entry.value(MF.action))
        self.exchange.hold((), entry.checkout.iri(path))
        reply = self.client.query(path.read_bytes(), f"{_JSON}, {_GRAPH}", next(self._ways))
        if reply.error == "QueryRefused" and is_good:
            return Verdict.REFUSED, str(reply)
        wanted = 200 if is_good else 400
        return (Verdict.PASSED, "") if reply.status == wanted else (Verdict.FAILED, f"{reply} instead of {wanted}")

    def _evaluation(self, entry: Entry) -> tuple[Verdict, str]:
        action = entry.value(MF.action)
        assert action is not None
        query = entry.path(entry.value(QT.query, action) if isinstance(action, BNode) else action)
        base = entry.checkout.iri(query)
        text = query.read_bytes()
        names = [name for name, _ in _graphs(entry, action)]
        self.exchange.hold(_dataset(entry, action, text.decode("utf-8", "replace")), base, names)
        wanted_path = entry.path(entry.value(MF.result))
        media_type = _MEDIA_TYPES[wanted_path.suffix]
        as_results = media_type if wanted_path.suffix in (".srx", ".srj", ".csv", ".tsv") else _JSON
        reply = self.client.query(text, f"{as_results}, {_GRAPH}", next(self._ways))
        if reply.status != 200:
            return (Verdict.REFUSED if reply.error == "QueryRefused" else Verdict.FAILED), str(reply)
        self._answered = text
        if reply.media_type not in (as_results, _GRAPH):
            return Verdict.FAILED, f"{reply.media_type} instead of {as_results}"
        wanted = results.read(wanted_path.read_bytes(), media_type, entry.checkout.iri(wanted_path))
        found = results.read(reply.body, reply.media_type, base)
        is_lax = entry.value(MF.resultCardinality) == MF.LaxCardinality
        is_ordered = reply.media_type != _GRAPH and bool(_ORDERED.search(text.decode("utf-8", "replace")))
        return _compared(found, wanted, is_ordered, is_lax, reply.media_type == "text/csv")


def _compared(
    found: results.Table, wanted: results.Table, is_ordered: bool, is_lax: bool, is_untyped: bool
) -> tuple[Verdict, str]:
    if found.columns != wanted.columns:
        return Verdict.FAILED, f"{found} instead of {wanted}"
    ours, theirs = list(found.rows), list(wanted.rows)
    if is_lax:
        ours, theirs = list(dict.fromkeys(ours)), list(dict.fromkeys(theirs))
    if same(ours, theirs, ordered=is_ordered):
        return Verdict.PASSED, ""
    values = [by_value(rows, untyped=is_untyped) for rows in (ours, theirs)]
    if same(*values, ordered=is_ordered):
        return Verdict.RESPELLED, _first_difference(ours, theirs)
    if len(ours) != len(theirs):
        return Verdict.FAILED, f"{found} instead of {wanted}"
    return Verdict.FAILED, _first_difference(ours, theirs)


def _first_difference(ours: list[tuple[object, ...]], theirs: list[tuple[object, ...]]) -> str:
    def shown(rows: list[tuple[object, ...]], others: list[tuple[object, ...]]) -> str:
        odd = sorted(" ".join(map(str, row)) for row in rows if row not in others)
        return odd[0][:120] if odd else "another order"

    return f"{shown(ours, theirs)} instead of {shown(theirs, ours)}"


def _dataset(entry: Entry, action: Node, text: str) -> Iterator[ox.Quad]:
    data = entry.values(QT.data, action)
    graphs = _graphs(entry, action)
    for node in data:
        yield from load(entry.path(node), entry.checkout.iri(entry.path(node)), None)
    for name, path in graphs:
        yield from load(path, entry.checkout.iri(path), name)
    if not data and not graphs:
        # Tests of FROM name their data in the query only.
        query = entry.path(entry.value(QT.query, action)) if isinstance(action, BNode) else entry.path(action)
        for name in dict.fromkeys(_FROM.findall(text)):
            path = query.parent / name
            if path.is_file():
                yield from load(path, entry.checkout.iri(path), entry.checkout.iri(path))


def _graphs(entry: Entry, action: Node) -> list[tuple[str, Path]]:
    """Names and files of the named graphs: the file is the name, or has a label beside it that is."""
    found = []
    for node in entry.values(QT.graphData, action):
        inner = entry.value(QT.graph, node)
        label = entry.value(RDFS.label, node)
        path = entry.path(node if inner is None else inner)
        found.append((str(label) if inner is not None and label is not None else entry.checkout.iri(path), path))
    return found


def load(path: Path, base: str, graph: str | None) -> Iterator[ox.Quad]:
    """The quads of a file; its default graph becomes ``graph``, its blank nodes are like no other's."""
    form = ox.RdfFormat.from_media_type(_MEDIA_TYPES.get(path.suffix) or mimetypes.guess_type(path)[0] or "")
    assert form, f"{path.name} is in no format of data"
    home = ox.NamedNode(graph) if graph else ox.DefaultGraph()
    for quad in ox.parse(path.read_bytes(), form, base_iri=base, rename_blank_nodes=True):
        place = home if isinstance(quad.graph_name, ox.DefaultGraph) else quad.graph_name
        yield ox.Quad(quad.subject, quad.predicate, quad.object, place)
