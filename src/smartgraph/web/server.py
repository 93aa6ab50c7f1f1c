"""The server process: the socket, uvicorn, and the Flask application behind it."""

from __future__ import annotations

import errno
import os
import resource
import signal
import socket
import threading
from math import ceil
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import uvicorn

from smartgraph.errors import StateError, Text
from smartgraph.web.express import ExpressProtocol
from smartgraph.web.front import Front
from smartgraph.web.intake import clean_request
from smartgraph.web.operation import longest_form
from smartgraph.web.service import Service
from smartgraph.web.succession import Succession

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal, Releases
    from smartgraph.settings import Settings

_BACKLOG: Final = 2048
#: Time for requests that are being answered when the server is told to stop, beside that of a query, in seconds.
_GRACE_S: Final = 3

#: Connections that are taken at most. Each may need a second descriptor for what its client has not read yet;
#: some are for the server itself.
_MOST_CONNECTIONS: Final = 10_000
_OWN_DESCRIPTORS: Final = 200

_TAKEN: Final = "Port {port} is in use. Stop the other program, or choose another port with --port or SMARTGRAPH_PORT."
_FORBIDDEN: Final = "This user may not open port {port}. Choose one above 1023 with --port or SMARTGRAPH_PORT."
_NO_ADDRESS: Final = "The address {host} is none of this machine ({reason}). Choose another with --host."


def bind(settings: Settings) -> socket.socket:
    """The socket that the server is going to listen on, so that a port in use is found out at once.

    Raises:
        StateError: the port is in use or forbidden, or the address is none of this machine.
    """
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, kind, protocol, _, address = found[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise StateError(Text(_NO_ADDRESS, host=settings.host, reason=error.strerror)) from error
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        listener.close()
        raise _refused(settings, error) from error
    return listener


def serve(
    settings: Settings,
    reader: Reader,
    listener: socket.socket,
    refused: Refusal | None = None,
    releases: Releases | None = None,
) -> None:
    """Answers on ``listener`` until the process is told to stop; prints the address once it answers.

    With ``releases`` it serves what becomes current there, from then on.

    Raises:
        StateError: another program listens there by now.
    """
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        raise _refused(settings, error) from error
    _claim_descriptors()
    server = _Server(config(settings, reader, refused, releases))
    if threading.current_thread() is threading.main_thread():
        # uvicorn raises the signal anew when it is done; here that means: stop in good order.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])


def config(
    settings: Settings, reader: Reader, refused: Refusal | None = None, releases: Releases | None = None
) -> uvicorn.Config:
    """How uvicorn runs the application."""
    mount = urlsplit(reader.release.manifest.base).path.rstrip("/")
    service = Service(settings, reader, refused, mount)
    front = Front(service, Succession(releases) if releases else None)
    chosen = {"service": service, "most_connections": _most_connections(), "base": reader.release.manifest.base}
    protocol = type("Protocol", (ExpressProtocol,), chosen)
    return uvicorn.Config(
        service.recorder.around(clean_request(front, longest_form(settings))),
        http=protocol,
        lifespan="on",
        # Nothing here speaks it, and an attempt would end as a fault of ours.
        ws="none",
        # What is logged goes the way of everything else.
        log_config=None,
        access_log=False,
        # Addresses come from the configured base; what a client says of itself changes nothing.
        proxy_headers=False,
        timeout_graceful_shutdown=ceil(settings.query_timeout_s) + _GRACE_S,
    )


def _claim_descriptors() -> None:
    """Asks for what the connections need, as far as this process may have it."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * _MOST_CONNECTIONS + _OWN_DESCRIPTORS
    wanted = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    if now != resource.RLIM_INFINITY and now < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _most_connections() -> int:
    now, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    room = _MOST_CONNECTIONS if now == resource.RLIM_INFINITY else max(1, (now - _OWN_DESCRIPTORS) // 2)
    return min(room, _MOST_CONNECTIONS)


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and sockets:
            print(address_of(sockets[0]), flush=True)


def address_of(listener: socket.socket) -> str:
    """The address to open in a browser on this machine."""
    host, port = listener.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104  # not bound, only shown
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def _refused(settings: Settings, error: OSError) -> StateError:
    if error.errno == errno.EADDRINUSE:
        return StateError(Text(_TAKEN, port=settings.port))
    if error.errno in (errno.EACCES, errno.EPERM):
        return StateError(Text(_FORBIDDEN, port=settings.port))
    return StateError(Text(_NO_ADDRESS, host=settings.host, reason=os.strerror(error.errno or 0)))
