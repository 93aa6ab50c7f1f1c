"""The servers that are compared, each started on a free port of this machine."""

from __future__ import annotations

import http.client
import os
import shutil
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from real_server import RealServer, real_server

from bench.data import BASE
from smartgraph.formats import JSON_RESULTS, NTRIPLES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from smartgraph.bundle import Bundle

OURS, RUST, CACHED, PYTHON = "smartgraph", "oxigraph", "nginx", "rdflib-endpoint"
#: All that can be compared; the Rust server is what the others are measured by.
NAMES: Final = (OURS, RUST, CACHED, PYTHON)

#: What is raised for an answer that does not come, or not to its end.
BROKEN: Final = (OSError, http.client.HTTPException)

_HOST: Final = "127.0.0.1"
_PATIENCE_S: Final = 300
#: Less of a processor than this is rest, in seconds of it within so many of the clock; nobody is waited for longer.
_REST_S, _REST_WITHIN_S, _LONGEST_REST_S = 0.02, 0.1, 30.0
_TICK_S: Final = 1 / os.sysconf("SC_CLK_TCK")
_NGINX: Final = """\
daemon off;
pid {folder}/nginx.pid;
error_log stderr warn;
worker_processes auto;
{user}
events {{ worker_connections 1024; }}
http {{
  access_log off;
  keepalive_requests 100000000;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  proxy_cache_path {folder}/cache keys_zone=answers:32m max_size=512m inactive=1h use_temp_path=off;
  upstream behind {{ server {host}:{behind}; keepalive 64; keepalive_requests 100000000; }}
  server {{
    listen {host}:{port};
    location / {{
      proxy_pass http://behind;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_cache answers;
      proxy_cache_key "$uri$is_args$args $http_accept";
      proxy_cache_valid 200 1h;
      proxy_cache_lock on;
    }}
  }}
}}
"""


class Refused(Exception):
    """An answer with another status than 200."""

    def __init__(self, status: int, said: bytes) -> None:
        self.status = status
        super().__init__(f"{status} {said[:300]!r}")


@dataclass(frozen=True, slots=True)
class Peer:
    """A server that answers. ``path``: where it is asked; ``behind``: who answers for it; ``start_s``: until it did."""

    name: str
    server: RealServer
    path: str
    start_s: float
    behind: RealServer | None = None

    @property
    def servers(self) -> tuple[RealServer, ...]:
        """All that work for it."""
        return (self.server, self.behind) if self.behind else (self.server,)

    @property
    def memory_mb(self) -> float:
        """The memory of all their processes (PSS)."""
        return sum(server.memory_mb for server in self.servers)

    @property
    def cpu_s(self) -> float:
        """The time of processors that they have taken so far, in seconds."""
        return sum(_cpu_s(pid) for server in self.servers for pid in server.processes)


def _cpu_s(pid: int) -> float:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(state[11]) + int(state[12])) * _TICK_S


def rest(peers: Sequence[Peer]) -> None:
    """Waits until no server works any more on what its clients no longer wait for."""
    until = time.monotonic() + _LONGEST_REST_S
    before = sum(peer.cpu_s for peer in peers)
    while time.monotonic() < until:
        time.sleep(_REST_WITHIN_S)
        now = sum(peer.cpu_s for peer in peers)
        if now - before <= _REST_S:
            return
        before = now


def missing(programs: Path, names: Sequence[str]) -> str:
    """What the machine lacks to compare these servers, and how to get it; empty if nothing."""
    if not shutil.which("wrk"):
        return "There is no wrk here, which sends the requests. On Debian: apt install wrk"
    if CACHED in names and not _nginx():
        return "There is no nginx here. On Debian: apt install nginx-light; or leave it out with --peers"
    if not (programs / "oxigraph").is_file():
        return f"There is no {programs / 'oxigraph'}. 'make bench' installs what is compared."
    return ""


def _nginx() -> str | None:
    # Where Debian keeps the programs of the administrator, which are not on everybody's path.
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@contextmanager
def peers(names: Sequence[str], bundle: Bundle, folder: Path, programs: Path) -> Iterator[tuple[Peer, ...]]:
    """The servers of these names over the data in ``folder``: ``data.nt``, and ``state`` with a release of it."""
    data = folder / "data.nt"
    with ExitStack() as stack:
        found = []
        if OURS in names:
            found.append(stack.enter_context(ours(bundle, folder / "state", folder / "ours.log")))
        found.append(stack.enter_context(rust(programs, data, folder / "rust.log")))
        if CACHED in names:
            found.append(stack.enter_context(_cached(found[-1], folder)))
        if PYTHON in names:
            found.append(stack.enter_context(_python(programs, data, folder / "python.log")))
        yield tuple(found)


@contextmanager
def ours(bundle: Bundle, state: Path, log: Path, settings: Mapping[str, object] | None = None) -> Iterator[Peer]:
    """This project's server, as shipped unless there are settings."""
    start = time.monotonic()
    with real_server(bundle, state, BASE, log, settings or {}) as server:
        yield _answering(OURS, server, "/sparql", start)


@contextmanager
def rust(programs: Path, data: Path, log: Path) -> Iterator[Peer]:
    """The Rust server, without a folder and so with the data in memory."""
    port, start = _free_port(), time.monotonic()
    with _running([str(programs / "oxigraph"), "serve", "--bind", f"{_HOST}:{port}"], port, log) as server:
        _post(server, data)
        yield _answering(RUST, server, "/query", start)


@contextmanager
def _cached(peer: Peer, folder: Path) -> Iterator[Peer]:
    port, home, start = _free_port(), folder / "nginx", time.monotonic()
    home.mkdir()
    user = "user root;" if os.geteuid() == 0 else ""  # whom else root would give its work to may not read the folder
    text = _NGINX.format(folder=home, user=user, host=_HOST, behind=peer.server.port, port=port)
    (home / "nginx.conf").write_text(text, "utf-8")
    command = [_nginx() or "nginx", "-p", str(home), "-e", "stderr", "-c", str(home / "nginx.conf")]
    with _running(command, port, folder / "nginx.log") as server:
        answering = _answering(CACHED, server, peer.path, start - peer.start_s)
        yield Peer(CACHED, server, peer.path, answering.start_s, behind=peer.server)


@contextmanager
def _python(programs: Path, data: Path, log: Path) -> Iterator[Peer]:
    port, start = _free_port(), time.monotonic()
    where = ["--host", _HOST, "--port", str(port), "--store", "Oxigraph"]
    with _running([str(programs / "rdflib-endpoint"), "serve", str(data), *where], port, log) as server:
        yield _answering(PYTHON, server, "/", start)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind((_HOST, 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def _running(command: Sequence[str], port: int, log: Path) -> Iterator[RealServer]:
    """The program, once it takes connections."""
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=stream, text=True)
    server = RealServer(process, _HOST, port, log)
    try:
        _connected(server)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _connected(server: RealServer) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and server.is_alive:
        try:
            socket.create_connection(server.place, timeout=1).close()
            return
        except OSError:
            time.sleep(0.01)
    raise RuntimeError(f"{server.process.args!r} does not start: {server.log.read_text('utf-8', 'replace')}")


def _answering(name: str, server: RealServer, path: str, start: float) -> Peer:
    """The peer, after its first answer."""
    asked(server.place, f"{path}?query={quote('ASK {}')}", JSON_RESULTS.media_type)
    return Peer(name, server, path, time.monotonic() - start)


def asked(place: tuple[str, int], target: str, accept: str) -> bytes:
    """The answer to a GET request.

    Raises:
        Refused: there is none.
    """
    return _exchanged(place, "GET", target, None, {"Accept": accept})


def _post(server: RealServer, data: Path) -> None:
    with data.open("rb") as stream:
        size = str(os.fstat(stream.fileno()).st_size)
        headers = {"Content-Type": NTRIPLES.media_type, "Content-Length": size}
        _exchanged(server.place, "POST", "/store?default", stream, headers)


def _exchanged(place: tuple[str, int], method: str, target: str, body: object, headers: Mapping[str, str]) -> bytes:
    connection = http.client.HTTPConnection(*place, timeout=_PATIENCE_S)
    try:
        connection.request(method, target, body, headers)  # type: ignore[arg-type]  # a file, or nothing
        reply = connection.getresponse()
        said = reply.read()
    finally:
        connection.close()
    if reply.status >= 300:
        raise Refused(reply.status, said)
    return said
