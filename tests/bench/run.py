"""One comparison: cell after cell, and in each round of a cell one peer after the other."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from math import ceil
from typing import TYPE_CHECKING, Final

from bench.answers import differences, known_answers, watching
from bench.data import publish, write_triples
from bench.endless import DEADLINE_S, besieged, kills, light_p99_s
from bench.load import load, rehearse
from bench.peers import BROKEN, OURS, RUST, Refused, asked, ours, peers, rest, rust
from bench.results import Bench, Cell, Cost
from bench.work import KINDS, SEEN, UNSEEN, mixed, never_seen, repeated, target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from bench.answers import Known
    from bench.load import Measured
    from bench.peers import Peer
    from bench.results import Plan
    from bench.work import Kind, Work
    from smartgraph.bundle import Bundle

#: A run is long enough for so many answers to each client, but no longer than this, in seconds.
_FEW: Final = 3
_LONGEST_S: Final = 8
#: Whom one answer takes longer than this is measured in the first round only, in seconds.
_SLOW_S: Final = 0.5
_KILLS: Final = 10
#: Until a server that has just been started is as quick as it gets, in seconds.
_WARM_S: Final = 2
#: Each run of the generator has serial numbers of its own, so that no text comes twice.
_FIRST: Final = count(step=10**8)
_REHEARSED: Final = 40
#: The kinds that are looked at while the mix goes on: light ones.
_LOOKED_AT: Final = 3


@dataclass(frozen=True, slots=True)
class Place:
    """Where a comparison is made: the project, an empty folder, the programs of the peers; ``say`` hears of it."""

    bundle: Bundle
    folder: Path
    programs: Path
    say: Callable[[str], None]


def bench(plan: Plan, place: Place) -> Bench:
    """Runs it."""
    found = Bench(plan)
    found.faults.extend(_misfits(place.folder))
    for triples in plan.sizes:
        folder = place.folder / str(triples)
        folder.mkdir()
        write_triples(triples, folder / "data.nt")
        start = time.monotonic()
        publish(folder / "data.nt", triples, place.bundle, folder / "state")
        found.releases.append((triples, time.monotonic() - start))
        _compare(found, place, triples, folder)
    if plan.has_endless:
        _endure(found, place, plan.sizes[0])
    return found


def _misfits(folder: Path) -> Iterator[str]:
    """What wrk sends that it should not. Its first request it makes only to look at it."""
    for work in (never_seen(KINDS[0], "/", 200_000), repeated(KINDS[4], "/", 200_000)):
        sent = rehearse(work, _REHEARSED, 1, folder)
        if sent != tuple(work.at(number) for number in range(2, _REHEARSED + 2)):
            yield f"wrk sends other requests than {work.requests[0]!r}: {sent[:2]!r}"


def _compare(found: Bench, place: Place, triples: int, folder: Path) -> None:
    plan = found.plan
    names = {name for clients in plan.clients for name in plan.who(triples, clients)}
    with peers(tuple(names), place.bundle, folder, place.programs) as there:
        loaded_mb = {peer.name: peer.memory_mb for peer in there}
        first = next(peer for peer in there if peer.name == RUST)
        known = {kind.name: known_answers(first, kind, triples) for kind in plan.kinds}
        found.faults.extend(differences(there, [one for ones in known.values() for one in ones]))
        for clients in plan.clients:
            wanted = plan.who(triples, clients)
            cells = _Cells(found, [peer for peer in there if peer.name in wanted], known, triples, clients, folder)
            for mode, kind in plan.modes:
                found.cells.append(cells.cell(mode, kind))
                place.say(told(found.cells[-1]))
        rest(there)
        found.costs.extend(
            Cost(triples, peer.name, peer.start_s, loaded_mb[peer.name], peer.memory_mb) for peer in there
        )


class _Cells:
    """Measures cells with the same data and as many clients."""

    def __init__(
        self,
        found: Bench,
        there: Sequence[Peer],
        known: Mapping[str, Sequence[Known]],
        triples: int,
        clients: int,
        folder: Path,
    ) -> None:
        self._found, self._there, self._known = found, there, known
        self._triples, self._clients, self._folder = triples, clients, folder

    def cell(self, mode: str, kind: Kind | None) -> Cell:
        once_s = {peer.name: self._once_s(peer, mode, kind or KINDS[0]) for peer in self._there}
        runs: dict[str, list[Measured]] = {peer.name: [] for peer in self._there}
        for number in range(self._found.plan.rounds):
            for peer in self._there:
                if not number or once_s[peer.name] <= _SLOW_S:
                    runs[peer.name].append(self._run(peer, mode, kind, once_s[peer.name]))
        name = kind.name if kind else ""
        return Cell(self._triples, self._clients, mode, name, {peer: tuple(done) for peer, done in runs.items()})

    def _once_s(self, peer: Peer, mode: str, kind: Kind) -> float:
        """How long one answer takes when nobody else asks, in seconds: the second of two."""
        found_s = 0.0
        for _ in range(2):
            text = kind.about(kind.middle(self._triples), None if mode == SEEN else next(_FIRST))
            start = time.monotonic()
            with suppress(Refused, *BROKEN):  # the load is going to count them
                asked(peer.server.place, target(peer.path, text), kind.accept)
            found_s = time.monotonic() - start
        return found_s

    def _run(self, peer: Peer, mode: str, kind: Kind | None, once_s: float) -> Measured:
        rest(self._there)
        wished_s = _FEW * once_s * max(1.0, self._clients / (os.cpu_count() or 1))
        seconds = max(self._found.plan.seconds, min(ceil(wished_s), _LONGEST_S))
        with watching(peer, self._looked_at(mode, kind), is_new=mode != SEEN) as faults:
            done = load(
                peer.server.place, self._work(peer, mode, kind), self._clients, seconds, next(_FIRST), self._folder
            )
        self._found.faults.extend(faults)
        return done

    def _work(self, peer: Peer, mode: str, kind: Kind | None) -> Work:
        if kind is None:
            return mixed(peer.path, self._triples, f"mix-{self._clients}")
        return (never_seen if mode == UNSEEN else repeated)(kind, peer.path, self._triples)

    def _looked_at(self, mode: str, kind: Kind | None) -> list[Known]:
        """What the client beside the load asks."""
        kinds = (kind,) if kind else KINDS[:_LOOKED_AT]
        known = [one for kind in kinds for one in self._known[kind.name]]
        return [one for one in known if mode != SEEN or one.number == one.kind.middle(self._triples)]


def told(cell: Cell) -> str:
    """A line for the terminal."""
    figures = ", ".join(f"{name} {cell.per_s(name).middle:.1f}/s" for name in cell.runs)
    ratio = cell.ratio(OURS)
    shown = f"; {ratio.middle:.2f} ({ratio.least:.2f}–{ratio.most:.2f})" if ratio else ""
    return f"{cell.triples:9,} triples, {cell.clients:2} clients, {cell.mode} {cell.kind:12} {figures}{shown}"


def _endure(found: Bench, place: Place, triples: int) -> None:
    """What queries without end do, to servers that nobody else asks."""
    folder = place.folder / str(triples)
    for _ in range(found.plan.rounds):
        for name in (OURS, RUST):
            with _alone(name, place, folder) as peer:
                _besiege(found, peer, triples, folder)
    place.say(f"light queries, p99 in s: quiet {found.quiet}, besieged {found.besieged}")
    settings = {"query_timeout_s": DEADLINE_S}
    with ours(place.bundle, folder / "state", folder / "ours.log", settings) as peer:
        found.kills.extend(kills(peer, _KILLS))
    place.say(f"kills: {found.kills}")


def _alone(name: str, place: Place, folder: Path) -> AbstractContextManager[Peer]:
    if name == OURS:
        return ours(place.bundle, folder / "state", folder / "ours.log")
    return rust(place.programs, folder / "data.nt", folder / "rust.log")


def _besiege(found: Bench, peer: Peer, triples: int, folder: Path) -> None:
    # Longer than other runs: a hundredth of the light queries has to be many.
    seconds = 2 * found.plan.seconds
    light_p99_s(peer, triples, _WARM_S, next(_FIRST), folder)
    found.quiet.setdefault(peer.name, []).append(light_p99_s(peer, triples, seconds, next(_FIRST), folder))
    with besieged(peer):
        found.besieged.setdefault(peer.name, []).append(light_p99_s(peer, triples, seconds, next(_FIRST), folder))
