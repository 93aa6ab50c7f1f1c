"""Every limit says what it is and how much it was, as members and in words, and when to come back where that helps."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
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
    address: str, text: str = "", method: str = "GET", headers: dict[str, str] | None = None, version: int = 11
) -> Said:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection._http_vsn, connection._http_vsn_str = version, f"HTTP/1.{version % 10}"  # type: ignore[attr-defined]
    path = f"/sparql?query={quote(text)}" if method == "GET" else "/sparql"
    body = None if method == "GET" else text
    more = {} if method == "GET" else {"Content-Type": "application/sparql-query"}
    connection.request(method, path, body, (headers or {}) | more)
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
        assert (problem["limit"], problem["unit"], problem["reached"]) in ((3, "queries", 3), (2.0, "s", 2.0))
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
