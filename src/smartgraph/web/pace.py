"""What an application says at its own pace, for a client that listens at another."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from smartgraph.spool import Spool
from smartgraph.web.quick import ABORT
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from smartgraph.web.asgi import Message, Receive

#: A larger reply is sent while it is made, in bytes.
_LARGEST: Final = 1 << 19
#: A client that takes nothing for so long has gone, in seconds.
STALL_LIMIT_S: Final = 60
#: Why its reply is broken off then, beside the causes that end a query.
STALLED: Final = "stalled"


class Waiting:
    """Messages of an application that its server has not sent yet: bodies wait in a spool."""

    def __init__(self) -> None:
        self._start: Message | None = None
        self._spool = Spool()
        self._is_complete = self._has_ended = self._is_closed = False
        self._error: OSError | None = None
        self._news = asyncio.Event()

    async def put(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif not self._is_closed:
            self._keep(message.get("body", b""))
            self._is_complete = not message.get("more_body", False)
        self._news.set()

    def _keep(self, data: bytes) -> None:
        """The thread that makes the page is none to tell that there is no room: it could only wait for ever."""
        try:
            self._spool.put(data)
        except OSError as error:
            self._error = error
            self.close()

    async def whole(self) -> tuple[Message, bytes] | None:
        """The reply, once it is complete; ``None`` as soon as it is not going to be, or is large.

        Raises:
            OSError: there is no room for it.
        """
        while not self._is_complete:
            if self._has_ended or self._spool.size > _LARGEST:
                return None
            self._news.clear()
            await self._news.wait()
        if self._error or self._spool.size > _LARGEST:
            return None
        body = b"".join(iter(self._spool.take, b""))
        return (self._start, body) if self._start else None

    def holds(self, start: Message, body: bytes) -> None:
        """Puts something else in the place of a whole reply."""
        self._start = start
        self._spool.put(body)

    def end(self) -> None:
        """The application says no more."""
        self._has_ended = True
        self._news.set()

    def close(self) -> None:
        """Nobody takes more."""
        self._is_closed = True
        self._spool.close()

    async def __aiter__(self) -> AsyncIterator[Message]:
        """The messages.

        Raises:
            OSError: there is no room for them.
        """
        while not (self._is_complete or self._has_ended) or self._spool.size or self._start:
            if self._error:
                raise self._error
            if self._start:
                message, self._start = self._start, None
                yield message
            elif self._spool.size:
                yield {"type": "http.response.body", "body": self._spool.take(), "more_body": True}
            else:
                self._news.clear()
                await self._news.wait()
        if self._is_complete:
            # Nothing is left to take; but a spool that was given up looks empty, too, until it is asked.
            yield {"type": "http.response.body", "body": self._spool.take()}


async def break_off(scope: Message, receive: Receive, why: str) -> None:
    """Breaks the connection off, so that nobody takes what was sent for the whole."""
    scope[RECORD].broken = why
    abort = scope.get("extensions", {}).get(ABORT)
    if abort:
        abort()
        while (await receive())["type"] != "http.disconnect":
            pass
