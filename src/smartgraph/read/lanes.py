"""Strangers' queries on the server's event loop: many at once, none in the way of another.

Each lane is one worker. A query that does not end soon is *long*: its process steps back before the
others (nice), only so many are long at a time, and quick ones get a process of their own meanwhile.
One too many is ended, so that those who ask for little are always heard.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from smartgraph.errors import QueryTimeout, QueryTooLarge, SmartgraphError, StoreUnavailable, Text
from smartgraph.read.endings import GONE, Endings
from smartgraph.read.frames import DATA, END, HEAD, Pieces, pack_question, unpack_error, unpack_format
from smartgraph.read.zygote import BUSY
from smartgraph.spool import Spool

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from smartgraph.formats import Format
    from smartgraph.read.store import Query
    from smartgraph.read.zygote import Zygote
    from smartgraph.settings import Settings

#: A query that takes longer than this is long, in seconds.
_LONG_S: Final = 0.4
#: What a long query's process adds to its niceness.
_STEP_BACK: Final = 15
#: How long a query waits for a lane, in seconds, and how many may wait.
_PATIENCE_S: Final = 2.0
_LONGEST_QUEUE: Final = 1_000
_NO_ROOM: Final = "Too many answers wait for clients that read slowly. Try again later."


class Lanes:
    """Asks workers of one zygote. Lives on one event loop."""

    def __init__(self, zygote: Zygote, settings: Settings, endings: Endings) -> None:
        self._zygote, self.endings = zygote, endings
        self._count = settings.query_workers
        self._limit_s, self.memory_mb = settings.query_timeout_s, settings.query_memory_mb
        self._idle: list[_Lane] = []
        self._open = 0
        self._long = 0
        self._waiting: deque[asyncio.Future[_Lane]] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def waiting(self) -> int:
        """Queries that wait for a lane."""
        return len(self._waiting)

    @property
    def open_count(self) -> int:
        """Lanes that there are: none if no process can be started."""
        return self._open

    @property
    def busy(self) -> int:
        """Lanes that work on a query."""
        return self._open - len(self._idle)

    @property
    def long(self) -> int:
        """Queries that take long."""
        return self._long

    async def open(self) -> None:
        """Starts the workers.

        Raises:
            StoreUnavailable: they do not start.
        """
        for _ in range(self._count):
            await self._add(0)

    async def close(self) -> None:
        """Ends all lanes; the zygote stays."""
        self._is_closed = True
        for task in tuple(self._tasks):
            await task
        for lane in self._idle:
            lane.end()
        self._idle.clear()

    async def ask(self, query: Query, witness: Witness | None = None) -> Flow:
        """The answer, of which the format is known and the bytes are on their way.

        Raises:
            StoreUnavailable: no lane became free in time.
            QueryTimeout, QueryTooLarge, QueryError, NotAcceptable: as the sandbox.
            Abandoned: the witness closed it.
        """
        try:
            lane = await self._free()
        except StoreUnavailable as error:
            self.endings.note(error)
            raise
        flow = Flow(self, lane, min(query.limit_s or self._limit_s, self._limit_s), witness or Witness())
        flow.start(pack_question(query, trusted=False))
        try:
            await flow.opened()
        except asyncio.CancelledError:
            flow.close()
            raise
        return flow

    async def _free(self) -> _Lane:
        while self._idle:
            lane = self._idle.pop()
            if lane.is_open:
                return lane
            self._replace(lane)
        if self._is_closed or len(self._waiting) >= _LONGEST_QUEUE:
            raise StoreUnavailable(Text(BUSY))
        if self._open < self._count:  # those that could not be started then may be so now
            self._spawn(0)
        future: asyncio.Future[_Lane] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(_PATIENCE_S):
                return await asyncio.shield(future)
        except BaseException as error:
            if future.done() and not future.cancelled():
                self._give(future.result())
            future.cancel()
            if isinstance(error, TimeoutError):
                raise StoreUnavailable(Text(BUSY)) from None
            raise

    def _give(self, lane: _Lane) -> None:
        """To whoever has waited longest; in a crowd to whoever came last: most others will be too late."""
        while self._waiting:
            is_crowd = len(self._waiting) > 2 * self._count
            future = self._waiting.pop() if is_crowd else self._waiting.popleft()
            if not future.done():
                future.set_result(lane)
                return
        if self._is_closed:
            lane.end()
        else:
            self._idle.append(lane)

    @property
    def may_be_long(self) -> bool:
        """True while another query may take long: some lanes are for quick ones only."""
        return self._long < 2 * self._count - max(1, self._count // 2)

    def became_long(self, lane: _Lane) -> None:
        """Steps back; as long as there are not too many like it, quick ones get another lane."""
        self._long += 1
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, lane.pid, _STEP_BACK)
        if not self._idle and self._open < 2 * self._count:
            self._spawn(0)

    def done(self, lane: _Lane, *, is_long: bool, is_well: bool) -> None:
        """The lane's query has ended. A worker that stepped back cannot step forward, and is replaced."""
        self._long -= is_long
        if is_well and not is_long:
            self._give(lane)
        elif is_long and self._open > self._count:
            self._open -= 1
            self._end(lane)
        else:
            self._replace(lane)

    def _replace(self, lane: _Lane) -> None:
        lane.end()
        self._open -= 1
        self._spawn(lane.pid)

    def _end(self, lane: _Lane) -> None:
        lane.end()
        self._run(self._zygote.end, lane.pid)

    def _spawn(self, instead_of: int) -> None:
        task = asyncio.get_running_loop().create_task(self._added(instead_of))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _run(self, work: Callable[[int], Any], pid: int) -> None:
        asyncio.get_running_loop().run_in_executor(None, work, pid)

    async def _added(self, instead_of: int) -> None:
        with suppress(StoreUnavailable):
            await self._add(instead_of)

    async def _add(self, instead_of: int) -> None:
        loop = asyncio.get_running_loop()
        self._open += 1
        try:
            pid, channel = await loop.run_in_executor(None, self._zygote.fork, instead_of)
        except StoreUnavailable:
            self._open -= 1
            raise
        self._give(await _Lane.on(pid, channel))


class _Lane(asyncio.Protocol):
    """One worker and its channel on the event loop."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.flow: Flow | None = None
        self.is_open = True
        self._pieces = Pieces()
        self.transport: asyncio.Transport

    @classmethod
    async def on(cls, pid: int, channel: socket.socket) -> _Lane:
        lane = cls(pid)
        await asyncio.get_running_loop().create_unix_connection(lambda: lane, sock=channel)
        return lane

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        for kind, body in self._pieces.feed(data):
            if self.flow:
                self.flow.take(kind, body)

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_open = False
        if self.flow:
            self.flow.broke()

    def end(self) -> None:
        self.is_open = False
        self.transport.abort()


class Abandoned(Exception):
    """Nobody wants the answer any more."""


class Witness:
    """Who is told of an answer, whether or not its bytes are read. ``keeps``: how many of them it wants to have."""

    keeps = 0

    def is_long(self, flow: Flow) -> None:
        """The query takes long."""

    def has_ended(self, form: Format | None, body: bytes | None, error: SmartgraphError | None) -> None:
        """The answer is whole, with its bytes unless they are more than ``keeps``; or there is none."""


class Flow:
    """An answer on its way: its format, and its bytes as they come."""

    def __init__(self, lanes: Lanes, lane: _Lane, limit_s: float, witness: Witness) -> None:
        self._lanes, self._lane, self._limit_s, self._witness = lanes, lane, limit_s, witness
        self._spool = Spool()
        self._copy: list[bytes] | None = []
        self._size = 0
        self._error: SmartgraphError | Abandoned | None = None
        self._format: Format | None = None
        self._is_done = self._is_long = False
        self._waiter: asyncio.Future[None] | None = None
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(min(_LONG_S, limit_s), self._took_long)
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

    async def read(self) -> bytes:
        """More bytes; none at the end of the whole answer.

        Raises:
            SmartgraphError: the answer stays unfinished, for this reason.
        """
        while not self._spool.size and not self._is_done:
            await self._wait()
        data = self._spool.take()
        if not data and self._error:
            raise self._error
        return data

    @property
    def is_whole(self) -> bool:
        """True if all bytes have come."""
        return self._is_done and self._error is None

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
        if self._size > self._witness.keeps:
            self._copy = None
        elif self._copy is not None:
            self._copy.append(body)
        try:
            self._spool.put(body)
        except OSError:
            self._finish(StoreUnavailable(Text(_NO_ROOM)), is_well=False)

    def broke(self) -> None:
        self._finish(QueryTooLarge(self._lanes.memory_mb), is_well=False)

    def _took_long(self) -> None:
        if self._is_long or self._limit_s <= _LONG_S:
            self._finish(QueryTimeout(self._limit_s), is_well=False)
            return
        if not self._lanes.may_be_long:
            self._finish(StoreUnavailable(Text(BUSY)), is_well=False)
            return
        self._is_long = True
        self._timer = self._loop.call_later(self._limit_s - _LONG_S, self._took_long)
        self._lanes.became_long(self._lane)
        self._witness.is_long(self)

    def _finish(self, error: SmartgraphError | Abandoned | None, *, is_well: bool) -> None:
        if self._is_done:
            return
        self._is_done, self._error = True, error
        self._lanes.endings.note(GONE if isinstance(error, Abandoned) else error)
        self._timer.cancel()
        self._lane.flow = None
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
