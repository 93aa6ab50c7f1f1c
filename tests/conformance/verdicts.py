"""What a test of others can come to, and which deviations we know of."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path


class Verdict(StrEnum):
    """``RESPELLED``: the right values, spelled otherwise. ``REFUSED``: not offered, and said so."""

    PASSED = "passed"
    RESPELLED = "respelled"
    REFUSED = "refused"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"
    NOT_RUN = "not run"


#: What has to be listed with a reason.
DEVIATIONS = (Verdict.RESPELLED, Verdict.REFUSED, Verdict.FAILED)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test came to. ``test`` is its folder within the checkout, ``#``, and its own name."""

    suite: str
    test: str
    verdict: Verdict
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Deviation:
    """Tests that are known not to pass: whose doing it is, why, and since which version of theirs."""

    tests: tuple[str, ...]
    verdict: Verdict
    whose: str
    since: str
    de: str
    en: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Tests of something that this software does not offer, by patterns of their names or kinds."""

    tests: tuple[str, ...]
    de: str
    en: str

    def covers(self, test: str, kind: str) -> bool:
        return any(fnmatchcase(test, pattern) or fnmatchcase(kind, pattern) for pattern in self.tests)


@dataclass(frozen=True, slots=True)
class Known:
    """Everything in the file of known deviations."""

    deviations: tuple[Deviation, ...]
    exclusions: tuple[Exclusion, ...]

    def excluded(self, test: str, kind: str) -> Exclusion | None:
        return next((item for item in self.exclusions if item.covers(test, kind)), None)

    def deviation(self, outcome: Outcome) -> Deviation | None:
        """The listed deviation that explains the outcome."""
        wanted = (d for d in self.deviations if d.verdict == outcome.verdict)
        return next((d for d in wanted if outcome.test in d.tests), None)

    def unlisted(self, outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
        """The outcomes that nobody has explained."""
        return tuple(o for o in outcomes if o.verdict in DEVIATIONS and self.deviation(o) is None)

    def outlived(self, outcomes: Sequence[Outcome]) -> tuple[Outcome, ...]:
        """The tests that are listed but pass by now."""
        listed = {test for deviation in self.deviations for test in deviation.tests}
        return tuple(o for o in outcomes if o.verdict == Verdict.PASSED and o.test in listed)


def read_known(path: Path) -> Known:
    """The known deviations in a TOML file with ``[[deviation]]`` and ``[[excluded]]``."""
    content = tomllib.loads(path.read_text("utf-8"))
    return Known(
        tuple(_deviation(table) for table in content.get("deviation", ())),
        tuple(Exclusion(tuple(t["tests"]), t["de"], t["en"]) for t in content.get("excluded", ())),
    )


def _deviation(table: dict[str, Any]) -> Deviation:
    return Deviation(
        tuple(table["tests"]), Verdict(table["verdict"]), table["whose"], table["since"], table["de"], table["en"]
    )
