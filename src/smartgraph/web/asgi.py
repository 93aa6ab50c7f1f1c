"""The words of ASGI, and what several of our applications do with them.

Spec: ASGI 3.0, HTTP connection scope.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Asgi = Callable[[Message, Receive, Send], Awaitable[None]]


def replayed(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read already in one piece, then whatever the client does next."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay


def target_of(scope: Message) -> bytes:
    """The target of a request, as it was sent."""
    query = scope["query_string"]
    return bytes(scope["raw_path"] + (b"?" + query if query else b""))


def peer(scope: Message) -> str:
    """The address at the other end of the connection; empty if there is none."""
    return str(scope["client"][0]) if scope["client"] else ""
