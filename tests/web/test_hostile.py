"""Clients who mean harm, or are merely slow, do not keep the others from being heard."""

from __future__ import annotations

import http.client
import json
import socket
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import pytest
from in_process_reader import InProcessReader
from servers_for_tests import served

from smartgraph.formats import HTML, names_type

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

    from smartgraph.release import Release
    from smartgraph.settings import Settings

#: Far more than any of these should take, and far less than they took before they were mended, in seconds.
PATIENCE_S: Final = 5
BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TABLE: Final[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("hostile.toml").read_text("utf-8"))
#: What no answer may have in it: that a program of ours broke, and where it lies.
SECRETS: Final = (b"Traceback", b"root:x:0", b"site-packages", str(Path(__file__).parent.parent.parent).encode())


@pytest.fixture(scope="module")
def place(tiny: Release, settings: Settings) -> Iterator[tuple[str, int]]:
    """Host and port of a server that all of these share, and that still answers after the last of them."""
    with served(settings, InProcessReader(tiny)) as url:
        parts = urlsplit(url)
        assert parts.hostname
        assert parts.port
        yield parts.hostname, parts.port
        assert _exchanged((parts.hostname, parts.port), _request("GET /healthz HTTP/1.1"))[-1].endswith(b"ok\n")


def _request(line: str, *headers: str, body: str = "", bare: bool = False) -> bytes:
    head = [line, *headers, *([] if bare else ["Host: x", "Connection: close"])]
    return ("\r\n".join(head) + "\r\n\r\n" + body).encode("latin-1")


def _exchanged(place: tuple[str, int], request: bytes) -> list[bytes]:
    """The answers, each from its first line on, until the server closes the connection."""
    with socket.create_connection(place, timeout=PATIENCE_S + 2) as connection:
        received = b""
        try:
            connection.sendall(request)
            while part := connection.recv(65_536):
                received += part
        except ConnectionError:
            pass  # the server has heard enough; what it said before counts
    return [b"HTTP/1.1 " + answer for answer in received.split(b"HTTP/1.1 ")[1:]]


def _status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def _check_harmless(answer: bytes) -> None:
    """What holds for every answer to a stranger, whatever they sent."""
    head, _, body = answer.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]
    assert _status(answer) < 500, answer[:500]
    assert b"x-odd" not in names
    assert b"evil" not in head
    for secret in SECRETS:
        assert secret not in answer
    if b"text/html" in head:
        assert b"nosniff" in head
        for markup in (b"<script>alert", b"<img src=x", b"<svg/onload", b'"javascript:'):
            assert markup not in body
        assert b"1787569" not in body, "a template was filled in by a stranger"


@pytest.mark.parametrize("name", TABLE["bytes"])
def test_odd_bytes_get_an_answer_that_does_no_harm(place: tuple[str, int], name: str) -> None:
    row = TABLE["bytes"][name]
    request = _request(row["line"], *row.get("headers", ()), body=row.get("body", ""), bare=row.get("bare", False))
    start = time.monotonic()
    answers = _exchanged(place, request)
    assert time.monotonic() - start < PATIENCE_S
    if "answers" in row:
        assert [_status(answer) for answer in answers] == row["answers"]
    else:
        assert len(answers) == 1
        assert _status(answers[0]) in row["status"]
    for answer in answers:
        _check_harmless(answer)


@pytest.mark.parametrize("folder", TABLE["ways_out"]["folders"])
def test_no_way_leads_out_of_a_folder(place: tuple[str, int], tiny: Release, folder: str) -> None:
    for target in TABLE["ways_out"]["targets"]:
        path = folder.replace("<release>", tiny.id) + target
        (answer,) = _exchanged(place, _request(f"GET {path} HTTP/1.1", "Accept: application/json"))
        assert _status(answer) in (400, 404), path
        _check_harmless(answer)


@pytest.mark.parametrize("path", TABLE["reflected"]["places"])
def test_a_text_of_a_stranger_comes_back_as_text(place: tuple[str, int], path: str) -> None:
    for text in TABLE["reflected"]["texts"]:
        for accept in (BROWSER, "application/json"):
            line = f"GET {path.replace('<text>', quote(text, safe=''))} HTTP/1.1"
            (answer,) = _exchanged(place, _request(line, f"Accept: {accept}"))
            _check_harmless(answer)
            head, _, body = answer.partition(b"\r\n\r\n")
            if _status(answer) >= 400:
                assert (b"text/html" in head) <= (accept == BROWSER), "markup for who asked for none"
            if b"application/problem+json" in head:
                assert json.loads(body)["status"] == _status(answer)


def test_a_link_to_a_script_is_no_link(place: tuple[str, int]) -> None:
    query = quote("SELECT (IRI('javascript:alert(1)') AS ?x) (IRI('data:text/html,x') AS ?y) {}")
    (answer,) = _exchanged(place, _request(f"GET /sparql?query={query} HTTP/1.1", f"Accept: {BROWSER}"))
    assert _status(answer) == 200
    assert b'href="javascript:' not in answer
    assert b'href="data:' not in answer
    assert b"javascript:alert(1)" in answer


# ---- Too much of something


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        (",".join(f"application/x-{n};q=0.{n:03}" for n in range(99)) + ",text/turtle;q=0.001", 200),
        (",".join(f"a/b{n}" for n in range(100)), 406),
        (",".join(["text/turtle;q=0"] * 100), 406),
        (",".join(["*/*;q=0.1"] * 100), 200),
    ],
)
def test_a_hundred_wishes_are_all_heard(client: FlaskClient, accept: str, status: int) -> None:
    assert client.get("/doc/strategy/beispiel", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    ("path", "parameter", "status"),
    [
        ("/sparql?query=ASK%7B%7D", "a{}=", 200),
        ("/sparql?query=ASK%7B%7D", "query=", 400),
        ("/initiatives?lang=de", "a{}=", 200),
    ],
)
def test_five_thousand_parameters_take_no_endless_time(
    place: tuple[str, int], path: str, parameter: str, status: int
) -> None:
    more = "".join(f"&{parameter.format(n)}" for n in range(5_000))
    start = time.monotonic()
    (answer,) = _exchanged(place, _request(f"GET {path}{more} HTTP/1.1"))
    assert _status(answer) == status
    assert time.monotonic() - start < PATIENCE_S
    _check_harmless(answer)


def test_five_thousand_fields_of_a_form_take_no_endless_time(place: tuple[str, int]) -> None:
    body = "&".join(f"a{n}=b" for n in range(5_000)) + "&query=ASK%7B%7D"
    head = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
    start = time.monotonic()
    (answer,) = _exchanged(place, _request("POST /sparql HTTP/1.1", *head, body=body))
    assert _status(answer) in (200, 413)
    assert time.monotonic() - start < PATIENCE_S


def test_five_thousand_graphs_take_no_endless_time(place: tuple[str, int]) -> None:
    body = "query=ASK%7B%3Fs%3Fp%3Fo%7D" + "".join(f"&default-graph-uri=a:{n}" for n in range(5_000))
    head = ("Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}")
    start = time.monotonic()
    (answer,) = _exchanged(place, _request("POST /sparql HTTP/1.1", *head, body=body))
    assert _status(answer) in (200, 400, 413)
    assert time.monotonic() - start < PATIENCE_S


@pytest.mark.parametrize(
    ("line", "header", "statuses"),
    [
        ("GET /healthz HTTP/1.1", f"X-Long: {'x' * 1_000_000}", (400, 431)),
        ("GET /healthz HTTP/1.1", "\r\n".join(f"X-{n}: y" for n in range(5_000)), (400, 431)),
        ("GET /healthz HTTP/1.1", f"Cookie: {'a=b; ' * 5_000}", (200, 400, 431)),
        (
            "GET /downloads/smartgraph.nt HTTP/1.1",
            "Range: bytes=" + ",".join(f"{n}-{n}" for n in range(2_000)),
            (200, 416),
        ),
        ("GET / HTTP/1.1", "Accept-Language: " + ",".join(f"x{n};q=0.{n % 10}" for n in range(2_000)), (200,)),
        ("GET /ns HTTP/1.1", "If-None-Match: " + ",".join(f'"{n}"' for n in range(2_000)), (200,)),
        (f"GET /{'a' * 30_000} HTTP/1.1", "Accept: */*", (404, 414)),
        (f"GET /{'a/' * 15_000} HTTP/1.1", "Accept: text/html", (404, 414)),
        (f"GET /{'%2e%2e%2f' * 3_000} HTTP/1.1", "Accept: text/html", (404, 414)),
        (f"GET /{'a' * 1_000_000} HTTP/1.1", "Accept: */*", (400, 404, 414)),
        (f"GET /?{'a' * 1_000_000} HTTP/1.1", "Accept: */*", (200, 400, 414)),
        (f"{'A' * 100_000} / HTTP/1.1", "Accept: */*", (400, 501)),
    ],
    ids=lambda value: str(value)[:24],
)
def test_too_much_of_something_is_refused_or_borne(
    place: tuple[str, int], line: str, header: str, statuses: tuple[int, ...]
) -> None:
    start = time.monotonic()
    (answer,) = _exchanged(place, _request(line, header))
    assert _status(answer) in statuses
    assert time.monotonic() - start < PATIENCE_S
    _check_harmless(answer)


def _get(address: str, path: str, headers: dict[str, str] | None = None) -> int:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=PATIENCE_S)
    connection.request("GET", path, headers=headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("accept", ["/" * 30_000, "a" * 30_000, "a/b," * 7_000, ";q=" * 10_000])
def test_an_endless_accept_header_takes_no_endless_time(client: FlaskClient, accept: str) -> None:
    start = time.monotonic()
    assert client.get("/nothing-here", headers={"Accept": accept}).status_code in (404, 406)
    assert time.monotonic() - start < PATIENCE_S


def test_headers_beyond_all_measure_are_refused(address: str) -> None:
    assert _get(address, "/healthz", {"X-Long": "x" * 20_000}) == 200
    assert _get(address, "/healthz", {"X-Long": "x" * 40_000}) == 431


def test_bodies_that_never_come_do_not_take_the_threads_of_others(address: str) -> None:
    place = urlsplit(address)
    with ExitStack() as stack:
        for _ in range(80):
            slow = stack.enter_context(socket.create_connection((place.hostname, place.port)))
            slow.sendall(b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 99\r\n\r\nA")
        for _ in range(5):
            assert _get(address, "/healthz") == 200


def test_an_answer_too_large_for_a_page_is_offered_as_a_file(client: FlaskClient) -> None:
    many = "SELECT (REPLACE(?long, 'x', 'yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy') AS ?text) {"
    many += f"BIND('{'x' * 15_000}' AS ?long) VALUES ?n {{ 1 2 3 4 5 6 7 }} }}"
    page = client.get("/sparql", query_string={"query": many, "lang": "en"}, headers={"Accept": "text/html"})
    assert page.status_code == 200
    assert "too large for a page" in page.text
    assert "format=csv" in page.text
    assert "<td" not in page.text


def test_only_a_named_type_counts_as_asking_for_a_page() -> None:
    assert names_type("application/json;q=0.2, Text/HTML ;q=0.9", HTML)
    assert not names_type("*/*, text/*, text/htmlx", HTML)
