"""Replies at the pace of those who take them, so that nobody's slowness holds a thread."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from smartgraph.spool import Spool
from smartgraph.web.quick import ABORT
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from smartgraph.web.asgi import Asgi, Message, Receive, Send

#: A client that takes nothing for so long has gone, in seconds.
STALL_LIMIT_S: Final = 60
#: Why its reply is broken off then, beside the causes that end a query.
STALLED: Final = "stalled"


async def at_the_clients_pace(pages: Asgi, scope: Message, receive: Receive, send: Send) -> None:
    """Flask's reply at the client's pace, while the thread goes on at its own."""
    waiting = _Waiting()
    task = asyncio.ensure_future(pages(scope, receive, waiting.put))
    task.add_done_callback(lambda _: waiting.end())
    try:
        async for message in waiting:
            async with asyncio.timeout(STALL_LIMIT_S):
                await send(message)
    except TimeoutError:
        await break_off(scope, receive, STALLED)
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


async def break_off(scope: Message, receive: Receive, why: str) -> None:
    """Breaks the connection off, so that nobody takes what was sent for the whole."""
    scope[RECORD].broken = why
    abort = scope.get("extensions", {}).get(ABORT)
    if abort:
        abort()
        while (await receive())["type"] != "http.disconnect":
            pass
