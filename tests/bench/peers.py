"""The servers that are compared, each started on a free port of this machine."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from real_server import RealServer, real_server

from bench.data import BASE

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from smartgraph.bundle import Bundle

_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that runs. ``path``: where it is asked."""

    name: str
    server: RealServer
    path: str


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as found:
        found.bind((_HOST, 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(command: Sequence[str], port: int, log: Path, patience_s: float = 300.0) -> Iterator[RealServer]:
    """The program, once it takes connections."""
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, text=True)
    server = RealServer(process, _HOST, port, log)
    try:
        _wait(server, patience_s)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: RealServer, patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while time.monotonic() < until and server.is_alive:
        try:
            socket.create_connection(server.place, timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"{server.process.args!r} does not start: {server.log.read_text('utf-8', 'replace')}")


@contextmanager
def ours(bundle: Bundle, state: Path, log: Path) -> Iterator[Peer]:
    """This project's server as shipped."""
    with real_server(bundle, state, BASE, log, {}) as server:
        yield Peer("smartgraph", server, "/sparql")


@contextmanager
def rust(programs: Path, data: Path, log: Path) -> Iterator[Peer]:
    """The Rust server with the data in memory."""
    port = free_port()
    with running([str(programs / "oxigraph"), "serve", "--bind", f"{_HOST}:{port}"], port, log) as server:
        _post(server, data)
        yield Peer("oxigraph", server, "/query")


def _post(server: RealServer, data: Path) -> None:
    connection = http.client.HTTPConnection(*server.place, timeout=300)
    with data.open("rb") as stream:
        size = str(os.fstat(stream.fileno()).st_size)
        headers = {"Content-Type": "application/n-triples", "Content-Length": size}
        connection.request("POST", "/store?default", stream, headers)
        reply = connection.getresponse()
        said = reply.read()
    connection.close()
    if reply.status >= 300:
        raise RuntimeError(f"the data were not taken: {reply.status} {said[:300]!r}")
