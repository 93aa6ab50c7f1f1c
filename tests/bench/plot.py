"""The ratios as a drawing that needs no program but a browser."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Final

from bench.peers import CACHED, OURS, PYTHON
from bench.words import ENGLISH, GERMAN, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from bench.results import Bench, Cell, Spread

_WIDTH: Final = 860
_LEFT, _TOP, _RIGHT, _BOTTOM = 280, 50, 30, 40
_ROW: Final = 34
#: Where the servers of a row stand one below the other.
_STEP: Final = 8
_COLOURS: Final = {OURS: "#005a9c", CACHED: "#b35900", PYTHON: "#6a3d9a"}
_LABELS: Final = {OURS: "smartgraph", CACHED: "oxigraph + nginx", PYTHON: "rdflib-endpoint"}
#: The clients that the drawing is about, where they were measured.
_CLIENTS: Final = 8


def drawing(bench: Bench) -> str:
    """The SVG: for each query a dot for each server, with a stroke from the least to the most."""
    clients = _CLIENTS if _CLIENTS in bench.plan.clients else bench.plan.clients[0]
    cells = [cell for cell in bench.cells if cell.triples == bench.plan.sizes[0] and cell.clients == clients]
    return "\n".join(_elements(cells)) + "\n"


def _elements(cells: Sequence[Cell]) -> Iterator[str]:
    found = ((row, name, cell.ratio(name)) for row, cell in enumerate(cells) for name in _COLOURS)
    # A scale of powers has no place for none at all.
    ratios = [(row, name, ratio) for row, name, ratio in found if ratio and ratio.least]
    least, most = _decades([side for _, _, ratio in ratios for side in (ratio.least, ratio.most)])
    bottom = _TOP + _ROW * len(cells)

    def x(value: float) -> float:
        share = (log10(value) - least) / (most - least)
        return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)

    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {bottom + _BOTTOM}" font-family="sans-serif" '
        'font-size="12" role="img" aria-labelledby="title">'
    )
    yield (
        '<title id="title">Antworten in der Sekunde im Verhältnis zum Rust-Server / '
        "answers a second as a ratio to the Rust server</title>"
    )
    yield f'<rect width="{_WIDTH}" height="{bottom + _BOTTOM}" fill="#ffffff"/>'
    for decade in range(least, most + 1):
        at, stroke = x(10.0**decade), "#333333" if decade == 0 else "#dddddd"
        yield f'<path d="M{at:.1f} {_TOP}V{bottom}" stroke="{stroke}"/>'
        yield f'<text x="{at:.1f}" y="{bottom + 18}" text-anchor="middle" fill="#333333">{10.0**decade:g}</text>'
    for row, cell in enumerate(cells):
        yield f'<text x="{_LEFT - 10}" y="{_middle(row) + 4}" text-anchor="end" fill="#333333">{_name(cell)}</text>'
    for row, name, ratio in ratios:
        yield from _mark(x, _middle(row) + _STEP * (list(_COLOURS).index(name) - 1), _COLOURS[name], ratio)
    for number, (name, colour) in enumerate(_COLOURS.items()):
        at = _LEFT + number * 170
        yield f'<circle cx="{at}" cy="22" r="4" fill="{colour}"/>'
        yield f'<text x="{at + 10}" y="26" fill="#333333">{_LABELS[name]}</text>'
    yield "</svg>"


def _name(cell: Cell) -> str:
    both = (f"{word(cell.mode, language)} {word(cell.kind, language)}".strip() for language in (GERMAN, ENGLISH))
    return " / ".join(both)


def _mark(x: Callable[[float], float], y: float, colour: str, ratio: Spread) -> Iterator[str]:
    yield f'<path d="M{x(ratio.least):.1f} {y}H{x(ratio.most):.1f}" stroke="{colour}" stroke-width="2"/>'
    yield f'<circle cx="{x(ratio.middle):.1f}" cy="{y}" r="3.5" fill="{colour}"/>'


def _middle(row: int) -> float:
    return _TOP + _ROW * (row + 0.5)


def _decades(values: Sequence[float]) -> tuple[int, int]:
    """The powers of ten that hold all values, and 1."""
    exponents = [floor(log10(value)) for value in (*values, 1.0)]
    return min(exponents), max(exponents) + 1
