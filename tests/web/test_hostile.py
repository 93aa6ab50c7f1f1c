"""Clients who mean harm, or are merely slow, do not keep the others from being heard."""

from __future__ import annotations

import http.client
import socket
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from smartgraph.formats import HTML, names_type

if TYPE_CHECKING:
    from flask.testing import FlaskClient

#: Far more than any of these should take, and far less than they took before they were mended, in seconds.
PATIENCE_S = 5


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
