"""The table of requests: each row of ``requests.toml`` gets over the wire what stands there."""

from __future__ import annotations

import http.client
import json
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import pytest
from releases_for_tests import BASE, WITHDRAWN, tiny_release
from servers_for_tests import served

from smartgraph.errors import QueryTimeout, StoreUnavailable
from smartgraph.formats import DOCUMENT_FORMATS, GRAPH_FORMATS, RESULT_FORMATS
from smartgraph.language import LANGUAGES
from smartgraph.read.store import Reader, Store
from smartgraph.release import Refusal
from smartgraph.web import create_app

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release
    from smartgraph.settings import Settings

TABLE: Final = tomllib.loads(Path(__file__).with_name("requests.toml").read_text("utf-8"))
TEXTS: Final[dict[str, str]] = TABLE.pop("texts")
PROBLEM: Final = "application/problem+json"
PAGE: Final = "text/html; charset=utf-8"
FORM: Final = "application/x-www-form-urlencoded"
ROOT_BASE: Final = "https://data.example.org/"
REFUSAL: Final = Refusal("data/beispiel.ttl:1: kein Turtle", "data/beispiel.ttl:1: no Turtle")


@dataclass(frozen=True, slots=True)
class Row:
    """One request and what it gets; the fields are explained at the head of the table."""

    request: str
    status: int
    state: str = "served"
    send: dict[str, str | list[str]] = field(default_factory=dict)
    body: str = ""
    again: bool = False
    type: str = ""
    language: str = ""
    # ``is`` is no name in Python.
    exact: dict[str, str] = field(default_factory=dict)
    has: dict[str, str] = field(default_factory=dict)
    lacks: tuple[str, ...] = ()
    says: tuple[str, ...] = ()
    hides: tuple[str, ...] = ()

    @property
    def method(self) -> str:
        return self.request.partition(" ")[0]

    @property
    def path(self) -> str:
        return self.request.partition(" ")[2]


def _row(entry: dict[str, Any]) -> Row:
    return Row(**{"exact" if name == "is" else name: value for name, value in entry.items()})


ROWS: Final = {name: _row(entry) for name, entry in TABLE.items()}


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer as it came over the wire."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    def header(self, name: str) -> str:
        return ", ".join(self.headers.get_all(name, []))


# ---- The states


class Failing(Reader):
    """A reader that has only one answer to everything."""

    def __init__(self, release: Release, error: Exception) -> None:
        self.release, self.error = release, error

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        raise self.error


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("root"), ROOT_BASE)


@pytest.fixture(scope="module")
def withdrawn(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("withdrawn"), ROOT_BASE, WITHDRAWN)


@pytest.fixture(scope="module")
def addresses(release: Release, withdrawn: Release, tiny: Release, settings: Settings) -> Iterator[dict[str, str]]:
    """For each state the host and port of a server in it."""
    assert tiny.manifest.base == BASE
    reader = Store.load(release)
    readers: dict[str, tuple[Reader, Refusal | None]] = {
        "served": (reader, None),
        "mounted": (Store.load(tiny), None),
        "withdrawn": (Store.load(withdrawn), None),
        "refused": (reader, REFUSAL),
        "down": (Failing(release, StoreUnavailable("gone")), None),
        "slow": (Failing(release, QueryTimeout(2.0, 2.0)), None),
        "broken": (Failing(release, RuntimeError("/secret/path")), None),
    }
    with ExitStack() as stack:
        yield {
            state: urlsplit(stack.enter_context(served(settings, *reader))).netloc for state, reader in readers.items()
        }


# ---- Each row


def _filled(text: str, release: Release, *, escape: bool) -> str:
    texts = TEXTS | {"release": release.id, "long": "x" * 20_000}
    for name, value in texts.items():
        text = text.replace(f"<{name}>", quote(value, safe="") if escape else value)
    return text


def _sent(host: str, row: Row, release: Release, tag: str = "") -> Answered:
    connection = http.client.HTTPConnection(host, timeout=20)
    headers = {name: value if isinstance(value, list) else [value] for name, value in row.send.items()}
    if tag:
        headers["If-None-Match"] = [*headers.get("If-None-Match", ()), tag]
    body = _filled(row.body, release, escape=str(row.send.get("Content-Type", "")).startswith(FORM)).encode()
    connection.putrequest(
        row.method, _filled(row.path, release, escape=True), skip_host="Host" in headers, skip_accept_encoding=True
    )
    for name, values in headers.items():
        for value in values:
            connection.putheader(name, _filled(value, release, escape=False))
    if body:
        connection.putheader("Content-Length", str(len(body)))
    connection.endheaders(body or None)
    response = connection.getresponse()
    answered = Answered(response.status, response.headers, response.read())
    connection.close()
    return answered


@pytest.mark.parametrize("name", ROWS)
def test_a_request_gets_what_the_table_says(name: str, addresses: dict[str, str], release: Release) -> None:
    row, host = ROWS[name], addresses[ROWS[name].state]
    answered = _sent(host, row, release)
    if row.again:
        assert answered.status == 200
        answered = _sent(host, row, release, answered.header("ETag"))
    assert answered.status == row.status, answered.body[:500]
    _check_headers(row, answered)
    _check_content(row, answered, release)
    _check_every_answer(row, answered)


def _check_headers(row: Row, answered: Answered) -> None:
    if row.type:
        assert answered.header("Content-Type") == row.type
    if row.language:
        assert answered.header("Content-Language") == row.language
    for name, value in row.exact.items():
        assert answered.header(name) == value, name
    for name, value in row.has.items():
        assert name in answered.headers, name
        for part in [value] if name == "Link" else value.split(", "):
            assert part in answered.header(name), name
    for name in row.lacks:
        assert name not in answered.headers, name


def _check_content(row: Row, answered: Answered, release: Release) -> None:
    text = answered.body.decode()
    for part in row.says:
        assert _filled(part, release, escape=False) in text
    for part in row.hides:
        assert part not in text


def _check_every_answer(row: Row, answered: Answered) -> None:
    """What holds for all of them, so that no row needs to say it."""
    assert answered.header("Access-Control-Allow-Origin") == "*"
    assert answered.header("X-Content-Type-Options") == "nosniff"
    assert b"Traceback" not in answered.body
    assert len(answered.headers.get_all("Content-Type", [])) <= 1
    if row.method == "HEAD" or answered.status == HTTPStatus.NOT_MODIFIED:
        assert answered.body == b""
    if answered.status == HTTPStatus.NOT_MODIFIED:
        assert answered.header("ETag")
        assert "Content-Length" not in answered.headers or answered.header("Content-Length") != "0"
    if answered.status == HTTPStatus.METHOD_NOT_ALLOWED:
        assert {"GET", "HEAD", "OPTIONS"} <= set(answered.header("Allow").split(", "))
        assert row.method not in answered.header("Allow").split(", ")
    if answered.status == HTTPStatus.SERVICE_UNAVAILABLE:
        assert int(answered.header("Retry-After")) > 0
    if answered.header("Content-Language"):
        assert "Accept-Language" in answered.header("Vary")
    if answered.status >= 400 and row.path != "/readyz":
        _check_error(row, answered)


def _check_error(row: Row, answered: Answered) -> None:
    """An error is a problem document or a page, in a language that it names, and kept by nobody.

    Only what is left of a withdrawn thing comes as data, if data were asked for.
    """
    if row.status == HTTPStatus.GONE and row.type not in (PROBLEM, PAGE):
        return
    assert answered.header("Content-Type") in (PROBLEM, PAGE)
    assert answered.header("Content-Language") in LANGUAGES
    assert answered.header("Cache-Control") == "no-store"
    assert "ETag" not in answered.headers
    if answered.body and answered.header("Content-Type") == PROBLEM:
        problem = json.loads(answered.body)
        assert problem["status"] == answered.status
        assert {"type", "title", "detail"} <= set(problem)


# ---- The table as a whole


def test_the_table_has_at_least_120_rows() -> None:
    assert len(ROWS) >= 120


def test_every_route_has_a_row_that_finds_something(release: Release, settings: Settings) -> None:
    app = create_app(settings, Store.load(release))
    urls = app.url_map.bind("localhost")
    found = set()
    for row in ROWS.values():
        if row.status < 400 and row.state in ("served", "withdrawn") and row.method == "GET":
            path = _filled(row.path.partition("?")[0], release, escape=True)
            found.add(urls.match(path, method="GET", return_rule=True)[0].rule)
    assert {rule.rule for rule in app.url_map.iter_rules()} == found


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "PUT", "PATCH", "DELETE"])
def test_every_method_has_a_row(method: str) -> None:
    assert any(row.method == method for row in ROWS.values())


@pytest.mark.parametrize("status", [200, 206, 303, 304, 400, 404, 405, 406, 413, 415, 416, 500, 503])
def test_every_status_has_a_row(status: int) -> None:
    assert any(row.status == status for row in ROWS.values())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("status", [200, 404, 503])
def test_every_language_has_a_row_for_what_is_there_and_what_is_not(language: str, status: int) -> None:
    assert any(row.language == language and row.status == status for row in ROWS.values())


def test_every_format_has_a_row_by_accept() -> None:
    for formats, path in ((DOCUMENT_FORMATS, "/doc/"), ((*RESULT_FORMATS, *GRAPH_FORMATS), "/sparql?query=")):
        rows = [row for row in ROWS.values() if row.path.startswith(path) and "Accept" in row.send]
        types = {row.type or row.has.get("Content-Type") for row in rows}
        assert {form.content_type for form in formats} <= types


def test_every_document_format_has_a_row_by_extension() -> None:
    extensions = {row.path.rpartition(".")[2] for row in ROWS.values() if row.path.startswith("/doc/")}
    assert {form.extension for form in DOCUMENT_FORMATS} <= extensions


def test_every_state_has_a_row_for_programs_and_one_for_browsers(addresses: dict[str, str]) -> None:
    states = {row.state for row in ROWS.values()}
    assert states == set(addresses)
    assert {row.state for row in ROWS.values() if row.type == PAGE or row.language} == states
