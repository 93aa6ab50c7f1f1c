"""An answer that cannot be finished is never taken for whole, whatever reads it."""

from __future__ import annotations

import http.client
import json
import socket
import urllib.request
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from servers_for_tests import served

from smartgraph.read.sandbox import Sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.release import Release
    from smartgraph.settings import Settings

ROWS = "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} LIMIT {}"
#: Of a megabyte; the second is larger than the limit, which shows only after its first bytes have gone out.
WHOLE, BROKEN = (f"/sparql?format=csv&query={quote(ROWS.format(count))}" for count in (2_000, 100_000))
ENCODINGS = ("identity", "gzip", "br", "zstd")


@pytest.fixture(scope="module")
def narrow(tiny: Release, settings: Settings) -> Iterator[str]:
    """The address of a server that sends at most a MiB."""
    settings = replace(settings, max_answer_mb=1)
    with Sandbox.start(tiny, settings) as reader, served(settings, reader) as address:
        yield address


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_http_1_1_sees_that_the_last_piece_is_missing(narrow: str, encoding: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(narrow).netloc, timeout=30)
    connection.request("GET", BROKEN, headers={"Accept-Encoding": encoding})
    response = connection.getresponse()
    assert response.status == 200
    assert response.getheader("Content-Encoding", "identity") == encoding
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        response.read()
    connection.close()


def test_urllib_sees_it_too(narrow: str) -> None:
    with (
        urllib.request.urlopen(narrow.rstrip("/") + BROKEN, timeout=30) as response,
        pytest.raises((http.client.IncompleteRead, ConnectionError)),
    ):
        response.read()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("keep", ["", "Connection: keep-alive\r\n"])
def test_http_1_0_gets_a_length_or_the_reason_why_not(narrow: str, encoding: str, keep: str) -> None:
    """It knows no pieces: that a reply ends with its connection is all it sees."""
    for _ in range(2):
        head, body = _old(narrow, WHOLE, f"Accept-Encoding: {encoding}\r\n{keep}")
        assert head.startswith(b"HTTP/1.1 200 ")
        assert b"transfer-encoding" not in head
        assert f"content-length: {len(body)}\r\n".encode() in head
        assert len(body) > 300_000 or encoding != "identity"
    head, body = _old(narrow, BROKEN, f"Accept-Encoding: {encoding}\r\n{keep}")
    assert head.startswith(b"HTTP/1.1 422 ")
    assert json.loads(body)["error"] == "AnswerTooLarge"


def test_http_1_0_gets_a_length_wherever_the_answer_comes_from(narrow: str) -> None:
    for path in ("/", "/shapes", "/downloads/smartgraph.nt", "/healthz", "/nowhere", "/sparql?query=ASK%7B%7D"):
        head, body = _old(narrow, path, "")
        assert b"transfer-encoding" not in head, path
        assert f"content-length: {len(body)}\r\n".encode() in head, path


def _old(address: str, path: str, headers: str) -> tuple[bytes, bytes]:
    """Head and body of a reply to HTTP/1.0, which ends with the connection."""
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=30) as connection:
        connection.sendall(f"GET {path} HTTP/1.0\r\n{headers}\r\n".encode())
        received = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = received.partition(b"\r\n\r\n")
    return head + b"\r\n", body
