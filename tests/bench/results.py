"""What is to be measured, and what was."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import cycle, islice
from statistics import median
from typing import TYPE_CHECKING, Final

from bench.peers import NAMES, OURS, PYTHON, RUST
from bench.work import KINDS, MIX, SEEN, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.endless import Ended
    from bench.load import Measured
    from bench.work import Kind

#: What the slowest of them can do: the least data, and few clients.
_SLOW: Final = PYTHON
_SLOW_CLIENTS: Final = (1, 8)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: sizes in triples, clients at a time, the length of a run in seconds, rounds, and whom.

    ``only``: a part of the name of what is measured: of a kind of query, "mix" or "endless".
    """

    sizes: tuple[int, ...] = (200_000, 1_000_000)
    clients: tuple[int, ...] = (1, 8, 32)
    seconds: int = 2
    rounds: int = 3
    names: tuple[str, ...] = NAMES
    only: str = ""

    @property
    def modes(self) -> tuple[tuple[str, Kind | None], ...]:
        """How which kind of query is asked; the mix has no kind."""
        kinds = [kind for kind in KINDS if self.only.lower() in kind.name.lower()]
        pairs = tuple((mode, kind) for mode in (UNSEEN, SEEN) for kind in kinds)
        return (*pairs, (MIX, None)) if self.only.lower() in MIX else pairs

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """The kinds of query that are asked at all."""
        return KINDS if (MIX, None) in self.modes else tuple(dict.fromkeys(kind for _, kind in self.modes if kind))

    @property
    def has_endless(self) -> bool:
        """True if queries without end are measured, too."""
        return self.only.lower() in "endless" and OURS in self.names

    def who(self, triples: int, clients: int) -> tuple[str, ...]:
        """Who is asked about so many triples by so many clients."""
        is_much = triples > min(self.sizes) or clients not in _SLOW_CLIENTS
        return tuple(name for name in NAMES if name in (*self.names, RUST) and not (is_much and name == _SLOW))


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some figures, the least and the most of them."""

    middle: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True, slots=True)
class Cell:
    """What each peer did when so many clients asked for one thing, in each round. ``kind`` is empty for the mix."""

    triples: int
    clients: int
    mode: str
    kind: str
    runs: dict[str, tuple[Measured, ...]]

    def per_s(self, name: str) -> Spread:
        """The answers a second of a peer."""
        return Spread.of([run.per_s for run in self.runs[name]])

    def ratio(self, name: str, to: str = RUST) -> Spread | None:
        """Those of a peer for each of another's, round by round; who was measured once is so in each round.

        ``None`` if either was not measured, or the other had no answer in time.
        """
        some, others = self.runs.get(name, ()), self.runs.get(to, ())
        if not some or not others or not all(run.per_s for run in others):
            return None
        pairs = islice(zip(cycle(some), cycle(others), strict=False), max(len(some), len(others)))
        return Spread.of([a.per_s / b.per_s for a, b in pairs])

    def refused(self, name: str) -> int:
        """Requests that a peer answered with another status than 200."""
        return sum(run.refused for run in self.runs.get(name, ()))

    def broken(self, name: str) -> int:
        """Requests whose answer did not come, or not to its end."""
        return sum(run.broken for run in self.runs.get(name, ()))


@dataclass(frozen=True, slots=True)
class Cost:
    """What the data cost a peer: seconds until its first answer, memory then and after all runs in MB (PSS)."""

    triples: int
    name: str
    start_s: float
    loaded_mb: float
    after_mb: float


@dataclass(frozen=True, slots=True)
class Bench:
    """What came of it.

    ``releases``: triples, and the seconds to make a release of them; ``quiet`` and ``besieged``: the p99 of
    light queries, by peer, in seconds; ``faults``: answers that are wrong.
    """

    plan: Plan
    cells: list[Cell] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    releases: list[tuple[int, float]] = field(default_factory=list)
    quiet: dict[str, list[float]] = field(default_factory=dict)
    besieged: dict[str, list[float]] = field(default_factory=dict)
    kills: list[Ended] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def cell(self, triples: int, clients: int, mode: str, kind: str) -> Cell | None:
        """One cell; ``None`` if it was not measured."""
        wanted = (triples, clients, mode, kind)
        return next((c for c in self.cells if (c.triples, c.clients, c.mode, c.kind) == wanted), None)

    def memory_ratio(self, triples: int, name: str, *, is_after: bool) -> float | None:
        """The memory of a peer for that of the Rust server."""
        found = {cost.name: cost.after_mb if is_after else cost.loaded_mb for cost in self.costs_of(triples)}
        return found[name] / found[RUST] if name in found and found.get(RUST) else None

    def costs_of(self, triples: int) -> tuple[Cost, ...]:
        """Those with so many triples."""
        return tuple(cost for cost in self.costs if cost.triples == triples)
