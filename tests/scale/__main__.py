"""``python -m scale``: prints a table of what releases of several sizes cost in memory and on disk."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from scale.run import KINDS, QUERIES, Cost, measure
from scale.synthetic import synthetic_release

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_COLUMNS: Final = ("first start, s", "start, s", "memory, MiB", "after the load", "new worker, ms", *QUERIES)


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    print(_row("triples", "kind", *_COLUMNS), _row(*["---"] * (len(_COLUMNS) + 2)), sep="\n")
    for triples in options.triples:
        with tempfile.TemporaryDirectory() as folder:
            costs = measure(synthetic_release(Path(folder), triples), options.seconds)
        print(table(triples, costs), flush=True)
    return 0


def table(triples: int, costs: Mapping[str, Cost]) -> str:
    """A line for each kind; the speed of queries on disk as a ratio to that in memory, which is in milliseconds."""
    return "\n".join(_row(f"{triples:,}", kind, *_cells(costs[kind], costs["memory"])) for kind in KINDS)


def _cells(cost: Cost, memory: Cost) -> list[str]:
    speeds = [
        f"{seconds * 1e3:.2f} ms" if cost is memory else f"{memory.query_s[name] / seconds:.2f}"
        for name, seconds in cost.query_s.items()
    ]
    return [
        f"{cost.first_start_s:.1f}", f"{cost.start_s:.1f}",
        f"{cost.fresh_mb:,.0f}", f"{cost.used_mb:,.0f}", f"{cost.replace_s * 1e3:.0f}",
        *speeds,
    ]  # fmt: skip


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scale", description=__doc__)
    parser.add_argument("--triples", type=int, nargs="+", default=[200_000, 1_000_000, 3_000_000], help="sizes")
    parser.add_argument("--seconds", type=float, default=3.0, help="for each query and kind (default %(default)g)")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
