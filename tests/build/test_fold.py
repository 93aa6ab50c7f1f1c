"""One mistake is told once: what only follows from it is put under it."""

from __future__ import annotations

from smartgraph.build.explain import Finding
from smartgraph.build.fold import folded


def finding(rule: str, kind: str = "", path: str = "p", value: str = "", **more: object) -> Finding:
    component = f"{kind}ConstraintComponent" if kind else ""
    return Finding(rule=rule, focus="urn:x", de="", en="", path=path, value=value, component=component, **more)  # type: ignore[arg-type]


def told(*findings: Finding, **computed: str) -> dict[str, list[str]]:
    """rule → the rules below it"""
    return {
        cause.rule: [other.rule for other in cause.also] for cause in folded(findings, computed, frozenset(computed))
    }


def test_several_constraints_about_one_value_are_one_finding_and_the_nearest_to_the_cause_stays() -> None:
    link = finding("urn:#Structure-dangling-link", "SPARQL", value="v")
    kind, spelling = finding("kind", "Class", value="v"), finding("spelling", value="v")
    assert told(kind, link) == {"urn:#Structure-dangling-link": ["kind"]}
    assert told(kind, link, spelling) == {"spelling": ["urn:#Structure-dangling-link", "kind"]}


def test_other_values_fields_and_nodes_have_findings_of_their_own() -> None:
    one = finding("one", "Class", value="v")
    assert len(told(one, finding("two", "Class", value="w"))) == 2
    assert len(told(one, finding("two", "Class", path="q", value="v"))) == 2
    elsewhere = Finding(rule="two", focus="urn:y", de="", en="", path="p", value="v")
    assert len(told(one, elsewhere)) == 2


def test_what_could_not_be_computed_follows_from_the_wrong_value() -> None:
    wrong = finding("wrong", value="2022-13")
    bound = finding("bound", "MinCount", path="first")
    assert told(wrong, bound, first="p") == {"wrong": ["bound"]}
    assert len(told(finding("missing", "MinCount"), bound, first="p")) == 2


def test_a_value_that_is_missing_because_the_one_there_is_of_another_sort_follows_from_it() -> None:
    missing = finding("missing", "QualifiedMinCount")
    assert told(missing, finding("untagged", "Datatype", value="v")) == {"untagged": ["missing"]}
    assert len(told(missing, finding("blanks", "Pattern", value="v"))) == 2


def test_nothing_grave_hides_under_a_warning() -> None:
    warning = finding("warning", value="v", severity="warning")
    assert told(warning, finding("error", "Class", value="v")) == {"error": ["warning"]}
    missing = finding("missing", "MinCount")
    assert len(told(finding("language", "Datatype", value="v", severity="warning"), missing)) == 2


def test_two_missing_values_are_two_mistakes() -> None:
    assert len(told(finding("de", "QualifiedMinCount"), finding("en", "QualifiedMinCount"))) == 2


def test_a_computed_field_repeats_what_is_wrong_where_it_was_written() -> None:
    written = Finding(rule="written", focus="urn:id/x#c1", de="", en="", path="p", value="v")
    echo = finding("echo", "SPARQL", path="first", value="v")
    assert told(written, echo, first="p") == {"written": ["echo"]}
    assert set(told(echo, first="p")) == {"echo"}


def test_the_cause_takes_over_what_is_wanted_of_the_same_value() -> None:
    words = object()
    link = finding("urn:#Structure-dangling-link", "SPARQL", value="v")
    (cause,) = folded([link, finding("kind", "Class", value="v", wanted=words)], {})
    assert cause.wanted is words
