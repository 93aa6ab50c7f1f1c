"""``python -m soak``: ten minutes at full load, a release changed every 20 seconds, hostile queries beside.

Exit status 0 if there was no wrong answer, no lost request and memory stayed flat, 1 if not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartgraph.build.publish import check, publish
from smartgraph.bundle import Bundle
from smartgraph.release import Releases
from smartgraph.vocab import PLACEHOLDER
from soak.plot import drawing
from soak.report import as_text, page
from soak.run import Plan, soak

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT: Final = Path(__file__).parent.parent.parent


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    bundle = Bundle(_ROOT)
    plan = Plan(options.seconds, 0.0 if options.no_swap else options.swap)
    with tempfile.TemporaryDirectory() as folder:
        first = publish(check(bundle, PLACEHOLDER), bundle, Releases(Path(folder, "first")))
        found = soak(bundle, first, Path(folder), plan)
    print(as_text(found))
    if options.write:
        picture: Path = options.write.with_suffix(".svg")
        picture.write_text(drawing(found), "utf-8")
        options.write.write_text(page(found, options.date, picture.name), "utf-8")
    return 1 if found.faults else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="soak", description=__doc__)
    parser.add_argument("--seconds", type=float, default=Plan().seconds, help="how long (default %(default)g)")
    parser.add_argument("--swap", type=float, default=Plan().swap_s, metavar="S", help="how often the release changes")
    parser.add_argument("--no-swap", action="store_true", help="keep to one release")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, and the drawing beside it")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="the date on the page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
