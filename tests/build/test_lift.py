"""Values to terms that survive the store."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pyoxigraph as ox
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smartgraph.build.lift import Lifter, NotLiftable
from smartgraph.vocab import XSD

WKT = "http://www.opengis.net/ont/geosparql#wktLiteral"


def literal(value: str, datatype: str) -> ox.Literal:
    return ox.Literal(value, datatype=ox.NamedNode(datatype if ":" in datatype else XSD + datatype))


def stored(term: ox.Literal) -> object:
    """What a store gives back for the term."""
    node = ox.NamedNode("urn:example:node")
    store = ox.Store()
    store.add(ox.Quad(node, node, term))
    return next(iter(store)).object


@pytest.mark.parametrize(
    ("value", "datatype", "spelt"),
    [
        ("2024-02-29", "date", "2024-02-29"),
        ("2021-12", "gYearMonth", "2021-12"),
        ("0999", "gYear", "0999"),
        ("007", "integer", "7"),
        ("+5", "integer", "5"),
        ("-0", "integer", "0"),
        ("12.50", "decimal", "12.5"),
        (".5", "decimal", "0.5"),
        ("1", "boolean", "true"),
        ("0", "boolean", "false"),
        ("https://example.org/straße", "anyURI", "https://example.org/straße"),
        ("mailto:rat@example.org", "anyURI", "mailto:rat@example.org"),
        ("POINT(7.2 51.4)", WKT, "POINT(7.2 51.4)"),
        ("05112000", "string", "05112000"),
    ],
)
def test_a_value_takes_the_spelling_that_the_store_gives_back(value: str, datatype: str, spelt: str) -> None:
    lifted = Lifter().lift(literal(value, datatype))
    assert lifted == literal(spelt, datatype) == stored(lifted)


def test_a_text_keeps_its_language() -> None:
    text = ox.Literal("Straße", language="de")
    assert Lifter().lift(text) == text


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        ("2021-02-30", "date"),
        ("2023-02-29", "date"),
        ("2021-3-1", "date"),
        ("20210301", "date"),
        ("2021-03-01Z", "date"),
        ("01.03.2021", "date"),
        ("２０２１-０３-０１", "date"),
        ("Maerz 2021", "gYearMonth"),
        ("2021-13", "gYearMonth"),
        ("2021-00", "gYearMonth"),
        ("2021-03\n", "gYearMonth"),
        ("0000-03", "gYearMonth"),
        ("21", "gYear"),
        ("0000", "gYear"),
        ("２０２１", "gYear"),
        ("five", "integer"),
        ("1.0", "integer"),
        ("٥", "integer"),
        ("1e3", "decimal"),
        ("12,5", "decimal"),
        ("yes", "boolean"),
        ("example.org", "anyURI"),
        ("https://example.org/a b", "anyURI"),
        ("7.2 51.4", WKT),
        # The store would change the datatype, or we do not publish it.
        ("5", "int"),
        ("5", "nonNegativeInteger"),
        ("1.5", "double"),
        ("2021-03-01T10:00:00", "dateTime"),
        ("2021-03-01T10:00:00Z", "dateTimeStamp"),
        ("x", "https://example.org/own-type"),
    ],
)
def test_a_value_that_would_not_survive_is_refused_in_both_languages(value: str, datatype: str) -> None:
    with pytest.raises(NotLiftable) as refused:
        Lifter().lift(literal(value, datatype))
    assert refused.value.wanted_de
    assert refused.value.wanted_en
    assert refused.value.wanted_de != refused.value.wanted_en


def test_a_refusal_says_what_a_good_value_looks_like() -> None:
    with pytest.raises(NotLiftable) as refused:
        Lifter().lift(literal("Maerz 2021", "gYearMonth"))
    assert (refused.value.wanted_de, refused.value.wanted_en) == (
        "ein Monat wie 2022-03",
        "a month such as 2022-03",
    )


@given(st.dates().map(date.isoformat))
def test_every_day_of_the_calendar_survives(day: str) -> None:
    lifted = Lifter().lift(literal(day, "date"))
    assert lifted.value == day
    assert stored(lifted) == lifted


@given(st.integers(min_value=-(10**30), max_value=10**30), st.integers(min_value=0, max_value=4))
def test_lifting_an_integer_twice_changes_nothing_more(number: int, zeros: int) -> None:
    spelt = f"{'-' if number < 0 else ''}{'0' * zeros}{abs(number)}"
    lifted = Lifter().lift(literal(spelt, "integer"))
    assert int(lifted.value) == number
    assert Lifter().lift(lifted) == lifted == stored(lifted)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=4, min_value=-(10**9), max_value=10**9))
def test_a_decimal_keeps_its_value(number: Decimal) -> None:
    lifted = Lifter().lift(literal(format(number, "f"), "decimal"))
    assert Decimal(lifted.value) == number
    assert Lifter().lift(lifted) == lifted == stored(lifted)
