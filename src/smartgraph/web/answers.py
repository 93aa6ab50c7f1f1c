"""Whole answers to queries, kept in memory until another release is served; nobody asks twice at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from smartgraph.web.encodings import encoded

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.formats import Format

#: No single answer takes more than this part of the room.
_SHARE: Final = 4
#: Above so many bytes the loop leaves compression to a thread.
_QUICKLY_ENCODED: Final = 1 << 18
#: So many answers are known to be too large.
_MOST_LARGE: Final = 1_000
#: What an answer takes in memory besides its bytes, in each encoding.
ENTRY_BYTES: Final = 400


@dataclass(slots=True)
class Kept:
    """An answer: its bytes as they are, and in the encodings that were asked for so far."""

    format: Format
    body: bytes
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """What it takes in memory, in bytes."""
        return sum(ENTRY_BYTES + len(body) for body in (self.body, *self.encoded.values()))


class Answers:
    """The most recently used answers by their tag, bounded in bytes. Lives on one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._held = limit_bytes, 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._flights: dict[str, asyncio.Future[Kept | None]] = {}
        self._large: OrderedDict[str, None] = OrderedDict()
        self._encoding: dict[tuple[int, str], tuple[Kept, asyncio.Task[bytes]]] = {}

    @property
    def largest(self) -> int:
        """The largest answer that is kept, in bytes."""
        return self._limit // _SHARE

    @property
    def size(self) -> int:
        """Bytes held."""
        return self._held

    def __len__(self) -> int:
        return len(self._kept)

    def find(self, tag: str) -> Kept | None:
        """The answer, if it is kept."""
        kept = self._kept.get(tag)
        if kept:
            self._kept.move_to_end(tag)
        return kept

    def put(self, tag: str, kept: Kept) -> None:
        """Keeps an answer, unless it is too large; those that were not used for longest go."""
        if kept.size > self.largest:
            return
        self.forget(tag)
        self._kept[tag] = kept
        self._held += kept.size
        self._make_room()

    async def encoded(self, tag: str | None, kept: Kept, encoding: str) -> bytes:
        """An answer that was found here in another encoding; with a tag that is kept, too."""
        body = kept.encoded.get(encoding)
        if body is None:
            is_small = len(kept.body) <= _QUICKLY_ENCODED
            body = encoded(kept.body, encoding) if is_small else await self._encoded_once(kept, encoding)
            if tag is not None:
                self.keep_encoded(tag, kept, encoding, body)
        return body

    async def _encoded_once(self, kept: Kept, encoding: str) -> bytes:
        """In a thread; those who want the same wait for the same."""
        key = (id(kept), encoding)
        if key not in self._encoding:
            task = asyncio.ensure_future(asyncio.to_thread(encoded, kept.body, encoding))
            self._encoding[key] = kept, task  # with the answer, so that until then no other has its id
            task.add_done_callback(lambda _: self._encoding.pop(key))
        return await asyncio.shield(self._encoding[key][1])

    def keep_encoded(self, tag: str, kept: Kept, encoding: str, body: bytes) -> None:
        """Keeps another encoding of an answer."""
        if encoding in kept.encoded:
            return
        kept.encoded[encoding] = body
        if self._kept.get(tag) is kept:
            self._held += ENTRY_BYTES + len(body)
            self._make_room()

    def _make_room(self) -> None:
        while self._held > self._limit:
            self.forget(next(iter(self._kept)))

    def forget(self, tag: str) -> None:
        """Makes room."""
        old = self._kept.pop(tag, None)
        if old:
            self._held -= old.size

    def clear(self) -> None:
        """Forgets everything; what is on its way is kept by nobody."""
        self._kept.clear()
        self._flights.clear()
        self._large.clear()
        self._held = 0

    def outgrew(self, tag: str) -> None:
        """Says that an answer is too large to be kept."""
        self._large[tag] = None
        if len(self._large) > _MOST_LARGE:
            self._large.popitem(last=False)

    def is_too_large(self, tag: str) -> bool:
        """True for an answer that nobody need wait for: it will not be kept."""
        return tag in self._large

    # ---- Flights, by a name that only those share who would get the same

    def is_on_its_way(self, flight: str) -> bool:
        """True while another request finds this answer."""
        return flight in self._flights

    async def shared(self, name: str) -> Kept | None:
        """The answer that another request of this name is waiting for; ``None`` if there is none or it got none.

        Raises:
            SmartgraphError: what it got instead.
        """
        flight = self._flights.get(name)
        return None if flight is None else await asyncio.shield(flight)

    def takes_off(self, name: str) -> Callable[[Kept | BaseException | None], None]:
        """Says that the answer is being found; the function returned tells those who wait for it."""
        flight: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._flights[name] = flight

        def landed(result: Kept | BaseException | None) -> None:
            if self._flights.get(name) is flight:
                del self._flights[name]
            if flight.done():
                return
            if isinstance(result, BaseException):
                flight.set_exception(result)
                flight.exception()  # that nobody waits is no fault
            else:
                flight.set_result(result)

        return landed
