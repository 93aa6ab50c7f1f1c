"""Flask's replies: small ones whole, compressed and kept for those who ask the same, large ones as they are taken.

No client's pace holds one of the threads that Flask runs in.

Spec: RFC 9110, section 8.8.1: the tag of a compressed copy is a weak one, as its bytes are others.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from smartgraph.web.asgi import target_of
from smartgraph.web.encodings import SMALLEST, encoded, encoding_for
from smartgraph.web.pace import STALL_LIMIT_S, STALLED, Waiting, break_off
from smartgraph.web.quick import Ready, asked
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smartgraph.web.asgi import Message, Receive, Send
    from smartgraph.web.records import Record
    from smartgraph.web.served import Served

    Pairs = list[tuple[bytes, bytes]]

#: Types that are worth compressing, beside text.
_TEXTUAL: Final = (b"json", b"xml", b"n-triples", b"n-quads", b"trig", b"svg")
_CHANGED: Final = (b"content-length", b"etag")
_OK: Final = 200


async def paged(
    served: Served,
    scope: Message,
    headers: Mapping[bytes, str],
    receive: Receive,
    send: Send,
    made: Callable[[], None],
) -> None:
    """Sends Flask's reply at the client's pace, while the thread goes on at its own; ``made`` is called at its end."""
    waiting = Waiting()
    task = asyncio.ensure_future(served.pages(scope, receive, waiting.put))
    task.add_done_callback(lambda _: waiting.end())
    task.add_done_callback(lambda _: made())
    try:
        if whole := await waiting.whole():
            waiting.holds(*await _copy(served, scope, headers, *whole))
        async for message in waiting:
            async with asyncio.timeout(STALL_LIMIT_S):
                await send(message)
    except (TimeoutError, OSError):
        await break_off(scope, receive, STALLED)
    finally:
        waiting.close()
        await task


async def _copy(
    served: Served, scope: Message, headers: Mapping[bytes, str], start: Message, body: bytes
) -> tuple[Message, bytes]:
    """What is sent for a whole reply; kept, if it is asked for repeatedly and may be."""
    pairs: Pairs = start["headers"]
    told = dict(pairs)
    if start["status"] != _OK or b"etag" not in told or b"accept-ranges" in told:
        return start, body
    if int(told.get(b"content-length", 0)) >= SMALLEST and _is_textual(told.get(b"content-type", b"")):
        pairs = [*pairs, (b"vary", b"Accept-Encoding")]
        if encoding := encoding_for(headers.get(b"accept-encoding", "")):
            # A reply to HEAD has no body whose length could be told.
            body = await asyncio.to_thread(encoded, body, encoding) if body else b""
            pairs = _of_copy(pairs, encoding, len(body))
    _keep(served, scope, pairs, body)
    return {**start, "headers": pairs}, body


def _is_textual(content_type: bytes) -> bool:
    return content_type.startswith(b"text/") or any(part in content_type for part in _TEXTUAL)


def _of_copy(pairs: Pairs, encoding: str, size: int) -> Pairs:
    """The headers of a compressed copy; ``size`` 0 if that is not known."""
    tag = dict(pairs)[b"etag"]
    length = [(b"content-length", str(size).encode())] if size else []
    changed = [(b"etag", tag if tag.startswith(b"W/") else b"W/" + tag), (b"content-encoding", encoding.encode())]
    return [*((name, value) for name, value in pairs if name not in _CHANGED), *length, *changed]


def _keep(served: Served, scope: Message, pairs: Pairs, body: bytes) -> None:
    """For those who send the same request, from the second on: a crawl is not to push out what is wanted."""
    wish = asked(scope["method"].encode(), target_of(scope), scope["headers"])
    if not wish or (b"cache-control", b"no-cache") not in pairs:
        return
    vary = b",".join(value for name, value in pairs if name == b"vary").lower()
    language = wish.language if b"accept-language" in vary else None
    if served.quick.is_wanted_again(wish.key, language):
        record: Record = scope[RECORD]
        lines = b"".join(b"%b: %b\r\n" % pair for pair in pairs) + b"\r\n"
        sent = b"" if record.method == "HEAD" else body
        served.quick.put(wish.key, language, Ready(lines, sent, (record.route, record.method)))
