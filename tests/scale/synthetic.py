"""Releases of any size: made-up projects, 20 triples each, in 24 graphs."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Final

from smartgraph.release import Manifest, Releases

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smartgraph.release import Release

BASE: Final = "https://data.example.org/sg/"
LABEL: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"
PER_PROJECT: Final = 20
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_GRAPHS: Final = 24
_WORDS: Final = tuple(f"wort{number}" for number in range(2_000))


def synthetic_release(state: Path, triples: int) -> Release:
    """Publishes a release of so many triples, a multiple of ``PER_PROJECT``. The same each time."""
    core = "".join(_lines(triples // PER_PROJECT)).encode()
    manifest = Manifest(BASE, "2026-11-01", triples, (("all", triples),))
    return Releases(state).add(core, manifest, {"conforms": True}, {})


def _lines(projects: int) -> Iterator[str]:
    chance = random.Random(1)
    for number in range(projects):
        graph = f"<{BASE}graph/g{number % _GRAPHS}>"
        for subject, predicate, value in _project(number, chance):
            yield f"<{BASE}id/{subject}> <{predicate}> {value} {graph} .\n"


def _project(number: int, chance: random.Random) -> Iterator[tuple[str, str, str]]:
    own, funding = f"project/p{number}", f"funding/f{number}"
    yield own, _TYPE, f"<{BASE}ns#Project>"
    yield own, LABEL, f'"Projekt {number} {_text(chance, 4)}"@de'
    yield own, LABEL, f'"Project {number} {_text(chance, 4)}"@en'
    yield own, f"{BASE}ns#description", f'"{_text(chance, 25)} {number}"@de'
    yield own, f"{BASE}ns#theme", f"<{BASE}concept/theme/t{chance.randrange(20)}>"
    yield own, f"{BASE}ns#theme", f"<{BASE}concept/theme/u{chance.randrange(20)}>"
    yield own, f"{BASE}ns#responsibleBody", f"<{BASE}id/authority/a{chance.randrange(53)}>"
    yield own, f"{BASE}ns#status", f"<{BASE}concept/status/s{chance.randrange(6)}>"
    yield own, f"{BASE}ns#targetYear", f'"{chance.randrange(2000, 2040)}"^^<{_XSD}gYear>'
    yield own, f"{BASE}ns#partOf", f"<{BASE}id/project/p{chance.randrange(number + 1)}>"
    yield own, f"{BASE}ns#note", f'"{_text(chance, 3)} {number}"'
    yield own, f"{BASE}ns#period", f"<{BASE}id/{own}#period>"
    for bound in ("start", "end"):
        day = f"{chance.randrange(2000, 2030)}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}"
        yield f"{own}#period", f"{BASE}ns#{bound}", f'"{day}"^^<{_XSD}date>'
    yield own, f"{BASE}ns#citation", f"<{BASE}id/{own}#citation>"
    yield f"{own}#citation", f"{BASE}ns#citedSource", f"<{BASE}id/source/q{chance.randrange(number // 5 + 1)}>"
    yield f"{own}#citation", f"{BASE}ns#page", f'"{chance.randrange(1, 300)}"'
    yield funding, f"{BASE}ns#fundedItem", f"<{BASE}id/{own}>"
    yield funding, f"{BASE}ns#amount", f'"{chance.randrange(1_000, 9_000_000)}"^^<{_XSD}integer>'
    yield funding, f"{BASE}ns#funder", f"<{BASE}id/organisation/o{chance.randrange(200)}>"


def _text(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_WORDS, k=words))
