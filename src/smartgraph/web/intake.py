"""What reaches the application: whole requests with a host, a head of bounded length, and a body that came in time."""

from __future__ import annotations

import asyncio
import re
from contextlib import nullcontext
from http import HTTPStatus
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from smartgraph.web.asgi import replayed
from smartgraph.web.bounds import LONG_HEADERS, LONGEST_HEADERS, names_a_host, refusal

if TYPE_CHECKING:
    from smartgraph.web.asgi import Asgi, Message, Receive, Send

#: What a header takes besides its name and its value, in bytes.
_HEADER_BYTES: Final = 4
#: The time for the body of a request, in seconds.
_BODY_LIMIT_S: Final = 10

_BODY_HEADERS: Final = (b"content-length", b"transfer-encoding")
#: What should have been escaped in the query of an address.
_UNESCAPED: Final = re.compile(rb"[^\x21-\x7e]")

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
            await app(scope, replayed(body, receive), send)

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


async def _refuse(send: Send, status: HTTPStatus, detail: str, *measure: object) -> None:
    """Ends a request before it reaches the application, as a problem document."""
    headers, body = refusal(status, detail, *measure)
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": body})
