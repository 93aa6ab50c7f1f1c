"""Every limit says what it is and how much it was, as members and in words, and when to come back where that helps."""

from __future__ import annotations

import http.client
import json
import resource
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

import pytest
from releases_for_tests import BASE
from servers_for_tests import served

from smartgraph.read.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.release import Release
    from smartgraph.settings import Settings

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s . ?t ?u ?v }"
BOMB = "SELECT (STRLEN(" + "REPLACE(" * 12 + "'a'" + ", 'a', 'aaaaaaaaaa')" * 12 + ") AS ?n) {}"
DEEP = "ASK " + "{" * 4_000 + "}" * 4_000
#: Of this some has gone out already when the limit shows, except to HTTP/1.0, which gets answers whole.
LARGE = f"SELECT (REPLACE('{'x' * 1_000}', 'x', '{'y' * 2_000}') AS ?x) {{}}"
BROWSER = {"Accept": "text/html"}
CLIENT = {"X-Forwarded-For": "198.51.100.7"}


@dataclass(frozen=True, slots=True)
class Said:
    """A reply: its status, headers, and body."""

    status: int
    headers: http.client.HTTPMessage
    body: str

    @property
    def problem(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


@pytest.fixture(scope="module")
def narrow(tiny: Release, settings: Settings) -> Iterator[str]:
    """The address of a server with little of everything."""
    settings = replace(
        settings, query_timeout_s=1.0, query_memory_mb=64, max_answer_mb=1, query_workers=2, requests_per_minute=5,
        trusted_proxies="127.0.0.1",
    )  # fmt: skip
    with Sandbox.start(tiny, settings) as reader, served(settings, reader) as address:
        yield address


def ask(
    address: str,
    text: str = "",
    method: str = "GET",
    headers: dict[str, str] | None = None,
    version: int = 11,
    more: str = "",
) -> Said:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection._http_vsn, connection._http_vsn_str = version, f"HTTP/1.{version % 10}"  # type: ignore[attr-defined]
    path = f"/sparql?query={quote(text)}{more}" if method == "GET" else "/sparql"
    body = None if method == "GET" else text
    typed = {} if method == "GET" else {"Content-Type": "application/sparql-query"}
    connection.request(method, path, body, (headers or {}) | typed)
    response = connection.getresponse()
    said = Said(response.status, response.headers, response.read().decode())
    connection.close()
    return said


@pytest.mark.parametrize(
    ("text", "status", "name", "limit", "unit", "retry"),
    [
        (ENDLESS, 503, "QueryTimeout", 1.0, "s", "60"),
        (BOMB, 503, "QueryTooLarge", 64, "MiB", "60"),
        (LARGE, 422, "AnswerTooLarge", 1, "MiB", None),
        (f"ASK {{}} #{'x' * 20_000}", 413, "QueryTooLong", 20_000, "bytes", None),
        (f"ASK {{}} #{'x' * 200_000}", 413, "QueryTooLong", 125_536, "bytes", None),
    ],
    ids=lambda value: value if isinstance(value, str) and value.isalpha() else "",
)
def test_a_query_over_a_limit_is_told_which_and_how_far(
    narrow: str, text: str, status: int, name: str, limit: float, unit: str, retry: str | None
) -> None:
    said = ask(narrow, text, "POST", version=10 if text is LARGE else 11)
    assert (said.status, said.headers["Retry-After"]) == (status, retry)
    problem = said.problem
    assert problem["type"] == f"{BASE}problems#{name}"
    assert (problem["limit"], problem["unit"]) == (limit, unit)
    assert limit <= problem["reached"] < limit * 2
    assert f"{limit:g}" in problem["detail"]
    assert _figure(problem["reached"], unit) in problem["detail"]
    _check_that_scripts_may_read(said)


def _figure(number: float, unit: str) -> str:
    return f"{number:.2f}" if unit == "s" else f"{number:g}" if unit == "MiB" else str(number)


def _check_that_scripts_may_read(said: Said) -> None:
    assert said.headers["Content-Type"] == "application/problem+json"
    assert said.headers["Access-Control-Allow-Origin"] == "*"
    assert "Retry-After" in said.headers["Access-Control-Expose-Headers"]
    assert said.headers["Cache-Control"] == "no-store"


def test_a_text_that_breaks_its_reader_is_not_told_to_come_back(narrow: str) -> None:
    said = ask(narrow, DEEP, "POST")
    assert (said.status, said.problem["error"], said.headers["Retry-After"]) == (422, "QueryTooDeep", None)
    _check_that_scripts_may_read(said)


@pytest.mark.parametrize(
    ("text", "figures"), [(ENDLESS, ("after 1.", "is 1 s")), (BOMB, ("64 MiB",)), (LARGE, ("1 MiB",))]
)
def test_people_read_the_figures_too(narrow: str, text: str, figures: tuple[str, ...]) -> None:
    said = ask(narrow, text, headers=BROWSER | {"Accept-Language": "en"})
    assert said.status in (422, 503)
    for figure in figures:
        assert figure in said.body


def test_too_many_at_once_are_told_how_many_there_may_be(narrow: str) -> None:
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(lambda n: ask(narrow, ENDLESS.replace("?n", f"?n{n}")), range(12)))
    assert {said.status for said in found} == {503}
    busy = [said for said in found if said.problem["error"] == "TooManyAtOnce"]
    assert busy
    for said in busy:
        assert said.headers["Retry-After"] == "5"
        problem = said.problem
        assert (problem["limit"], problem["unit"], problem["reached"]) in ((4, "queries", 4), (2.0, "s", 2.0))
        assert f"{problem['limit']:g} " in problem["detail"]
        _check_that_scripts_may_read(said)


def test_who_asks_too_often_is_told_how_often_and_when(narrow: str) -> None:
    found = [ask(narrow, "ASK {}", headers=CLIENT) for _ in range(7)]
    assert [said.status for said in found] == [200] * 5 + [429] * 2
    said = found[-1]
    problem = said.problem
    assert (problem["limit"], problem["unit"], problem["reached"]) == (5, "requests per minute", 6)
    assert 0 < int(said.headers["Retry-After"]) == problem["retry_after_s"] <= 12
    assert "request 6 of the 5" in problem["detail"]
    _check_that_scripts_may_read(said)
    assert ask(narrow, "ASK {}", headers={"X-Forwarded-For": "198.51.100.7, 198.51.100.8"}).status == 200


# ---- What is cut says so


def test_a_page_that_shows_not_all_rows_says_of_how_many(address: str) -> None:
    rows = "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }} LIMIT {}"
    said = ask(address, rows.format(2_345), headers=BROWSER | {"Accept-Language": "en"})
    assert said.headers["Smartgraph-Rows"] == "1000;of=2345"
    assert "Smartgraph-Rows" in said.headers["Access-Control-Expose-Headers"]
    assert "2,345 rows" in said.body
    assert "the first 1,000 are shown here" in said.body
    assert said.body.count("<tr>") == 1_001
    assert ask(address, rows.format(1_000), headers=BROWSER).headers["Smartgraph-Rows"] is None


def test_an_answer_without_end_costs_a_page_no_memory(address: str) -> None:
    endless = f"SELECT ?x {{ BIND('{'x' * 10_000}' AS ?x) ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }}"
    before = _own_mb()
    for _ in range(3):
        said = ask(address, endless, headers=BROWSER | {"Accept-Language": "en"})
        assert (said.status, said.headers["Smartgraph-Rows"]) == (200, "0")
        assert "too large for a page" in said.body
    assert _own_mb() < before + 50


def _own_mb() -> float:
    """The most memory that this process, and so the server in it, ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def test_a_browser_that_asks_for_a_file_gets_it_as_a_program_does(address: str) -> None:
    endless = f"SELECT ?x {{ BIND('{'x' * 10_000}' AS ?x) ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }}"
    before, size = _own_mb(), 0
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)) as connection:
        connection.request("GET", f"/sparql?query={quote(endless)}&format=csv", headers=BROWSER)
        response = connection.getresponse()
        with pytest.raises((http.client.IncompleteRead, ConnectionError)):
            while data := response.read(1 << 20):
                size += len(data)
    assert size > 100 << 20
    assert _own_mb() < before + 50


def test_a_browser_that_asks_for_a_file_in_vain_reads_why_on_a_page(narrow: str) -> None:
    for text, status in (("ASK { ?s }", 400), (ENDLESS, 503)):
        said = ask(narrow, text, headers=BROWSER | {"Accept-Language": "en"}, more="&format=csv")
        assert (said.status, said.headers["Content-Type"]) == (status, "text/html; charset=utf-8")
        assert "<form" in said.body
