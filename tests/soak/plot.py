"""Memory over time as a drawing that needs no program but a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from soak.run import Soak

_WIDTH: Final = 760
_HEIGHT: Final = 300
_LEFT, _TOP, _RIGHT, _BOTTOM = 60, 20, 20, 50
_STEPS: Final = (1, 2, 5, 10, 20, 50, 60, 100, 120, 200, 500, 1000, 2000, 5000)
_MOST_LINES: Final = 7


def drawing(soak: Soak) -> str:
    """The SVG: a curve of the memory, and a stroke for each change of the release."""
    return "\n".join(_elements(soak)) + "\n"


def _elements(soak: Soak) -> Iterator[str]:
    seconds = max(at for at, _ in soak.memory) or 1.0
    top = max(size for _, size in soak.memory) * 1.15

    def x(at: float) -> float:
        return _LEFT + at / seconds * (_WIDTH - _LEFT - _RIGHT)

    def y(size: float) -> float:
        return _HEIGHT - _BOTTOM - size / top * (_HEIGHT - _TOP - _BOTTOM)

    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" font-family="sans-serif" '
        'font-size="12" role="img" aria-labelledby="title">'
    )
    yield '<title id="title">Speicher (PSS) über die Zeit / Memory (PSS) over time</title>'
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>'
    for size in _marks(top):
        yield f'<path d="M{_LEFT} {y(size):.1f}H{_WIDTH - _RIGHT}" stroke="#dddddd"/>'
        yield f'<text x="{_LEFT - 8}" y="{y(size) + 4:.1f}" text-anchor="end" fill="#333333">{size:g}</text>'
    for at in _marks(seconds):
        yield f'<text x="{x(at):.1f}" y="{_HEIGHT - _BOTTOM + 18}" text-anchor="middle" fill="#333333">{at:g}</text>'
    for at in soak.swaps:
        place = f"M{x(min(at, seconds)):.1f} {_TOP}V{_HEIGHT - _BOTTOM}"
        yield f'<path d="{place}" stroke="#b35900" stroke-dasharray="2 4"/>'
    points = " ".join(f"{x(at):.1f},{y(size):.1f}" for at, size in soak.memory)
    yield f'<polyline points="{points}" fill="none" stroke="#005a9c" stroke-width="2"/>'
    yield f'<text x="{_LEFT}" y="{_TOP - 6}" fill="#333333">MB (PSS)</text>'
    legend = "s  –  gestrichelt: Wechsel der Veröffentlichung / dashed: change of the release" if soak.swaps else "s"
    yield f'<text x="{_WIDTH / 2}" y="{_HEIGHT - 10}" text-anchor="middle" fill="#333333">{legend}</text>'
    yield "</svg>"


def _marks(most: float) -> tuple[float, ...]:
    """Round figures from 0 to ``most``, not too many."""
    step = next((step for step in _STEPS if most / step <= _MOST_LINES), _STEPS[-1])
    return tuple(float(number * step) for number in range(int(most / step) + 1))
