"""Whole answers to queries, kept in memory until another release is served; nobody asks twice at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.formats import Format

#: What an entry takes beside its bytes: its objects, and its key.
OVERHEAD: Final = 1_024
#: No single answer takes more than this part of the room.
_SHARE: Final = 4


@dataclass(slots=True)
class Kept:
    """An answer: its bytes as they are, and in the encodings that were asked for so far."""

    format: Format
    body: bytes
    encoded: dict[str, bytes] = field(default_factory=dict)

    @property
    def size(self) -> int:
        return OVERHEAD + len(self.body) + sum(map(len, self.encoded.values()))


class Answers:
    """The most recently used answers by their tag, bounded in bytes. Lives on one event loop."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit, self._held = limit_bytes, 0
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._flights: dict[str, asyncio.Future[Kept | None]] = {}

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
        while self._held > self._limit:
            self.forget(next(iter(self._kept)))

    def encoded(self, tag: str, kept: Kept, encoding: str, body: bytes) -> None:
        """Keeps another encoding of an answer that was found here."""
        kept.encoded[encoding] = body
        if self._kept.get(tag) is kept:
            self._held += len(body)

    def forget(self, tag: str) -> None:
        """Makes room."""
        old = self._kept.pop(tag, None)
        if old:
            self._held -= old.size

    def clear(self) -> None:
        """Forgets everything; what is on its way is kept by nobody."""
        self._kept.clear()
        self._flights.clear()
        self._held = 0

    def is_on_its_way(self, tag: str) -> bool:
        """True while another request finds this answer."""
        return tag in self._flights

    async def shared(self, tag: str) -> Kept | None:
        """The answer that another request with this tag is waiting for; ``None`` if there is none or it got none.

        Raises:
            SmartgraphError: what it got instead.
        """
        flight = self._flights.get(tag)
        return None if flight is None else await asyncio.shield(flight)

    def takes_off(self, tag: str) -> Callable[[Kept | BaseException | None], None]:
        """Says that the answer is being found; the function returned tells those who wait for it."""
        flight: asyncio.Future[Kept | None] = asyncio.get_running_loop().create_future()
        self._flights[tag] = flight

        def landed(result: Kept | BaseException | None) -> None:
            if self._flights.get(tag) is flight:
                del self._flights[tag]
            if flight.done():
                return
            if isinstance(result, BaseException):
                flight.set_exception(result)
                flight.exception()  # that nobody waits is no fault
            else:
                flight.set_result(result)

        return landed
