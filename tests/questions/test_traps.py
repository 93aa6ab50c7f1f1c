"""The traps in the artificial data matter: a question without its safeguard gives another answer."""

from __future__ import annotations

from dataclasses import replace

from questions.asking import QUESTIONS, Row, ask

from smartgraph.read.store import Store

SHARES = "  FILTER NOT EXISTS { ?funding smg:shareOf ?whole }\n"


def without(store: Store, name: str, safeguard: str, instead: str = "", **parameters: str) -> tuple[Row, ...]:
    """The answer of a question from whose text a part was taken out."""
    question = QUESTIONS[name]
    assert question.text.count(safeguard) == 1, f"{name} has no '{safeguard}'"
    return ask(store, replace(question, text=question.text.replace(safeguard, instead)), parameters)


def column(rows: tuple[Row, ...], name: str) -> list[str]:
    return [row[name] for row in rows]


def test_shares_of_a_grant_would_be_counted_twice(fixture_store: Store) -> None:
    (right,) = ask(fixture_store, QUESTIONS["grants-per-initiative"])
    (wrong,) = without(fixture_store, "grants-per-initiative", SHARES)
    assert (right["total"], right["grants"]) == ("1000000", "1")
    assert (wrong["total"], wrong["grants"]) == ("2000000", "3")


def test_total_costs_would_be_taken_for_a_grant(fixture_store: Store) -> None:
    (wrong,) = without(
        fixture_store, "grants-per-initiative", "smg:amountType amount-type:grant", "smg:amountType ?any"
    )
    assert wrong["total"] == "2500000"


def test_a_refused_application_would_be_counted_as_money(fixture_store: Store) -> None:
    statuses = "  FILTER(?status IN (funding-status:granted, funding-status:paid))\n"
    assert "project:beispielhausen-app" in column(
        without(fixture_store, "grants-per-initiative", statuses), "initiative"
    )


def test_an_inferred_day_would_be_certain(fixture_store: Store) -> None:
    rows = without(fixture_store, "decisions-in-span", " && ?is_stated", **{"from": "2020-03-01", "to": "2020-05-31"})
    certainties = dict(zip(column(rows, "decision"), column(rows, "certainty"), strict=True))
    assert certainties["decision:musterstadt-2020-04-15-umfrage"] == "certain"


def test_a_date_known_by_its_year_would_be_missed_by_comparing_first_days(fixture_store: Store) -> None:
    span = {"from": "2020-03-01", "to": "2020-05-31"}
    rows = without(fixture_store, "decisions-in-span", "?from <= ?latest)", "?from <= ?earliest)", **span)
    assert "decision:musterstadt-2020-auftrag" not in column(rows, "decision")


def test_a_refused_draft_would_be_an_adoption(fixture_store: Store) -> None:
    allowed = "FILTER(?outcome NOT IN (outcome:adopted, outcome:adopted-with-changes))"
    rows = without(fixture_store, "adoptions-in-year", allowed, "FILTER(false)", year="2023")
    assert len(rows) == 2


def test_an_announcement_made_good_would_still_be_open(fixture_store: Store) -> None:
    made_good = "  FILTER NOT EXISTS { ?decision eli-dl:executed ?announcement }\n"
    rows = without(fixture_store, "scheduled-not-decided", made_good)
    assert "foreseen:musterstadt-2023-06-20-strategie-2" in column(rows, "announcement")


def test_the_month_of_the_reference_date_would_be_over(fixture_store: Store) -> None:
    rows = without(fixture_store, "scheduled-not-decided", "?latest < ?reference", "?earliest < ?reference")
    assert column(rows, "overdue") == ["true", "true"]


def test_a_year_would_be_old_before_it_is_over(fixture_store: Store) -> None:
    rows = without(fixture_store, "old-states", 'CONCAT(STR(?as_of), "-99")', "STR(?as_of)")
    assert "strategy:musterstadt-digital-2" in column(rows, "initiative")


def test_what_has_ended_would_be_old(fixture_store: Store) -> None:
    rows = without(fixture_store, "old-states", "status:superseded, ")
    assert "strategy:musterstadt-digital" in column(rows, "initiative")


def test_a_company_would_carry_a_project_like_a_town(fixture_store: Store) -> None:
    rows = without(
        fixture_store, "carriers-of-project", "  ?authority a smg:LocalAuthority .\n",
        project="project:muster-beispiel-netz",
    )  # fmt: skip
    assert "organisation:beispielwerke" in column(rows, "authority")


def test_a_town_from_outside_would_belong_to_the_district(fixture_store: Store) -> None:
    rows = without(
        fixture_store, "towns-of-strategy", "  ?town smg:inDistrict ?district .\n",
        strategy="strategy:musterland-digital",
    )  # fmt: skip
    assert "authority:musterstadt" in column(rows, "town")


def test_a_town_that_does_not_take_part_would_belong_to_the_strategy(fixture_store: Store) -> None:
    rows = without(fixture_store, "towns-of-strategy", " ; smg:involves ?town", strategy="strategy:musterland-digital")
    assert "authority:randheim" in column(rows, "town")


def test_a_theme_of_a_building_block_would_be_missed(fixture_store: Store) -> None:
    assert not without(fixture_store, "initiatives-of-theme", "|smg:hasComponent/smg:theme", theme="climate")


def test_a_part_of_a_part_would_be_missed(fixture_store: Store) -> None:
    rows = without(
        fixture_store, "parts-of-initiative", "smg:partOf* ?initiative", "^smg:partOf/smg:partOf ?initiative",
        initiative="initiative:smart-musterstadt",
    )  # fmt: skip
    assert "strategy:musterstadt-digital-2" not in column(rows, "whole")


def test_a_strategy_being_drawn_up_would_be_in_force(fixture_store: Store) -> None:
    in_force = "  FILTER(?status IN (status:decided, status:implementation))\n"
    rows = without(fixture_store, "strategies-in-force", in_force, authority="authority:kreis-musterland")
    assert column(rows, "strategy") == ["strategy:musterland-digital"]


def test_a_goal_would_be_a_building_block(fixture_store: Store) -> None:
    rows = without(
        fixture_store, "components-in-order", "smg:componentType ?type", "smg:componentType ?any",
        initiative="strategy:musterstadt-digital-2",
    )  # fmt: skip
    assert "component:musterstadt-ziel-einfach" in column(rows, "component")
