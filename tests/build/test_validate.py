"""Wrong data are refused: each mistake is told with file, line, value and remedy, and nothing is written."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE, contents, editable_bundle

from smartgraph.build.explain import Finding, Report
from smartgraph.build.publish import build, check
from smartgraph.build.validate import validate
from smartgraph.bundle import Bundle
from smartgraph.errors import NotConforming, SourceError
from smartgraph.release import Release, Releases
from smartgraph.vocab import PLACEHOLDER, PREFIXES

SPOILT = f"""{PROLOGUE}
strategy:spoilt-a a smg:Strategie .

strategy:spoilt-b a smg:Strategy ;
  smg:farbe "blau" .

project:spoilt-c
  a smg:Project ;
  smg:responsibleBody authority:nirgendwo .

decision:spoilt-d
  a smg:Decision ;
  smg:date "Maerz 2021"^^xsd:gYearMonth .

decision:spoilt-e a smg:Decision ;
  smg:date "2021-02-30"^^xsd:date .

project:spoilt-f a smg:Project ;
  dcterms:temporal [ a dcterms:PeriodOfTime ; dcat:startDate "2021"^^xsd:gYear ] .

authority:musterstadt smg:inDistrict authority:kreis-musterland .

area:spoilt-g a smg:AdministrativeArea ; smg:ags "99000001" .
"""


class Mistake(NamedTuple):
    rule: str
    focus: str
    path: str
    value: str
    de: str
    en: str


MISTAKES = {
    "an unknown class": Mistake(
        "smgsh:Structure-known-class", "strategy:spoilt-a", "rdf:type", "smg:Strategie",
        "Ist sie richtig geschrieben?", "Is it spelt correctly?",
    ),
    "an unknown property": Mistake(
        "smgsh:Structure-known-property", "strategy:spoilt-b", "smg:farbe", "blau",
        "Ist sie richtig geschrieben?", "Is it spelt correctly?",
    ),
    "a link that leads nowhere": Mistake(
        "smgsh:Structure-dangling-link", "project:spoilt-c", "smg:responsibleBody", "authority:nirgendwo",
        "Dort ist nichts erfasst.", "nothing is recorded there.",
    ),
    "a month in words": Mistake(
        "well-formed-value", "decision:spoilt-d", "smg:date", "Maerz 2021",
        "ein Monat wie 2022-03", "a month such as 2022-03",
    ),
    "a day that does not exist": Mistake(
        "well-formed-value", "decision:spoilt-e", "smg:date", "2021-02-30",
        "ein Tag wie 2022-03-29", "a day such as 2022-03-29",
    ),
    "a node without a name": Mistake(
        "no-blank-node", "project:spoilt-f", "dcterms:temporal", "_:",
        "Geben Sie ihm einen", "Give it one",
    ),
    "a thing with two homes": Mistake(
        "one-home", "authority:musterstadt", "", "reference, spoilt",
        "an einer Stelle", "in one place",
    ),
    "a municipality key used twice": Mistake(
        "smgsh:Area-own-ags", "area:spoilt-g", "smg:ags", "99000001",
        "schon einem anderen Gebiet zugeordnet", "already belongs to another area",
    ),
}  # fmt: skip


class Refused(NamedTuple):
    bundle: Bundle
    path: Path
    report: Report
    state: Path
    stages: list[str]


@pytest.fixture(scope="session")
def refused(tmp_path_factory: pytest.TempPathFactory) -> Refused:
    """The artificial data with a file full of mistakes."""
    bundle = editable_bundle(tmp_path_factory.mktemp("spoilt") / "bundle")
    path = bundle.data / "spoilt.ttl"
    path.write_text(SPOILT, "utf-8")
    state = tmp_path_factory.mktemp("spoilt-state")
    stages: list[str] = []
    with pytest.raises(NotConforming) as raised:
        build(bundle, Releases(state), PLACEHOLDER, stages.append)
    return Refused(bundle, path, raised.value.report, state, stages)


def _full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES.get(prefix, f"{prefix}:") + local if prefix in PREFIXES else name


def _told(refused: Refused, mistake: Mistake) -> list[Finding]:
    return [
        finding
        for finding in refused.report.violations
        if (finding.rule, finding.focus, finding.path)
        == (_full(mistake.rule), _full(mistake.focus), _full(mistake.path))
        and finding.file == refused.path
    ]


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_with_file_value_and_remedy(name: str, refused: Refused) -> None:
    mistake = MISTAKES[name]
    (finding,) = _told(refused, mistake)
    assert mistake.de in finding.de
    assert mistake.en in finding.en
    # The label of a node without a name is another one each time.
    assert finding.value.startswith("_:") if mistake.value == "_:" else finding.value == _full(mistake.value)


@pytest.mark.parametrize("name", sorted(set(MISTAKES) - {"a thing with two homes"}))
def test_a_mistake_is_told_with_the_line_of_its_field(name: str, refused: Refused) -> None:
    mistake = MISTAKES[name]
    (finding,) = _told(refused, mistake)
    assert finding.line
    line = SPOILT.splitlines()[finding.line - 1]
    assert (" a " if mistake.path == "rdf:type" else mistake.path) in line


def test_a_thing_with_two_homes_is_told_in_both_files(refused: Refused) -> None:
    home = refused.bundle.data / "reference" / "authorities.ttl"
    found = {f.file: f.line for f in refused.report.violations if f.rule == "one-home"}
    assert set(found) == {home, refused.path}
    line = found[home]
    assert line is not None
    assert "musterstadt" in home.read_text("utf-8").splitlines()[line - 1]


def test_the_other_holder_of_the_key_is_told_as_well(refused: Refused) -> None:
    rule = _full("smgsh:Area-own-ags")
    found = {f.focus for f in refused.report.violations if f.rule == rule}
    assert found == {_full("area:spoilt-g"), _full("area:musterstadt")}


def test_nothing_but_the_spoilt_file_is_blamed_without_a_reason(refused: Refused) -> None:
    """The rest of the data conform, so a violation elsewhere can only come from the two shared things."""
    elsewhere = {f.focus for f in refused.report.violations if f.file != refused.path}
    assert elsewhere == {_full("area:musterstadt"), _full("authority:musterstadt")}


def test_a_refused_build_writes_nothing_and_stops_before_publishing(refused: Refused) -> None:
    assert contents(refused.state) == {}
    assert refused.stages == ["read", "derive", "validate"]


def test_a_refused_build_says_how_much_is_wrong(refused: Refused) -> None:
    error = NotConforming(refused.report)
    assert error.exit_status == 1
    count = len(refused.report.violations)
    assert str(error) == f"The data do not conform ({count} errors). Nothing was published."


def test_a_refused_build_leaves_the_release_before_it_in_place(refused: Refused, fixture_release: Release) -> None:
    state = fixture_release.folder.parent.parent
    before = contents(state)
    with pytest.raises(NotConforming):
        build(refused.bundle, Releases(state), PLACEHOLDER)
    assert contents(state) == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"strategy:x a",
            r"spoilt\.ttl:1:1: found the prefix 'strategy:', which.*wanted: correct Turtle.*Look at this place",
        ),
        (b"# \xe4\n", r"spoilt\.ttl:1: found byte 0xe4; wanted: text in UTF-8\. Save the file"),
    ],
)
def test_a_file_that_cannot_be_read_stops_the_build_before_anything_is_written(
    tmp_path: Path, content: bytes, said: str
) -> None:
    bundle = editable_bundle(tmp_path / "bundle")
    (bundle.data / "spoilt.ttl").write_bytes(content)
    with pytest.raises(SourceError, match=said):
        build(bundle, Releases(tmp_path / "state"), PLACEHOLDER)
    assert contents(tmp_path / "state") == {}


def test_a_file_given_besides_is_judged_together_with_the_sources(fixture_bundle: Bundle, tmp_path: Path) -> None:
    """A new file may link to what is there, and is blamed for what it says twice."""
    beside = tmp_path / "musterstadt.ttl"
    beside.write_text(
        PROLOGUE + "strategy:musterstadt-digital smg:theme theme:mobility .\n"
        "project:neu a smg:Project ; smg:responsibleBody authority:musterstadt , authority:nirgendwo .",
        "utf-8",
    )
    report = check(fixture_bundle, PLACEHOLDER, extra=(beside,)).report.about((beside,))
    rules = {(f.rule, f.focus, f.value) for f in report.violations}
    assert {focus for rule, focus, _ in rules if rule == "one-home"} == {_full("strategy:musterstadt-digital")}
    dangling = _full("smgsh:Structure-dangling-link")
    assert {value for rule, _, value in rules if rule == dangling} == {_full("authority:nirgendwo")}


# ---- The engine ----

_SHAPES = """
smgsh:S a sh:NodeShape ; sh:targetClass smg:Project ; sh:property smgsh:One ; sh:sparql smgsh:Two .
smgsh:One a sh:PropertyShape ; sh:path smg:theme ; sh:minCount 1 ; sh:severity sh:Info ;
  sh:message "Thema fehlt."@de , "No theme."@en .
smgsh:prefixes sh:declare [ sh:prefix "smg" ; sh:namespace "https://smartgraph.example/ns#"^^xsd:anyURI ] .
smgsh:Two a sh:SPARQLConstraint ; sh:prefixes smgsh:prefixes ;
  sh:message "{$this} hat {?value}."@de , "{$this} has {?value}."@en ;
  sh:select "SELECT $this ?value { $this smg:status ?value }" .
"""


def _graph(turtle: str) -> list[ox.Triple]:
    return [quad.triple for quad in ox.parse(PROLOGUE + turtle, ox.RdfFormat.TURTLE)]


def test_a_finding_carries_severity_field_value_and_the_filled_messages_of_its_rule() -> None:
    data = _graph("project:x a smg:Project ; smg:status status:idea .")
    found = sorted(validate(data, _graph(_SHAPES)), key=lambda finding: finding.rule)
    focus, value = _full("project:x"), _full("status:idea")
    assert found == [
        Finding(
            rule=_full("smgsh:One"), focus=focus, path=_full("smg:theme"), severity="info",
            de="Thema fehlt.", en="No theme.",
        ),
        Finding(
            rule=_full("smgsh:Two"), focus=focus, value=value,
            de="project:x hat status:idea.", en="project:x has status:idea.",
        ),
    ]  # fmt: skip


def test_validation_neither_changes_what_it_is_given_nor_remembers_it() -> None:
    data, shapes = _graph("project:x a smg:Project ; smg:theme theme:health ."), _graph(_SHAPES)
    before = list(data), list(shapes)
    assert not list(validate(data, shapes))
    assert (data, shapes) == before
    assert list(validate(_graph("project:y a smg:Project ."), shapes))
    assert not list(validate(data, shapes))
