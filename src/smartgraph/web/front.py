"""The ASGI application: programs' queries on the event loop, everything else in Flask's threads.

No client's pace holds a thread or a query process: what it has not taken yet waits in a spool.
"""

from __future__ import annotations

import asyncio
from math import ceil
from typing import TYPE_CHECKING, Any, Final, cast

from a2wsgi import WSGIMiddleware

from smartgraph.errors import SmartgraphError, Text, TooManyAtOnce, TooManyRequests
from smartgraph.language import language_of_header
from smartgraph.read.lanes import Abandoned
from smartgraph.turns import Turns
from smartgraph.web.encodings import SMALLEST, encoded, encoder, encoding_for
from smartgraph.web.exchange import ERROR, OPEN_TO_ALL, SAFE, Reply, Request
from smartgraph.web.failures import problem
from smartgraph.web.pace import Waiting
from smartgraph.web.queries import Page, Stream, Whole
from smartgraph.web.quick import ABORT, REPLY, Ready, asked

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, MutableMapping

    from smartgraph.read.lanes import Flow
    from smartgraph.web.answers import Kept
    from smartgraph.web.queries import Queries
    from smartgraph.web.service import Service

    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    Asgi = Callable[[Message, Receive, Send], Awaitable[None]]
    Headers = tuple[tuple[str, str], ...]

#: Pages that are made at the same time. More would only be in each other's way, and in that of the loop.
_PAGES: Final = 8
#: How long a page waits for its turn, in seconds.
_PATIENCE_S: Final = 2.0
#: What tells whether the server lives has a turn at once, and threads of its own.
_ALWAYS_HEARD: Final = ("/healthz", "/readyz")
_SPARE_THREADS: Final = 4
_CROWD: Final = "{limit} pages are being made already, and this one has waited {patience:g} s. Try again in a moment."
#: A client that takes nothing for so long has gone, in seconds.
_STALL_LIMIT_S: Final = 60
#: Above so many bytes the loop leaves compression to a thread.
_QUICKLY_COMPRESSED: Final = 1 << 18
_QUERY_PATH: Final = "/sparql"
_QUERY_METHODS: Final = ("GET", "HEAD", "POST")


class Front:
    """Receives every request. ``pages`` is the Flask application; ``mount`` the path of the base, without a slash."""

    def __init__(self, service: Service, pages: Callable[..., Any], mount: str) -> None:
        self._service, self._mount = service, mount
        answers = max(1, service.settings.query_workers - 1)
        self._turns, self._answers = Turns(_PAGES), Turns(answers)
        self._pages = cast("Asgi", WSGIMiddleware(pages, workers=_PAGES + answers + _SPARE_THREADS))
        self._watchers: set[asyncio.Task[None]] = set()
        self._encoding: dict[tuple[int, str], tuple[Kept, asyncio.Task[bytes]]] = {}

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        headers = _joined(scope["headers"])
        wait_s = self._service.wait_s(_peer(scope), headers.get(b"x-forwarded-for", ""))
        if wait_s:
            error = TooManyRequests(self._service.settings.requests_per_minute, ceil(wait_s))
            language = language_of_header(headers.get(b"accept-language", ""), "en")
            await _send(send, problem(error, language, self._service.base))
        elif (queries := self._service.queries) and self._is_query(scope):
            body = (await receive()).get("body", b"")
            await self._queried(queries, scope, headers, body, receive, send)
        else:
            await self._in_turn(self._turns, scope, receive, send)

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
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._service.close()
        await send({"type": "lifespan.shutdown.complete"})

    def _is_query(self, scope: Message) -> bool:
        """True for what may ask the endpoint for data."""
        return scope["path"].removeprefix(self._mount) == _QUERY_PATH and scope["method"] in _QUERY_METHODS

    # ---- Queries

    async def _queried(
        self, queries: Queries, scope: Message, headers: Mapping[bytes, str], body: bytes, receive: Receive, send: Send
    ) -> None:
        def watch(flow: Flow) -> None:
            task = asyncio.get_running_loop().create_task(_closed_when_gone(flow, receive))
            self._watchers.add(task)
            task.add_done_callback(self._watchers.discard)

        try:
            reply = await queries.reply(_request(scope, headers, body), watch)
            if reply is None or isinstance(reply, Page):
                scope[ERROR] = reply and reply.error
                turns = self._answers if reply and not reply.error else self._turns
                await self._in_turn(turns, scope, _replayed(body, receive), send)
            elif isinstance(reply, Reply):
                await _send(send, reply)
            elif isinstance(reply, Whole):
                await self._send_whole(scope, headers, reply, send)
            else:
                await _send_stream(scope, headers, reply, receive, send)
        except Abandoned:
            await _abort(scope, receive)

    async def _send_whole(self, scope: Message, headers: Mapping[bytes, str], answer: Whole, send: Send) -> None:
        encoding = encoding_for(headers.get(b"accept-encoding", "")) if len(answer.kept.body) >= SMALLEST else ""
        body = await self._encoded(answer, encoding) if encoding else answer.kept.body
        head = _headers((*answer.headers, *_length(body)), encoding)
        lines = b"".join(b"%b: %b\r\n" % pair for pair in head) + b"\r\n"
        ready = Ready(lines, b"" if scope["method"] == "HEAD" else body)
        if answer.is_repeated:
            self._remember(scope, ready)
        reply = scope.get("extensions", {}).get(REPLY)
        if reply:
            reply(ready)
        else:
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body})

    async def _encoded(self, answer: Whole, encoding: str) -> bytes:
        body = answer.kept.encoded.get(encoding)
        if body is None:
            if len(answer.kept.body) > _QUICKLY_COMPRESSED:
                body = await self._encoded_once(answer.kept, encoding)
            else:
                body = encoded(answer.kept.body, encoding)
            if answer.tag is not None:
                self._service.answers.encoded(answer.tag, answer.kept, encoding, body)
        return body

    async def _encoded_once(self, kept: Kept, encoding: str) -> bytes:
        """As :func:`encoded`, in a thread; those who want the same wait for the same."""
        key = (id(kept), encoding)
        if key not in self._encoding:
            task = asyncio.ensure_future(asyncio.to_thread(encoded, kept.body, encoding))
            self._encoding[key] = kept, task  # with the answer, so that until then no other has its id
            task.add_done_callback(lambda _: self._encoding.pop(key))
        return await asyncio.shield(self._encoding[key][1])

    def _remember(self, scope: Message, ready: Ready) -> None:
        """What is sent, for those who send the same request."""
        target = scope["raw_path"] + (b"?" + scope["query_string"] if scope["query_string"] else b"")
        wish = asked(scope["method"].encode(), target, scope["headers"])
        if wish:
            self._service.quick.put(wish.key, None, ready)

    # ---- Pages

    async def _in_turn(self, turns: Turns, scope: Message, receive: Receive, send: Send) -> None:
        """A page, or why there is none now; strangers' queries have turns of their own and are in no page's way."""
        if scope["path"].removeprefix(self._mount) in _ALWAYS_HEARD:
            await self._paged(scope, receive, send, lambda: None)
            return
        try:
            await turns.take(_PATIENCE_S)
        except TimeoutError:
            text = Text(_CROWD, limit=turns.count, patience=_PATIENCE_S)
            error = TooManyAtOnce(text, turns.count, "pages", turns.count + turns.waiting + 1)
            language = language_of_header(_joined(scope["headers"]).get(b"accept-language", ""), "en")
            await _send(send, problem(error, language, self._service.base))
        else:
            await self._paged(scope, receive, send, turns.give)

    async def _paged(self, scope: Message, receive: Receive, send: Send, made: Callable[[], None]) -> None:
        """Flask's reply at the client's pace, while the thread goes on at its own; ``made`` is called at its end."""
        waiting = Waiting()
        task = asyncio.ensure_future(self._pages(scope, receive, waiting.put))
        task.add_done_callback(lambda _: waiting.end())
        task.add_done_callback(lambda _: made())
        try:
            async for message in waiting:
                async with asyncio.timeout(_STALL_LIMIT_S):
                    await send(message)
        except (TimeoutError, OSError):
            await _abort(scope, receive)
        finally:
            waiting.close()
            await task


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


def _peer(scope: Message) -> str:
    return scope["client"][0] if scope["client"] else ""


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
    encoding = encoding_for(headers.get(b"accept-encoding", "")) if stream.size is None else ""
    making = encoder(encoding) if encoding else None
    length = () if stream.size is None else (("Content-Length", str(stream.size)),)
    head = _headers((*stream.headers, *length), encoding)
    await send({"type": "http.response.start", "status": 200, "headers": head})
    try:
        data = stream.first if scope["method"] != "HEAD" else b""
        while data:
            body = making.compress(data) if making else data
            async with asyncio.timeout(_STALL_LIMIT_S):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            data = await stream.flow.read()
        await send({"type": "http.response.body", "body": making.flush() if making else b""})
    except (SmartgraphError, Abandoned, TimeoutError):
        await _abort(scope, receive)
    finally:
        stream.flow.close()


async def _closed_when_gone(flow: Flow, receive: Receive) -> None:
    """Ends a query whose client has gone."""
    while (await receive())["type"] != "http.disconnect":
        pass
    flow.close()


async def _abort(scope: Message, receive: Receive) -> None:
    """Breaks the connection off, so that nobody takes what was sent for the whole."""
    abort = scope.get("extensions", {}).get(ABORT)
    if abort:
        abort()
        while (await receive())["type"] != "http.disconnect":
            pass


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Gives the body again, then whatever the client does next."""
    messages = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def replay() -> Message:
        return next(messages, None) or await receive()

    return replay
