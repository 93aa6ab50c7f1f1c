"""The tests of the SPARQL 1.1 Protocol, request by request, and those of the service description.

Source: rdf-tests, sparql11/protocol/manifest.ttl (the vocabularies HTTP in RDF and Content in RDF).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
from rdflib import RDF, RDFS, Graph, Namespace, URIRef
from rdflib.collection import Collection

from conformance import results
from conformance.manifests import MF, UT, Entry
from conformance.verdicts import Verdict

if TYPE_CHECKING:
    from rdflib.term import Node

    from conformance.wire import Client, Exchange, Reply

_HT: Final = Namespace("http://www.w3.org/2011/http#")
_CNT: Final = Namespace("http://www.w3.org/2011/content#")
_SD: Final = Namespace("http://www.w3.org/ns/sparql-service-description#")
_GRAPHS: Final = ("text/turtle", "application/rdf+xml", "application/n-triples", "application/ld+json")
_TABLES: Final = ("application/sparql-results+xml", "application/sparql-results+json", "text/csv",
                  "text/tab-separated-values")  # fmt: skip
_FORMATS: Final = {"boolean": _TABLES[:2], "tabular": _TABLES, "RDF": _GRAPHS}
#: The languages and the kinds of things that the vocabulary has.
_LANGUAGES: Final = (_SD.SPARQL10Query, _SD.SPARQL11Query, _SD.SPARQL11Update)


def verdict(entry: Entry, exchange: Exchange, client: Client) -> tuple[Verdict, str]:
    """Sends the requests of a test; of those for update the first only, which must be refused."""
    exchange.hold(_data(entry), exchange.release.manifest.base)
    connection = entry.value(MF.action)
    requests = entry.value(_HT.requests, connection)
    assert requests is not None
    for request in Collection(entry.manifest, requests):
        reply = _sent(entry, request, client)
        if entry.name.rpartition("#")[2].startswith(("update", "bad_update")):
            is_refused = 400 <= reply.status < 500
            return (Verdict.PASSED, "") if is_refused else (Verdict.FAILED, f"{reply}, though it only reads")
        complaint = _complaint(entry, entry.value(_HT.resp, request), reply)
        if complaint:
            return Verdict.FAILED, complaint
    return Verdict.PASSED, ""


def _data(entry: Entry) -> list[ox.Quad]:
    quads = []
    for node in entry.values(UT.graphData):
        path = entry.path(entry.value(UT.graph, node))
        name = ox.NamedNode(str(entry.value(RDFS.label, node)))
        parsed = ox.parse(path.read_bytes(), ox.RdfFormat.N_TRIPLES, rename_blank_nodes=True)
        quads += [ox.Quad(q.subject, q.predicate, q.object, name) for q in parsed]
    return quads


def _sent(entry: Entry, request: Node, client: Client) -> Reply:
    path = str(entry.value(_HT.absolutePath, request)).replace("/sparql/", "/sparql", 1)
    listed = entry.value(_HT.headers, request)
    nodes = Collection(entry.manifest, listed) if listed is not None else ()
    headers = {str(entry.value(_HT.fieldName, n)): str(entry.value(_HT.fieldValue, n)) for n in nodes}
    body = entry.value(_HT.body, request)
    return client.send(str(entry.value(_HT.methodName, request)), path, headers, _body(entry, body) if body else None)


def _body(entry: Entry, node: Node) -> bytes:
    encoding = str(entry.value(_CNT.characterEncoding, node) or "UTF-8")
    return str(entry.value(_CNT.chars, node) or "").encode(encoding)


def _complaint(entry: Entry, wanted: Node | None, reply: Reply) -> str:
    """What is wrong with the reply, nothing if it is as wanted."""
    if wanted is None:
        return ""
    statuses = [str(node).rpartition("StatusCode")[2] for node in entry.values(MF.expectedStatus, wanted)]
    if statuses and not any(status[0] == str(reply.status)[0] for status in statuses):
        return f"{reply} instead of {' or '.join(statuses)}"
    form = entry.value(MF.expectedFormat, wanted)
    if form is not None and reply.media_type not in _FORMATS[str(form)]:
        return f"{reply.media_type} instead of {form}"
    truth: Any = entry.value(MF.expectedBoolean, wanted)
    if truth is not None:
        found = results.read(reply.body, reply.media_type, "")
        if found != results.boolean(str(truth)):
            return f"the answer is not {truth}"
    return ""


def description_verdict(entry: Entry, client: Client) -> tuple[Verdict, str]:
    """GET on the endpoint without a query, and what comes back."""
    reply = client.send("GET", "/sparql", {"Accept": "text/turtle"})
    if reply.status != 200 or reply.media_type not in _GRAPHS:
        return Verdict.FAILED, str(reply)
    graph = Graph().parse(data=reply.body, format="turtle")
    check = {"returns-rdf": _is_some, "has-endpoint-triple": _has_endpoint, "conforms-to-schema": _fits_schema}
    complaint = check[entry.name.rpartition("#")[2]](graph)
    return (Verdict.FAILED, complaint) if complaint else (Verdict.PASSED, "")


def _is_some(graph: Graph) -> str:
    return "" if len(graph) else "no triples"


def _has_endpoint(graph: Graph) -> str:
    found = [node for node in graph.objects(None, _SD.endpoint) if str(node).endswith("/sparql")]
    return "" if len(found) == 1 else "no sd:endpoint for the endpoint"


def _fits_schema(graph: Graph) -> str:
    """Classes, domains and ranges as the recommendation defines them.

    Spec: SPARQL 1.1 Service Description, sections 3.2 and 3.4.
    """
    service = graph.value(None, RDF.type, _SD.Service)
    if service is None:
        return "no sd:Service"
    if not all(language in _LANGUAGES for language in graph.objects(service, _SD.supportedLanguage)):
        return "an unknown sd:supportedLanguage"
    ranges = {
        _SD.defaultDataset: _SD.Dataset, _SD.availableGraphs: _SD.GraphCollection,
        _SD.defaultGraph: _SD.Graph, _SD.namedGraph: _SD.NamedGraph, _SD.graph: _SD.Graph,
    }  # fmt: skip
    for predicate, kind in ranges.items():
        for subject, thing in graph.subject_objects(predicate):
            if (thing, RDF.type, kind) not in graph:
                return f"{predicate} of {subject} is no {kind}"
    for named in graph.objects(None, _SD.namedGraph):
        if not isinstance(graph.value(named, _SD.name), URIRef):
            return f"{named} has no sd:name"
    return ""
