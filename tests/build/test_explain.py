"""What validation found, as values and as words."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from smartgraph.build.explain import Finding, Report, located, report, shorten
from smartgraph.vocab import PLACEHOLDER, PREFIXES, prefixes

BASE = "http://127.0.0.1:8000/"
ROOT = Path("/bundle")
FILE = ROOT / "data" / "essen.ttl"


class Written(NamedTuple):
    path: Path
    text: str


def finding(focus: str = "strategy/x", **more: object) -> Finding:
    return Finding(
        **{"rule": f"{BASE}shapes#Label-de", "focus": f"{BASE}id/{focus}", "de": "Fehlt.", "en": "Missing."} | more
    )


def line_in(text: str, focus: str = "strategy/x") -> int | None:
    found = finding(focus)
    thing = found.focus.partition("#")[0]
    return located(found, {thing: Written(FILE, text)}, BASE).line


# ---- Where it is ----


@pytest.mark.parametrize(
    "text",
    [
        "# one\n\nstrategy:x a smg:Strategy .",
        "# one\n\nstrategy:x\n    a smg:Strategy ;\n.",
        f"# one\n\n<{PLACEHOLDER}id/strategy/x> a smg:Strategy .",
        f"@base <{PLACEHOLDER}id/> .\n\n<strategy/x> a <urn:x> .",
        f"BASE <{PLACEHOLDER}id/>\n\n  <strategy/x> a <urn:x> .",
        f"PREFIX own: <{PLACEHOLDER}id/strategy/>\n\nown:x a <urn:x> .",
        f"@prefix : <{PLACEHOLDER}id/strategy/> .\n\n:x a <urn:x> .",
    ],
)
def test_the_line_is_found_however_the_identifier_is_written(text: str) -> None:
    assert line_in(text) == 3


@pytest.mark.parametrize("value", ["strategy:x ;", "strategy:x ,", "strategy:x .", "strategy:x\n."])
def test_a_value_on_a_line_of_its_own_is_not_where_the_thing_starts(value: str) -> None:
    before = value.count("\n") + 4
    assert line_in(f"project:p\n    smg:contributesTo\n        {value}\nstrategy:x\n    a <urn:x> .") == before


def test_an_identifier_that_begins_alike_is_another_thing() -> None:
    assert line_in("strategy:x-2 a <urn:x> .\nstrategy:x a <urn:x> .") == 2


def test_a_node_that_belongs_to_a_thing_is_found_at_its_own_line_or_at_the_things() -> None:
    full = f"strategy:x a <urn:x> .\n<{PLACEHOLDER}id/strategy/x#c1> a <urn:x> ."
    assert line_in(full, "strategy/x#c1") == 2
    assert line_in(full, "strategy/x#c2") == 1


def test_a_thing_that_no_source_describes_has_no_place() -> None:
    lost = finding("strategy/lost")
    assert located(lost, {}, BASE) == lost
    assert line_in("project:p smg:contributesTo strategy:x .") is None


def test_a_finding_in_another_file_keeps_that_file() -> None:
    elsewhere = finding(file=ROOT / "data" / "bochum.ttl")
    assert located(elsewhere, {elsewhere.focus: Written(FILE, "strategy:x a <urn:x> .")}, BASE) == elsewhere


def test_a_place_is_told_as_far_as_it_is_known_and_below_the_bundle() -> None:
    assert finding(file=FILE, line=7).place(ROOT) == "data/essen.ttl:7"
    assert finding(file=FILE).place(ROOT) == "data/essen.ttl"
    assert finding(file=Path("/home/somebody/new.ttl"), line=1).place(ROOT) == "new.ttl:1"
    assert finding().place(ROOT) == "–"


# ---- What is said ----


def test_a_report_puts_the_worst_first_and_says_the_same_thing_once() -> None:
    hint = finding("strategy/a", severity="info")
    warning = finding("strategy/b", severity="warning")
    error = finding("strategy/c")
    made = report([hint, warning, error, error], {}, BASE)
    assert made.findings == (error, warning, hint)
    assert made.violations == (error,)
    assert not made.conforms


def test_warnings_and_hints_do_not_refuse_the_data() -> None:
    assert report([finding(severity="warning"), finding(severity="info")], {}, BASE).conforms


def test_a_report_about_files_leaves_out_the_others() -> None:
    here = finding("strategy/a", file=FILE)
    there = finding("strategy/b", file=ROOT / "data" / "bochum.ttl")
    whole = Report(BASE, (here, there))
    assert whole.about((FILE,)).findings == (here,)
    assert whole.about(()).findings == (here, there)


def test_the_report_for_a_terminal_says_where_what_and_which_rule_in_the_wanted_language() -> None:
    found = finding(
        file=FILE, line=7, path="http://www.w3.org/2004/02/skos/core#prefLabel", value=f"{BASE}id/strategy/y"
    )
    made = Report(BASE, (found, finding("strategy/z", severity="warning")))
    assert made.as_text("en", ROOT) == (
        "data/essen.ttl:7: error: strategy:x\n"
        "    Missing.\n"
        "    field: skos:prefLabel\n"
        "    found: strategy:y\n"
        "    rule: smgsh:Label-de\n"
        "–: warning: strategy:z\n"
        "    Missing.\n"
        "    rule: smgsh:Label-de\n"
        "1 errors, 1 warnings and hints."
    )
    assert made.as_text("de", ROOT) == (
        "data/essen.ttl:7: Fehler: strategy:x\n"
        "    Fehlt.\n"
        "    Feld: skos:prefLabel\n"
        "    gefunden: strategy:y\n"
        "    Regel: smgsh:Label-de\n"
        "–: Warnung: strategy:z\n"
        "    Fehlt.\n"
        "    Regel: smgsh:Label-de\n"
        "1 Fehler, 1 Warnungen und Hinweise."
    )


def test_a_report_without_findings_says_that_all_is_well() -> None:
    assert Report(BASE).as_text("de", ROOT) == "Die Daten sind in Ordnung."
    assert Report(BASE).as_text("en", ROOT) == "The data conform."


def test_the_published_report_names_files_below_the_bundle_only() -> None:
    inside = finding("strategy/a", file=FILE, line=7)
    outside = finding("strategy/b", file=Path("/home/somebody/new.ttl"))
    told = Report(BASE, (inside, outside, finding("strategy/c", severity="info"))).as_json(ROOT)
    assert told["conforms"] is False
    assert [entry["file"] for entry in told["findings"]] == ["data/essen.ttl", "new.ttl", None]
    assert told["findings"][0] == {
        "severity": "violation",
        "rule": f"{BASE}shapes#Label-de",
        "focus": f"{BASE}id/strategy/a",
        "path": "",
        "value": "",
        "message": {"de": "Fehlt.", "en": "Missing."},
        "file": "data/essen.ttl",
        "line": 7,
    }


def test_an_identifier_is_shortened_by_the_longest_prefix_that_fits() -> None:
    assert shorten(f"{PLACEHOLDER}id/strategy/x", PREFIXES) == "strategy:x"
    assert shorten(f"{PLACEHOLDER}id/unheard/x", PREFIXES) == "id:unheard/x"
    assert shorten(f"{BASE}id/org/x", prefixes(BASE)) == "organisation:x"
    assert shorten("https://elsewhere.example/x", PREFIXES) == "https://elsewhere.example/x"
