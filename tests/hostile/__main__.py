"""``python -m hostile``: attacks a real server with every case and prints what came of each.

Exit status 0 if all were repelled, 1 if not.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hostile.cases import read_cases
from hostile.listener import listening
from hostile.report import page, row
from hostile.run import arena
from smartgraph.build.publish import build
from smartgraph.bundle import Bundle
from smartgraph.release import Releases
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROOT: Final = Path(__file__).parent.parent.parent
#: A short deadline, so that the run is, too; little kept of answers, so that what they leave is seen.
_SETTINGS: Final = {"query_timeout_s": 3, "query_memory_mb": 512, "answer_cache_mb": 8}
#: So that long texts reach the process that reads them.
_ROOMY: Final = {"max_query_bytes": 16_000_000}


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    bundle = Bundle(_ROOT)
    outcomes = []
    calls, before_mb = 0, 0.0
    with tempfile.TemporaryDirectory() as folder, listening() as listener:
        state, log = Path(folder, "state"), Path(folder, "log")
        build(bundle, Releases(state), PLACEHOLDER)
        wanted = [case for case in read_cases(listener.names) if options.only in f"{case.group}: {case.name}"]
        for is_roomy, cases in groupby(sorted(wanted, key=lambda case: case.is_roomy), key=lambda case: case.is_roomy):
            settings = _SETTINGS | (_ROOMY if is_roomy else {})
            with arena(bundle, state, PLACEHOLDER, log, settings, listener) as place:
                before_mb = before_mb or place.before_mb
                for case in cases:
                    outcomes.append(place.run(case))
                    print(row(outcomes[-1]), flush=True)
        calls = listener.calls
    failed = sum(bool(outcome.faults) for outcome in outcomes)
    print(f"{len(outcomes) - failed} of {len(outcomes)} repelled; {calls} calls to others")
    if options.write:
        options.write.write_text(page(outcomes, _SETTINGS, before_mb, calls, options.date), "utf-8")
    return 1 if failed or not outcomes else 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="hostile", description=__doc__)
    parser.add_argument("--only", default="", metavar="TEXT", help="only cases with this in 'group: name'")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="the date on the page")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
