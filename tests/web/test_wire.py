"""Connections: one request at a time, none without measure, and no more of them than there is room for."""

from __future__ import annotations

import json
import socket
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

import pytest
from servers_for_tests import served

from smartgraph.web import server, wire

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from smartgraph.read.sandbox import Sandbox
    from smartgraph.settings import Settings

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Type: application/sparql-query\r\nAccept: text/csv\r\n"


def select(text: str) -> bytes:
    """A query for a text, whose answer is that text, so that replies can be told apart."""
    return f"GET /sparql?query={quote(f'SELECT ({text!r} AS ?x) {{}}')}&format=csv HTTP/1.1\r\nHost: x\r\n\r\n".encode()


@contextmanager
def connected(address: str) -> Iterator[tuple[socket.socket, IO[bytes]]]:
    place = urlsplit(address)
    with (
        socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection,
        connection.makefile("rb") as stream,
    ):
        yield connection, stream


def reply(stream: IO[bytes]) -> tuple[int, bytes, bytes]:
    """The next reply: its status, head and body; status 0 at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            return 0, head, b""
        head += line
    length = [int(line.partition(b":")[2]) for line in head.splitlines() if line.startswith(b"content-length")]
    return int(head.split(b" ")[1]), head, stream.read(length[0]) if length else b""


# ---- One at a time


def test_requests_in_a_row_are_answered_in_their_order_from_wherever_the_answers_come(address: str) -> None:
    texts = [f"a{number % 7}" for number in range(100)]
    requests = b"".join(select(text) + (HEALTH if not number % 10 else b"") for number, text in enumerate(texts))
    for step in (len(requests), 1_000, 7):
        with connected(address) as (connection, stream):
            for at in range(0, len(requests), step):
                connection.sendall(requests[at : at + step])
            for number, text in enumerate(texts):
                assert reply(stream)[2].split() == [b"x", text.encode()]
                if not number % 10:
                    assert reply(stream)[2] == b"ok\n"


def test_bodies_in_a_row_are_told_apart(address: str) -> None:
    with connected(address) as (connection, stream):
        for text in ("ASK {}", "ASK { ?s <a:b> ?o }"):
            connection.sendall(POST + f"Content-Length: {len(text)}\r\n\r\n{text}".encode())
        connection.sendall(HEALTH)
        assert [reply(stream)[2] for _ in range(3)] == [b"true", b"false", b"ok\n"]


def test_a_body_in_pieces_has_its_answer_and_what_comes_later_its_own(address: str) -> None:
    pieces = b"Transfer-Encoding: chunked\r\n\r\n3\r\nASK\r\n3\r\n {}\r\n0\r\n\r\n"
    with connected(address) as (connection, stream):
        for _ in range(2):
            connection.sendall(POST + pieces)
            assert reply(stream)[2] == b"true"
        connection.sendall(POST + pieces + HEALTH)
        status, head, body = reply(stream)
        assert (status, body) == (200, b"true")
        assert b"connection: close" in head
        assert reply(stream)[0] == 0


def test_fields_behind_a_body_are_no_headers(address: str) -> None:
    trailers = b"Content-Type: text/plain\r\nAccept: image/png\r\nHost: y\r\nX: " + b"x" * 100_000
    with connected(address) as (connection, stream):
        connection.sendall(POST + b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK {}\r\n0\r\n" + trailers + b"\r\n\r\n")
        assert reply(stream)[::2] == (200, b"true")


def test_whoever_reads_nothing_is_not_read_from_either(address: str) -> None:
    with connected(address) as (connection, stream):
        connection.settimeout(1.0)
        sent = 0
        with suppress(TimeoutError):
            for _ in range(1_000):
                connection.sendall(HEALTH * 3_000)
                sent += 3_000
        assert sent < 1_000 * 3_000
        assert reply(stream)[0] == 200


def test_whoever_leaves_with_requests_unanswered_does_no_harm(address: str, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(3):
        with connected(address) as (connection, stream):
            connection.sendall((select("left") + HEALTH) * 500)
            reply(stream)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    with connected(address) as (connection, stream):
        connection.sendall(HEALTH)
        assert reply(stream)[0] == 200
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# ---- Within measure


@pytest.mark.parametrize(
    ("endless", "status"),
    [
        (b"GET /" + b"a" * 99, 414),
        (b"GET / HTTP/1.1\r\nX: " + b"b" * 99, 431),
        (b"GET / HTTP/1.1\r\n" + b"a:\r\n" * 99, 431),
    ],
)
def test_a_head_without_an_end_is_read_only_so_far(address: str, endless: bytes, status: int) -> None:
    with connected(address) as (connection, stream):
        sent = 0
        with suppress(OSError):
            connection.sendall(endless)
            while sent < 100_000_000:
                sent += connection.send(endless[-96:] * 1_000)
        assert sent < 100_000_000
        with suppress(ConnectionError):  # what was sent in vain may have taken the answer with it
            assert reply(stream)[0] in (0, status)


def test_so_many_headers_count_as_long_ones(address: str) -> None:
    with connected(address) as (connection, stream):
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"a:\r\n" * 10_000 + b"\r\n")
        assert reply(stream)[0] == 431


def test_a_head_that_stays_half_is_told_so(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_HEAD_LIMIT_S", 0.3)
    with connected(address) as (connection, stream):
        connection.sendall(HEALTH)
        assert reply(stream)[0] == 200
        connection.sendall(HEALTH[:20])
        assert reply(stream)[0] == 408
        assert stream.read() == b""


def test_a_body_that_goes_on_behind_its_reply_is_not_read_for_ever(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_LINGER_S", 0.3)
    with connected(address) as (connection, stream):
        connection.sendall(POST + b"Content-Length: 100000000\r\n\r\n" + b"x" * 200_000)
        assert reply(stream)[0] == 413
        with pytest.raises(OSError, match=r"reset|pipe"):
            for _ in range(100):
                connection.sendall(b"x")
                time.sleep(0.05)


def test_who_takes_nothing_of_a_reply_is_left(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "_STALL_LIMIT_S", 0.3)
    large = f"SELECT (REPLACE('{'x' * 10_000}', 'x', '{'y' * 1_500}') AS ?large) {{}}"
    request = f"GET /sparql?query={quote(large)}&format=csv HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    for _ in range(2):
        with connected(address) as (connection, stream):
            connection.sendall(request)
            assert reply(stream)[0] == 200
    with connected(address) as (connection, stream):
        connection.sendall(request)
        time.sleep(1.5)
        status, head, body = reply(stream)
        assert status == 200
        assert len(body) < 15_000_000
        assert b"content-length: 15000" in head


def test_one_connection_too_many_is_told_so_and_others_stay(
    sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "_MOST_CONNECTIONS", 3)
    with served(settings, sandbox) as address, ExitStack() as stack:
        kept = [stack.enter_context(connected(address)) for _ in range(3)]
        for connection, stream in kept:
            connection.sendall(HEALTH)
            assert reply(stream)[0] == 200
        with connected(address) as (_, stream):
            status, head, body = reply(stream)
        assert status == 503
        assert b"retry-after: 5\r\n" in head
        assert b"access-control-allow-origin: *\r\n" in head
        said = json.loads(body)
        assert (said["limit"], said["unit"], said["reached"]) == (3, "connections", 4)
        for part in kept[0]:
            part.close()
        time.sleep(0.1)
        with connected(address) as (connection, stream):
            connection.sendall(HEALTH)
            assert reply(stream)[0] == 200
