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
from typing import TYPE_CHECKING, Any, Final

from smartgraph.language import language_of_header
from smartgraph.web.bounds import names_a_host
from smartgraph.web.metrics import OTHER
from smartgraph.web.records import REQUEST_ID_HEADER
from smartgraph.web.wire import Http

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http import HTTPStatus

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
#: A head in the plainest grammar. Whatever others might read in another way goes to the parser.
_HEAD: Final = re.compile(
    rb"(GET|HEAD) (/[\x21\x22\x24-\x7e]*) HTTP/1\.1\r\n((?:[\w!#$%&'*+.^`|~-]+:[\t\x20-\x7e\x80-\xff]*\r\n)+)\r\n",
    re.ASCII,
)
#: Heads that are longer are not remembered as they are; all heads together get this part of the room.
_LONGEST_HEAD: Final = 4096
_HEADS_SHARE: Final = 8
#: So many requests are known to have been asked once.
_MOST_ASKED: Final = 5_000
#: What an entry takes in memory besides its bytes, which all stand in it twice: as they came, and as the key.
_ENTRY_BYTES: Final = 500

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
        return len(self.head) + len(self.body)


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
    found = _HEAD.fullmatch(head)
    if found is None:
        return None
    pairs = (line.partition(b":") for line in found[3].split(b"\r\n")[:-1])
    headers = [(name.lower(), value.strip(b" \t")) for name, _, value in pairs]
    return asked(found[1], found[2], headers) if names_a_host(headers) else None


class Quick:
    """The most recently used replies, bounded in bytes. For one thread."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._held, self._heads_held = limit_bytes, 0, 0
        self._ready: OrderedDict[Key, Ready] = OrderedDict()
        #: What was asked for of late.
        self._asked: OrderedDict[Key, bool] = OrderedDict()
        #: Heads as they came whose reply was known, to their keys: most clients repeat themselves to the letter.
        self._heads: OrderedDict[bytes, Asked] = OrderedDict()

    def __len__(self) -> int:
        return len(self._ready)

    @property
    def size(self) -> int:
        """Bytes held for replies and what they are found by; the heads as they came may take an eighth more."""
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
                self._remember(head, wish)
                return ready, wish
        return None, wish

    def _remember(self, head: bytes, wish: Asked) -> None:
        if head in self._heads or len(head) > _LONGEST_HEAD:
            return
        self._heads[head] = wish
        self._heads_held += _size_of_head(head)
        while self._heads_held > self._limit // _HEADS_SHARE:
            self._heads_held -= _size_of_head(self._heads.popitem(last=False)[0])

    def put(self, key: Key, language: str | None, ready: Ready) -> None:
        """Keeps a reply. ``language`` is ``None`` if it does not depend on it."""
        full = (key, language)
        size = _size_of(full, ready)
        if size > self._limit // 4:
            return
        self._forget(full)
        self._ready[full] = ready
        self._held += size
        while self._held > self._limit:
            self._forget(next(iter(self._ready)))

    def is_wanted_again(self, key: Key, language: str | None) -> bool:
        """True if this was asked before, not long ago; notes that it is asked."""
        full = (key, language)
        was_asked = self._asked.pop(full, False)
        if sum(len(part) for part in key if part) <= _LONGEST_HEAD:
            self._asked[full] = True
        if len(self._asked) > _MOST_ASKED:
            self._asked.popitem(last=False)
        return was_asked

    def clear(self) -> None:
        """Forgets everything."""
        self._ready.clear()
        self._asked.clear()
        self._heads.clear()
        self._held = self._heads_held = 0

    def _forget(self, full: Key) -> None:
        old = self._ready.pop(full, None)
        if old:
            self._held -= _size_of(full, old)


def _size_of(full: Key, ready: Ready) -> int:
    """What a reply takes: clients may make its key as long as they like."""
    return _ENTRY_BYTES + ready.size + sum(len(part) for part in full[0] if part)


def _size_of_head(head: bytes) -> int:
    return _ENTRY_BYTES + 2 * len(head)


class QuickProtocol(Http):
    """The reader of requests, which first looks whether the reply is known."""

    #: Set for the server's own subclass.
    service: Service

    def take(self, piece: bytes) -> None:
        ready, wish = (None, None) if self._is_in_message else self.service.served.quick.find(piece)
        if ready and wish and self.service.admits(self.peer, wish.forwarded_for):
            self._is_on_its_way()
            self.send(ready, self.service.recorder.at_once(ready, wish, self.peer))
        elif wish and not ready and self.begins(piece, wish):
            self._is_on_its_way()
        else:
            self.ordinary(piece)

    def ordinary(self, piece: bytes) -> None:
        """Has uvicorn read it."""
        super().take(piece)

    def begins(self, _head: bytes, _wish: Asked) -> bool:
        """True if a whole request is answered in another way than the ordinary."""
        return False

    def send(self, ready: Ready, request_id: str) -> None:
        """Answers a request that has not become one for uvicorn."""
        self._write(ready, request_id)
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.timeout_keep_alive, self.timeout_keep_alive_handler)

    @property
    def peer(self) -> str:
        """The address at the other end."""
        return self.client[0] if self.client else ""

    def note_refusal(self, status: HTTPStatus) -> None:
        self.service.metrics.note(OTHER, "", status, 0.0)

    def _is_on_its_way(self) -> None:
        self._expect_nothing()
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
        self.watch()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if not self._is_deaf:
            self.scope["extensions"] = {ABORT: self.transport.abort}  # type: ignore[dict-item]

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if not self._is_deaf:
            # A reply has to know which request it ends.
            self.scope["extensions"][REPLY] = partial(self._reply, self.cycle)  # type: ignore[assignment]
