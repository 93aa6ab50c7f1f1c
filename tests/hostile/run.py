"""Runs cases against a server: what came of each, and what it cost the server and the others."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from plain_http import Connection, get, query
from real_server import real_server

from hostile.attack import ask, attack
from hostile.bystander import bystander

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from real_server import RealServer

    from hostile.bystander import Bystander, Waited
    from hostile.cases import Case
    from hostile.listener import Listener
    from smartgraph.bundle import Bundle

#: What a reply may take beyond the deadline of a query, in seconds.
GRACE_S: Final = 2.0
#: How long the memory may take to come back, in seconds, and how near: the larger of a share and an amount in MB.
SETTLE_S: Final = 10.0
_NEAR_SHARE: Final = 1.15
_NEAR_MB: Final = 30
#: What it is measured against is a server in ordinary use: so many clients, each asking so often for all of these.
_CLIENTS, _TIMES = 16, 4
_ORDINARY: Final = (
    get("/initiatives", "Accept: text/html"),
    get("/ns", "Accept: text/turtle"),
    query("SELECT * { ?s ?p ?o FILTER(RAND() < 2) } LIMIT 5000"),
)
#: What the bystander's second slowest of a hundred may take, in seconds.
P99_S: Final = 0.2
_SAMPLE_S: Final = 0.05
#: So that the bystander has enough to say about an attack that was over at once, in seconds.
WATCH_S: Final = 1.5
#: Nobody waits longer, so that one who hangs is told apart from one who is late, in seconds.
_PATIENCE_S: Final = 60.0
_FINE: Final = 200
_FAULT: Final = "Traceback (most recent call last)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a case: of how many clients what, the slowest of them, memory, the bystander's wait, and faults."""

    case: Case
    words: Counter[str]
    seconds: float
    peak_mb: float
    after_mb: float
    p99_s: float
    faults: tuple[str, ...]

    @property
    def statuses(self) -> str:
        return ", ".join(f"{count} × {word}" if count > 1 else word for word, count in sorted(self.words.items()))


class Arena:
    """A server under attack, with all that watch it. ``deadline_s``: that of its queries."""

    def __init__(
        self, server: RealServer, listener: Listener, beside: Bystander, deadline_s: float, p99_s: float, watch_s: float
    ) -> None:
        self.server, self.listener, self._beside = server, listener, beside
        self._deadline_s, self._p99_s, self._watch_s = deadline_s, p99_s, watch_s
        self._alive = server.processes[:2]
        self._before_mb = _used_mb(server)
        self._read = 0
        beside.take()

    @property
    def before_mb(self) -> float:
        """The memory before the first attack."""
        return self._before_mb

    def run(self, case: Case) -> Outcome:
        limit_s = case.within_s or self._deadline_s + GRACE_S
        calls = self.listener.calls
        self._beside.take()
        with _peak_of(self.server) as peak:
            start = time.monotonic()
            words = Counter(attack(case, self.server.place, max(_PATIENCE_S, limit_s)))
            seconds = time.monotonic() - start
            after_mb = self._after(start)
        waited = self._beside.take()
        faults = (
            *self._wrong(case, words, seconds, limit_s, calls),
            *self._harm(after_mb),
            *self._poisoned(case),
            *self._disturbed(waited),
        )
        return Outcome(case, words, seconds, max(peak), after_mb, waited.p99_s, faults)

    def _after(self, start: float) -> float:
        """The memory once it is back, or when it should have been."""
        time.sleep(max(0.0, start + self._watch_s - time.monotonic()))
        until = time.monotonic() + SETTLE_S
        while (found := self.server.memory_mb) > self._most_mb and time.monotonic() < until:
            time.sleep(0.2)
        return found

    @property
    def _most_mb(self) -> float:
        return max(self._before_mb * _NEAR_SHARE, self._before_mb + _NEAR_MB)

    def _wrong(self, case: Case, words: Counter[str], seconds: float, limit_s: float, calls: int) -> Iterator[str]:
        unfit = sorted(set(words) - case.statuses) if case.statuses else []
        if unfit:
            yield f"came: {', '.join(unfit)}; wanted: {', '.join(sorted(case.statuses))}"
        if case.statuses and seconds > limit_s:
            yield f"took {seconds:.1f} s of {limit_s:.1f} s"
        if self.listener.calls > calls:
            yield f"called the listener {self.listener.calls - calls} times"

    def _harm(self, after_mb: float) -> Iterator[str]:
        if not self.server.is_alive or self.server.processes[:2] != self._alive:
            yield "the server is not the process it was"
        if after_mb > self._most_mb:
            yield f"{after_mb:.0f} MB stay; before there were {self._before_mb:.0f} MB"
        log = self.server.log.read_text("utf-8", "replace")
        said, self._read = log[self._read :], len(log)
        if _FAULT in said:
            yield f"a fault of our own in the log: {said.strip().splitlines()[-1]}"

    def _poisoned(self, case: Case) -> Iterator[str]:
        """What the attack was to change for others."""
        if case.probe:
            status, body = ask(case.probe, self.server.place)
            if status != _FINE or case.says not in body:
                yield f"others get: {status} {body[:200]!r}"

    def _disturbed(self, waited: Waited) -> Iterator[str]:
        if waited.faults:
            yield f"the bystander met {len(waited.faults)} faults: {waited.faults[0]}"
        if waited.p99_s > self._p99_s:
            yield f"the bystander waited {waited.p99_s * 1000:.0f} ms (p99)"


@contextmanager
def arena(
    bundle: Bundle,
    state: Path,
    base: str,
    log: Path,
    settings: Mapping[str, object],
    listener: Listener,
    p99_s: float = P99_S,
    watch_s: float = WATCH_S,
) -> Iterator[Arena]:
    """A server over a release, and its watchers. ``settings`` need the deadline."""
    with ExitStack() as stack:
        server = stack.enter_context(real_server(bundle, state, base, log, settings))
        beside = stack.enter_context(bystander(server.place))
        yield Arena(server, listener, beside, float(str(settings["query_timeout_s"])), p99_s, watch_s)


def _used_mb(server: RealServer) -> float:
    """The memory of a server whose processes and threads have all had something to do."""

    async def use() -> None:
        await asyncio.gather(*(_client(server.place) for _ in range(_CLIENTS)))

    asyncio.run(use())
    found = 0.0
    for _ in range(20):
        time.sleep(0.2)
        before, found = found, server.memory_mb
        if abs(found - before) < 0.5:
            break
    return found


async def _client(place: tuple[str, int]) -> None:
    async with Connection(place) as connection:
        for request in _ORDINARY * _TIMES:
            await connection.ask(request)


@contextmanager
def _peak_of(server: RealServer) -> Iterator[list[float]]:
    """Measures from here to the end."""
    found = [server.memory_mb]
    over = threading.Event()

    def measure() -> None:
        while not over.wait(_SAMPLE_S):
            found.append(server.memory_mb)

    thread = threading.Thread(target=measure)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()
