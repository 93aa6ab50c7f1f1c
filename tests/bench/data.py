"""Synthetic initiatives, the same in each run, and a release of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.build.assemble import fingerprint
from smartgraph.build.generated import authored_model, release_files
from smartgraph.release import Manifest, Releases
from smartgraph.vocab import DCTERMS, PLACEHOLDER, RDF_TYPE, SKOS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

BASE: Final = PLACEHOLDER
#: Triples of an initiative, all of them about it.
TRIPLES_EACH: Final = 20
#: Initiatives under one umbrella, in one programme and in one phase, and themes of each.
UMBRELLA: Final = 100
PROGRAMME: Final = 50
PHASE: Final = 10_000
THEMES_EACH: Final = 5
_BODIES: Final = 53
_THEMES: Final = 40
_STATUS: Final = ("announced", "adopted", "running", "finished")
_GRAPH: Final = "joint"


def own(local: str) -> str:
    """A term under our base."""
    return f"<{BASE}{local}>"


def initiative(number: int | str) -> str:
    """The initiative with this number, from 0."""
    return own(f"id/project/p{number}")


def initiatives(triples: int) -> int:
    """How many initiatives have so many triples."""
    return triples // TRIPLES_EACH


def lines(triples: int) -> Iterator[str]:
    """So many triples as N-Triples, each once."""
    for number in range(initiatives(triples)):
        yield from (f"{initiative(number)} {said} .\n" for said in _said(number))


def _said(number: int) -> Iterator[str]:
    body, year, first = number * 7 % _BODIES, 2020 + number * 13 % 21, number * 11 % _THEMES
    yield f"<{RDF_TYPE}> {own('ns#Project')}"
    yield f'<{SKOS}prefLabel> "Vorhaben {number} für die digitale Stadt"@de'
    yield f'<{SKOS}prefLabel> "Initiative {number} for the digital city"@en'
    yield f'<{DCTERMS}description> "Beschreibung des Vorhabens {number}: Daten, Sensoren und Menschen der Straße."@de'
    yield f'<{DCTERMS}identifier> "SG-{number:07}"'
    yield f'<{DCTERMS}created> "{year}-{number % 12 + 1:02}-{number % 28 + 1:02}"^^<{XSD}date>'
    yield f"<{DCTERMS}spatial> {own(f'id/area/a{body}')}"
    yield f"<{DCTERMS}isPartOf> {own(f'id/initiative/u{number // UMBRELLA}')}"
    yield f"{own('ns#programme')} {own(f'id/programme/g{number // PROGRAMME}')}"
    yield f"{own('ns#phase')} {own(f'id/component/h{number // PHASE}')}"
    yield f"{own('ns#responsibleBody')} {own(f'id/authority/b{body}')}"
    yield f"{own('ns#status')} {own(f'concept/status/{_STATUS[number % len(_STATUS)]}')}"
    yield f"{own('ns#citation')} {own(f'id/source/s{number // 3}')}"
    yield f'{own("ns#targetYear")} "{year + 5}"^^<{XSD}gYear>'
    yield f'{own("ns#amount")} "{number * 1009 % 5_000_000}"^^<{XSD}integer>'
    for step in range(THEMES_EACH):
        yield f"{own('ns#theme')} {own(f'concept/theme/t{(first + step * 3) % _THEMES}')}"


def write_triples(triples: int, path: Path) -> None:
    """Writes them as a file, for those who take no release."""
    with path.open("w", encoding="utf-8") as stream:
        stream.writelines(lines(triples))


def publish(path: Path, triples: int, bundle: Bundle, state: Path) -> Release:
    """A release of the file with so many triples, ready to be served without a build, and without dumps."""
    graph = f"<{BASE}graph/{_GRAPH}> .\n".encode()
    core = path.read_bytes().replace(b" .\n", b" " + graph)
    releases = Releases(state)
    releases.prepare()
    manifest = Manifest(BASE, "2026-11-01", triples, ((_GRAPH, triples),))
    release = releases.add(core, manifest, {"conforms": True}, release_files(authored_model(bundle), BASE))
    releases.note_input(fingerprint(bundle, BASE))
    return release
