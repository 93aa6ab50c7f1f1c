"""What is known of each request: its id, which its reply carries, and how it ended. Counted and logged from here."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from itertools import count
from time import perf_counter
from typing import TYPE_CHECKING, Final

from smartgraph.web.asgi import peer
from smartgraph.web.journal import REQUEST_ID

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from smartgraph.web.asgi import Asgi, Message, Receive, Send
    from smartgraph.web.journal import Journal
    from smartgraph.web.metrics import Metrics
    from smartgraph.web.quick import Asked, Ready

#: Under this key a scope carries its record.
RECORD: Final = "smartgraph.record"
REQUEST_ID_HEADER: Final = b"x-request-id"
_GIVEN: Final = re.compile(rb"[\w.:-]{1,64}")
#: A status before there is one: the connection ended first.
_NONE: Final = 0
_FINE: Final = 200


@dataclass(slots=True)
class Record:
    """A request: who asks for what since when (``perf_counter``), and what became of it. ``size`` in bytes."""

    id: str
    method: str
    path: str
    route: str
    client: str
    start: float = field(default_factory=perf_counter)
    status: int = _NONE
    size: int = 0
    #: Why the reply was broken off; empty if it was not.
    broken: str = ""
    seconds: float = 0.0


class Recorder:
    """Keeps the records of all requests.

    ``mount`` is the path of the base, ``client_of`` names a client from its connection and its X-Forwarded-For.
    """

    def __init__(
        self, metrics: Metrics, journal: Journal, client_of: Callable[[str, str], str], mount: str = ""
    ) -> None:
        self.metrics, self.journal = metrics, journal
        self._client_of, self._mount = client_of, mount
        self._start = secrets.token_hex(4)
        self._numbers = count(1)

    def next_id(self, given: bytes = b"") -> str:
        """An id for a request: that which a proxy has given it, else a new one."""
        if given and _GIVEN.fullmatch(given):
            return given.decode("ascii")
        return f"{self._start}-{next(self._numbers):x}"

    def begin(self, scope: Message) -> Record:
        """The record of a request, which its scope carries from now on."""
        headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
        given = forwarded = b""
        for name, value in headers:
            if name == REQUEST_ID_HEADER:
                given = value
            elif name == b"x-forwarded-for":
                forwarded = forwarded + b"," + value if forwarded else value
        path = scope["path"].removeprefix(self._mount) or "/"
        client = self._client_of(peer(scope), forwarded.decode("latin1"))
        record = Record(self.next_id(given), scope["method"], path, self.metrics.route(path), client)
        scope[RECORD] = record
        return record

    def end(self, record: Record) -> None:
        """Counts it, and writes it down if it is to be."""
        record.seconds = perf_counter() - record.start
        self.metrics.note(record.route, record.method, record.status, record.seconds)
        if record.broken:
            self.metrics.note_broken(record.broken)
        self.journal.note(record)

    def at_once(self, ready: Ready, wish: Asked, client: str) -> str:
        """Counts a reply that was known by its head; the id of the request."""
        request_id = self.next_id(wish.request_id)
        self.metrics.at_once[ready.counted] += 1
        if self.journal.writes_all:
            self.journal.note(self._short(request_id, ready, wish, client))
        return request_id

    def express(self, ready: Ready, wish: Asked, client: str, start: float) -> str:
        """Counts an ordinary query that was answered on the short way since ``start``; the id of the request."""
        request_id = self.next_id(wish.request_id)
        route, method = ready.counted
        seconds = perf_counter() - start
        self.metrics.note(route, method, _FINE, seconds)
        if self.journal.writes_all:
            self.journal.note(self._short(request_id, ready, wish, client, seconds))
        return request_id

    def _short(self, request_id: str, ready: Ready, wish: Asked, client: str, seconds: float = 0.0) -> Record:
        route, method = ready.counted
        path = wish.target.partition(b"?")[0].decode("latin1").removeprefix(self._mount)
        named = self._client_of(client, wish.forwarded_for)
        size = len(ready.body)
        return Record(request_id, method, path, route, named, status=_FINE, size=size, seconds=seconds)

    def around(self, app: Asgi) -> Asgi:
        """The application with a record for each request, from the first byte to the last."""

        async def recorded(scope: Message, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            record = self.begin(scope)
            REQUEST_ID.set(record.id)
            try:
                await app(scope, receive, _noting(record, send))
            except BaseException:
                record.status = record.status or 500
                raise
            finally:
                self.end(record)

        return recorded


def _noting(record: Record, send: Send) -> Send:
    """Says the id in the head of the reply, and notes what is sent."""

    async def noted(message: Message) -> None:
        if message["type"] == "http.response.start":
            record.status = message["status"]
            message["headers"] = [*message["headers"], (REQUEST_ID_HEADER, record.id.encode())]
        else:
            record.size += len(message.get("body", b""))
        await send(message)

    return noted
