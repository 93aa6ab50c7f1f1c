"""The runner of the test suites of others, on a tiny suite of our own that has every verdict in it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
import pytest
from conformance import shacl, sparql, syntax
from conformance.__main__ import main
from conformance.isomorphism import by_value, same
from conformance.report import Run, as_page
from conformance.verdicts import DEVIATIONS, Known, Outcome, Verdict, read_known

if TYPE_CHECKING:
    from collections.abc import Iterable

HERE: Final = Path(__file__).parent / "conformance"
OWN: Final = HERE / "own"

_QUERY: Final = "sparql/sparql11#"
_TURTLE: Final = "rdf/rdf11/rdf-turtle#"
_CORE: Final = "data-shapes-test-suite/tests/core#"
_SPARQL: Final = "data-shapes-test-suite/tests/sparql#"
_ANSWERED: Final = ("right", "blank", "respelled", "wrong", "unordered")
VERDICTS: Final = {
    f"{_QUERY}right": Verdict.PASSED,
    f"{_QUERY}blank": Verdict.PASSED,
    f"{_QUERY}respelled": Verdict.RESPELLED,
    f"{_QUERY}wrong": Verdict.FAILED,
    f"{_QUERY}unordered": Verdict.FAILED,
    f"{_QUERY}bad-syntax": Verdict.PASSED,
    f"{_QUERY}good-taken-for-bad": Verdict.FAILED,
    f"{_QUERY}federated": Verdict.REFUSED,
    f"{_QUERY}update": Verdict.NOT_APPLICABLE,
    **{f"{_QUERY}{name} in all formats": Verdict.PASSED for name in _ANSWERED},
    f"{_TURTLE}right": Verdict.PASSED,
    f"{_TURTLE}wrong": Verdict.FAILED,
    f"{_TURTLE}bad": Verdict.PASSED,
    f"{_CORE}right": Verdict.PASSED,
    f"{_CORE}wrong": Verdict.FAILED,
    f"{_SPARQL}component": Verdict.PASSED,
    f"{_SPARQL}refused": Verdict.PASSED,
}


@pytest.fixture(scope="module")
def known() -> Known:
    return read_known(HERE / "deviations.toml")


@pytest.fixture(scope="module")
def outcomes(known: Known) -> tuple[Outcome, ...]:
    rdf, shapes = OWN / "rdf-tests", OWN / "data-shapes"
    return (*sparql.run(rdf, known), *syntax.run(rdf, known), *shacl.run(shapes, known))


def listed(path: Path, verdicts: Iterable[tuple[str, Verdict]]) -> Path:
    """A file that lists the tests as deviations, and update as not offered."""
    tables = [
        f'[[deviation]]\ntests=["{test}"]\nverdict="{v}"\nwhose=""\nsince=""\nde=""\nen=""' for test, v in verdicts
    ]
    path.write_text("\n".join([*tables, '[[excluded]]\ntests=["*Update*"]\nde=""\nen=""']))
    return path


def test_every_test_of_our_own_suite_comes_to_what_it_is_made_for(outcomes: tuple[Outcome, ...]) -> None:
    assert {outcome.test: outcome.verdict for outcome in outcomes} == VERDICTS


def test_the_run_is_good_if_every_deviation_is_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = listed(tmp_path / "known.toml", ((test, v) for test, v in VERDICTS.items() if v in DEVIATIONS))
    page = tmp_path / "page.md"
    arguments = [str(OWN), "--without-clients", "--known", str(file), "--write", str(page), "--date", "2026-11-24"]
    assert main(arguments) == 0
    assert "All deviations are known." in capsys.readouterr().out
    assert "2026-11-24" in page.read_text()


@pytest.mark.parametrize(
    ("test", "listing", "said"),
    [
        (f"{_QUERY}wrong", None, "not listed"),
        (f"{_QUERY}wrong", Verdict.RESPELLED, "not listed"),
        (f"{_QUERY}right", Verdict.FAILED, "take them off the list"),
    ],
)
def test_the_run_is_bad_if_the_list_is_not_right(
    outcomes: tuple[Outcome, ...], tmp_path: Path, test: str, listing: Verdict | None, said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    verdicts = {test: v for test, v in VERDICTS.items() if v in DEVIATIONS} | {test: listing}
    file = listed(tmp_path / "known.toml", ((name, v) for name, v in verdicts.items() if v))
    assert main([str(OWN), "--without-clients", "--known", str(file)]) == 1
    assert said in capsys.readouterr().out


def test_a_suite_that_is_absent_is_reported_as_not_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "data-shapes").symlink_to(OWN / "data-shapes")
    file = listed(tmp_path / "known.toml", [(f"{_CORE}wrong", Verdict.FAILED)])
    assert main([str(tmp_path), "--without-clients", "--known", str(file)]) == 0
    assert "rdf-tests" in capsys.readouterr().out


def test_without_any_suite_the_call_is_wrong(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path)]) == 2
    assert "data-shapes" in capsys.readouterr().err


def test_the_page_has_every_suite_and_every_listed_test(outcomes: tuple[Outcome, ...], tmp_path: Path) -> None:
    file = listed(tmp_path / "known.toml", ((test, v) for test, v in VERDICTS.items() if v in DEVIATIONS))
    page = as_page(Run(outcomes, read_known(file), (("rdf-tests", "abc"),), ()), date(2026, 11, 24))
    assert all(outcome.suite in page for outcome in outcomes)
    assert all(o.test.rpartition("#")[2] in page for o in outcomes if o.verdict in DEVIATIONS)


def test_no_test_is_listed_twice(known: Known) -> None:
    tests = [test for deviation in known.deviations for test in deviation.tests]
    assert len(tests) == len(set(tests))


A, B, C, D = (ox.BlankNode(name) for name in "abcd")
X: Final = ox.NamedNode("http://example.org/x")
ONE, ONE_TOO, TEXT = (
    ox.Literal("1", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    ox.Literal("01", datatype=ox.NamedNode("http://www.w3.org/2001/XMLSchema#integer")),
    ox.Literal("01"),
)


@pytest.mark.parametrize(
    ("left", "right", "are_same"),
    [
        ([(A, B), (B, C), (C, A)], [(B, C), (C, D), (D, B)], True),
        ([(A, B), (B, A), (C, D), (D, C)], [(A, B), (B, C), (C, D), (D, A)], False),
        ([(A, X), (A, X)], [(B, X), (C, X)], False),
        ([(X, None)], [(X, None)], True),
        ([(X, None)], [(None, X)], False),
        ([(ox.Triple(A, X, B),), (A,)], [(ox.Triple(C, X, D),), (C,)], True),
        ([(ox.Triple(A, X, B),), (A,)], [(ox.Triple(C, X, D),), (D,)], False),
        ([(ONE,)], [(ONE_TOO,)], False),
    ],
)
def test_tables_are_the_same_up_to_the_names_of_blank_nodes(
    left: list[tuple[object, ...]], right: list[tuple[object, ...]], are_same: bool
) -> None:
    assert same(left, right) is are_same
    assert same(right, left) is are_same


def test_order_counts_where_it_is_laid_down() -> None:
    assert same([(X,), (ONE,)], [(ONE,), (X,)])
    assert not same([(X,), (ONE,)], [(ONE,), (X,)], ordered=True)


def test_values_are_the_same_in_other_spellings_but_texts_are_texts() -> None:
    assert by_value([(ONE_TOO,)]) == [(ONE,)]
    assert by_value([(TEXT,)]) == [(TEXT,)]
    assert by_value([(TEXT,)], untyped=True) == by_value([(ox.Literal("1.0"),)], untyped=True)
