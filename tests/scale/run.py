"""One release in memory and on disk, side by side: their queries take turns, so that what else runs hits both."""

from __future__ import annotations

import random
from contextlib import ExitStack
from dataclasses import dataclass, replace
from statistics import median
from time import monotonic
from typing import TYPE_CHECKING, Final

from processes_for_tests import children_of
from real_server import pss_kb

from scale.synthetic import BASE, LABEL, PER_PROJECT
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.read.sandbox import Sandbox
from smartgraph.read.store import Query
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from smartgraph.release import Release

SETTINGS: Final = Settings(query_timeout_s=120.0)
KINDS: Final = {"memory": 1 << 62, "disk": 0}


@dataclass(frozen=True, slots=True)
class Cost:
    """What one kind takes. Times in seconds; memory of all processes in MiB (PSS), at first and once all worked."""

    first_start_s: float
    start_s: float
    fresh_mb: float
    used_mb: float
    replace_s: float
    query_s: Mapping[str, float]


def measure(release: Release, seconds: float) -> dict[str, Cost]:
    """The cost of each kind; each query has so many seconds with each kind, at the least one turn."""
    with ExitStack() as stack:
        readers, starts = {}, {}
        for kind, most in KINDS.items():
            settings = replace(SETTINGS, max_triples_in_memory=most)
            first = _timed(lambda settings=settings: Sandbox.start(release, settings).close())
            begun = monotonic()
            readers[kind] = stack.enter_context(Sandbox.start(release, settings))
            starts[kind] = first, monotonic() - begun
        fresh = {kind: _memory_mb(reader) for kind, reader in readers.items()}
        times = {name: _turns(make, readers, release, seconds) for name, make in QUERIES.items()}
        for reader in readers.values():
            _make_all_work(reader, release)
        used = {kind: _memory_mb(reader) for kind, reader in readers.items()}
        return {
            kind: Cost(
                *starts[kind], fresh[kind], used[kind], _replacing(readers[kind], release),
                {name: found[kind] for name, found in times.items()},
            )
            for kind in KINDS
        }  # fmt: skip


def _timed(work: Callable[[], object]) -> float:
    begun = monotonic()
    work()
    return monotonic() - begun


def _memory_mb(reader: Sandbox) -> float:
    return sum(map(pss_kb, (reader.zygote.pid, *children_of(reader.zygote.pid)))) / 1024


def _make_all_work(reader: Sandbox, release: Release) -> None:
    """Each worker answers each query, and one for which it looks at everything."""
    chance, projects = random.Random(4), release.manifest.triples // PER_PROJECT
    workers = [reader._idle.get() for _ in range(SETTINGS.query_workers)]
    for worker in workers:
        for text in (_EVERYTHING, *(make(chance, projects) for make in QUERIES.values())):
            if not worker.is_alive():  # has grown
                worker = reader._new_worker(worker)
            worker.ask(Query(text, JSON_RESULTS, NTRIPLES), trusted=True, limit_s=SETTINGS.query_timeout_s)
        reader._idle.put(worker)


def _turns(
    make: Callable[[random.Random, int], str], readers: Mapping[str, Sandbox], release: Release, seconds: float
) -> dict[str, float]:
    """The median time of a query, never the same text twice in a row."""
    chance, projects = random.Random(2), release.manifest.triples // PER_PROJECT
    times: dict[str, list[float]] = {kind: [] for kind in readers}
    until = monotonic() + seconds * len(readers)
    while monotonic() < until or not all(times.values()):
        query = Query(make(chance, projects), JSON_RESULTS, NTRIPLES)
        for kind, reader in readers.items():
            times[kind].append(_timed(lambda reader=reader, query=query: reader.answer(query)))
    return {kind: median(found) for kind, found in times.items()}


def _replacing(reader: Sandbox, release: Release) -> float:
    """The median time from the order to end a worker until another has given its first answer."""
    chance, found = random.Random(3), []
    for _ in range(20):
        query = Query(_point(chance, release.manifest.triples // PER_PROJECT), JSON_RESULTS, None)
        begun = monotonic()
        worker = reader._new_worker(reader._idle.get())
        worker.ask(query, trusted=True, limit_s=60)
        found.append(monotonic() - begun)
        reader._idle.put(worker)
    return median(found)


def _point(chance: random.Random, projects: int) -> str:
    return f"SELECT * {{ <{BASE}id/project/p{chance.randrange(projects)}> ?p ?o }}"


def _rows(chance: random.Random, _projects: int) -> str:
    body = f"<{BASE}id/authority/a{chance.randrange(53)}>"
    return f"SELECT * {{ ?s <{BASE}ns#responsibleBody> {body} ; <{LABEL}> ?name ; <{BASE}ns#targetYear> ?y }} LIMIT 100"


def _groups(chance: random.Random, _projects: int) -> str:
    status = f"<{BASE}concept/status/s{chance.randrange(6)}>"
    return f"SELECT ?t (COUNT(*) AS ?n) {{ ?s <{BASE}ns#theme> ?t ; <{BASE}ns#status> {status} }} GROUP BY ?t"


def _graph(chance: random.Random, _projects: int) -> str:
    theme = f"<{BASE}concept/theme/t{chance.randrange(20)}>"
    return f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s <{BASE}ns#theme> {theme} ; ?p ?o }} LIMIT 1000"


_EVERYTHING: Final = "SELECT (COUNT(?o) AS ?n) { ?s ?p ?o }"
QUERIES: Final = {"one thing": _point, "100 rows": _rows, "GROUP BY": _groups, "CONSTRUCT 1,000": _graph}
