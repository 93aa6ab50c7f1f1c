"""What is to be reached, and whether it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.peers import OURS, PYTHON, RUST
from bench.results import Spread
from bench.work import MIX, SEEN, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from bench.results import Bench, Cell

#: Where the ratios are judged.
_CLIENTS: Final = 8
_MILLION: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Found:
    """A figure, and the cell it is from, if that is the worst of several."""

    figure: Spread
    cell: Cell | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What is to be reached: at least ``limit``, or at most. ``of`` finds the figure, ``None`` if there is none."""

    german: str
    english: str
    limit: float
    is_least: bool
    of: Callable[[Bench], Found | None]
    unit: str = ""

    def verdict(self, found: Found | None) -> bool | None:
        """Whether it is reached; ``None`` if it was not measured."""
        if found is None:
            return None
        middle = found.figure.middle
        return middle >= self.limit if self.is_least else middle <= self.limit


def _worst(cells: Iterable[Cell], to: str) -> Found | None:
    """The lowest ratio of all."""
    found = [Found(ratio, cell) for cell in cells if (ratio := cell.ratio(OURS, to))]
    return min(found, key=lambda one: one.figure.middle, default=None)


def _ratio(mode: str, *kinds: str) -> Callable[[Bench], Found | None]:
    def of(bench: Bench) -> Found | None:
        cells = (cell for cell in bench.cells if cell.mode == mode and cell.kind in kinds and cell.clients == _CLIENTS)
        return _worst(cells, RUST)

    return of


def _python(bench: Bench) -> Found | None:
    return _worst(bench.cells, PYTHON)


def _besieged(bench: Bench) -> Found | None:
    seconds = bench.besieged.get(OURS)
    return Found(Spread.of([one * 1000 for one in seconds])) if seconds else None


def _disturbed(bench: Bench) -> Found | None:
    pairs = list(zip(bench.besieged.get(OURS, ()), bench.quiet.get(OURS, ()), strict=True))
    return Found(Spread.of([besieged / quiet for besieged, quiet in pairs])) if pairs else None


def _late(bench: Bench) -> Found | None:
    return Found(Spread.of([one.late_s * 1000 for one in bench.kills])) if bench.kills else None


def _next(bench: Bench) -> Found | None:
    return Found(Spread.of([one.next_s * 1000 for one in bench.kills])) if bench.kills else None


def _memory(*, is_after: bool) -> Callable[[Bench], Found | None]:
    def of(bench: Bench) -> Found | None:
        ratio = bench.memory_ratio(_MILLION, OURS, is_after=is_after)
        return None if ratio is None else Found(Spread.of([ratio]))

    return of


_LIGHT: Final = ("ASK", "look-up")
_HEAVY: Final = ("aggregate", "CONSTRUCT", "50,000 rows")

#: Ratios are answers a second for one of the bare Rust server, with 8 clients, unless the name says otherwise.
TARGETS: Final = (
    Target("wiederholt: ASK, Nachschlagen", "repeated: ASK, look-up", 1.5, True, _ratio(SEEN, *_LIGHT)),
    Target("wiederholt: 100 Zeilen", "repeated: 100 rows", 5, True, _ratio(SEEN, "100 rows")),
    Target(
        "wiederholt: Aggregat, CONSTRUCT, 50.000 Zeilen", "repeated: aggregate, CONSTRUCT, 50,000 rows",
        15, True, _ratio(SEEN, *_HEAVY),
    ),
    Target(
        "nie gesehen: ASK, Nachschlagen, 100 Zeilen", "never seen: ASK, look-up, 100 rows",
        0.5, True, _ratio(UNSEEN, *_LIGHT, "100 rows"),
    ),
    Target(
        "nie gesehen: Aggregat, CONSTRUCT, 50.000 Zeilen", "never seen: aggregate, CONSTRUCT, 50,000 rows",
        0.9, True, _ratio(UNSEEN, *_HEAVY),
    ),
    Target("Mischung", "mix", 3, True, _ratio(MIX, "")),
    Target("alles, zu rdflib-endpoint", "anything, to rdflib-endpoint", 10, True, _python),
    Target(
        "p99 leichter Anfragen neben vier endlosen, zu dem in Ruhe",
        "p99 of light queries beside four endless ones, to that in quiet", 5, False, _disturbed,
    ),
    Target(
        "p99 leichter Anfragen neben vier endlosen", "p99 of light queries beside four endless ones",
        200, False, _besieged, "ms",
    ),
    Target("Abbruch: 503 nach der Frist", "kill: 503 after the deadline", 50, False, _late, "ms"),
    Target("Abbruch: nächste Antwort danach", "kill: the next answer after it", 20, False, _next, "ms"),
    Target(
        "Speicher bei 1.000.000 Tripeln, geladen", "memory at 1,000,000 triples, loaded",
        1.6, False, _memory(is_after=False),
    ),
    Target(
        "Speicher bei 1.000.000 Tripeln, nach allen Läufen", "memory at 1,000,000 triples, after all runs",
        1.6, False, _memory(is_after=True),
    ),
)  # fmt: skip
