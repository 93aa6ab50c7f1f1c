"""What reaches the application: whole requests with a host, a head of bounded length, and a body that came in time."""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from smartgraph.web.asgi import replayed
from smartgraph.web.wire import refusal

if TYPE_CHECKING:
    from smartgraph.web.asgi import Asgi, Message, Receive, Send

#: The longest headers of a request together, in bytes, and the time for its body, in seconds.
_LONGEST_HEADERS: Final = 32_768
_BODY_LIMIT_S: Final = 10

_BODY_HEADERS: Final = (b"content-length", b"transfer-encoding")
#: What should have been escaped in the query of an address.
_UNESCAPED: Final = re.compile(rb"[^\x21-\x7e]")
#: A name or an address, and perhaps a port.
HOST: Final = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[\da-fA-FvV.:]+\])(?::\d*)?")

_LONG_HEADERS: Final = f"The headers are longer than {_LONGEST_HEADERS} bytes together."
_NO_HOST: Final = "The request needs exactly one Host header, with the name or the address of a host."
_SLOW_BODY: Final = f"The content of the request did not come within {_BODY_LIMIT_S} seconds."


def clean_request(app: Asgi, longest_body: int) -> Asgi:
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
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _LONGEST_HEADERS:
            await _refuse(send, HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, _LONG_HEADERS)
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
            await _refuse(send, HTTPStatus.REQUEST_TIMEOUT, _SLOW_BODY)
            return
        if body is not None:
            await app(scope, replayed(body, receive), send)

    return clean


def _names_a_host(scope: Message) -> bool:
    """True for one Host header with a host in it, or none in HTTP/1.0.

    Spec: RFC 9112, section 3.2; RFC 3986, section 3.2.2.
    """
    hosts = [value for name, value in scope["headers"] if name == b"host"]
    if not hosts:
        return bool(scope["http_version"] == "1.0")
    return len(hosts) == 1 and HOST.fullmatch(hosts[0]) is not None


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


async def _refuse(send: Send, status: HTTPStatus, detail: str) -> None:
    """Ends a request before it reaches the application, as a problem document."""
    headers, body = refusal(status, detail)
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
