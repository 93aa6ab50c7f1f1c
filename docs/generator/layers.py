"""The layers of the house, drawn from the real imports: five rooms, arrows that never go up.

Which row a module has, and what it imports, comes from ``tests/test_layers.py``. Inside a room each line is an
import (those that follow from others left out); between rooms one arrow stands for all of them, with their number.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from graphlib import TopologicalSorter
from html import escape
from typing import TYPE_CHECKING, Final

from test_layers import MODULES, imports, row_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Imports = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True)
class Room:
    """A part of the house: where its panel stands, in pixels, and what it is called."""

    name: str
    title: str
    left: int
    width: int


DOOR: Final = Room("cli", "Befehlszeile · command line", 20, 1160)
BUILD: Final = Room("build", "Werkstatt · workshop: build/", 20, 410)
WEB: Final = Room("web", "Haustür · front door: web/", 540, 600)
READ: Final = Room("read", "Lesesaal · reading room: read/", 540, 600)
FLOOR: Final = Room("floor", "Boden · the floor", 20, 1160)

_TOP: Final = ("cli", "__main__", "smartgraph")
_LINE, _HEAD, _CHIP, _GAP = 58, 44, 26, 56
_LETTER: Final = 7.3
#: The least space between two modules in a line.
_BETWEEN: Final = 14

#: Where an arrow stands that has to pass beside a room, and where the wall between the wings stands.
_CORRIDORS: Final = {(DOOR, FLOOR): 474, (DOOR, READ): 510, (WEB, FLOOR): 1162}
_WALL: Final = 446

_STYLE: Final = """
text { font: 13px ui-monospace, Menlo, Consolas, "Liberation Mono", monospace; fill: #14171c }
.title { font: 600 15px system-ui, "Segoe UI", "Liberation Sans", sans-serif }
.note { font: 13px system-ui, "Segoe UI", "Liberation Sans", sans-serif; fill: #59606a }
.ground { fill: #fbfaf7 } .room { fill: #fff; stroke: #8b8f96 } .chip { fill: #e4edf5; stroke: #0f4c81 }
.line { fill: none; stroke: #8b8f96; stroke-width: 1.2 } .arrow { fill: none; stroke: #0f4c81; stroke-width: 3 }
.point { fill: #0f4c81 } .small { fill: #8b8f96 } .wall { stroke: #a8321f; stroke-width: 2; stroke-dasharray: 7 6 }
.count { fill: #fbfaf7; stroke: #0f4c81 }
@media (prefers-color-scheme: dark) {
  text { fill: #ecebe6 } .note { fill: #a3aab4 } .ground { fill: #0f1216 } .room { fill: #161a20; stroke: #727a86 }
  .chip { fill: #1b2733; stroke: #86b9ea } .line { stroke: #727a86 } .arrow { stroke: #86b9ea }
  .point { fill: #86b9ea } .small { fill: #727a86 } .wall { stroke: #f08d7d }
  .count { fill: #0f1216; stroke: #86b9ea }
}"""


def room_of(name: str) -> Room:
    """The room that a module belongs to."""
    if name in _TOP:
        return DOOR
    return {"build": BUILD, "read": READ, "web": WEB}.get(name.partition(".")[0], FLOOR)


def real_imports() -> dict[str, frozenset[str]]:
    """Each module with those of ours it imports; what only the type checker reads is left out."""
    found = {}
    for name, file in MODULES.items():
        targets = (item.target for item in imports(file.read_text("utf-8")) if not item.for_types)
        ours = {target.removeprefix("smartgraph.") for target in targets if target.startswith("smartgraph")}
        found[name] = frozenset(ours & MODULES.keys() - {name})
    return found


def direct(graph: Imports, inside: Iterable[str]) -> list[tuple[str, str]]:
    """The imports between the modules ``inside``, without those that a longer way says already."""
    names = set(inside)
    below: dict[str, frozenset[str]] = {}
    for name in TopologicalSorter({name: graph[name] & names for name in names}).static_order():
        targets = graph[name] & names
        below[name] = targets.union(*(below[target] for target in targets))
    return sorted(
        (name, target)
        for name in names
        for target in graph[name] & names
        if not any(target in below[other] for other in graph[name] & names)
    )


def _lines(graph: Imports, inside: list[str]) -> list[list[str]]:
    """The modules of a room from top to bottom: by row, and in one row by who imports whom."""
    depth: dict[str, int] = {}
    rows = {name: row_of(name) or 0 for name in inside}
    for name in TopologicalSorter({name: graph[name] & set(inside) for name in inside}).static_order():
        same = [other for other in graph[name] & set(inside) if rows[other] == rows[name]]
        depth[name] = 1 + max((depth[other] for other in same), default=0)
    keys = sorted({(rows[name], depth[name]) for name in inside}, reverse=True)
    together = (sorted(name for name in inside if (rows[name], depth[name]) == key) for key in keys)
    return [line for names in together for line in _wrapped(names)]


def _wrapped(names: list[str]) -> list[list[str]]:
    """Names of one row in as few lines as their room has space for, of about the same length."""
    space = room_of(names[0]).width - _BETWEEN
    count = -(-sum(_wide(name) + _BETWEEN for name in names) // space)
    return [names[number :: int(count)] for number in range(int(count))]


def _wide(name: str) -> float:
    return len(_shown(name)) * _LETTER + 16


def _shown(name: str) -> str:
    """A module as its room calls it."""
    inner = name.partition(".")[2] if room_of(name) in (BUILD, READ, WEB) else name
    return inner or "__init__"


def _is_empty(name: str) -> bool:
    """True for a package's ``__init__`` that only says what the package is."""
    return name in ("build", "read", "build.sources")


class Drawing:
    """Places the rooms and collects the parts of the picture."""

    def __init__(self, graph: Imports) -> None:
        self._graph = graph
        self._modules = {
            room: [name for name in graph if room_of(name) == room and not _is_empty(name)]
            for room in (DOOR, BUILD, WEB, READ, FLOOR)
        }
        self._lines = {room: _lines(graph, names) for room, names in self._modules.items()}
        self._tops, self._heights, self.height = self._placed()
        #: Each module with left edge, top and width.
        self.at: dict[str, tuple[float, float, float]] = {}
        for room in self._lines:
            self._place_modules(room)

    def _placed(self) -> tuple[dict[Room, int], dict[Room, int], int]:
        high = {room: _HEAD + _LINE * len(lines) for room, lines in self._lines.items()}
        tops = {DOOR: 20}
        tops[WEB] = tops[BUILD] = tops[DOOR] + high[DOOR] + _GAP
        tops[READ] = tops[WEB] + high[WEB] + _GAP
        high[BUILD] = max(high[BUILD], tops[READ] + high[READ] - tops[BUILD])
        tops[FLOOR] = tops[BUILD] + high[BUILD] + _GAP
        return tops, high, tops[FLOOR] + high[FLOOR] + 44

    def _place_modules(self, room: Room) -> None:
        lines = self._lines[room]
        step = (self._heights[room] - _HEAD) / len(lines)
        for number, line in enumerate(lines):
            widths = {name: _wide(name) for name in line}
            space = (room.width - sum(widths.values())) / (len(line) + 1)
            left = room.left + space
            for name in sorted(line, key=lambda name: (self._middle_of_importers(name, room), name)):
                self.at[name] = (left, self._tops[room] + _HEAD + step * number + (step - _CHIP) / 2, widths[name])
                left += widths[name] + space

    def _middle_of_importers(self, name: str, room: Room) -> float:
        """A module stands below those that import it, so that lines cross less."""
        above = [x + width / 2 for other, (x, _, width) in self.at.items()
                 if name in self._graph[other] and room_of(other) == room]  # fmt: skip
        return sum(above) / len(above) if above else room.left + room.width / 2

    def svg(self) -> str:
        """The whole picture."""
        body = "\n".join([*self._rooms(), self._wall(), *self._links(), *self._chips(), *self._arrows()])
        title = "Die Schichten von smartgraph, aus den Importen gezeichnet · the layers, drawn from the imports"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 {self.height}" role="img" '
            f'aria-labelledby="title">\n<title id="title">{title}</title>\n<style>{_STYLE}\n</style>\n'
            f'<rect class="ground" width="1200" height="{self.height}"/>\n{body}\n{self._legend()}\n</svg>\n'
        )

    def _rooms(self) -> list[str]:
        return [
            f'<rect class="room" x="{room.left}" y="{top}" width="{room.width}" height="{self._heights[room]}" rx="3"/>'
            f'<text class="title" x="{room.left + 14}" y="{top + 26}">{escape(room.title)}</text>'
            for room, top in self._tops.items()
        ]

    def _wall(self) -> str:
        top, bottom = self._tops[BUILD], self._tops[BUILD] + self._heights[BUILD]
        return f'<line class="wall" x1="{_WALL}" x2="{_WALL}" y1="{top}" y2="{bottom}"/>'

    def _links(self) -> list[str]:
        return [self._link(*pair) for names in self._modules.values() for pair in direct(self._graph, names)]

    def _link(self, name: str, target: str) -> str:
        (x1, y1, w1), (x2, y2, w2) = self.at[name], self.at[target]
        x1, x2, y1, y2 = x1 + w1 / 2, x2 + w2 / 2, y1 + _CHIP, y2 - 5
        bend = (y2 - y1) * 0.6
        curve = f"M{x1:.0f} {y1:.0f}C{x1:.0f} {y1 + bend:.0f} {x2:.0f} {y2 - bend:.0f} {x2:.0f} {y2:.0f}"
        return f'<path class="line" d="{curve}"/>{_point(x2, y2 + 5, 3.5, "small")}'

    def _chips(self) -> list[str]:
        return [
            f'<rect class="chip" x="{x:.0f}" y="{y:.0f}" width="{w:.0f}" height="{_CHIP}" rx="3"/>'
            f'<text x="{x + w / 2:.0f}" y="{y + 18:.0f}" text-anchor="middle">{escape(_shown(name))}</text>'
            for name, (x, y, w) in self.at.items()
        ]

    def _arrows(self) -> list[str]:
        counts = Counter(
            (room_of(name), room_of(target)) for name, targets in self._graph.items() for target in targets
        )
        return [self._arrow(pair, count) for pair, count in sorted(counts.items(), key=str) if pair[0] != pair[1]]

    def _arrow(self, pair: tuple[Room, Room], count: int) -> str:
        """Straight down between neighbours; in a corridor where another room lies between."""
        upper, lower = pair
        start, end = self._tops[upper] + self._heights[upper], self._tops[lower]
        x = _CORRIDORS.get(pair) or max(upper.left, lower.left) + min(upper.width, lower.width) // 2
        way, point, middle = f"M{x} {start}V{end - 8}", _point(x, end, 6, "point"), start + _GAP // 2
        if pair == (DOOR, READ):
            way = f"M{x} {start}V{end + 22}H{lower.left - 8}"
            point = f'<path class="point" d="M{lower.left} {end + 22}l-9 -6v12z"/>'
        elif pair == (WEB, FLOOR):
            way = f"M{upper.left + upper.width} {start - 24}H{x}V{end - 8}"
        label = (
            f'<rect class="count" x="{x - 15}" y="{middle - 11}" width="30" height="22" rx="11"/>'
            f'<text x="{x}" y="{middle + 5}" text-anchor="middle">{count}</text>'
        )
        return f'<path class="arrow" d="{way}"/>{point}{label}'

    def _legend(self) -> str:
        said = (
            "Zahl: Importe zwischen zwei Räumen · number: imports between two rooms. "
            "Gestrichelt: keine Importe, nur Dateien · dashed: no imports, only files."
        )
        return f'<text class="note" x="20" y="{self.height - 16}">{said}</text>'


def _point(x: float, y: float, half: float, kind: str) -> str:
    return f'<path class="{kind}" d="M{x:.0f} {y:.0f}l-{half} -{half * 1.6:.1f}h{half * 2}z"/>'


def drawing() -> str:
    """The picture of the layers as SVG."""
    return Drawing(real_imports()).svg()
