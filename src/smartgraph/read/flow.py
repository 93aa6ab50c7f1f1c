"""An answer on its way from a query process: its format, and its bytes as they come."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final, Protocol

from smartgraph.errors import QueryTimeout, SmartgraphError, Text, TooManyAtOnce
from smartgraph.read.causes import why_it_broke
from smartgraph.read.endings import GONE
from smartgraph.read.frames import DATA, END, HEAD, unpack_error, unpack_format
from smartgraph.spool import ON_DISK, Spool

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.formats import Format
    from smartgraph.read.endings import Endings

#: A query that takes longer than this is long, in seconds; while others wait for a lane it is so earlier.
LONG_S: Final = 0.4
_LONG_IN_A_CROWD_S: Final = 0.05
#: What a worker has read much for, in seconds and in bytes of its answer: see :data:`smartgraph.read.lanes.REST_S`.
_WORN_S: Final = 0.02
_WORN_BYTES: Final = 1 << 20
_NO_ROOM: Final = "What waits for clients that read slowly fills the {limit} MiB there are. Try again later."
_LONG: Final = (
    "{limit} queries take long at the same time, and no more may; this one would be another. Make it more selective, "
    "or try again in a moment."
)


class Lane(Protocol):
    """The process that works on an answer, as a flow sees it. ``is_worn``: it has read much."""

    pid: int
    transport: asyncio.Transport
    flow: Flow | None
    is_open: bool
    is_worn: bool


class Lanes(Protocol):
    """Who gives out lanes, and takes them back."""

    endings: Endings
    memory_mb: int

    @property
    def waiting(self) -> int: ...

    def most_long(self, *, has_begun: bool) -> int: ...

    def may_be_long(self, *, has_begun: bool) -> bool: ...

    def became_long(self, lane: Any, /) -> None: ...

    def done(self, lane: Any, /, *, is_long: bool, is_well: bool) -> None: ...


class Abandoned(Exception):
    """Nobody wants the answer any more."""


class Witness:
    """Who is told of an answer, whether or not its bytes are read. ``keeps``: how many of them it wants to have."""

    keeps = 0

    def is_long(self, flow: Flow) -> None:
        """The query takes long."""

    def has_outgrown(self) -> None:
        """The answer has more bytes than are wanted."""

    def goes_on(self, flow: Flow) -> None:
        """Some of the answer has come, and it is not whole."""

    def has_ended(self, form: Format | None, body: bytes | None, error: SmartgraphError | None) -> None:
        """The answer is whole, with its bytes unless they are more than ``keeps``; or there is none."""


def _no_room() -> TooManyAtOnce:
    room_mb = ON_DISK >> 20
    return TooManyAtOnce(Text(_NO_ROOM, limit=room_mb), room_mb, "MiB", room_mb)


class Flow:
    """An answer on its way: its format, and its bytes as they come."""

    def __init__(self, lanes: Lanes, lane: Lane, limit_s: float, witness: Witness) -> None:
        self._lanes, self._lane, self._limit_s, self._witness = lanes, lane, limit_s, witness
        self._spool = Spool()
        self._copy: list[bytes] | None = []
        self._size = 0
        self._error: SmartgraphError | Abandoned | None = None
        self._format: Format | None = None
        self._is_done = self._is_long = False
        self._waiter: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._start = self._loop.time()
        self._timer = self._after(_LONG_IN_A_CROWD_S, self._took_a_while)
        lane.flow = self

    # ---- For whoever asked

    async def opened(self) -> None:
        """Returns once the format is known.

        Raises:
            SmartgraphError: there is no answer, for this reason.
        """
        while not self._format and not self._is_done:
            await self._wait()
        if self._error and not self._format:
            raise self._error

    @property
    def format(self) -> Format:
        """What the bytes are written in."""
        assert self._format
        return self._format

    async def ended(self) -> None:
        """Returns once the answer is whole.

        Raises:
            SmartgraphError: it stays unfinished, for this reason.
        """
        while not self._is_done:
            await self._wait()
        if self._error:
            raise self._error

    async def read(self) -> bytes:
        """More bytes; none at the end of the whole answer.

        Raises:
            SmartgraphError: the answer stays unfinished, for this reason.
        """
        while not self._spool.size and not self._is_done:
            await self._wait()
        try:
            data = self._spool.take()
        except OSError:
            raise _no_room() from None
        if not data and self._error:
            raise self._error
        return data

    @property
    def is_whole(self) -> bool:
        """True if all bytes have come."""
        return self._is_done and self._error is None

    @property
    def is_long(self) -> bool:
        """True if the query takes long."""
        return self._is_long

    @property
    def left(self) -> int:
        """How many bytes have come and were not read."""
        return self._spool.size

    def close(self) -> None:
        """Ends the query if it is still running: nobody wants its answer any more."""
        if not self._is_done:
            self._finish(Abandoned(), is_well=False)
        self._spool.close()

    # ---- For the lane

    def start(self, question: bytes) -> None:
        if self._lane.is_open:
            self._lane.transport.write(question)
        else:
            self.broke()

    def take(self, kind: bytes, body: bytes) -> None:
        if kind == DATA:
            self._keep(body)
        elif kind == HEAD:
            self._format = unpack_format(body)
        else:
            self._finish(unpack_error(body), is_well=kind == END)
        self._wake()

    def _keep(self, body: bytes) -> None:
        self._size += len(body)
        if self._copy is not None and self._size > self._witness.keeps:
            self._copy = None
            self._witness.has_outgrown()
        elif self._copy is not None:
            self._copy.append(body)
        try:
            self._spool.put(body)
        except OSError:
            self._finish(_no_room(), is_well=False)

    def goes_on(self) -> None:
        self._witness.goes_on(self)

    def broke(self) -> None:
        self._finish(why_it_broke(self._lane.pid, self._lanes.memory_mb), is_well=False)

    def _after(self, seconds: float, then: Callable[[], None]) -> asyncio.TimerHandle:
        """Once the query has taken so long, or all of its time."""
        if seconds < self._limit_s:
            return self._loop.call_at(self._start + seconds, then)
        return self._loop.call_at(self._start + self._limit_s, self._ran_out)

    def _ran_out(self) -> None:
        reached = max(self._limit_s, self._loop.time() - self._start)
        self._finish(QueryTimeout(self._limit_s, reached), is_well=False)

    def _took_a_while(self) -> None:
        if self._lanes.waiting:
            self._took_long()
        else:
            self._timer = self._after(LONG_S, self._took_long)

    def _took_long(self) -> None:
        has_begun = self._format is not None
        if not self._lanes.may_be_long(has_begun=has_begun):
            most = self._lanes.most_long(has_begun=has_begun)
            self._finish(TooManyAtOnce(Text(_LONG, limit=most), most, "queries", most), is_well=False)
            return
        self._is_long = True
        self._timer = self._after(self._limit_s, self._ran_out)
        self._lanes.became_long(self._lane)
        self._witness.is_long(self)

    def _finish(self, error: SmartgraphError | Abandoned | None, *, is_well: bool) -> None:
        if self._is_done:
            return
        self._is_done, self._error = True, error
        self._lanes.endings.note(GONE if isinstance(error, Abandoned) else error)
        self._timer.cancel()
        self._lane.flow = None
        self._lane.is_worn |= self._size > _WORN_BYTES or self._loop.time() - self._start > _WORN_S
        self._lanes.done(self._lane, is_long=self._is_long, is_well=is_well)
        body = b"".join(self._copy) if error is None and self._copy is not None else None
        self._witness.has_ended(self._format, body, error if isinstance(error, SmartgraphError) else None)
        self._wake()

    async def _wait(self) -> None:
        self._waiter = self._loop.create_future()
        try:
            await self._waiter
        finally:
            self._waiter = None

    def _wake(self) -> None:
        if self._waiter and not self._waiter.done():
            self._waiter.set_result(None)
