"""One soak: a server, its load, its releases in turn, and its memory over time."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Final

from hostile.cases import read_cases
from real_server import real_server

from smartgraph.build.publish import fingerprint
from smartgraph.release import Releases
from soak.load import Current, Load, Tally
from soak.releases import known_answers, marked_releases

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hostile.cases import Case
    from real_server import RealServer

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

#: Short, so that many attacks fit; little kept of answers, so that memory is soon what it stays.
SETTINGS: Final[Mapping[str, object]] = {"query_timeout_s": 2, "query_memory_mb": 256, "answer_cache_mb": 16}
_RELEASES: Final = 3
#: How often memory is measured, and how much of the time it may take to find its level.
_SAMPLE_S: Final = 5.0
_WARM_SHARE: Final = 0.25
#: How far the level may rise from the first half of the rest to the second: the larger of a share and an amount.
_RISE_SHARE: Final = 0.10
_RISE_MB: Final = 30.0
#: Attacks differ in the memory they take while they run: only a run in which each comes again and again has a level.
_LEVEL_FROM_S: Final = 120.0
#: At rest, memory is what it was before, but for what is kept (answers, and replies before them) and what the
#: allocator does not give back after a busy time: 60 to 170 MB were measured, after 12 s and after 36 s alike.
_KEPT_MB: Final = 2 * float(str(SETTINGS["answer_cache_mb"]))
_HEAP_MB: Final = 250.0
_REST_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How long, in seconds; how often the release changes, 0 for never; how many clients of each kind."""

    seconds: float = 600.0
    swap_s: float = 20.0
    askers: int = 12
    readers: int = 4
    attackers: int = 4


@dataclass(frozen=True, slots=True)
class Soak:
    """What came of it. ``memory``: seconds from the start and MB (PSS); ``swaps``: seconds.

    ``before_mb``, ``after_mb``: at rest.
    """

    plan: Plan
    tally: Tally
    memory: tuple[tuple[float, float], ...]
    swaps: tuple[float, ...]
    before_mb: float
    after_mb: float
    faults: tuple[str, ...]

    @property
    def p99_s(self) -> float:
        """Of a hundred queries with a known answer the second slowest."""
        seconds = sorted(self.tally.seconds)
        return seconds[-1 - len(seconds) // 100] if seconds else 0.0


def soak(bundle: Bundle, first: Release, folder: Path, plan: Plan) -> Soak:
    """Runs it. ``first`` is the release that those served are made from; ``folder`` is empty."""
    releases = Releases(folder / "state")
    releases.prepare()
    served = marked_releases(first, releases, _RELEASES if plan.swap_s else 1)
    base = first.manifest.base
    releases.note_input(fingerprint(bundle, base))  # so that the server takes these and builds none
    known = known_answers(served)
    with real_server(bundle, releases.state, base, folder / "log", SETTINGS) as server:
        return asyncio.run(_soaked(server, releases, tuple(release.id for release in served), known, plan))


async def _soaked(
    server: RealServer, releases: Releases, served: tuple[str, ...], known: tuple[object, ...], plan: Plan
) -> Soak:
    before_mb = server.memory_mb
    start, alive = time.monotonic(), server.process.pid
    current = Current(served[0])
    load = Load(server.place, known, _attacks(), current, start + plan.seconds)  # type: ignore[arg-type]
    memory: list[tuple[float, float]] = []
    swaps: list[float] = []
    beside = [asyncio.create_task(_measured(server, start, memory, min(_SAMPLE_S, plan.seconds / 20)))]
    if plan.swap_s:
        beside.append(asyncio.create_task(_swapped(releases, served, current, start, plan, swaps)))
    await load.run(plan.askers, plan.readers, plan.attackers)
    for task in beside:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    await asyncio.sleep(_REST_S)
    after_mb = server.memory_mb
    faults = (
        *_faults(load.tally, len(swaps), served),
        *_faults_of_memory(plan, memory, before_mb, after_mb),
        *_own_faults(server, alive),
    )
    return Soak(plan, load.tally, tuple(memory), tuple(swaps), before_mb, after_mb, faults)


def _attacks() -> tuple[Case, ...]:
    """Those of the cases that are one request and one reply."""
    nobody = dict.fromkeys(
        ("listener", "listener_redirect", "listener_hexadecimal", "listener_decimal"), "http://0.0.0.0/"
    )
    return tuple(
        case
        for case in read_cases(nobody)
        if case.is_quick and case.group != "wire" and case.clients == 1 and case.statuses and not case.is_roomy
    )


async def _measured(server: RealServer, start: float, memory: list[tuple[float, float]], pace_s: float) -> None:
    while True:
        memory.append((time.monotonic() - start, await asyncio.to_thread(lambda: server.memory_mb)))
        await asyncio.sleep(pace_s)


async def _swapped(
    releases: Releases, served: tuple[str, ...], current: Current, start: float, plan: Plan, swaps: list[float]
) -> None:
    for name in cycle((*served[1:], served[0])):
        await asyncio.sleep(plan.swap_s)
        current.becomes(name)
        await asyncio.to_thread(releases.use, name)
        swaps.append(time.monotonic() - start)


def _faults(tally: Tally, swaps: int, served: tuple[str, ...]) -> tuple[str, ...]:
    found = []
    if tally.requests["wrong"]:
        found.append(f"{tally.requests['wrong']} wrong answers: {tally.wrong[0]}")
    if tally.requests["lost"]:
        found.append(f"{tally.requests['lost']} lost requests: {tally.lost[0]}")
    if not tally.requests["query"]:
        found.append("no query was answered")
    unseen = [name for name in served[: swaps + 1] if not tally.seen[name]]
    if unseen:
        found.append(f"{len(unseen)} releases were current and never answered")
    return tuple(found)


def _faults_of_memory(
    plan: Plan, memory: list[tuple[float, float]], before_mb: float, after_mb: float
) -> tuple[str, ...]:
    found = []
    first, second = levels(memory)
    if plan.seconds >= _LEVEL_FROM_S and second > max(first * (1 + _RISE_SHARE), first + _RISE_MB):
        found.append(f"memory rises from {first:.0f} MB to {second:.0f} MB")
    if after_mb > before_mb + _KEPT_MB + _HEAP_MB:
        found.append(f"memory was {before_mb:.0f} MB at rest before and is {after_mb:.0f} MB afterwards")
    return tuple(found)


def _own_faults(server: RealServer, alive: int) -> tuple[str, ...]:
    said = server.log.read_text("utf-8", "replace")
    found = [] if server.is_alive and server.process.pid == alive else ["the server ended"]
    return (
        *found,
        *(["a fault of our own in the log: " + said.strip().splitlines()[-1]] if "Traceback" in said else []),
    )


def levels(memory: list[tuple[float, float]]) -> tuple[float, float]:
    """What memory comes back to in the first half and in the second, after it has found its level.

    That is the lower quartile: attacks have memory while they run, and a leak does not give it back.
    """
    values = [size for _, size in memory[int(len(memory) * _WARM_SHARE) :]]
    half = len(values) // 2
    first, second = sorted(values[:half]), sorted(values[half:])
    return (first[len(first) // 4], second[len(second) // 4]) if first else (0.0, 0.0)
