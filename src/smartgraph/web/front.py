"""The ASGI application: programs' queries on the event loop, everything else in Flask's threads.

No client's pace holds a thread or a query process: what it has not taken yet waits in a spool.
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Final

from smartgraph.errors import SmartgraphError, Text, TooManyAtOnce, TooManyRequests
from smartgraph.language import language_of_header
from smartgraph.read.endings import GONE, cause_of
from smartgraph.read.flow import Abandoned
from smartgraph.web import health
from smartgraph.web.asgi import replayed, target_of
from smartgraph.web.encodings import SMALLEST, encoder, encoding_for
from smartgraph.web.exchange import ERROR, Reply, Request
from smartgraph.web.express import BEGUN, COUNTED
from smartgraph.web.failures import problem
from smartgraph.web.heads import encoded_headers, length_of, whole_reply
from smartgraph.web.metrics import FOUND
from smartgraph.web.pace import STALL_LIMIT_S, STALLED, break_off
from smartgraph.web.paged import paged
from smartgraph.web.queries import Page, Stream, Whole
from smartgraph.web.quick import REPLY, Ready, asked
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.read.flow import Flow
    from smartgraph.turns import Turns
    from smartgraph.web.asgi import Message, Receive, Send
    from smartgraph.web.queries import Begun
    from smartgraph.web.records import Record
    from smartgraph.web.served import Served
    from smartgraph.web.service import Service
    from smartgraph.web.succession import Succession

    Headers = tuple[tuple[str, str], ...]

#: How long a page waits for its turn, in seconds.
_PATIENCE_S: Final = 2.0
_CROWD: Final = "{limit} pages are being made already, and this one has waited {patience:g} s. Try again in a moment."
_QUERY_PATH: Final = "/sparql"
_QUERY_METHODS: Final = ("GET", "HEAD", "POST")
#: What is answered whatever else is going on.
_OPERATIONS: Final = ("/healthz", "/readyz", "/metrics")
_READING: Final = ("GET", "HEAD")


class Front:
    """Receives every request. With a succession the service serves what becomes current."""

    def __init__(self, service: Service, succession: Succession | None = None) -> None:
        self._service, self._succession = service, succession
        self._watchers: set[asyncio.Task[None]] = set()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = _joined(scope["headers"])
        record: Record = scope[RECORD]
        begun = scope["extensions"].get(BEGUN)
        served = begun[0] if begun else self._service.served
        with served.used():
            if begun:
                served.leave()  # as it was entered when the query was begun
                await self._queried(served, scope, headers, b"", receive, send, begun[1])
            elif record.path in _OPERATIONS and record.method in _READING:
                await _send(send, await self._operation(record.path, headers, served))
            elif wait_s := 0.0 if COUNTED in scope["extensions"] else self._service.wait_s(record.client):
                error = TooManyRequests(served.site.settings.requests_per_minute, ceil(wait_s))
                language = language_of_header(headers.get(b"accept-language", ""), "en")
                await _send(send, problem(error, language, served.site.base))
            elif served.queries and _is_query(record):
                body = (await receive()).get("body", b"")
                await self._queried(served, scope, headers, body, receive, send)
            else:
                await _in_turn(served.turns, served, scope, headers, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Opens and closes the service with the server.

        Spec: ASGI, lifespan protocol.
        """
        await receive()
        try:
            await self._service.open()
        except SmartgraphError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        if self._succession:
            self._succession.start(self._service)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._service.close()
        if self._succession:
            await self._succession.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _operation(self, path: str, headers: Mapping[bytes, str], served: Served) -> Reply:
        """How the server is, from the loop: those who watch it must not wait for its readers."""
        if path == "/healthz":
            return health.alive()
        if path == "/metrics":
            return self._service.metrics.exposition(headers.get(b"accept", ""))
        return await asyncio.to_thread(health.ready, served.site, served.lanes)

    # ---- Queries

    async def _queried(
        self,
        served: Served,
        scope: Message,
        headers: Mapping[bytes, str],
        body: bytes,
        receive: Receive,
        send: Send,
        begun: Begun | None = None,
    ) -> None:
        def watch(flow: Flow) -> None:
            task = asyncio.get_running_loop().create_task(_closed_when_gone(flow, receive))
            self._watchers.add(task)
            task.add_done_callback(self._watchers.discard)

        try:
            assert served.queries, "there are lanes"
            reply = await served.queries.reply(_request(scope, headers, body), watch, begun)
            if reply is None or isinstance(reply, Page):
                scope[ERROR] = reply and reply.error
                turns = served.answer_turns if reply and not reply.error else served.turns
                await _in_turn(turns, served, scope, headers, replayed(body, receive), send)
            elif isinstance(reply, Reply):
                await _send(send, reply)
            elif isinstance(reply, Whole):
                self._service.metrics.answers[reply.source] += 1
                await _send_whole(served, scope, headers, reply, send)
            else:
                self._service.metrics.answers[FOUND] += 1
                await _send_stream(scope, headers, reply, receive, send)
        except Abandoned:
            await break_off(scope, receive, GONE)


async def _in_turn(
    turns: Turns, served: Served, scope: Message, headers: Mapping[bytes, str], receive: Receive, send: Send
) -> None:
    """A page, or why there is none now."""
    try:
        await turns.take(_PATIENCE_S)
    except TimeoutError:
        text = Text(_CROWD, limit=turns.count, patience=_PATIENCE_S)
        error = TooManyAtOnce(text, turns.count, "pages", turns.count + turns.waiting + 1)
        language = language_of_header(headers.get(b"accept-language", ""), "en")
        await _send(send, problem(error, language, served.site.base))
    else:
        await paged(served, scope, headers, receive, send, turns.give)


async def _send_whole(served: Served, scope: Message, headers: Mapping[bytes, str], answer: Whole, send: Send) -> None:
    encoding = encoding_for(headers.get(b"accept-encoding", "")) if len(answer.kept.body) >= SMALLEST else ""
    body = await served.answers.encoded(answer.tag, answer.kept, encoding) if encoding else answer.kept.body
    record: Record = scope[RECORD]
    ready = whole_reply(answer.headers, body, encoding, (record.route, record.method))
    if answer.source != FOUND:
        _remember(served, scope, ready)
    reply = scope.get("extensions", {}).get(REPLY)
    if reply:
        record.status, record.size = 200, len(ready.body)
        reply(ready, record.id)
    else:
        head = encoded_headers((*answer.headers, *length_of(body)), encoding)
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


def _remember(served: Served, scope: Message, ready: Ready) -> None:
    """What is sent, for those who send the same request."""
    wish = asked(scope["method"].encode(), target_of(scope), scope["headers"])
    if wish:
        served.quick.put(wish.key, None, ready)


# ---- From ASGI to values, and back


def _joined(pairs: list[tuple[bytes, bytes]]) -> dict[bytes, str]:
    """The headers by name; several of a name are one list.

    Spec: RFC 9110, section 5.3.
    """
    found: dict[bytes, str] = {}
    for name, value in pairs:
        text = value.decode("latin1")
        found[name] = f"{found[name]}, {text}" if name in found else text
    return found


def _is_query(record: Record) -> bool:
    """True for what may ask the endpoint for data."""
    return record.path == _QUERY_PATH and record.method in _QUERY_METHODS


def _request(scope: Message, headers: Mapping[bytes, str], body: bytes) -> Request:
    return Request(
        scope["method"],
        scope["query_string"],
        body,
        headers.get(b"content-type", ""),
        headers.get(b"content-encoding", ""),
        headers.get(b"accept", ""),
        headers.get(b"accept-language", ""),
        headers.get(b"if-none-match", ""),
        # The parser of HTTP/1.0 knows no pieces: what has no length ends with the connection, as what breaks off does.
        sees_the_end=scope["http_version"] != "1.0",
    )


async def _send(send: Send, reply: Reply) -> None:
    length = () if reply.status == 304 else length_of(reply.body)
    await send(
        {"type": "http.response.start", "status": reply.status, "headers": encoded_headers((*reply.headers, *length))}
    )
    await send({"type": "http.response.body", "body": reply.body})


async def _send_stream(
    scope: Message, headers: Mapping[bytes, str], stream: Stream, receive: Receive, send: Send
) -> None:
    """An answer as it comes. If it breaks off, so does the connection: nothing is silently short."""
    encoding = encoding_for(headers.get(b"accept-encoding", "")) if stream.size is None else ""
    making = encoder(encoding) if encoding else None
    length = () if stream.size is None else (("Content-Length", str(stream.size)),)
    head = encoded_headers((*stream.headers, *length), encoding)
    await send({"type": "http.response.start", "status": 200, "headers": head})
    try:
        data = stream.first if scope["method"] != "HEAD" else b""
        while data:
            body = making.compress(data) if making else data
            async with asyncio.timeout(STALL_LIMIT_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            data = await stream.flow.read()
        await send({"type": "http.response.body", "body": making.flush() if making else b""})
    except (SmartgraphError, Abandoned, TimeoutError) as error:
        await break_off(scope, receive, STALLED if isinstance(error, TimeoutError) else cause_of(error))
    finally:
        stream.flow.close()


async def _closed_when_gone(flow: Flow, receive: Receive) -> None:
    """Ends a query whose client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    flow.close()
