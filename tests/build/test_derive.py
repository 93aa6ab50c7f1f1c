"""What the build computes from what was authored."""

from __future__ import annotations

from calendar import isleap
from datetime import date, timedelta

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE
from hypothesis import given
from hypothesis import strategies as st

from smartgraph.build.derive import day_bounds, derive
from smartgraph.vocab import PLACEHOLDER, XSD


def triples(turtle: str) -> set[ox.Triple]:
    return {quad.triple for quad in ox.parse(PROLOGUE + turtle, ox.RdfFormat.TURTLE)}


def derived(turtle: str) -> frozenset[ox.Triple]:
    return derive([triples(turtle)], PLACEHOLDER)


# ---- Date bounds ----


@pytest.mark.parametrize(
    ("value", "datatype", "first", "last"),
    [
        ("2024-02", "gYearMonth", "2024-02-01", "2024-02-29"),
        ("2023-02", "gYearMonth", "2023-02-01", "2023-02-28"),
        ("1900-02", "gYearMonth", "1900-02-01", "1900-02-28"),
        ("2000-02", "gYearMonth", "2000-02-01", "2000-02-29"),
        ("2023-12", "gYearMonth", "2023-12-01", "2023-12-31"),
        ("2023-04", "gYearMonth", "2023-04-01", "2023-04-30"),
        ("2023", "gYear", "2023-01-01", "2023-12-31"),
        ("0999", "gYear", "0999-01-01", "0999-12-31"),
        ("2024-02-29", "date", "2024-02-29", "2024-02-29"),
    ],
)
def test_a_partial_date_has_its_first_and_last_day(value: str, datatype: str, first: str, last: str) -> None:
    assert day_bounds(value, XSD + datatype) == (first, last)


@pytest.mark.parametrize(
    ("value", "datatype"),
    [
        ("Maerz 2021", "gYearMonth"),
        ("2021-13", "gYearMonth"),
        ("2021-02-30", "date"),
        ("soon", "gYear"),
        ("2021", "string"),
        ("2021-01-01T00:00:00", "dateTime"),
    ],
)
def test_what_is_no_date_has_no_bounds(value: str, datatype: str) -> None:
    assert day_bounds(value, XSD + datatype) is None


@given(st.dates(max_value=date(9999, 11, 30)))
def test_every_day_lies_within_the_bounds_of_its_month_and_year_and_the_next_day_beyond_the_last_does_not(
    day: date,
) -> None:
    spelt = day.isoformat()
    month = day_bounds(spelt[:7], f"{XSD}gYearMonth")
    year = day_bounds(spelt[:4], f"{XSD}gYear")
    assert month is not None
    assert year is not None
    assert year[0] <= month[0] <= spelt <= month[1] <= year[1]
    assert month[0].endswith("-01")
    assert (date.fromisoformat(month[1]) + timedelta(days=1)).day == 1
    assert month[0][:7] == month[1][:7] == spelt[:7]
    length = date.fromisoformat(year[1]) - date.fromisoformat(year[0]) + timedelta(days=1)
    assert length.days == (366 if isleap(day.year) else 365)


@given(st.dates())
def test_a_full_day_is_its_own_bounds(day: date) -> None:
    assert day_bounds(day.isoformat(), f"{XSD}date") == (day.isoformat(), day.isoformat())


def test_a_date_and_both_ends_of_a_period_get_their_bounds() -> None:
    found = derived(
        """decision:x smg:date "2024-02"^^xsd:gYearMonth .
           <https://smartgraph.example/id/project/x#period>
             dcat:startDate "2021"^^xsd:gYear ; dcat:endDate "2022-12"^^xsd:gYearMonth ."""
    )
    assert found == triples(
        """decision:x smg:earliestDate "2024-02-01"^^xsd:date ; smg:latestDate "2024-02-29"^^xsd:date .
           <https://smartgraph.example/id/project/x#period>
             smg:startEarliest "2021-01-01"^^xsd:date ; smg:startLatest "2021-12-31"^^xsd:date ;
             smg:endEarliest "2022-12-01"^^xsd:date ; smg:endLatest "2022-12-31"^^xsd:date ."""
    )


def test_an_ill_formed_date_gets_no_bounds() -> None:
    assert derived('decision:x smg:date "2021-02-30"^^xsd:date , "Maerz 2021"^^xsd:gYearMonth .') == set()


# ---- Shortcuts ----


def test_an_initiative_involves_whoever_answers_for_it_takes_part_or_is_a_member_of_its_partnership() -> None:
    found = derived(
        """project:x smg:responsibleBody authority:a ; smg:hasParticipation participation:p ;
             smg:carriedOutBy partnership:q .
           participation:p smg:participant organisation:b .
           membership:m org:organization partnership:q ; org:member authority:c .
           membership:n org:organization partnership:other ; org:member authority:d ."""
    )
    assert found == triples("project:x smg:involves authority:a , organisation:b , authority:c .")


def test_a_whole_lists_its_components() -> None:
    assert derived("component:a smg:componentOf strategy:s .") == triples("strategy:s smg:hasComponent component:a .")


def test_a_thing_names_the_documents_that_its_citations_cite() -> None:
    found = derived(
        """strategy:s smg:citation <https://smartgraph.example/id/strategy/s#c1> .
           <https://smartgraph.example/id/strategy/s#c1> smg:citedSource source:paper ."""
    )
    assert found == triples("strategy:s smg:source source:paper .")


def test_a_label_is_told_to_tools_that_know_no_skos() -> None:
    assert derived('strategy:s skos:prefLabel "Strategie"@de .') == triples('strategy:s rdfs:label "Strategie"@de .')


def test_a_thing_belongs_to_every_declared_class_above_its_own_but_the_model_stays_as_it_is_written() -> None:
    found = derived(
        """smg:Strategy a owl:Class ; rdfs:subClassOf smg:Initiative , prov:Plan .
           smg:Initiative a owl:Class ; rdfs:subClassOf owl:Thing . prov:Plan a owl:Class .
           owl:Class rdfs:subClassOf rdfs:Class .
           strategy:s a smg:Strategy ."""
    )
    # owl:Thing is named as a superclass but not declared here, as are the classes of others in the alignments.
    assert found == triples("strategy:s a smg:Initiative , prov:Plan .")


def test_what_was_authored_is_not_derived_again() -> None:
    assert derived('strategy:s skos:prefLabel "Strategie"@de ; rdfs:label "Strategie"@de .') == set()


def test_the_shortcuts_are_found_under_any_base() -> None:
    base = "https://data.example.org/sg/"
    moved = (PROLOGUE + "component:a smg:componentOf strategy:s .").replace(PLACEHOLDER, base)
    graph = [quad.triple for quad in ox.parse(moved, ox.RdfFormat.TURTLE)]
    assert {str(triple.predicate.value) for triple in derive([graph], base)} == {f"{base}ns#hasComponent"}
