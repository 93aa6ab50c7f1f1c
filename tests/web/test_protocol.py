"""The protocol as a function: a request in, a reply out, and no application around it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from in_process_reader import InProcessReader
from releases_for_tests import BASE

from smartgraph.errors import StateError
from smartgraph.settings import Settings
from smartgraph.web.exchange import Reply, Request
from smartgraph.web.protocol import respond
from smartgraph.web.replies import Site

if TYPE_CHECKING:
    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release

SELECT = "SELECT ?x { VALUES ?x { 1 } }"
CONSTRUCT = "CONSTRUCT { <a> <b> 1 } {}"


@pytest.fixture(scope="module")
def site(tiny: Release) -> Site:
    return Site(Settings(), InProcessReader(tiny), None)


def ask(site: Site, text: str, accept: str = "", method: str = "GET", **headers: str) -> Reply:
    return respond(Request(method, urlencode({"query": text}).encode(), accept=accept, **headers), site)


def header(reply: Reply, name: str) -> str:
    return ", ".join(value for key, value in reply.headers if key == name)


@pytest.mark.parametrize(
    ("text", "accept", "status", "content_type"),
    [
        (SELECT, "", 200, "application/sparql-results+json"),
        (SELECT, "text/csv;q=0.5, application/sparql-results+xml", 200, "application/sparql-results+xml"),
        (SELECT, "application/sparql-results+json;q=0, */*;q=0.5", 200, "application/sparql-results+xml"),
        (SELECT, "text/*", 200, "text/csv; charset=utf-8"),
        (SELECT, "application/sparql-results+json;version=1.2", 200, "application/sparql-results+json"),
        (SELECT, "text/csv;charset=us-ascii", 200, "text/csv; charset=utf-8"),
        (SELECT, "text/turtle, application/ld+json", 406, "application/problem+json"),
        (SELECT, "image/*", 406, "application/problem+json"),
        ("ASK {}", "application/rdf+xml", 406, "application/problem+json"),
        (CONSTRUCT, "", 200, "text/turtle; charset=utf-8"),
        (CONSTRUCT, "text/turtle;version=1.2", 200, "text/turtle; charset=utf-8"),
        (CONSTRUCT, 'application/ld+json;profile="http://www.w3.org/ns/json-ld#flattened"', 200, "application/ld+json"),
        (CONSTRUCT, "text/csv, application/sparql-results+json", 406, "application/problem+json"),
        (f"DESCRIBE <{BASE}id/area/x>", "application/n-triples", 200, "application/n-triples"),
        ("DESCRIBE <a>", "text/csv", 406, "application/problem+json"),
        ("nonsense", "", 400, "application/problem+json"),
    ],
)
def test_accept_decides_for_each_kind_of_query(
    site: Site, text: str, accept: str, status: int, content_type: str
) -> None:
    reply = ask(site, text, accept)
    assert (reply.status, header(reply, "Content-Type")) == (status, content_type)
    assert "Accept" in header(reply, "Vary")


def test_a_406_offers_what_fits_the_kind_of_query(site: Site) -> None:
    assert json.loads(ask(site, SELECT, "text/turtle").body)["offered"] == [
        "application/sparql-results+json", "application/sparql-results+xml", "text/csv", "text/tab-separated-values",
    ]  # fmt: skip
    assert json.loads(ask(site, CONSTRUCT, "text/csv").body)["offered"] == [
        "text/turtle", "application/ld+json", "application/n-triples", "application/rdf+xml",
    ]  # fmt: skip


def test_an_empty_query_is_a_syntax_error_with_its_place(site: Site) -> None:
    for text, line in (("", 1), ("SELECT *\r\nWHERE { ?s ex:p 'ä' }", 2)):
        found = json.loads(ask(site, text).body)
        assert (found["error"], found["line"]) == ("QuerySyntaxError", line)
        assert found["column"] >= 1


@pytest.mark.parametrize("graph", ["graph/joint", "", "//x", "a b", "http://a/\n", "<http://a/>", "_:b", "\0"])
def test_a_graph_that_is_no_absolute_iri_is_refused(site: Site, graph: str) -> None:
    for name in ("default-graph-uri", "named-graph-uri"):
        reply = respond(Request("GET", urlencode({"query": "ASK {}", name: graph}).encode()), site)
        assert reply.status == 400
        assert "absolute IRI" in json.loads(reply.body)["detail"]


@pytest.mark.parametrize(
    ("dataset", "count"),
    [
        ([], "1"),
        (["default=duisburg"], "1"),
        (["default=duisburg", "default=joint"], "1"),
        (["default=duisburg", "default=duisburg"], "1"),
        (["default=reference"], "0"),
        (["default=none"], "0"),
        (["named=duisburg"], "0"),
        (["named=duisburg", "default=joint"], "1"),
    ],
)
def test_a_triple_in_two_graphs_counts_once_in_the_dataset_of_the_request(
    site: Site, dataset: list[str], count: str
) -> None:
    text = "SELECT (COUNT(*) AS ?n) FROM <graph/shapes> { ?s <ns#targetYear> ?o }" if dataset else (
        "SELECT (COUNT(*) AS ?n) { ?s <ns#targetYear> ?o }"
    )  # fmt: skip
    pairs = [(f"{kind}-graph-uri", f"{BASE}graph/{name}") for kind, _, name in (d.partition("=") for d in dataset)]
    reply = respond(Request("GET", urlencode([("query", text), *pairs]).encode(), accept="text/csv"), site)
    assert reply.body == f"n\r\n{count}\r\n".encode()


def test_named_graphs_of_the_request_are_the_only_ones(site: Site) -> None:
    text = "SELECT (COUNT(DISTINCT ?g) AS ?graphs) (COUNT(*) AS ?n) { GRAPH ?g { ?s <ns#targetYear> ?o } }"
    for names, answer in ((["duisburg"], "1,1"), (["duisburg", "joint"], "2,2"), (["none"], "0,0")):
        pairs = [("named-graph-uri", f"{BASE}graph/{name}") for name in names]
        reply = respond(Request("GET", urlencode([("query", text), *pairs]).encode(), accept="text/csv"), site)
        assert reply.body == f"graphs,n\r\n{answer}\r\n".encode()


def test_a_tag_spares_the_question_but_not_for_post(site: Site) -> None:
    first = ask(site, SELECT)
    tag = header(first, "ETag")
    known = ask(site, SELECT, if_none_match=f'"x", {tag}')
    assert (known.status, known.body, header(known, "ETag")) == (304, b"", tag)
    post = respond(
        Request("POST", b"", SELECT.encode(), "application/sparql-query", if_none_match=tag), site
    )  # fmt: skip
    assert (post.status, post.body) == (200, first.body)


def test_the_description_is_for_who_takes_rdf(site: Site) -> None:
    for accept, status in (("", 200), ("*/*", 200), ("text/turtle", 200), ("text/csv", 400), ("image/png", 400)):
        assert respond(Request("GET", accept=accept), site).status == status
    first = respond(Request("GET"), site)
    assert header(first, "Vary") == "Accept, Accept-Language"
    assert respond(Request("GET", if_none_match=header(first, "ETag")), site).status == 304
    assert respond(Request("HEAD"), site) == first


def test_the_wished_format_comes_before_accept_where_we_have_it(site: Site) -> None:
    for wish, mime in (("tsv", "text/tab-separated-values; charset=utf-8"), ("TEXT/CSV", "text/csv; charset=utf-8"),
                       ("html", "application/sparql-results+xml"), ("pdf", "application/sparql-results+xml"),
                       ("ttl", "application/sparql-results+xml")):  # fmt: skip
        query = urlencode({"query": SELECT, "format": wish}).encode()
        reply = respond(Request("GET", query, accept="application/sparql-results+xml"), site)
        assert header(reply, "Content-Type") == mime


def test_csv_and_tsv_are_written_as_specified(site: Site) -> None:
    text = 'SELECT ?x ?y { VALUES (?x ?y) { ("a,\\n\\"b\\"" UNDEF) (<http://a/> "c\\t"@de) (1.5 true) } }'
    assert ask(site, text, "text/csv").body == b'x,y\r\n"a,\n""b""",\r\nhttp://a/,c\t\r\n1.5,true\r\n'
    tsv = ask(site, text, "text/tab-separated-values").body
    assert tsv == b'?x\t?y\n"a,\\n\\"b\\""\t\n<http://a/>\t"c\\t"@de\n1.5\ttrue\n'


def test_a_fault_of_our_own_is_left_to_whoever_keeps_the_log(tiny: Release) -> None:
    class Broken(InProcessReader):
        def answer(self, query: Query, *, trusted: bool = False) -> Answer:
            raise StateError("/secret")

    with pytest.raises(StateError):
        ask(Site(Settings(), Broken(tiny), None), SELECT)
