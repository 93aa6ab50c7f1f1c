"""A real server on a free loopback port, and the clients of others in front of it."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

import pyld
import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from releases_for_tests import BASE, STRATEGY, TRIPLES
from SPARQLWrapper import (
    CSV,
    JSON,
    JSONLD,
    N3,
    POST,
    POSTDIRECTLY,
    RDFXML,
    TSV,
    TURTLE,
    URLENCODED,
    XML,
    SPARQLWrapper,
)
from SPARQLWrapper.SPARQLExceptions import QueryBadFormed

from smartgraph.errors import StateError
from smartgraph.jsonld import EXPANDED
from smartgraph.settings import Settings
from smartgraph.web.server import address_of, bind

if TYPE_CHECKING:
    from smartgraph.release import Release

COUNT = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"


@pytest.fixture
def wrapper(address: str) -> SPARQLWrapper:
    return SPARQLWrapper(f"{address}sparql")


def request(
    address: str, path: str, method: str = "GET", headers: dict[str, str] | None = None, body: object = None
) -> tuple[http.client.HTTPResponse, bytes]:
    """One request as it is, without a library that tidies it up."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request(method, path, body=body, headers=headers or {})
        response = connection.getresponse()
        return response, response.read()
    finally:
        connection.close()


# ---- SPARQLWrapper, rdflib, pyoxigraph

_FORMATS = {
    "text/turtle": pyoxigraph.RdfFormat.TURTLE,
    "application/n-triples": pyoxigraph.RdfFormat.N_TRIPLES,
    "application/rdf+xml": pyoxigraph.RdfFormat.RDF_XML,
    # pyoxigraph fetches no context, so it asks for JSON-LD that needs none.
    f'application/ld+json;profile="{EXPANDED}"': pyoxigraph.RdfFormat.JSON_LD,
}


@pytest.mark.parametrize(
    "path", [f"id/{STRATEGY.partition('/id/')[2]}", f"sparql?{urlencode({'query': CONSTRUCT})}"], ids=["thing", "query"]
)
@pytest.mark.parametrize("wanted", _FORMATS)
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by rdflib's own parser of JSON-LD
def test_rdflib_and_pyoxigraph_read_the_same_graph_in_every_format(address: str, path: str, wanted: str) -> None:
    def fetched(media_type: str) -> bytes:
        wish = urllib.request.Request(address + path, headers={"Accept": media_type})
        with urllib.request.urlopen(wish) as answer:
            assert answer.headers.get_content_type() == media_type.partition(";")[0]
            return bytes(answer.read())

    body = fetched(wanted)
    by_rdflib = rdflib.Graph().parse(data=body, format=wanted.partition(";")[0])
    triples = pyoxigraph.parse(body, _FORMATS[wanted])
    by_pyoxigraph = rdflib.Graph().parse(
        data=pyoxigraph.serialize((quad.triple for quad in triples), format=pyoxigraph.RdfFormat.N_TRIPLES), format="nt"
    )
    reference = rdflib.Graph().parse(data=fetched("application/n-triples"), format="nt")
    assert len(reference) > 3
    assert isomorphic(by_rdflib, reference)
    assert isomorphic(by_pyoxigraph, reference)


# ---- JSON-LD: clients that fetch the context, as they do in the world


def fetched(url: str, accept: str) -> bytes:
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept})) as answer:
        return bytes(answer.read())


def load(url: str, _options: object) -> dict[str, object]:
    """A document loader for PyLD that fetches from our server."""
    return {"contextUrl": None, "documentUrl": url, "document": json.loads(fetched(url, "application/ld+json"))}


@pytest.mark.parametrize("path", ["id/strategy/beispiel", "id/project/folge", "ns", "shapes"])
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")  # by rdflib's own parser of JSON-LD
def test_rdflib_and_pyld_fetch_the_context_and_read_the_graph_of_the_turtle(home: str, path: str) -> None:
    turtle = rdflib.Graph().parse(data=fetched(home + path, "text/turtle"), format="turtle")
    by_rdflib = rdflib.Graph().parse(home + path, format="json-ld")
    quads = pyld.jsonld.to_rdf(home + path, {"documentLoader": load, "format": "application/n-quads"})
    by_pyld = rdflib.Graph().parse(data=quads, format="nt")
    assert len(turtle) > 1
    assert isomorphic(by_rdflib, turtle)
    assert isomorphic(by_pyld, turtle)


def test_pyld_frames_a_document_with_our_frame(home: str) -> None:
    document = json.loads(fetched(f"{home}doc/strategy/beispiel.jsonld", "*/*"))
    frame = json.loads(fetched(f"{home}frames/strategy.jsonld", "*/*"))
    tree = pyld.jsonld.frame(document, frame, {"documentLoader": load})
    assert tree["id"] == f"{home}id/strategy/beispiel"
    assert "#period" in json.dumps(tree["temporal"])
    assert tree["theme"] == [{"id": f"{home}concept/theme/mobilitaet", "prefLabel": {"de": "Mobilität"}}]


@pytest.mark.parametrize("method", [URLENCODED, POSTDIRECTLY])
def test_sparqlwrapper_asks_by_post(wrapper: SPARQLWrapper, method: str) -> None:
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(method)
    wrapper.setQuery(COUNT)
    wrapper.setReturnFormat(JSON)
    rows = wrapper.queryAndConvert()["results"]["bindings"]
    assert int(rows[0]["n"]["value"]) == TRIPLES


@pytest.mark.parametrize("form", [JSON, XML, CSV, TSV])
def test_sparqlwrapper_reads_each_result_format(wrapper: SPARQLWrapper, form: str) -> None:
    wrapper.setQuery(COUNT)
    wrapper.setReturnFormat(form)
    found = wrapper.queryAndConvert()
    text = found.toxml() if form == XML else found if isinstance(found, bytes) else json.dumps(found)
    assert str(TRIPLES) in (text.decode() if isinstance(text, bytes) else text)


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")
@pytest.mark.parametrize("form", [TURTLE, N3, RDFXML, JSONLD])
def test_sparqlwrapper_reads_each_graph_format(wrapper: SPARQLWrapper, form: str) -> None:
    wrapper.setQuery(CONSTRUCT)
    wrapper.setReturnFormat(form)
    found = wrapper.queryAndConvert()
    graph = found if isinstance(found, rdflib.Graph) else rdflib.Graph().parse(data=found, format="turtle")
    assert len(graph) == TRIPLES


def test_sparqlwrapper_names_graphs_and_hears_of_a_syntax_error(wrapper: SPARQLWrapper) -> None:
    wrapper.addDefaultGraph(f"{BASE}graph/joint")
    wrapper.addDefaultGraph(f"{BASE}graph/duisburg")
    wrapper.setQuery(COUNT)
    wrapper.setReturnFormat(JSON)
    rows = wrapper.queryAndConvert()["results"]["bindings"]
    assert int(rows[0]["n"]["value"]) == 10
    wrapper.setQuery("SELECT nonsense")
    with pytest.raises(QueryBadFormed, match="line 1"):
        wrapper.query()


def test_rdflib_uses_the_endpoint_as_a_store(address: str) -> None:
    graph = rdflib.Graph(SPARQLStore(f"{address}sparql"))
    labels = {str(label) for label in graph.objects(rdflib.URIRef(STRATEGY), rdflib.SKOS.prefLabel)}
    assert labels == {"Beispielstrategie „Straße“"}


def test_an_oxigraph_elsewhere_federates_with_the_endpoint(address: str) -> None:
    found = pyoxigraph.Store().query(f"SELECT * {{ SERVICE <{address}sparql> {{ ?s ?p ?o }} }}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert len(list(found)) == TRIPLES


def test_rdflib_follows_an_identifier_to_its_data(address: str) -> None:
    """The path of an identifier leads there under any host."""
    path = STRATEGY.removeprefix("https://data.example.org/")
    graph = rdflib.Graph().parse(f"{address}{path}")
    assert (rdflib.URIRef(STRATEGY), rdflib.RDF.type, None) in graph


# ---- HTTP as it is on the wire


@pytest.mark.parametrize(
    "path", ["/", "/sparql?query=ASK{}", "/doc/strategy/beispiel.ttl", "/downloads/smartgraph.nq", "/nix"]
)
def test_head_sends_the_headers_of_get_and_no_body(address: str, path: str) -> None:
    """Twice on one connection: a body that should not be there would be read as the next answer."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    got = {}
    for method in ("HEAD", "HEAD", "GET"):
        connection.request(method, path)
        response = connection.getresponse()
        body = response.read()
        headers = {name: value for name, value in response.getheaders() if name.lower() not in ("date", "x-request-id")}
        got[method] = (response.status, headers)
        assert bool(body) == (method == "GET")
    connection.close()
    assert got["HEAD"] == got["GET"]


def test_the_base_with_a_path_is_a_mount_that_works_with_and_without_it(address: str) -> None:
    """The base of the tiny release ends in /sg/; a proxy may take that off or leave it."""
    for path in ("/id/strategy/beispiel", "/sg/id/strategy/beispiel"):
        response, _ = request(address, path)
        assert response.status == 303
        assert response.headers["Location"] == "/sg/doc/strategy/beispiel"
    assert request(address, "/sg/doc/strategy/beispiel")[0].status == 200
    assert request(address, "/sg")[0].status == request(address, "/sg/")[0].status == request(address, "/")[0].status
    assert request(address, "/sgx/doc/strategy/beispiel")[0].status == 404


def test_the_host_of_the_request_is_nowhere_in_the_answer(address: str) -> None:
    for path in (
        "//evil.example",
        "//evil.example/downloads",
        "/downloads",
        "/id/strategy/beispiel",
        "//sparql",
        "/ns",
    ):
        response, body = request(address, path, headers={"Host": "host.evil.example", "Accept": "text/turtle"})
        assert "evil.example" not in response.headers.get("Location", "")
        assert b"host.evil.example" not in body


def test_odd_bytes_in_an_address_are_no_fault_of_the_server(address: str) -> None:
    host = urlsplit(address)
    for line in (
        b"/sparql?query=ASK{}%ff",
        b"/sparql?query=\xc3\xa4",
        b"/doc/strategy/%ff%00",
        b"/sparql?%",
        b"/?a=%0d%0aX: y",
    ):
        with socket.create_connection((host.hostname or "", host.port or 0), timeout=30) as stream:
            stream.sendall(b"GET " + line.replace(b" ", b"%20") + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            status = int(stream.makefile("rb").readline().split()[1])
        assert status in (200, 400, 404)


def test_a_body_without_a_length_is_read_to_its_end(address: str) -> None:
    headers = {"Content-Type": "application/sparql-query", "Accept": "application/json"}
    response, body = request(address, "/sparql", "POST", headers, iter([b"ASK ", b"{ }"]))
    assert response.status == 200
    assert json.loads(body)["boolean"] is True


def test_a_body_without_an_end_is_refused(address: str) -> None:
    host = urlsplit(address)
    with socket.create_connection((host.hostname or "", host.port or 0), timeout=30) as stream:
        head = "POST /sparql HTTP/1.1", "Host: x", "Content-Type: application/sparql-query"
        stream.sendall("\r\n".join((*head, "Transfer-Encoding: chunked", "", "")).encode())
        try:
            for _ in range(200):
                stream.sendall(b"4000\r\n" + b" " * 0x4000 + b"\r\n")
        except OSError:
            return  # It has hung up, which is an answer, too.
        assert b" 413 " in stream.makefile("rb").readline()


def test_slow_queries_do_not_keep_the_server_from_being_heard(address: str) -> None:
    triples = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(8))
    slow = f"/sparql?{urlencode({'query': f'SELECT (COUNT(*) AS ?n) {{ {triples} }}'})}"
    threads = [threading.Thread(target=request, args=(address, slow)) for _ in range(12)]
    for thread in threads:
        thread.start()
    assert request(address, "/healthz")[0].status == 200
    assert request(address, "/doc/strategy/beispiel.ttl")[0].status == 200
    for thread in threads:
        thread.join()


# ---- The server as a process

PROGRAM = """
import sys; from pathlib import Path
from smartgraph.read.sandbox import Sandbox; from smartgraph.settings import Settings
from smartgraph.release import open_release; from smartgraph.web.server import bind, serve
settings = Settings(port=0)
release = open_release(Path(sys.argv[1]))
with bind(settings) as listener, Sandbox.start(release, settings) as reader:
    print(reader.zygote.pid, flush=True)
    serve(settings, reader, listener)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_server_says_where_it_answers_and_stops_in_good_order(tiny: Release, number: signal.Signals) -> None:
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", PROGRAM, str(tiny.folder)]
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout
        assert server.stderr
        zygote = int(server.stdout.readline())
        address = server.stdout.readline().strip()
        with urllib.request.urlopen(f"{address}readyz", timeout=30) as response:
            assert response.status == 200
        server.send_signal(number)
        assert server.wait(timeout=30) == 0
        assert server.stderr.read() == ""
    assert not Path(f"/proc/{zygote}").exists()


def test_a_port_in_use_is_told_before_anything_else_happens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(StateError, match=f"Port {port} is in use"):
            bind(Settings(port=port))


def test_an_address_of_another_machine_is_told() -> None:
    for host in ("192.0.2.1", "no.such.host.invalid"):
        with pytest.raises(StateError, match=f"{host} is none of this machine"):
            bind(Settings(host=host, port=0))


def test_a_port_that_this_user_may_not_open_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    with pytest.raises(StateError, match="may not open port 80"):
        bind(Settings(port=80))


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1")])
def test_the_address_is_one_that_a_browser_can_open(host: str, shown: str) -> None:
    with bind(Settings(host=host, port=0)) as listener:
        assert address_of(listener) == f"http://{shown}:{listener.getsockname()[1]}/"


# ---- What is no request


def test_an_address_that_is_too_long_is_told_to_come_by_post(address: str) -> None:
    short, _ = request(address, f"/sparql?query=ASK+{{}}%23{'a' * 10_000}")
    assert short.status == 200
    for length in (66_000, 200_000, 1_000_000):
        response, body = request(address, f"/sparql?query=ASK+{{}}%23{'a' * length}")
        assert response.status == 414
        assert response.getheader("Content-Type") == "application/problem+json"
        assert response.getheader("Access-Control-Allow-Origin") == "*"
        assert "POST" in json.loads(body)["detail"]


def test_what_is_no_http_is_told_so(address: str) -> None:
    response, body = request(address, "/sparql", "BREW")
    assert response.status == 400
    assert json.loads(body)["title"] == "Bad Request"


def test_raw_bytes_on_the_wire_are_read_as_they_are(address: str) -> None:
    """A body is taken with and without a length; bytes that are no UTF-8 are refused, not replaced."""
    content_type = {"Content-Type": "application/sparql-query"}
    whole, first = request(address, "/sparql", "POST", content_type, "ASK { FILTER('ä' != 'a') }".encode())
    chunked, second = request(
        address, "/sparql", "POST", content_type, iter([b"ASK { FILTER('\xc3", b"\xa4' != 'a') }"])
    )
    assert (whole.status, chunked.status, first) == (200, 200, second)
    for path in ("/sparql?query=ASK{}%23%FF", "/sparql?query=ASK{}%zz", "/sparql?query=ASK{}%00"):
        assert json.loads(request(address, path)[1])["error"] == "MalformedRequest"
    assert request(address, "/sparql", "POST", content_type, b"ASK {} # \xe4")[0].status == 400


def test_head_and_options_have_no_body(address: str) -> None:
    path = "/sparql?query=ASK+{}"
    head, nothing = request(address, path, "HEAD")
    got, body = request(address, path)
    assert nothing == b""
    assert body
    for name in ("Content-Length", "Content-Type", "ETag", "Vary"):
        assert head.getheader(name) == got.getheader(name)
    preflight = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    options, nothing = request(address, "/sparql", "OPTIONS", preflight)
    assert (options.status, nothing) == (200, b"")
    assert set((options.getheader("Allow") or "").split(", ")) == {"GET", "HEAD", "OPTIONS", "POST"}
    assert int(options.getheader("Access-Control-Max-Age") or 0) > 0
