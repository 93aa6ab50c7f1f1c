"""Findings and the report of them, as values."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartgraph.build.explain import Finding, Report, below, report
from smartgraph.iris import shorten
from smartgraph.vocab import PLACEHOLDER, PREFIXES, prefixes

BASE = "http://127.0.0.1:8000/"
ROOT = Path("/bundle")
FILE = ROOT / "data" / "essen.ttl"
OTHER = ROOT / "data" / "bochum.ttl"


def finding(focus: str = "strategy/x", **more: object) -> Finding:
    return Finding(
        **{"rule": f"{BASE}shapes#Label-de", "focus": f"{BASE}id/{focus}", "de": "Fehlt.", "en": "Missing."} | more
    )


def test_a_place_is_told_as_far_as_it_is_known_and_below_the_bundle() -> None:
    assert finding(file=FILE, line=7).place(ROOT) == "data/essen.ttl:7"
    assert finding(file=FILE).place(ROOT) == "data/essen.ttl"
    assert finding(file=Path("/home/somebody/new.ttl"), line=1).place(ROOT) == "new.ttl:1"
    assert finding().place(ROOT) == "–"
    assert below(None, ROOT) is None


def test_a_citation_or_a_period_belongs_to_the_thing_it_is_about() -> None:
    assert finding("strategy/x#c1").thing == f"{BASE}id/strategy/x"
    assert finding("strategy/x").thing == f"{BASE}id/strategy/x"


def test_findings_stand_by_thing_in_the_order_of_files_and_lines_and_the_worst_first_inside() -> None:
    late = finding("strategy/a", file=FILE, line=90)
    hint = finding("strategy/b", file=FILE, line=10, severity="info")
    warning = finding("strategy/b#c1", file=FILE, line=12, severity="warning")
    error = finding("strategy/b", file=FILE, line=20)
    elsewhere = finding("strategy/z", file=OTHER, line=500, severity="info")
    made = report([late, hint, warning, error, elsewhere], BASE)
    assert made.findings == (elsewhere, error, warning, hint, late)
    assert [(group.thing, group.file, group.line) for group in made.groups] == [
        (f"{BASE}id/strategy/z", OTHER, 500),
        (f"{BASE}id/strategy/b", FILE, 10),
        (f"{BASE}id/strategy/a", FILE, 90),
    ]


def test_a_finding_is_told_once_and_counted_by_its_severity() -> None:
    error = finding()
    made = report([error, error, finding("strategy/y", severity="warning")], BASE)
    assert made.counts == {"violation": 1, "warning": 1, "info": 0}
    assert made.violations == (error,)
    assert made.grave().findings == (error,)
    assert not made.conforms


def test_warnings_and_hints_do_not_refuse_the_data() -> None:
    assert report([finding(severity="warning"), finding(severity="info")], BASE).conforms


def test_a_report_about_files_leaves_out_the_others() -> None:
    here, there = finding("strategy/a", file=FILE), finding("strategy/b", file=OTHER)
    whole = Report(BASE, (here, there))
    assert whole.about((FILE,)).findings == (here,)
    assert whole.about(()).findings == (here, there)
    assert Report(BASE, (finding(),)).about((FILE,)).findings == ()


def test_a_file_is_the_same_under_another_of_its_names(tmp_path: Path) -> None:
    path = tmp_path / "a.ttl"
    path.touch()
    (tmp_path / "link.ttl").symlink_to(path)
    found = finding(file=path)
    assert Report(BASE, (found,)).about((tmp_path / "link.ttl",)).findings == (found,)


@pytest.mark.parametrize(
    ("iri", "names", "short"),
    [
        (f"{PLACEHOLDER}id/strategy/x", PREFIXES, "strategy:x"),
        (f"{PLACEHOLDER}id/unheard/x", PREFIXES, "id:unheard/x"),
        (f"{BASE}id/org/x", prefixes(BASE), "organisation:x"),
    ],
)
def test_an_identifier_is_shortened_by_the_longest_prefix_that_fits(
    iri: str, names: dict[str, str], short: str
) -> None:
    assert shorten(iri, names) == short
