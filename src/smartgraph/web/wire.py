"""The reader of requests on the wire: one at a time, and no more of each than is read here.

What is no request is told so as every other error is.

Spec: RFC 9112 (HTTP/1.1), sections 3, 6 and 9.3.2 (pipelining).
"""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from smartgraph.errors import Text, TooManyAtOnce
from smartgraph.web.bounds import (
    LONG_ADDRESS,
    LONG_HEADERS,
    LONGEST_ADDRESS,
    LONGEST_HEADERS,
    body_length,
    last,
    refusal,
)
from smartgraph.web.exchange import OPEN_TO_ALL
from smartgraph.web.failures import problem

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from smartgraph.web.bounds import Headers

_LONGEST_HEAD: Final = LONGEST_ADDRESS + LONGEST_HEADERS
#: So much may wait unread behind the request that is being answered, in bytes; more waits with the sender.
_MOST_HELD: Final = 65_536
#: After so many requests of a connection that could be answered at once it is the turn of others.
_MOST_AT_ONCE: Final = 32
#: A connection whose next head is not whole by then is closed, in seconds.
_HEAD_LIMIT_S: Final = 10
#: How long a body is read whose request is answered already, in seconds: who is still sending hears the answer.
_LINGER_S: Final = 5
#: A client that takes less than so many bytes of its reply in so many seconds has gone.
_LEAST_TAKEN: Final = 65_536
_STALL_LIMIT_S: Final = 60

_END: Final = b"\r\n\r\n"
_BEGINNINGS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ\r\n"
_LATE: Final = f"The head of the request did not come within {_HEAD_LIMIT_S} seconds."
_CROWD: Final = "{limit} connections are open, and no other is taken. Try again later."


class _Flow(FlowControl):
    """Reads no more from a connection while enough of it waits, whoever asks for more."""

    is_full = False

    def fill(self, is_full: bool) -> None:
        if is_full:
            self.is_full = True
            self.pause_reading()
        elif self.is_full:
            self.is_full = False
            self.resume_reading()

    def resume_reading(self) -> None:
        if not self.is_full:
            super().resume_reading()


class Http(HttpToolsProtocol):
    """uvicorn's own reader, which would queue requests without end, and wait without end for heads and readers."""

    #: Set for the server's own subclass: connections of the whole server, and the base of its identifiers.
    most_connections = sys.maxsize
    base = ""

    flow: _Flow
    _is_in_message = _is_in_head = _is_deaf = False
    #: How much of the body is still to come, in bytes; ``None`` where only the parser will know.
    _body_left: int | None = 0
    _late: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._held, self._searched = bytearray(), 0

    # ---- The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.flow = _Flow(transport)
        if len(self.connections) > self.most_connections:
            self._refuse_connection(self.most_connections, len(self.connections))
        self._expect(_HEAD_LIMIT_S, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        self._held.clear()
        self._expect_nothing()
        if self._stall:
            self._stall.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._held and self._is_listening and data.find(_END) == len(data) - len(_END):
            self.take(data)  # as most requests come
            return
        self._held += data
        self._go_on()

    def pause_writing(self) -> None:
        super().pause_writing()
        self.watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._go_on()

    # ---- One request at a time

    @property
    def _is_idle(self) -> bool:
        return not self._is_in_message and (self.cycle is None or self.cycle.response_complete)

    @property
    def _is_listening(self) -> bool:
        return self._is_idle and not self.flow.write_paused and not self.transport.is_closing()

    def _go_on(self) -> None:
        """Reads what may be read by now: the rest of a request, or the next one once its turn has come."""
        for _ in range(_MOST_AT_ONCE):
            if not self._held or not (self._is_in_message or self._is_listening) or not (piece := self._next()):
                break
            self.take(piece)
        else:
            self.flow.fill(True)
            self.loop.call_soon(self._go_on)
            return
        is_half_a_head = bool(self._held) and self._is_listening
        if is_half_a_head:
            self._unset_keepalive_if_required()
            self._expect(_HEAD_LIMIT_S, self._head_is_late)
            if len(self._held) > _LONGEST_HEAD:
                self._refuse_head()
        self.flow.fill(not is_half_a_head and len(self._held) > _MOST_HELD)

    def _next(self) -> bytes:
        """A whole head, or as much of a body as is there; nothing if there is not enough yet."""
        held = self._held
        if self._is_in_head or self._body_left is None:  # a head of which the parser sees no end, or a body likewise
            size = len(held)
        elif self._is_in_message:
            size = min(self._body_left, len(held))
            self._body_left -= size
        else:
            end = held.find(_END, self._searched)
            # What begins no request has no end to wait for: the parser finds the fault.
            size = end + len(_END) if end >= 0 else 0 if held[0] in _BEGINNINGS else len(held)
            self._searched = 0 if size else max(0, len(held) - len(_END) + 1)
        piece = bytes(held[:size])
        del held[:size]
        return piece

    def take(self, piece: bytes) -> None:
        """Parses a whole head or some of a body."""
        super().data_received(piece)

    def on_message_begin(self) -> None:
        if not self._is_idle:
            # Only the parser finds the end of a body in pieces, and by then it has what stands behind it.
            self._is_deaf, self.cycle.keep_alive = True, False
            return
        self._is_in_message = self._is_in_head = True
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        if not self._is_deaf:
            super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._is_in_head:  # the fields behind a body are none of the request's headers
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_deaf:
            return
        self._is_in_head = False
        self._expect_nothing()
        self._body_left = body_length(self.headers)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        if not self._is_deaf:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if self._is_deaf:
            return
        self._is_in_message, self._body_left = False, 0
        super().on_message_complete()
        if self._is_idle:
            self._expect_nothing()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self.watch()
        if self._is_deaf:
            self.transport.close()
        elif self._is_in_message:
            self._expect(_LINGER_S, self.transport.close)
        elif self._held:
            self._go_on()

    # ---- Time

    def _expect(self, limit_s: float, otherwise: Callable[[], None]) -> None:
        if self._late is None:
            self._late = self.loop.call_later(limit_s, otherwise)

    def _expect_nothing(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _head_is_late(self) -> None:
        """Nothing is lost: while an earlier request is being answered, the time for the next does not count."""
        self._late = None
        if self._is_idle and self._held:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT, _LATE, _HEAD_LIMIT_S, "s", _HEAD_LIMIT_S)
        elif self._is_idle:
            self.transport.close()

    def watch(self) -> None:
        """Sees that what is being sent is taken, however slowly."""
        size = self.transport.get_write_buffer_size()
        if size and self._stall is None:
            self._stall = self.loop.call_later(_STALL_LIMIT_S, self._look, size)

    def _look(self, before: int) -> None:
        self._stall = None
        if self.transport.get_write_buffer_size() > max(0, before - _LEAST_TAKEN):
            self.transport.abort()
        else:
            self.watch()

    # ---- What is no request

    def send_400_response(self, msg: str) -> None:
        """Ends a connection on which no request can be read."""
        size = len(getattr(self, "url", b""))
        if size > LONGEST_ADDRESS:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, LONG_ADDRESS, LONGEST_ADDRESS, "bytes", size)
        else:
            self._refuse(HTTPStatus.BAD_REQUEST, msg)

    def note_refusal(self, status: HTTPStatus) -> None:
        """For whoever counts."""

    def _refuse_head(self) -> None:
        size = len(self._held)
        if 0 <= self._held.find(b"\r\n") <= LONGEST_ADDRESS:
            self._refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, LONG_HEADERS, LONGEST_HEADERS, "bytes", size)
        else:
            self._refuse(HTTPStatus.REQUEST_URI_TOO_LONG, LONG_ADDRESS, LONGEST_ADDRESS, "bytes", size)

    def _refuse_connection(self, limit: int, reached: int) -> None:
        found = problem(TooManyAtOnce(Text(_CROWD, limit=limit), limit, "connections", reached), "en", self.base)
        headers = [(name.lower().encode(), value.encode()) for name, value in (*found.headers, *OPEN_TO_ALL)]
        self._end_with(HTTPStatus(found.status), *last(headers, found.body))

    def _refuse(self, status: HTTPStatus, detail: str, *measure: object) -> None:
        self._end_with(status, *refusal(status, detail, *measure))

    def _end_with(self, status: HTTPStatus, headers: Headers, body: bytes) -> None:
        self.note_refusal(status)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(header) for header in headers)]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        self.transport.close()
