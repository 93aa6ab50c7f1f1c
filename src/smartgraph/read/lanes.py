"""Strangers' queries on the server's event loop: many at once, none in the way of another.

Each lane is one worker. A query that does not end soon is *long*: its process steps back before the
others (nice), only so many are long at a time, and quick ones get a process of their own meanwhile.
One too many is ended, so that those who ask for little are always heard.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, cast

from smartgraph.errors import StoreUnavailable, Text, TooManyAtOnce
from smartgraph.read.causes import waited_in_vain
from smartgraph.read.flow import Flow, Witness
from smartgraph.read.frames import Pieces, pack_question

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from smartgraph.read.endings import Endings
    from smartgraph.read.store import Query
    from smartgraph.read.zygote import Zygote
    from smartgraph.settings import Settings

#: So many are long at the same time, and as many as there are lanes if those are more.
_LEAST_LONG: Final = 4
#: Once the first has waited so long there is a crowd, in seconds.
_CROWD_S: Final = 0.2
#: What a long query's process adds to its niceness.
_STEP_BACK: Final = 15
#: A worker shares the memory of the release until it reads it: the engine counts its readers where the data are.
#: So whoever has read much has a copy. It keeps that while it is asked, and is replaced once it rests so long.
REST_S: Final = 1.0
#: How long a query waits for a lane, in seconds, and how many may wait.
_PATIENCE_S: Final = 2.0
_LONGEST_QUEUE: Final = 1_000
_QUEUE: Final = "{limit} queries wait for a process already. Try again in a moment."
_CLOSED: Final = "The server is about to stop."


class Lanes:
    """Asks workers of one zygote. Lives on one event loop."""

    def __init__(self, zygote: Zygote, settings: Settings, endings: Endings) -> None:
        self._zygote, self.endings = zygote, endings
        self._count = settings.workers
        self._most_long = max(_LEAST_LONG, self._count)
        self._limit_s, self.memory_mb = settings.query_timeout_s, settings.query_memory_mb
        self._idle: list[Lane] = []
        self._open = 0
        self._long = 0
        self._waiting: deque[Ticket] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        #: Starts and ends workers, whatever other threads of this process have to do.
        self._starter = ThreadPoolExecutor(1)
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
            lane.wakes()
            lane.end()
        self._idle.clear()
        self._starter.shutdown(wait=False)

    async def ask(self, query: Query, witness: Witness | None = None) -> Flow:
        """The answer, of which the format is known and the bytes are on their way.

        Raises:
            StoreUnavailable: no lane became free in time.
            QueryTimeout, QueryTooLarge, QueryTooDeep, QueryError, NotAcceptable: as the sandbox.
            Abandoned: the witness closed it.
        """
        found: asyncio.Future[Flow] = asyncio.get_running_loop().create_future()
        ticket = self.begin(query, witness or Witness(), found.set_result, found.set_exception)
        try:
            flow = await found
            await flow.opened()
        except asyncio.CancelledError:
            ticket.cancel()
            raise
        return flow

    def begin(
        self,
        query: Query,
        witness: Witness,
        found: Callable[[Flow], None],
        refused: Callable[[StoreUnavailable], None],
    ) -> Ticket:
        """As :meth:`ask`, for who does not wait: calls ``found``, at once if a lane is free, or ``refused``."""
        ticket = Ticket(self, query, witness, found, refused)
        if lane := self._idle_lane():
            ticket.take(lane)
        elif self._is_closed:
            ticket.refuse(StoreUnavailable(Text(_CLOSED)))
        elif (reached := len(self._waiting)) >= _LONGEST_QUEUE:
            ticket.refuse(TooManyAtOnce(Text(_QUEUE, limit=_LONGEST_QUEUE), _LONGEST_QUEUE, "queries", reached))
        else:
            if self._open < self._count:  # those that could not be started then may be so now
                self._spawn(0)
            ticket.waits(_PATIENCE_S)
            self._waiting.append(ticket)
        return ticket

    def left(self, ticket: Ticket) -> None:
        """A ticket waits no more: those who wait in vain must not make a crowd of those who came after them."""
        with suppress(ValueError):
            self._waiting.remove(ticket)

    def flow(self, lane: Lane, query: Query, witness: Witness) -> Flow:
        """The query on its way in a lane."""
        flow = Flow(self, lane, min(query.limit_s or self._limit_s, self._limit_s), witness)
        flow.start(pack_question(query, trusted=False))
        return flow

    def _idle_lane(self) -> Lane | None:
        while self._idle:
            lane = self._idle.pop()
            lane.wakes()
            if lane.is_open:
                return lane
            self._replace(lane)
        return None

    def _give(self, lane: Lane) -> None:
        """To whoever has waited longest; in a crowd to whoever came last: most others will be too late."""
        while self._waiting:
            is_crowd = self._waiting[0].has_waited_s > _CROWD_S
            ticket = self._waiting.pop() if is_crowd else self._waiting.popleft()
            if ticket.take(lane):
                return
        if self._is_closed:
            lane.end()
            return
        self._idle.append(lane)
        if lane.is_worn:
            lane.rests(self._renew)

    def _renew(self, lane: Lane) -> None:
        if lane in self._idle:
            self._idle.remove(lane)
            self._replace(lane)

    def most_long(self, *, has_begun: bool) -> int:
        """So many queries may take long at the same time; more of those whose answer would be broken off."""
        return self._most_long * (2 if has_begun else 1)

    def may_be_long(self, *, has_begun: bool) -> bool:
        """True while another query may take long."""
        return self._long < self.most_long(has_begun=has_begun)

    def became_long(self, lane: Lane) -> None:
        """Steps back, and quick ones get another lane."""
        self._long += 1
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, lane.pid, _STEP_BACK)
        if not self._idle and self._open < self._count + self._long:
            self._spawn(0)

    def done(self, lane: Lane, *, is_long: bool, is_well: bool) -> None:
        """The lane's query has ended. A worker that cannot step forward again is replaced."""
        self._long -= is_long
        if is_well and (not is_long or _steps_forward(lane.pid)):
            self._give(lane)
        elif self._is_surplus:
            self._end(lane)
        else:
            self._replace(lane)
        while self._idle and self._is_surplus:
            # The one that has rested longest goes: others are warm.
            rested = self._idle.pop(0)
            rested.wakes()
            self._end(rested)

    @property
    def _is_surplus(self) -> bool:
        """True if there are more lanes than long queries and the usual ones."""
        return self._open > self._count + self._long

    def _replace(self, lane: Lane) -> None:
        lane.end()
        self._open -= 1
        self._spawn(lane.pid)

    def _end(self, lane: Lane) -> None:
        lane.end()
        self._open -= 1
        if not self._is_closed:
            self._run(self._zygote.end, lane.pid)

    def _spawn(self, instead_of: int) -> None:
        task = asyncio.get_running_loop().create_task(self._added(instead_of))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _run(self, work: Callable[[int], Any], pid: int) -> None:
        asyncio.get_running_loop().run_in_executor(self._starter, work, pid)

    async def _added(self, instead_of: int) -> None:
        with suppress(StoreUnavailable):
            await self._add(instead_of)

    async def _add(self, instead_of: int) -> None:
        if self._is_closed:
            raise StoreUnavailable(Text(_CLOSED))
        loop = asyncio.get_running_loop()
        self._open += 1
        try:
            pid, channel = await loop.run_in_executor(self._starter, self._zygote.fork, instead_of)
        except StoreUnavailable:
            self._open -= 1
            raise
        self._give(await Lane.on(pid, channel))


class Lane(asyncio.Protocol):
    """One worker and its channel on the event loop."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.flow: Flow | None = None
        self.is_open = True
        self.is_worn = False
        self._rest: asyncio.TimerHandle | None = None
        self._pieces = Pieces()
        self.transport: asyncio.Transport

    @classmethod
    async def on(cls, pid: int, channel: socket.socket) -> Lane:
        lane = cls(pid)
        await asyncio.get_running_loop().create_unix_connection(lambda: lane, sock=channel)
        return lane

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are of no common class.
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        asked = self.flow
        for kind, body in self._pieces.feed(data):
            if self.flow:
                self.flow.take(kind, body)
        if asked and self.flow is asked:  # and not the next one, which may have begun with the end of this
            asked.goes_on()

    def rests(self, renew: Callable[[Lane], None]) -> None:
        """Has itself replaced unless it is asked soon."""
        self._rest = asyncio.get_running_loop().call_later(REST_S, renew, self)

    def wakes(self) -> None:
        """It is wanted."""
        if self._rest:
            self._rest.cancel()
            self._rest = None

    def connection_lost(self, _error: Exception | None) -> None:
        self.is_open = False
        if self.flow:
            self.flow.broke()

    def end(self) -> None:
        self.is_open = False
        self.transport.abort()


def _steps_forward(pid: int) -> bool:
    """Takes the step back. Not everybody may: it needs CAP_SYS_NICE."""
    try:
        os.setpriority(os.PRIO_PROCESS, pid, 0)
    except OSError:
        return False
    return True


class Ticket:
    """A place in the queue for a lane: it ends with a flow, with a refusal, or with nothing if nobody wants it."""

    def __init__(
        self,
        lanes: Lanes,
        query: Query,
        witness: Witness,
        found: Callable[[Flow], None],
        refused: Callable[[StoreUnavailable], None],
    ) -> None:
        self._lanes, self._query, self._witness = lanes, query, witness
        self._found, self._refused = found, refused
        self._timer: asyncio.TimerHandle | None = None
        self._since = asyncio.get_running_loop().time()
        self._is_void = False
        self._flow: Flow | None = None

    @property
    def has_waited_s(self) -> float:
        """How long it has been in the queue."""
        return asyncio.get_running_loop().time() - self._since

    def waits(self, seconds: float) -> None:
        """Is refused then."""
        self._timer = asyncio.get_running_loop().call_later(seconds, lambda: self.refuse(waited_in_vain(seconds)))

    def take(self, lane: Lane) -> bool:
        """Begins in a lane, if it is still wanted."""
        if not self._ends():
            return False
        self._flow = self._lanes.flow(lane, self._query, self._witness)
        self._found(self._flow)
        return True

    def refuse(self, error: StoreUnavailable) -> None:
        """There is no lane."""
        if self._ends():
            self._lanes.left(self)
            self._lanes.endings.note(error)
            self._refused(error)

    def cancel(self) -> None:
        """Nobody wants the answer any more."""
        if self._ends():
            self._lanes.left(self)
        if self._flow:
            self._flow.close()

    def _ends(self) -> bool:
        if self._timer:
            self._timer.cancel()
        was_void, self._is_void = self._is_void, True
        return not was_void
