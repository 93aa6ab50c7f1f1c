"""The ASGI application: programs' queries on the event loop, everything else in Flask's threads.

No client's pace holds a thread or a query process: what it has not taken yet waits in a spool.
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from smartgraph.errors import SmartgraphError, TooManyRequests
from smartgraph.formats import prefers_page
from smartgraph.language import language_of_header
from smartgraph.read.endings import GONE, cause_of
from smartgraph.read.flow import Abandoned
from smartgraph.spool import Spool
from smartgraph.web import health
from smartgraph.web.asgi import replayed
from smartgraph.web.encodings import SMALLEST, encoded, encoder, encoding_for
from smartgraph.web.exchange import OPEN_TO_ALL, SAFE, Reply, Request
from smartgraph.web.failures import problem
from smartgraph.web.metrics import FOUND
from smartgraph.web.queries import Stream, Whole
from smartgraph.web.quick import ABORT, REPLY, Ready, asked
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.read.flow import Flow
    from smartgraph.web.asgi import Asgi, Message, Receive, Send
    from smartgraph.web.queries import Queries
    from smartgraph.web.records import Record
    from smartgraph.web.served import Served
    from smartgraph.web.service import Service
    from smartgraph.web.succession import Succession

    Headers = tuple[tuple[str, str], ...]

#: Why a reply was broken off, beside the causes that end a query.
STALLED: Final = "stalled"
#: A client that takes nothing for so long has gone, in seconds.
_STALL_LIMIT_S: Final = 60
#: Above so many bytes the loop leaves compression to a thread.
_QUICKLY_COMPRESSED: Final = 1 << 18
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
        served = self._service.served
        with served.used():
            if record.path in _OPERATIONS and record.method in _READING:
                await _send(send, await self._operation(record.path, headers, served))
            elif wait_s := self._service.wait_s(record.client):
                error = TooManyRequests(served.site.settings.requests_per_minute, ceil(wait_s))
                language = language_of_header(headers.get(b"accept-language", ""), "en")
                await _send(send, problem(error, language, served.site.base))
            elif served.queries and _is_query(record, headers):
                body = (await receive()).get("body", b"")
                await self._queried(served.queries, served, scope, headers, body, receive, send)
            else:
                await _paged(served.pages, scope, receive, send)

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
        queries: Queries,
        served: Served,
        scope: Message,
        headers: Mapping[bytes, str],
        body: bytes,
        receive: Receive,
        send: Send,
    ) -> None:
        def watch(flow: Flow) -> None:
            task = asyncio.get_running_loop().create_task(_closed_when_gone(flow, receive))
            self._watchers.add(task)
            task.add_done_callback(self._watchers.discard)

        try:
            reply = await queries.reply(_request(scope, headers, body), watch)
            if reply is None:
                await _paged(served.pages, scope, replayed(body, receive), send)
            elif isinstance(reply, Reply):
                await _send(send, reply)
            elif isinstance(reply, Whole):
                self._service.metrics.answers[reply.source] += 1
                await _send_whole(served, scope, headers, reply, send)
            else:
                self._service.metrics.answers[FOUND] += 1
                await _send_stream(scope, headers, reply, receive, send)
        except Abandoned:
            await _abort(scope, receive, GONE)


async def _send_whole(served: Served, scope: Message, headers: Mapping[bytes, str], answer: Whole, send: Send) -> None:
    encoding = encoding_for(headers.get(b"accept-encoding", "")) if len(answer.kept.body) >= SMALLEST else ""
    body = await _encoded(served, answer, encoding) if encoding else answer.kept.body
    head = _headers((*answer.headers, *_length(body)), encoding)
    lines = b"".join(b"%b: %b\r\n" % pair for pair in head) + b"\r\n"
    record: Record = scope[RECORD]
    counted = (record.route, record.method)
    ready = Ready(lines, b"" if record.method == "HEAD" else body, counted)
    if answer.source != FOUND:
        _remember(served, scope, ready)
    reply = scope.get("extensions", {}).get(REPLY)
    if reply:
        record.status, record.size = 200, len(ready.body)
        reply(ready, record.id)
    else:
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})


async def _encoded(served: Served, answer: Whole, encoding: str) -> bytes:
    body = answer.kept.encoded.get(encoding)
    if body is None:
        if len(answer.kept.body) > _QUICKLY_COMPRESSED:
            body = await asyncio.to_thread(encoded, answer.kept.body, encoding)
        else:
            body = encoded(answer.kept.body, encoding)
        if answer.tag is not None:
            served.answers.encoded(answer.tag, answer.kept, encoding, body)
    return body


def _remember(served: Served, scope: Message, ready: Ready) -> None:
    """What is sent, for those who send the same request."""
    target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
    wish = asked(scope["method"].encode(), target, scope["headers"])
    if wish:
        served.quick.put(wish.key, None, ready)


# ---- Pages


async def _paged(pages: Asgi, scope: Message, receive: Receive, send: Send) -> None:
    """Flask's reply at the client's pace, while the thread goes on at its own."""
    waiting = _Waiting()
    task = asyncio.ensure_future(pages(scope, receive, waiting.put))
    task.add_done_callback(lambda _: waiting.end())
    try:
        async for message in waiting:
            async with asyncio.timeout(_STALL_LIMIT_S):
                await send(message)
    except TimeoutError:
        await _abort(scope, receive, STALLED)
    finally:
        waiting.close()
        await task


class _Waiting:
    """Messages of an application that its server has not sent yet: bodies wait in a spool."""

    def __init__(self) -> None:
        self._start: Message | None = None
        self._spool = Spool()
        self._is_complete = self._has_ended = self._is_closed = False
        self._news = asyncio.Event()

    async def put(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif not self._is_closed:
            self._spool.put(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
        self._news.set()

    def end(self) -> None:
        """The application says no more."""
        self._has_ended = True
        self._news.set()

    def close(self) -> None:
        """Nobody takes more."""
        self._is_closed = True
        self._spool.close()

    async def __aiter__(self) -> Any:
        while not (self._is_complete or self._has_ended) or self._spool.size or self._start:
            if self._start:
                message, self._start = self._start, None
                yield message
            elif self._spool.size:
                yield {"type": "http.response.body", "body": self._spool.take(), "more_body": True}
            else:
                self._news.clear()
                await self._news.wait()
        if self._is_complete:
            yield {"type": "http.response.body", "body": b""}


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


def _is_query(record: Record, headers: Mapping[bytes, str]) -> bool:
    """True for what a program asks of the endpoint; people get pages."""
    return (
        record.path == _QUERY_PATH and record.method in _QUERY_METHODS and not prefers_page(headers.get(b"accept", ""))
    )


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
    )


def _bytes(pairs: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin1")) for name, value in pairs]


_ALWAYS: Final = (*_bytes((*OPEN_TO_ALL, *SAFE)), (b"vary", b"Accept-Encoding"))


def _headers(pairs: Headers, encoding: str = "") -> list[tuple[bytes, bytes]]:
    found = [*_bytes(pairs), *_ALWAYS]
    if encoding:
        found.append((b"content-encoding", encoding.encode()))
    return found


def _length(body: bytes) -> Headers:
    return (("Content-Length", str(len(body))),)


async def _send(send: Send, reply: Reply) -> None:
    length = () if reply.status == 304 else _length(reply.body)
    await send({"type": "http.response.start", "status": reply.status, "headers": _headers((*reply.headers, *length))})
    await send({"type": "http.response.body", "body": reply.body})


async def _send_stream(
    scope: Message, headers: Mapping[bytes, str], stream: Stream, receive: Receive, send: Send
) -> None:
    """An answer as it comes. If it breaks off, so does the connection: nothing is silently short."""
    encoding = encoding_for(headers.get(b"accept-encoding", ""))
    making = encoder(encoding) if encoding else None
    await send({"type": "http.response.start", "status": 200, "headers": _headers(stream.headers, encoding)})
    try:
        data = stream.first if scope["method"] != "HEAD" else b""
        while data:
            body = making.compress(data) if making else data
            async with asyncio.timeout(_STALL_LIMIT_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            data = await stream.flow.read()
        await send({"type": "http.response.body", "body": making.flush() if making else b""})
    except (SmartgraphError, Abandoned, TimeoutError) as error:
        await _abort(scope, receive, STALLED if isinstance(error, TimeoutError) else cause_of(error))
    finally:
        stream.flow.close()


async def _closed_when_gone(flow: Flow, receive: Receive) -> None:
    """Ends a query whose client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    flow.close()


async def _abort(scope: Message, receive: Receive, why: str) -> None:
    """Breaks the connection off, so that nobody takes what was sent for the whole."""
    scope[RECORD].broken = why
    abort = scope.get("extensions", {}).get(ABORT)
    if abort:
        abort()
        while (await receive())["type"] != "http.disconnect":
            pass
