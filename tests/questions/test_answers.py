"""Every question is answered as worked out by hand: on the artificial data, and from facts on the real."""

from __future__ import annotations

import re

import pytest
from questions.asking import ANSWERS, QUESTIONS, Case, Row, ask, cases, narrowed, selected

from smartgraph.read.store import Store
from smartgraph.release import Release


def names_of(found: list[Case]) -> list[str]:
    return [f"{case.question}-{'-'.join(case.parameters.values()) or 'defaults'}" for case in found]


@pytest.mark.parametrize("kind", ["fixture", "real"])
def test_every_question_has_answers_and_every_answer_a_question(kind: str) -> None:
    assert {path.stem for path in (ANSWERS / kind).glob("*.toml")} == set(QUESTIONS)


@pytest.mark.parametrize("kind", ["fixture", "real"])
def test_answers_name_columns_and_parameters_that_the_question_has(kind: str) -> None:
    for case in cases(kind):
        question = QUESTIONS[case.question]
        assert set(case.parameters) <= {parameter.name for parameter in question.parameters}
        for row in (*case.rows, *case.absent):
            assert set(row) <= set(selected(question)), case.question


@pytest.mark.parametrize("question", sorted(QUESTIONS))
def test_some_artificial_answer_is_not_empty(question: str) -> None:
    assert any(case.rows for case in cases("fixture") if case.question == question)


@pytest.mark.parametrize("case", cases("fixture"), ids=names_of(cases("fixture")))
def test_the_artificial_data_give_exactly_the_answer(case: Case, fixture_store: Store) -> None:
    check(case, ask(fixture_store, QUESTIONS[case.question], case.parameters))


@pytest.mark.parametrize("case", cases("real"), ids=names_of(cases("real")))
def test_the_real_data_give_the_answer_worked_out_by_hand(case: Case, real_store: Store) -> None:
    check(case, ask(real_store, QUESTIONS[case.question], case.parameters))


def check(case: Case, rows: tuple[Row, ...]) -> None:
    for row in case.absent:
        assert row not in narrowed(rows, row)
    if case.complete:
        pairs = zip(rows, case.rows, strict=True)
        assert tuple(narrowed((row,), wanted)[0] for row, wanted in pairs) == case.rows
    assert not [wanted for wanted in case.rows if wanted not in narrowed(rows, wanted)]
    if case.ordered:
        rest = iter(rows)
        assert all(any(narrowed((row,), wanted) == (wanted,) for row in rest) for wanted in case.rows)


def test_real_answers_rest_on_facts() -> None:
    """Only for an authority without a strategy there is nothing to cite but the search."""
    bare = {case.question for case in cases("real") if case.rows_without_facts}
    assert bare <= {"authorities-without-strategy"}


def test_every_fact_that_an_answer_rests_on_is_cited_in_the_data(real_release: Release) -> None:
    core = real_release.core.read_text("utf-8")
    cited = set(re.findall(r'#c\d+> <http://purl\.org/dc/terms/identifier> "([^"]+)"', core))
    cited |= {f"source:{name}" for name in re.findall(r"ns#citedSource> <[^>]*/source/([^>]+)>", core)}
    assert {fact for case in cases("real") for fact in case.facts} <= cited
