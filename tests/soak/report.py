"""What came of it: for the terminal, and as the page in ``docs/``."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING

from soak.run import SETTINGS, levels

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from soak.run import Soak


def as_text(soak: Soak) -> str:
    """The figures, one to a line, and what is wrong."""
    verdict = "\n".join(soak.faults) or "no wrong answer, no lost request, flat memory"
    return "\n".join(f"{english:42} {value}" for _, english, value in _figures(soak)) + f"\n{verdict}"


def _figures(soak: Soak) -> Iterator[tuple[str, str, str]]:
    """German, English, value."""
    requests = soak.tally.requests
    first, second = levels(list(soak.memory))
    yield "Dauer in Sekunden", "seconds", f"{soak.plan.seconds:g}"
    yield "Anfragen mit bekannter Antwort", "queries with a known answer", str(requests["query"])
    yield "davon falsch beantwortet", "of these answered wrongly", str(requests["wrong"])
    yield "p99 in ms", "p99 in ms", f"{soak.p99_s * 1000:.0f}"
    yield "Seiten, Dokumente und Dateien", "pages, documents and files", str(requests["page"])
    yield "Angriffe daneben", "attacks beside", str(requests["attack"])
    yield "verlorene Anfragen", "lost requests", str(requests["lost"])
    yield "Wechsel der Veröffentlichung", "changes of the release", str(len(soak.swaps))
    yield "Veröffentlichungen, die geantwortet haben", "releases that answered", str(len(soak.tally.seen))
    yield "Speicher in MB (PSS), erste Hälfte", "memory in MB (PSS), first half", f"{first:.0f}"
    yield "Speicher in MB (PSS), zweite Hälfte", "memory in MB (PSS), second half", f"{second:.0f}"
    yield "Speicher in MB (PSS), in Ruhe davor", "memory in MB (PSS), at rest before", f"{soak.before_mb:.0f}"
    yield "Speicher in MB (PSS), in Ruhe danach", "memory in MB (PSS), at rest afterwards", f"{soak.after_mb:.0f}"


def page(soak: Soak, day: date, picture: str) -> str:
    """The page in German and English; ``picture``: the file with the drawing, beside it."""
    return "\n".join([*_german(soak, day, picture), "", *_english(soak, day), ""])


def _german(soak: Soak, day: date, picture: str) -> Iterator[str]:
    plan = soak.plan
    yield "# Dauerlauf"
    yield ""
    yield (
        f"Stand: {day:%d.%m.%Y}. `make soak` hält einen Server mit der veröffentlichten Datenmenge unter voller Last, "
        f"auf {os.cpu_count()} Kernen, die sich Server und Clients teilen, mit Python {platform.python_version()}: "
        f"{plan.askers} Clients fragen, was sie wissen, und vergleichen jede Antwort; "
        f"{plan.readers} lesen Seiten und Dateien; {plan.attackers} greifen an. "
        f"{_swaps_de(soak)} {_settings('Eingestellt war')}"
    )
    yield ""
    yield (
        "Falsch ist eine Antwort, die keine Veröffentlichung gibt, die in diesem Augenblick gelten durfte, "
        "oder unter demselben ETag eine andere als zuvor. "
        "Verloren ist eine Anfrage, die keine Antwort oder eine andere als 200 bekam; "
        "Angriffe müssen bekommen, was in ihrem Fall steht."
    )
    yield ""
    yield from _verdict(soak, "Keine falsche Antwort, keine verlorene Anfrage, gleichbleibender Speicher.")
    yield ""
    yield f"![Speicher über die Zeit]({picture})"
    yield ""
    yield "| | |"
    yield "|---|--:|"
    for german, _, value in _figures(soak):
        yield f"| {german} | {value} |"


def _english(soak: Soak, day: date) -> Iterator[str]:
    plan = soak.plan
    yield "# Soak"
    yield ""
    yield (
        f"As of {day.isoformat()}. `make soak` keeps a server with the published data under full load, on "
        f"{os.cpu_count()} cores that server and clients share, with Python {platform.python_version()}: "
        f"{plan.askers} clients ask what they know and compare each answer; "
        f"{plan.readers} read pages and files; {plan.attackers} attack. "
        f"{_swaps_en(soak)} {_settings('Settings')}"
    )
    yield ""
    yield (
        "Wrong is an answer that no release gives which might be current at that moment, or one that differs from "
        "an earlier one with the same ETag. Lost is a request that got no answer or another than 200; attacks must get "
        "what their case says."
    )
    yield ""
    yield from _verdict(soak, "No wrong answer, no lost request, flat memory.")
    yield ""
    yield "| | |"
    yield "|---|--:|"
    for _, english, value in _figures(soak):
        yield f"| {english} | {value} |"


def _verdict(soak: Soak, good: str) -> Iterator[str]:
    yield from (f"- {fault}" for fault in soak.faults) if soak.faults else (f"**{good}**",)


def _swaps_de(soak: Soak) -> str:
    return f"Alle {soak.plan.swap_s:g} s wird eine andere Veröffentlichung gültig." if soak.plan.swap_s else ""


def _swaps_en(soak: Soak) -> str:
    return f"Every {soak.plan.swap_s:g} s another release becomes current." if soak.plan.swap_s else ""


def _settings(start: str) -> str:
    return f"{start}: " + ", ".join(f"`SMARTGRAPH_{name.upper()}={value}`" for name, value in SETTINGS.items()) + "."
