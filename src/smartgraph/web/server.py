"""The server process: the socket, uvicorn, and the Flask application behind it."""

from __future__ import annotations

import asyncio
import errno
import os
import re
import resource
import signal
import socket
import threading
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import uvicorn
from werkzeug.wsgi import FileWrapper

from smartgraph.errors import StateError, Text
from smartgraph.web import create_app
from smartgraph.web.bounds import LONG_HEADERS, LONGEST_HEADERS, names_a_host, refusal
from smartgraph.web.front import Front
from smartgraph.web.operation import longest_form
from smartgraph.web.quick import QuickProtocol
from smartgraph.web.service import Service

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Asgi = Callable[[Message, Receive, Send], Awaitable[None]]

_BACKLOG: Final = 2048
#: What a header takes besides its name and its value, in bytes.
_HEADER_BYTES: Final = 4
#: The time for the body of a request, in seconds.
_BODY_LIMIT_S: Final = 10
#: How much of a file is passed on at once, in bytes.
_PIECE_BYTES: Final = 1 << 18
#: Time for requests that are being answered when the server is told to stop, in seconds.
_GRACE_S: Final = 5

#: Connections that are taken at most. Each may need a second descriptor for what its client has not read yet;
#: some are for the server itself.
_MOST_CONNECTIONS: Final = 10_000
_OWN_DESCRIPTORS: Final = 200

_BODY_HEADERS: Final = (b"content-length", b"transfer-encoding")
#: What should have been escaped in the query of an address.
_UNESCAPED: Final = re.compile(rb"[^\x21-\x7e]")

_NO_HOST: Final = "The request needs exactly one Host header, with the name or the address of a host."
_SLOW_BODY: Final = f"The content of the request did not come within {_BODY_LIMIT_S} seconds."

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


def serve(settings: Settings, reader: Reader, listener: socket.socket, refused: Refusal | None = None) -> None:
    """Answers on ``listener`` until the process is told to stop; prints the address once it answers.

    Raises:
        StateError: another program listens there by now.
    """
    try:
        listener.listen(_BACKLOG)
    except OSError as error:
        raise _refused(settings, error) from error
    _claim_descriptors()
    server = _Server(config(settings, reader, refused))
    if threading.current_thread() is threading.main_thread():
        # uvicorn raises the signal anew when it is done; here that means: stop in good order.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, server.handle_exit)
    server.run(sockets=[listener])


def config(settings: Settings, reader: Reader, refused: Refusal | None = None) -> uvicorn.Config:
    """How uvicorn runs the application."""
    app = create_app(settings, reader, refused=refused)
    mount = urlsplit(reader.release.manifest.base).path.rstrip("/")
    service = Service(settings, reader, refused)
    front = Front(service, _mounted(app, mount), mount)
    chosen = {
        "quick": service.quick, "admits": staticmethod(service.admits),
        "most_connections": _most_connections(), "base": service.base,
    }  # fmt: skip
    protocol = type("Protocol", (QuickProtocol,), chosen)
    return uvicorn.Config(
        _clean_request(front, longest_form(settings)),
        http=protocol,
        lifespan="on",
        # Nothing here speaks it, and an attempt would end as a fault of ours.
        ws="none",
        log_level="warning",
        access_log=False,
        # Addresses come from the configured base; what a client says of itself changes nothing.
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE_S,
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


def _mounted(app: Callable[..., Any], mount: str) -> Callable[..., Any]:
    """The application under the path of the base, whether or not a proxy takes that off the address.

    It also says what uvicorn knows and WSGI cannot see otherwise: that a body without a length ends.
    """

    def mounted(environ: dict[str, Any], start_response: Callable[..., Any]) -> Any:
        path = environ["PATH_INFO"]
        if path == mount or path.startswith(f"{mount}/"):
            environ["PATH_INFO"] = path[len(mount) :] or "/"
        environ["SCRIPT_NAME"] = mount
        environ["wsgi.input_terminated"] = True
        # Each piece goes from the thread to the event loop and back: few large ones keep the loop free.
        environ["wsgi.file_wrapper"] = lambda file, _size=0: FileWrapper(file, _PIECE_BYTES)
        return app(environ, start_response)

    return mounted


def _clean_request(app: Asgi, longest_body: int) -> Asgi:
    """What the WSGI bridge leaves open: it has a thread wait for each body, and fails on odd addresses.

    So bodies are read here, where waiting costs nothing, and only so long and so far; a body that is
    cut is longer than the application takes, which will say so.
    """

    async def clean(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        if _UNESCAPED.search(scope["query_string"]):
            scope["query_string"] = quote(scope["query_string"], safe=bytes(range(0x21, 0x7F))).encode()
        size = sum(len(name) + len(value) + _HEADER_BYTES for name, value in scope["headers"])
        if size > LONGEST_HEADERS:
            too_large = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            await _refuse(send, too_large, LONG_HEADERS, LONGEST_HEADERS, "bytes", size)
            return
        if not _names_a_host(scope):
            await _refuse(send, HTTPStatus.BAD_REQUEST, _NO_HOST)
            return
        try:
            # Without one of these headers there is no body to wait for.
            has_body = any(name in _BODY_HEADERS for name, _ in scope["headers"])
            async with asyncio.timeout(_BODY_LIMIT_S) if has_body else nullcontext():
                body = await _body(receive, longest_body)
        except TimeoutError:
            await _refuse(send, HTTPStatus.REQUEST_TIMEOUT, _SLOW_BODY, _BODY_LIMIT_S, "s", _BODY_LIMIT_S)
            return
        if body is not None:
            await app(scope, _replayed(body, receive), send)

    return clean


def _names_a_host(scope: Message) -> bool:
    """True for a request that says whom it is for; one in HTTP/1.0 need not."""
    is_silent = scope["http_version"] == "1.0" and all(name != b"host" for name, _ in scope["headers"])
    return is_silent or names_a_host(scope["headers"])


async def _body(receive: Receive, longest: int) -> bytes | None:
    """The body, cut behind ``longest`` bytes; ``None`` if the client has gone."""
    body = b""
    while len(body) <= longest:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body[: longest + 1]


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body in one piece, then whatever the client does next."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay


async def _refuse(send: Send, status: HTTPStatus, detail: str, *measure: object) -> None:
    """Ends a request before it reaches the application, as a problem document."""
    headers, body = refusal(status, detail, *measure)
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
