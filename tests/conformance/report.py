"""What came of it all: for the terminal, and as the page in ``docs/``."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from conformance.clients import ROOT
from conformance.verdicts import DEVIATIONS, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from conformance.verdicts import Deviation, Known, Outcome

#: The columns of the table, with their German and English heads.
_COLUMNS: Final = {
    Verdict.PASSED: ("bestanden", "passed"),
    Verdict.RESPELLED: ("andere Schreibweise", "other spelling"),
    Verdict.REFUSED: ("abgelehnt", "refused"),
    Verdict.FAILED: ("abweichend", "deviating"),
    Verdict.NOT_APPLICABLE: ("nicht angeboten", "not offered"),
    Verdict.NOT_RUN: ("nicht gelaufen", "not run"),
}
_LIBRARIES: Final = ("pyoxigraph", "pyshacl", "rdflib", "oxrdflib", "sparqlwrapper", "pyld")

_INTRODUCTION: Final = """\
# Konformität / Conformance

Geschrieben von `make conformance` am {day}. / Written by `make conformance` on {day}.

**Deutsch.** Die Prüfsuiten des W3C und Programme anderer, gegen diese Software. Die Anfragen der SPARQL-Suiten gehen
über HTTP an unseren eigenen Server, abwechselnd per GET, als Formular und als Rumpf eines POST; das Format der
erwarteten Datei bestimmt, welches Format verlangt wird. Verglichen werden Terme, nicht Texte: Blank Nodes bis auf
ihre Namen, die Reihenfolge dort, wo die Anfrage sie festlegt. Was dem Wert nach stimmt, aber anders geschrieben ist
(`1` statt `1.0`), steht in einer eigenen Spalte. Jede Anfrage, die eine Antwort bekommt, wird noch einmal in allen
anderen Formaten gestellt; alle Antworten müssen dasselbe sagen. Die SHACL-Suite läuft durch den Prüfer, der über eine
Veröffentlichung entscheidet; verglichen wird jedes einzelne Ergebnis mit betroffenem Knoten, Pfad (wenn er eine
einzelne Eigenschaft ist), Wert (wenn er nicht der Knoten selbst ist), Schwere, Art der Bedingung und der Regel, wenn
sie einen Namen hat. Die Suiten zu Turtle und seinen Verwandten laufen durch die Parser, die auch unsere Quellen lesen.
Jede Abweichung steht unten mit ihrem Grund; eine, die dort nicht steht, lässt den Lauf scheitern, ebenso eine, die dort
steht und nicht mehr besteht.

**English.** The test suites of the W3C and programs of others, against this software. The queries of the SPARQL
suites go to our own server over HTTP, by GET, as a form and as the body of a POST in turn; the format of the expected
file decides which format is asked for. Terms are compared, not texts: blank nodes up to their names, order where the
query lays it down. What has the right value in another spelling (`1` for `1.0`) has a column of its own. Each query
that gets an answer is asked again in all other formats; all answers have to say the same. The SHACL suite goes
through the validator that decides what is published; compared is every single result by focus node, path (where it is
one property), value (where it is not the node itself), severity, kind of constraint, and the rule where it has a
name. The suites for Turtle and its relatives go through the parsers that read our sources. Every deviation stands below
with its reason; one that does not fails the run, and so does one that stands there and is gone.
"""


@dataclass(frozen=True, slots=True)
class Run:
    """Everything that one run found. ``suites`` are pairs of folder and commit, empty if it is unknown."""

    outcomes: tuple[Outcome, ...]
    known: Known
    suites: tuple[tuple[str, str], ...]
    absent: tuple[str, ...]

    @property
    def is_as_known(self) -> bool:
        return not self.known.unlisted(self.outcomes) and not self.known.outlived(self.outcomes)


def commit_of(checkout: Path) -> str:
    """The commit that is checked out, empty if there is no telling."""
    if not (checkout / ".git").exists():
        return ""
    command = ["git", "-C", str(checkout), "rev-parse", "HEAD"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def _counts(run: Run) -> dict[str, Counter[Verdict]]:
    counts: dict[str, Counter[Verdict]] = {}
    for outcome in run.outcomes:
        counts.setdefault(outcome.suite, Counter())[outcome.verdict] += 1
    return dict(sorted(counts.items()))


def as_text(run: Run) -> str:
    """The run for a terminal: a table, the deviations by reason, then what nobody has explained."""
    return "\n".join(_text(run))


def _text(run: Run) -> Iterator[str]:
    yield f"{'':34}" + "".join(f"{english:>16}" for _, english in _COLUMNS.values())
    for suite, counts in _counts(run).items():
        yield f"{suite:34}" + "".join(f"{counts[verdict] or '·':>16}" for verdict in _COLUMNS)
    for folder in run.absent:
        yield f"{folder:34}not run: no such folder"
    yield from (f"not run: {o.test}: {o.detail}" for o in run.outcomes if o.verdict == Verdict.NOT_RUN)
    for deviation, outcomes in _explained(run):
        yield f"\n{deviation.whose} ({deviation.since}), {deviation.verdict}: {deviation.en}"
        yield from (f"    {outcome.test}: {outcome.detail}" for outcome in outcomes)
    unlisted, outlived = run.known.unlisted(run.outcomes), run.known.outlived(run.outcomes)
    if unlisted:
        yield "\nDeviations that are not listed:"
        yield from (f"    {o.verdict}: {o.test}: {o.detail}" for o in unlisted)
    if outlived:
        yield "\nListed as deviations, but they pass; take them off the list:"
        yield from (f"    {outcome.test}" for outcome in outlived)
    yield "\nAll deviations are known." if run.is_as_known else "\nThe list of deviations is not right."


def _explained(run: Run) -> Iterator[tuple[Deviation, list[Outcome]]]:
    for deviation in run.known.deviations:
        found = [o for o in run.outcomes if o.verdict in DEVIATIONS and run.known.deviation(o) is deviation]
        if found:
            yield deviation, found


def as_page(run: Run, day: date) -> str:
    """The run as a page in Markdown."""
    return "\n".join(_page(run, day)) + "\n"


def _page(run: Run, day: date) -> Iterator[str]:
    yield _INTRODUCTION.format(day=day.isoformat())
    yield "## Womit / With what\n"
    yield "| | |\n|---|---|"
    for folder, commit in run.suites:
        yield f"| `{folder}` | {f'commit `{commit}`' if commit else '–'} |"
    yield f"| Python | {platform.python_version()} |"
    yield from (f"| {name} | {version(name)} |" for name in _LIBRARIES)
    yield from (f"| {name} | {number} |" for name, number in _programs())
    yield "\n## Ergebnis / Result\n"
    yield "| Suite | " + " | ".join(f"{german} / {english}" for german, english in _COLUMNS.values()) + " |"
    yield "|---|" + "---:|" * len(_COLUMNS)
    for suite, counts in _counts(run).items():
        yield f"| {suite} | " + " | ".join(str(counts[verdict] or "") for verdict in _COLUMNS) + " |"
    yield "\n## Abweichungen / Deviations\n"
    for deviation, outcomes in _explained(run):
        german, english = _COLUMNS[deviation.verdict]
        yield f"### {deviation.whose}: {deviation.de} / {deviation.en}\n"
        # The suites for RDF 1.2 contain those for RDF 1.1.
        names = [f"`{name}`" for name in dict.fromkeys(_short(outcome.test) for outcome in outcomes)]
        yield f"{german} / {english}, gesehen mit / seen with {deviation.since}, {len(names)}: {', '.join(names)}\n"
    yield "## Nicht angeboten / Not offered\n"
    for exclusion in run.known.exclusions:
        yield f"- {exclusion.de} / {exclusion.en}"
    yield "\n## Programme anderer / Programs of others\n"
    for outcome in run.outcomes:
        if outcome.test.startswith("clients#"):
            german, english = _COLUMNS[outcome.verdict]
            yield f"- {outcome.test.partition('#')[2]}: {german} / {english}"


def _programs() -> Iterator[tuple[str, str]]:
    """The programs outside of Python and their versions, as far as they are here."""
    if shutil.which("node"):
        yield from json.loads((ROOT / "package.json").read_text("utf-8"))["devDependencies"].items()
    if found := shutil.which("rapper"):
        yield "rapper", subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout.strip()


def _short(test: str) -> str:
    """The name without the folders that all tests of a suite share."""
    return test.removeprefix("data-shapes-test-suite/tests/").removeprefix("sparql/").removeprefix("rdf/")
