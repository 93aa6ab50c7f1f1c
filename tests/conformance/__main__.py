"""``python -m conformance DIR``: runs what is in DIR and says what came of it.

Exit status 0 if every deviation is a listed one, 1 if not, 2 if there is nothing to run.
"""

from __future__ import annotations

import argparse
import logging
import sys
import warnings
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from conformance import clients, shacl, sparql, syntax
from conformance.report import Run, as_page, as_text, commit_of
from conformance.verdicts import read_known

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from conformance.verdicts import Known, Outcome

_KNOWN: Final = Path(__file__).parent / "deviations.toml"
#: Folder in DIR → what runs on it.
_SUITES: Final[dict[str, tuple[Callable[[Path, Known], Iterator[Outcome]], ...]]] = {
    "rdf-tests": (sparql.run, syntax.run),
    "data-shapes": (shacl.run,),
}


def main(arguments: Sequence[str]) -> int:
    options = _options(arguments)
    present = [folder for folder in _SUITES if (options.folder / folder).is_dir()]
    if not present:
        wanted = " or ".join(_SUITES)
        print(f"Nothing to run: {options.folder} has no folder {wanted}. Put checkouts there:", file=sys.stderr)
        print("github.com/w3c/rdf-tests, github.com/w3c/data-shapes. Then: make conformance DIR=…", file=sys.stderr)
        return 2
    # Parsers and validators have much to say about data that are wrong on purpose.
    logging.disable(logging.ERROR)
    warnings.filterwarnings("ignore", module="rdflib")
    known = read_known(options.known)
    outcomes: list[Outcome] = []
    for folder in present:
        for suite in _SUITES[folder]:
            outcomes += suite(options.folder / folder, known)
    if not options.without_clients:
        outcomes += clients.run()
    commits = tuple((folder, commit_of(options.folder / folder)) for folder in present)
    run = Run(tuple(outcomes), known, commits, tuple(folder for folder in _SUITES if folder not in present))
    print(as_text(run))
    if options.write:
        options.write.write_text(as_page(run, options.date), "utf-8")
    return 0 if run.is_as_known else 1


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="holds checkouts of the suites")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the page there, too")
    parser.add_argument("--date", type=date.fromisoformat, default=date.today(), help="the date on the page")
    parser.add_argument("--known", type=Path, default=_KNOWN, help="the list of known deviations")
    parser.add_argument("--without-clients", action="store_true", help="leave out the programs of others")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
