"""Our own server on the loopback interface, over data that change from test to test, and a plain client."""

from __future__ import annotations

import http.client
import json
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

import pyoxigraph as ox
import uvicorn

from smartgraph.read.store import Reader, Store
from smartgraph.release import Manifest, Release
from smartgraph.settings import Settings
from smartgraph.web.server import address_of, bind, config

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Iterator, Mapping

    from smartgraph.read.store import Answer, Query

_BASE: Final = "https://smartgraph.example/"
_START_S: Final = 30.0
_ANSWER_S: Final = 60.0
FORM: Final = "application/x-www-form-urlencoded"
DIRECT: Final = "application/sparql-query"


def _release(base: str) -> Release:
    """What a reader has to say of itself; the data come from elsewhere."""
    return Release("0" * 16, Path(), Manifest(base, "2026-11-01", 3, (("a", 1), ("b", 2))), ())


class Exchange(Reader):
    """A reader whose data are exchanged for each test. ``base`` is that of relative IRIs in queries."""

    def __init__(self) -> None:
        self.release = _release(_BASE)
        self.hold((), _BASE)

    def hold(self, quads: Iterable[ox.Quad], base: str, graphs: Iterable[str] = ()) -> None:
        """From now on these are the data; ``graphs`` are there even if they have no triple."""
        engine = ox.Store()
        engine.extend(quads)
        for name in graphs:
            engine.add_graph(ox.NamedNode(name))
        self._store = Store(_release(base), engine)

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        return self._store.answer(query, trusted=trusted)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: ``media_type`` without parameters."""

    status: int
    media_type: str
    body: bytes

    @property
    def error(self) -> str:
        """The name of the error in a problem document."""
        return str(self._problem.get("error", ""))

    def __str__(self) -> str:
        detail = str(self._problem.get("detail", "")).replace("\n", " ")
        return f"{self.status} {self.media_type}" + (f": {detail[:200]}" if detail else "")

    @property
    def _problem(self) -> dict[str, object]:
        return json.loads(self.body) if self.media_type == "application/problem+json" else {}


class Client:
    """One connection that is kept open."""

    def __init__(self, address: str) -> None:
        self.address = address
        self._connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=_ANSWER_S)

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Reply:
        self._connection.request(method, path, body, dict(headers))
        response = self._connection.getresponse()
        return Reply(response.status, response.headers.get_content_type(), response.read())

    def query(self, text: bytes, accept: str, way: int = 0) -> Reply:
        """Sends a query in one of the protocol's three ways, counted by ``way``."""
        headers = {"Accept": accept}
        encoded = urlencode({"query": text})
        match way % 3:
            case 0:
                return self.send("GET", f"/sparql?{encoded}", headers)
            case 1:
                return self.send("POST", "/sparql", headers | {"Content-Type": FORM}, encoded.encode())
        return self.send("POST", "/sparql", headers | {"Content-Type": DIRECT}, text)

    def close(self) -> None:
        self._connection.close()


@contextmanager
def serving(reader: Reader) -> Iterator[str]:
    """The address of our server over ``reader`` on a free port, ending with a slash."""
    settings = Settings(host="127.0.0.1", port=0)
    with bind(settings) as listener, running(settings, reader, listener):
        yield address_of(listener)


@contextmanager
def running(settings: Settings, reader: Reader, listener: socket.socket) -> Iterator[None]:
    """Our server on ``listener``, in a thread of its own."""
    server = uvicorn.Server(config(settings, reader))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + _START_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started, "the server does not start"
        yield
    finally:
        server.should_exit = True
        thread.join()
