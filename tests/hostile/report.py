"""What came of it all: for the terminal, and as the page in ``docs/``."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Final

from hostile.run import GRACE_S, P99_S

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from hostile.run import Outcome

_GROUPS: Final[Mapping[str, tuple[str, str]]] = {
    "query": ("Anfragen, die den Rechner beschäftigen sollen", "Queries made to keep the machine busy"),
    "text": ("Texte, die den Leser sprengen sollen", "Texts made to break whoever reads them"),
    "elsewhere": ("Anfragen, die nach draußen rufen sollen", "Queries made to call others"),
    "cache": ("Antworten, die andere treffen sollen", "Answers meant for others"),
    "wire": ("Verbindungen, die niemand führen sollte", "Connections as nobody should keep them"),
    "crowd": ("Viele zugleich", "Many at once"),
}
_GERMAN_WORDS: Final = {"broken": "abgebrochen", "closed": "getrennt", "left": "gegangen", "hanging": "hängt"}


def row(outcome: Outcome) -> str:
    """A line for the terminal."""
    verdict = "; ".join(outcome.faults) or "ok"
    return (
        f"{outcome.case.name[:58]:58} {outcome.statuses[:24]:>24} {outcome.seconds:7.2f} s "
        f"{outcome.peak_mb:7.0f} MB {outcome.after_mb:6.0f} MB {outcome.p99_s * 1000:6.0f} ms  {verdict}"
    )


def page(outcomes: Sequence[Outcome], settings: Mapping[str, object], before_mb: float, calls: int, day: date) -> str:
    """The page in German and English."""
    return "\n".join(
        [
            *_german(outcomes, settings, before_mb, calls, day),
            "",
            *_english(outcomes, settings, before_mb, calls, day),
            "",
        ]
    )


def _german(
    outcomes: Sequence[Outcome], settings: Mapping[str, object], before_mb: float, calls: int, day: date
) -> Iterator[str]:
    failed = [outcome for outcome in outcomes if outcome.faults]
    yield "# Angriffe auf den Server"
    yield ""
    yield (
        f"Stand: {day:%d.%m.%Y}. `make hostile` führt {len(outcomes)} Angriffe gegen einen laufenden Server mit der "
        f"veröffentlichten Datenmenge, auf {_machine('Kernen')}. {_limits(settings, 'de')}"
    )
    yield ""
    yield (
        "Ein Angriff gilt als abgewehrt, wenn jede Antwort eine erwartete ist und in der Frist kommt "
        f"(Frist der Anfrage plus {GRACE_S:g} s, wo der Fall keine andere nennt), "
        f"der Speicher danach höchstens 15 % oder 30 MB über dem Anfang von {before_mb:.0f} MB liegt, "
        "ein unbeteiligter Client daneben keinen Fehler bekommt und von "
        f"hundert Antworten auf neunundneunzig höchstens {P99_S * 1000:.0f} ms wartet, "
        "und der Server derselbe Prozess geblieben ist. "
        f"Ein Lauscher auf diesem Rechner, den manche Anfragen rufen wollen, hörte {calls} Rufe."
    )
    yield ""
    yield (
        f"**{len(outcomes) - len(failed)} von {len(outcomes)} abgewehrt.** Speicher ist PSS aller Prozesse des Servers."
    )
    yield from _failures(failed)
    head = ("Fall", "Antwort", "Sekunden", "Spitze MB", "danach MB", "daneben p99 ms")
    yield from _tables(outcomes, 0, head, _GERMAN_WORDS)


def _english(
    outcomes: Sequence[Outcome], settings: Mapping[str, object], before_mb: float, calls: int, day: date
) -> Iterator[str]:
    failed = [outcome for outcome in outcomes if outcome.faults]
    yield "# Attacks on the server"
    yield ""
    yield (
        f"As of {day.isoformat()}. `make hostile` runs {len(outcomes)} attacks against a running server "
        f"with the published data, on {_machine('cores')}. {_limits(settings, 'en')}"
    )
    yield ""
    yield (
        "An attack counts as repelled if each reply is one of those expected and comes in time "
        f"(the deadline of a query plus {GRACE_S:g} s unless the case says otherwise), "
        "memory afterwards is at most 15 % or 30 MB above the "
        f"{before_mb:.0f} MB of the beginning, an uninvolved client beside meets no error and waits at most "
        f"{P99_S * 1000:.0f} ms for ninety-nine of a hundred replies, and the server is still the same process. "
        f"A listener on this machine whom some queries want to call heard {calls} calls."
    )
    yield ""
    yield (
        f"**{len(outcomes) - len(failed)} of {len(outcomes)} repelled.** "
        "Memory is the PSS of all processes of the server."
    )
    yield from _failures(failed)
    yield from _tables(outcomes, 1, ("Case", "Reply", "Seconds", "Peak MB", "After MB", "Beside p99 ms"), {})


def _machine(cores: str) -> str:
    return f"{os.cpu_count()} {cores}, Python {platform.python_version()}"


def _limits(settings: Mapping[str, object], language: str) -> str:
    start = "Eingestellt war" if language == "de" else "Settings"
    return f"{start}: " + ", ".join(f"`SMARTGRAPH_{name.upper()}={value}`" for name, value in settings.items()) + "."


def _failures(failed: Iterable[Outcome]) -> Iterator[str]:
    for outcome in failed:
        yield ""
        yield f"- {outcome.case.name}: {'; '.join(outcome.faults)}"


def _tables(
    outcomes: Sequence[Outcome], language: int, head: tuple[str, ...], words: Mapping[str, str]
) -> Iterator[str]:
    for group, title in _GROUPS.items():
        rows = [outcome for outcome in outcomes if outcome.case.group == group]
        if not rows:
            continue
        yield ""
        yield f"## {title[language]}"
        yield ""
        yield f"| {' | '.join(head)} |"
        yield "|---|---|--:|--:|--:|--:|"
        for outcome in rows:
            yield f"| {' | '.join(_cells(outcome, words))} |"


def _cells(outcome: Outcome, words: Mapping[str, str]) -> tuple[str, ...]:
    status = outcome.statuses
    for word, translated in words.items():
        status = status.replace(word, translated)
    figures = (
        f"{outcome.seconds:.2f}",
        f"{outcome.peak_mb:.0f}",
        f"{outcome.after_mb:.0f}",
        f"{outcome.p99_s * 1000:.0f}",
    )
    return (outcome.case.name, status, *figures)
