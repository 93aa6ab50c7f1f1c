"""A real server on a free loopback port, for tests of what goes over the wire."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import uvicorn

from smartgraph.web.server import address_of, bind, config

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal, Releases
    from smartgraph.settings import Settings


@contextmanager
def served(settings: Settings, reader: Reader, refused: Refusal | None = None) -> Iterator[str]:
    """The address of a server that answers, ending with a slash."""
    with bind(settings) as listener, running(listener, settings, reader, refused):
        yield address_of(listener)


@contextmanager
def running(
    listener: socket.socket,
    settings: Settings,
    reader: Reader,
    refused: Refusal | None = None,
    releases: Releases | None = None,
) -> Iterator[None]:
    """A server that answers on a socket, and follows ``releases`` if there are any."""
    server = uvicorn.Server(config(settings, reader, refused, releases))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        assert server.started
        yield
    finally:
        server.should_exit = True
        thread.join()
