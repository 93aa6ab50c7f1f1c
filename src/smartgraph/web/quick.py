"""Answers given again before a request has become one: from the bytes of its head to those of the reply.

What decides an answer is its method, address and a few headers; requests that differ in others
(User-Agent, cookies, order) share it. Whatever is unusual about a request sends it past this cache.

Spec: RFC 9111, section 4 (constructing responses from caches).
"""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Final

from smartgraph.language import language_of_header
from smartgraph.web.answers import OVERHEAD
from smartgraph.web.intake import HOST
from smartgraph.web.metrics import OTHER
from smartgraph.web.records import REQUEST_ID_HEADER
from smartgraph.web.wire import Http

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

    from smartgraph.web.service import Service

#: The headers that decide which representation is sent.
_DECIDING: Final = frozenset({b"accept", b"accept-encoding", b"if-none-match"})
#: The headers of requests that ask for something else than the representation as it is.
_UNUSUAL: Final = frozenset(
    {
        b"authorization", b"range", b"if-range", b"if-modified-since", b"if-match", b"if-unmodified-since",
        b"content-length", b"transfer-encoding", b"content-type", b"expect", b"upgrade", b"pragma", b"te",
    }
)  # fmt: skip
#: A head of which nobody could think otherwise than we do.
#: Spec: RFC 9112, sections 3 and 5; without the fragment that has no place in a request.
_PLAIN_HEAD: Final = re.compile(
    rb"[A-Z]+ /[\x21\x22\x24-\x7e]* HTTP/1\.1\r\n(?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+\r\n"
)
#: Longer ones go the ordinary way.
_LONGEST_PLAIN: Final = 16_384
#: Heads that are longer are not remembered as they are.
_LONGEST_HEAD: Final = 4096
_MOST_HEADS: Final = 10_000
_END: Final = b"\r\n\r\n"
#: A connection whose next head is not whole by then is closed, in seconds.
_HEAD_LIMIT_S: Final = 10

#: A body that is smaller is copied behind its head, so that both go out at once.
_JOINED: Final = 1 << 16
#: What the reader of requests offers the application: to break the connection off, and to send a reply as it is.
ABORT: Final = "smartgraph.abort"
REPLY: Final = "smartgraph.reply"

Key = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """A reply in bytes: the headers but for those of the moment, and the body. Counted by route and method."""

    head: bytes
    body: bytes
    counted: tuple[str, str] = ("", "")

    @property
    def size(self) -> int:
        return OVERHEAD + len(self.head) + len(self.body)


@dataclass(frozen=True, slots=True)
class Asked:
    """What decides the answer, the language asked for, and what a proxy says: for whom it asks, the request's id."""

    key: Key
    language: str
    forwarded_for: str
    request_id: bytes

    @property
    def method(self) -> bytes:
        return bytes(self.key[0])

    @property
    def target(self) -> bytes:
        return bytes(self.key[1])

    @property
    def accept(self) -> str:
        return _text(self.key[2])

    @property
    def accept_encoding(self) -> str:
        return _text(self.key[3])

    @property
    def if_none_match(self) -> str:
        return _text(self.key[4])


def _text(value: bytes | None) -> str:
    return value.decode("latin1") if value else ""


def asked(method: bytes, target: bytes, headers: Iterable[tuple[bytes, bytes]]) -> Asked | None:
    """What a request asks for, header names in small letters; ``None`` if it is unusual."""
    if method not in (b"GET", b"HEAD"):
        return None
    deciding: dict[bytes, bytes] = {}
    language = forwarded_for = request_id = b""
    for name, value in headers:
        if name in _UNUSUAL:
            return None
        if name in _DECIDING:
            if name in deciding:
                return None
            deciding[name] = value
        elif name == b"accept-language":
            language = value
        elif name == b"x-forwarded-for":
            forwarded_for = forwarded_for + b"," + value if forwarded_for else value
        elif name == REQUEST_ID_HEADER:
            request_id = value
        elif (name == b"connection" and value.lower() != b"keep-alive") or name == b"cache-control":
            return None
    wanted = (deciding.get(b"accept"), deciding.get(b"accept-encoding"), deciding.get(b"if-none-match"))
    chosen = language_of_header(language.decode("latin1"), "")
    return Asked((method, target, *wanted), chosen, forwarded_for.decode("latin1"), request_id)


def asked_by_head(head: bytes) -> Asked | None:
    """As :func:`asked`, from the bytes of a whole head."""
    if not _PLAIN_HEAD.fullmatch(head):
        return None
    first, *lines = head[: -len(_END)].split(b"\r\n")
    method, target, _ = first.split(b" ")
    pairs = (line.split(b":", 1) for line in lines)
    headers = [(name.lower(), value.strip()) for name, value in pairs]
    hosts = [value for name, value in headers if name == b"host"]
    if len(hosts) != 1 or not HOST.fullmatch(hosts[0]):
        return None
    return asked(method, target, headers)


class Quick:
    """The most recently used replies, bounded in bytes. For one thread."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._held = limit_bytes, 0
        self._ready: OrderedDict[Key, Ready] = OrderedDict()
        #: What was asked for of late.
        self._asked: OrderedDict[Key, bool] = OrderedDict()
        #: Heads as they came, and what they ask for.
        self._heads: OrderedDict[bytes, Asked] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._held

    def find(self, head: bytes) -> tuple[Ready | None, Asked | None]:
        """The reply to a whole head, if it is known, and what it asks for, if that is usual."""
        wish = self._heads.get(head) or asked_by_head(head)
        if wish is None:
            return None, None
        for full in ((wish.key, None), (wish.key, wish.language)):
            ready = self._ready.get(full)
            if ready is not None:
                self._ready.move_to_end(full)
                self._know(head, wish)
                return ready, wish
        return None, wish

    def _know(self, head: bytes, wish: Asked) -> None:
        """Most clients repeat themselves to the letter, and need not be read again."""
        if head not in self._heads and len(head) <= _LONGEST_HEAD:
            self._heads[head] = wish
            if len(self._heads) > _MOST_HEADS:
                self._heads.popitem(last=False)

    def put(self, key: Key, language: str | None, ready: Ready) -> None:
        """Keeps a reply. ``language`` is ``None`` if it does not depend on it."""
        if ready.size > self._limit // 4:
            return
        full = (key, language)
        self._forget(full)
        self._ready[full] = ready
        self._held += ready.size
        while self._held > self._limit:
            self._forget(next(iter(self._ready)))

    def is_wanted_again(self, key: Key, language: str | None) -> bool:
        """True if this was asked before, not long ago; notes that it is asked."""
        full = (key, language)
        was_asked = self._asked.pop(full, False)
        self._asked[full] = True
        if len(self._asked) > _MOST_HEADS:
            self._asked.popitem(last=False)
        return was_asked

    def clear(self) -> None:
        """Forgets everything."""
        self._ready.clear()
        self._asked.clear()
        self._heads.clear()
        self._held = 0

    def _forget(self, full: Key) -> None:
        old = self._ready.pop(full, None)
        if old:
            self._held -= old.size


class QuickProtocol(Http):
    """The reader of requests, which first looks whether the reply is known."""

    #: Set for the server's own subclass.
    service: Service

    _is_in_message = _is_in_head = False
    #: uvicorn waits for a head without end.
    _late: asyncio.TimerHandle | None = None

    def send_400_response(self, msg: str) -> None:
        self.service.metrics.note(OTHER, "", HTTPStatus.BAD_REQUEST, 0.0)
        super().send_400_response(msg)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_is_whole()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        ready, wish = self._looked_up(data)
        if ready and wish and self.service.admits(self.peer, wish.forwarded_for):
            self._is_on_its_way()
            self.send(ready, self.service.recorder.at_once(ready, wish, self.peer))
        elif wish and not ready and self.begins(data, wish):
            self._is_on_its_way()
        else:
            self.ordinary(data)

    def ordinary(self, data: bytes) -> None:
        """Has uvicorn read it."""
        super().data_received(data)
        if self._is_in_head or self._is_idle:
            self._expect_head()

    def begins(self, _data: bytes, _wish: Asked) -> bool:
        """True if a whole request is answered in another way than the ordinary."""
        return False

    def send(self, ready: Ready, request_id: str) -> None:
        """Answers a request that has not become one for uvicorn."""
        self._write(ready, request_id)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    def _is_on_its_way(self) -> None:
        self._head_is_whole()
        self._unset_keepalive_if_required()

    def _reply(self, cycle: RequestResponseCycle, ready: Ready, request_id: str) -> None:
        """Ends the request that is being answered: as the application's two messages would, in a tenth of the time."""
        if cycle.disconnected:
            return
        self._write(ready, request_id, b"" if cycle.keep_alive else b"connection: close\r\n")
        cycle.response_started = cycle.response_complete = True
        cycle.message_event.set()
        if not cycle.keep_alive:
            self.transport.close()
        cycle.on_response()

    def _write(self, ready: Ready, request_id: str, more: bytes = b"") -> None:
        moment = [part for name, value in self.server_state.default_headers for part in (name, b": ", value, b"\r\n")]
        named = b"%b: %b\r\n" % (REQUEST_ID_HEADER, request_id.encode())
        head = b"".join((b"HTTP/1.1 200 OK\r\n", *moment, named, more, ready.head))
        if len(ready.body) < _JOINED:
            self.transport.write(head + ready.body)
        else:
            self.transport.write(head)
            self.transport.write(ready.body)

    def _looked_up(self, data: bytes) -> tuple[Ready | None, Asked | None]:
        if not self._is_idle or self.flow.write_paused or not data.endswith(_END) or len(data) > _LONGEST_PLAIN:
            return None, None
        return self.service.served.quick.find(data)

    @property
    def peer(self) -> str:
        """The address at the other end."""
        return self.client[0] if self.client else ""

    @property
    def _is_idle(self) -> bool:
        return not self._is_in_message and (self.cycle is None or self.cycle.response_complete)

    def _expect_head(self) -> None:
        if self._late is None:
            self._late = self.loop.call_later(_HEAD_LIMIT_S, self._head_is_late)

    def _head_is_whole(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None

    def _head_is_late(self) -> None:
        """Nothing is lost: while an earlier request is being answered, the time for the next does not count."""
        self._late = None
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()

    def on_headers_complete(self) -> None:
        self._is_in_head = False
        self._head_is_whole()
        super().on_headers_complete()
        # The next request may be read before this one is answered, so that a reply has to know which it ends.
        self.scope["extensions"][REPLY] = partial(self._reply, self.cycle)  # type: ignore[assignment]

    def on_message_begin(self) -> None:
        self._is_in_message = self._is_in_head = True
        super().on_message_begin()
        self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]

    def on_message_complete(self) -> None:
        self._is_in_message = False
        super().on_message_complete()
