"""What came of it: for the terminal, and as the page in ``docs/``."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Final

from bench.endless import DEADLINE_S, ENDLESS, LIGHT
from bench.peers import RUST
from bench.reach import TARGETS
from bench.results import Spread
from bench.words import ENGLISH, GERMAN, number, word
from bench.work import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from bench.reach import Found, Target
    from bench.results import Bench, Cell


def as_text(bench: Bench) -> str:
    """The targets, one to a line, and what is wrong."""
    lines = []
    for target, found, verdict in _judged(bench):
        figures = f"{_wanted(target, ENGLISH):>8} {_shown(target, found, ENGLISH):42}"
        lines.append(f"{target.english:66} {figures} {word(verdict, ENGLISH)}")
    return "\n".join([*lines, *(bench.faults or ["no wrong answer"])])


def page(bench: Bench, day: date, picture: str) -> str:
    """The page in German and English; ``picture``: the file with the drawing, beside it."""
    return "\n".join([*_german(bench, day, picture), "", *_english(bench, day), ""])


def _german(bench: Bench, day: date, picture: str) -> Iterator[str]:
    plan = bench.plan
    yield "# Vergleich mit anderen Servern"
    yield ""
    yield (
        f"Stand: {day:%d.%m.%Y}. `make bench` stellt dieselben Daten mit vier Servern bereit und fragt sie im selben "
        f"Lauf reihum, auf {os.cpu_count()} Kernen, die sich Server und Lastgeber (wrk) teilen, mit Python "
        f"{platform.python_version()}: diesen Server mit seinen Vorgaben, den Rust-Server `oxigraph` mit den Daten im "
        "Speicher, denselben hinter einem nginx, der Antworten nach Adresse und Accept behält, und `rdflib-endpoint` "
        "auf einem Oxigraph-Speicher (nur mit den wenigsten Daten und wenigen Clients). "
        f"Jeder Wert ist der Median aus {plan.rounds} Läufen von mindestens {plan.seconds} s, in Klammern der "
        "kleinste und der größte. Zahlen ohne Einheit sind Verhältnisse: Antworten in der Sekunde zu denen des "
        "Rust-Servers im selben Durchgang; von diesem steht die Zahl selbst da."
    )
    yield ""
    yield (
        "Die Daten sind erzeugte Vorhaben mit je 20 Tripeln. *Nie gesehen*: Jede Anfrage hat einen anderen Text und "
        "fragt nach anderem. *Wiederholt*: ein Text, von Clients, die sich in User-Agent, Accept-Language und "
        "Reihenfolge der Kopfzeilen unterscheiden. *Mischung*: 2.000 Texte, der zweite halb so oft wie der erste, der "
        f"dritte ein Drittel so oft und so weiter, anfangs alle neu; {_shares(GERMAN)}. Vor der Messung werden die "
        "Antworten aller verglichen; während der Messung fragt ein Client daneben weiter und vergleicht."
    )
    yield from _common(bench, GERMAN, picture)


def _english(bench: Bench, day: date) -> Iterator[str]:
    plan = bench.plan
    yield "# Comparison with other servers"
    yield ""
    yield (
        f"As of {day.isoformat()}. `make bench` serves the same data with four servers and asks them in turn in the "
        f"same run, on {os.cpu_count()} cores that servers and load generator (wrk) share, with Python "
        f"{platform.python_version()}: this server as shipped, the Rust server `oxigraph` with the data in memory, the "
        "same behind an nginx that keeps answers by address and Accept, and `rdflib-endpoint` on an Oxigraph store "
        "(only with the least data and few clients). "
        f"Each value is the median of {plan.rounds} runs of at least {plan.seconds} s, in brackets the least and the "
        "most. Figures without a unit are ratios: answers a second for one of the Rust server in the same round; of "
        "this one the figure itself is shown."
    )
    yield ""
    yield (
        "The data are made-up initiatives of 20 triples each. *Never seen*: each request has another text and asks "
        "about something else. *Repeated*: one text, from clients that differ in User-Agent, Accept-Language and order "
        "of the headers. *Mix*: 2,000 texts, the second half as often as the first, the third a third as often and so "
        f"on, all of them new at the beginning; {_shares(ENGLISH)}. Before the timing everybody's answers are "
        "compared; during it a client beside goes on asking and comparing."
    )
    yield from _common(bench, ENGLISH, "")


def _shares(language: int) -> str:
    """How much of the mix each kind is."""
    return ", ".join(
        f"{number(kind.share, int(kind.share != int(kind.share)), language)} % {word(kind.name, language)}"
        for kind in KINDS
    )


_TITLES: Final = {
    "reach": ("Was erreicht werden soll", "What is to be reached"),
    "cells": ("{triples} Tripel, {clients} Clients", "{triples} triples, {clients} clients"),
    "costs": ("Laden und Speicher", "Loading and memory"),
    "endless": ("Neben endlosen Anfragen", "Beside endless queries"),
}
_HEADS: Final = {
    "reach": (("Ziel", "verlangt", "gefunden", ""), ("Target", "wanted", "found", "")),
    "costs": (
        ("Tripel", "Server", "bis zur ersten Antwort", "Speicher geladen", "nach allen Läufen"),
        ("Triples", "Server", "until the first answer", "memory loaded", "after all runs"),
    ),
    "endless": (("Server", "p99 in Ruhe", "p99 daneben"), ("Server", "p99 in quiet", "p99 beside")),
}
_RELEASES: Final = (
    "Speicher ist PSS aller Prozesse eines Servers, in Klammern das Verhältnis zum Rust-Server; was nginx behält, "
    "liegt in Dateien. Bis zur ersten Antwort: vom Start des Programms an, das Laden eingeschlossen. Eine "
    "Veröffentlichung aus fertigen N-Quads zu machen (schreiben, Prüfsummen), ohne Prüfung und ohne andere Formate, "
    "dauerte {figures}.",
    "Memory is the PSS of all processes of a server, in brackets the ratio to the Rust server; what nginx keeps is in "
    "files. Until the first answer: from the start of the program, loading included. "
    "To make a release of N-Quads that are there (writing, sums), without validation and without other formats, "
    "took {figures}.",
)
_ENDLESS: Final = (
    "{light} Clients fragen, was leicht ist und nie gefragt wurde, zuerst in Ruhe, dann neben {endless} Anfragen, die "
    "kein Ende haben. Für den Abbruch gilt eine Frist von {deadline} s.",
    "{light} clients ask what is light and was never asked, first in quiet, then beside {endless} queries that have no "
    "end. For the kill there is a deadline of {deadline} s.",
)


def _common(bench: Bench, language: int, picture: str) -> Iterator[str]:
    """What is the same in both but for its words."""
    yield from _section("reach", language)
    yield from _table(_HEADS["reach"][language], 1, _reach(bench, language))
    yield from (f"\n- {fault}" for fault in bench.faults)
    if picture:
        yield ""
        yield f"![Antworten in der Sekunde im Verhältnis zum Rust-Server]({picture})"
    for triples in bench.plan.sizes:
        for clients in bench.plan.clients:
            cells = [cell for cell in bench.cells if (cell.triples, cell.clients) == (triples, clients)]
            if cells:
                yield from _section("cells", language, triples=number(triples, 0, language), clients=str(clients))
                yield from _cells(cells, bench.plan.who(triples, clients), language)
    yield from _section("costs", language)
    yield from _table(_HEADS["costs"][language], 2, _costs(bench, language))
    yield ""
    yield _RELEASES[language].format(
        figures=", ".join(
            f"{number(seconds, 1, language)} s ({number(triples, 0, language)})" for triples, seconds in bench.releases
        )
    )
    if bench.besieged:
        yield from _section("endless", language)
        yield _ENDLESS[language].format(light=LIGHT, endless=ENDLESS, deadline=f"{DEADLINE_S:g}")
        yield ""
        yield from _table(_HEADS["endless"][language], 1, _endless(bench, language))


def _section(name: str, language: int, **values: str) -> Iterator[str]:
    yield ""
    yield f"## {_TITLES[name][language].format(**values)}"
    yield ""


def _table(head: Sequence[str], words: int, rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """A table, in which all but the first columns are figures."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * words}{'--:|' * (len(head) - words)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _reach(bench: Bench, language: int) -> Iterator[Sequence[str]]:
    for target, found, verdict in _judged(bench):
        name = (target.german, target.english)[language]
        yield name, _wanted(target, language), _shown(target, found, language), word(verdict, language)


def _judged(bench: Bench) -> Iterator[tuple[Target, Found | None, bool | None]]:
    for target in TARGETS:
        found = target.of(bench)
        yield target, found, target.verdict(found)


def _cells(cells: Sequence[Cell], names: Sequence[str], language: int) -> Iterator[str]:
    others = [name for name in names if name != RUST]
    last = ("oxigraph, Antworten/s", "oxigraph, answers/s")[language]
    notes = {cell.mode: None for cell in cells}
    yield from _table(
        ["", "", *(word(name, language) for name in others), last],
        2,
        (
            [
                word(cell.mode, language),
                word(cell.kind, language),
                *(_ratio(cell, name, language) for name in others),
                _spread(cell.per_s(RUST), language) + _failed(cell, RUST, language),
            ]
            for mode in notes
            for cell in cells
            if cell.mode == mode
        ),
    )


def _ratio(cell: Cell, name: str, language: int) -> str:
    ratio = cell.ratio(name)
    return (_spread(ratio, language) if ratio else "–") + _failed(cell, name, language)


def _failed(cell: Cell, name: str, language: int) -> str:
    words = (("abgelehnt", "abgebrochen"), ("refused", "broken off"))[language]
    counts = (cell.refused(name), cell.broken(name))
    return "".join(f", {count} {word}" for count, word in zip(counts, words, strict=True) if count)


def _costs(bench: Bench, language: int) -> Iterator[Sequence[str]]:
    for cost in bench.costs:
        loaded, after = (
            f"{number(size, 0, language)} MB"
            + _times(bench.memory_ratio(cost.triples, cost.name, is_after=late), language)
            for size, late in ((cost.loaded_mb, False), (cost.after_mb, True))
        )
        seconds = f"{number(cost.start_s, 1, language)} s"
        yield number(cost.triples, 0, language), word(cost.name, language), seconds, loaded, after


def _times(ratio: float | None, language: int) -> str:
    return f" ({number(ratio, 2, language)})" if ratio else ""


def _endless(bench: Bench, language: int) -> Iterator[Sequence[str]]:
    for name, seconds in bench.besieged.items():
        both = (bench.quiet[name], seconds)
        yield word(name, language), *(f"{_spread(Spread.of([s * 1000 for s in one]), language)} ms" for one in both)


def _wanted(target: Target, language: int) -> str:
    digits = 0 if target.limit == int(target.limit) else 1
    return f"{'≥' if target.is_least else '≤'} {number(target.limit, digits, language)} {target.unit}".rstrip()


def _shown(target: Target, found: Found | None, language: int) -> str:
    if found is None:
        return "–"
    return f"{_spread(found.figure, language)} {target.unit}".rstrip() + _where(found.cell, language)


def _where(cell: Cell | None, language: int) -> str:
    if cell is None:
        return ""
    return f" – {word(cell.kind or cell.mode, language)}, {number(cell.triples, 0, language)}"


def _spread(spread: Spread, language: int) -> str:
    digits = next((digits for least, digits in ((100, 0), (10, 1), (0.1, 2)) if spread.middle >= least), 3)
    middle, least, most = (number(one, digits, language) for one in (spread.middle, spread.least, spread.most))
    return middle if least == most else f"{middle} ({least}–{most})"
