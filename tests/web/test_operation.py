"""Which query a request asks for, from its bytes."""

from __future__ import annotations

from urllib.parse import quote_plus

import pytest

from smartgraph.errors import MalformedRequest, QueryRefused, QueryTooLong, SmartgraphError, UnsupportedBody
from smartgraph.settings import Settings
from smartgraph.web.exchange import Request
from smartgraph.web.operation import Operation, longest_form, parse

FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
SETTINGS = Settings(max_query_bytes=100)


def parsed(request: Request) -> Operation | None:
    return parse(request, SETTINGS)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_query_in_the_address(method: str) -> None:
    assert parsed(Request(method, b"query=ASK+%7B%7D&x=1")) == Operation("ASK {}")


@pytest.mark.parametrize("content_type", [FORM, f"{FORM}; charset=UTF-8", FORM.upper(), f'{FORM};charset="utf-8"'])
def test_a_query_in_a_form(content_type: str) -> None:
    body = f"query={quote_plus('ASK { ?ä ?b ?c }')}&format=CSV".encode()
    assert parsed(Request("POST", b"", body, content_type)) == Operation("ASK { ?ä ?b ?c }", wish="csv")


def test_a_query_as_the_body_takes_its_dataset_from_the_address() -> None:
    query = b"default-graph-uri=http%3A%2F%2Fa%2F&default-graph-uri=http://b/&named-graph-uri=http://c/"
    found = parsed(Request("POST", query, b"ASK {} # +%41", DIRECT))
    assert found == Operation("ASK {} # +%41", ("http://a/", "http://b/"), ("http://c/",))


def test_a_form_may_leave_the_dataset_to_the_address() -> None:
    found = parsed(Request("POST", b"named-graph-uri=http://c/", b"query=ASK{}&default-graph-uri=http://a/", FORM))
    assert found == Operation("ASK{}", ("http://a/",), ("http://c/",))


@pytest.mark.parametrize("query", [b"", b"&&=&", b"lang=de", b"Query=ASK{}", b"format=csv", b"utm_source=%FF%zz"])
def test_a_get_without_a_query_asks_for_the_endpoint_itself(query: bytes) -> None:
    assert parsed(Request("GET", query)) is None


def test_an_empty_query_is_a_query() -> None:
    assert parsed(Request("GET", b"query")) == parsed(Request("GET", b"query=")) == Operation("")


def test_what_is_not_ours_may_be_written_as_it_likes() -> None:
    assert parsed(Request("GET", b"query=ASK{}&%FF=%FF&other=%zz&timeou=x")) == Operation("ASK{}")


@pytest.mark.parametrize(("text", "limit_s"), [("2.5", 2.5), ("30", 30.0), ("0", None), ("", None)])
def test_a_caller_may_give_the_query_less_time(text: str, limit_s: float | None) -> None:
    found = parsed(Request("GET", f"query=ASK{{}}&timeout={text}".encode()))
    assert found
    assert found.limit_s == limit_s


@pytest.mark.parametrize("text", ["soon", "-1", "1e3", "NaN", "5s", "9999999"])
def test_a_time_that_is_none_is_named(text: str) -> None:
    with pytest.raises(MalformedRequest, match=text):
        parsed(Request("GET", f"query=ASK{{}}&timeout={text}".encode()))


def test_thousands_of_parameters_are_read() -> None:
    many = b"&".join([b"x=y"] * 5000 + [b"default-graph-uri=http://a/"] * 5000 + [b"query=ASK{}"])
    found = parsed(Request("GET", many))
    assert found
    assert len(found.default_graphs) == 5000


@pytest.mark.parametrize(
    ("received", "kind", "said"),
    [
        (Request("GET", b"query=ASK{}&query=ASK{}"), MalformedRequest, "more than one"),
        (Request("GET", b"query=ASK{}&%71uery=ASK{}"), MalformedRequest, "more than one"),
        (Request("POST", b"query=ASK{}", b"query=ASK{}", FORM), MalformedRequest, "more than one"),
        (Request("POST", b"query=ASK{}", b"ASK{}", DIRECT), MalformedRequest, "more than one"),
        (Request("POST", b"", b"a=b", FORM), MalformedRequest, "no query"),
        (Request("POST", b"", b"", FORM), MalformedRequest, "no query"),
        (Request("GET", b"default-graph-uri=http://a/"), MalformedRequest, "no query"),
        (Request("GET", b"named-graph-uri=http://a/"), MalformedRequest, "no query"),
        (Request("GET", b"query=ASK{%FF}"), MalformedRequest, "query is not written in UTF-8"),
        (Request("GET", b"query=ASK{\xe4}"), MalformedRequest, "query is not written in UTF-8"),
        (Request("GET", b"query=%ED%A0%80"), MalformedRequest, "query is not written in UTF-8"),
        (Request("GET", b"query=ASK{}&default-graph-uri=%FF"), MalformedRequest, "default-graph-uri is not"),
        (Request("GET", b"query=%zz"), MalformedRequest, "query has a percent sign"),
        (Request("GET", b"query=100%"), MalformedRequest, "percent sign"),
        (Request("POST", b"", b"query=%4", FORM), MalformedRequest, "percent sign"),
        (Request("POST", b"", b"ASK{\xff}", DIRECT), MalformedRequest, "not written in UTF-8"),
        (Request("GET", b"query=ASK{}%00"), MalformedRequest, "NUL"),
        (Request("POST", b"", b"ASK{}\0", DIRECT), MalformedRequest, "NUL"),
        (Request("GET", b"update=DROP+ALL"), QueryRefused, "update"),
        (Request("POST", b"", b"update=DROP+ALL&query=ASK{}", FORM), QueryRefused, "update"),
        (Request("POST", b"update=x", b"ASK{}", DIRECT), QueryRefused, "update"),
        (Request("POST", b"", b"DROP ALL", "application/sparql-update"), UnsupportedBody, "only reads"),
        (Request("POST", b"", b"ASK{}"), UnsupportedBody, "Found: –"),
        (Request("POST", b"", b"ASK{}", "text/plain"), UnsupportedBody, "Found: text/plain"),
        (Request("POST", b"", b"ASK{}", "nonsense"), UnsupportedBody, "nonsense"),
        (Request("POST", b"", b"ASK{}", f"{DIRECT}; charset=latin-1"), UnsupportedBody, "charset=latin-1"),
        (Request("POST", b"", b"query=ASK{}", f"{FORM}; charset=utf-16"), UnsupportedBody, "charset=utf-16"),
        (Request("POST", b"", b"x", DIRECT, content_encoding="gzip"), UnsupportedBody, "Content-Encoding: gzip"),
        (Request("GET", b"query=" + b"a" * 101), QueryTooLong, "At most 100 "),
        (Request("GET", b"query=" + b"%C3%A4" * 51), QueryTooLong, "At most 100 "),
        (Request("POST", b"", b"a" * 101, DIRECT), QueryTooLong, "At most 100 "),
        (Request("POST", b"", b"a" * (longest_form(SETTINGS) + 1), FORM), QueryTooLong, "At most 65836 "),
    ],
)
def test_what_cannot_be_read_is_refused(received: Request, kind: type[SmartgraphError], said: str) -> None:
    with pytest.raises(SmartgraphError) as caught:
        parsed(received)
    assert type(caught.value) is kind
    assert said in str(caught.value)


def test_parameters_without_number_are_not_read() -> None:
    assert parsed(Request("GET", b"query=ASK{}" + b"&" * 19_999)) == Operation("ASK{}")
    with pytest.raises(MalformedRequest, match=r"20001 parameters\. At most 20000"):
        parsed(Request("GET", b"query=ASK{}" + b"&" * 20_000))
