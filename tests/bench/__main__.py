"""``python -m bench``: this project's server beside others on the same data.

Exit status 0, 1 if an answer was wrong, 2 if this machine lacks a program.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench.peers import NAMES, missing
from bench.plot import drawing
from bench.report import as_text, page
from bench.results import Plan
from bench.run import Place, bench
from smartgraph.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT: Final = Path(__file__).parent.parent.parent


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    plan = Plan(options.size, options.concurrency, options.seconds, options.rounds, options.peers, options.only)
    lacking = missing(options.programs, plan.names)
    if lacking:
        print(lacking, file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Bundle(_ROOT), Path(folder), options.programs, lambda line: print(line, flush=True))
        found = bench(plan, place)
    print(as_text(found))
    if options.write:
        picture: Path = options.write.with_suffix(".svg")
        picture.write_text(drawing(found), "utf-8")
        options.write.write_text(page(found, options.date, picture.name), "utf-8")
    return 1 if found.faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    plan = Plan()
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--size", type=_numbers, default=plan.sizes, metavar="N[,N]", help="triples")
    parser.add_argument("--concurrency", type=_numbers, default=plan.clients, metavar="N[,N]", help="clients at a time")
    parser.add_argument("--seconds", type=int, default=plan.seconds, help="length of a run (default %(default)d)")
    parser.add_argument("--rounds", type=int, default=plan.rounds, help="runs of each kind (default %(default)d)")
    parser.add_argument(
        "--peers", type=_names, default=plan.names, metavar="NAME[,NAME]", help=f"of {', '.join(NAMES)}"
    )
    parser.add_argument("--only", default=plan.only, metavar="TEXT", help="only kinds of query with this in their name")
    parser.add_argument("--programs", type=Path, default=_ROOT / ".venv-bench" / "bin", help="where those of peers are")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, and the drawing beside it")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="the date on the page")
    return parser.parse_args(arguments)


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(sorted(int(part) for part in text.split(",")))


def _names(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    unknown = sorted(set(found) - set(NAMES))
    if unknown:
        raise argparse.ArgumentTypeError(f"{', '.join(unknown)} is none of {', '.join(NAMES)}")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
