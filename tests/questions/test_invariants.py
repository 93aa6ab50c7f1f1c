"""What has to hold on the real data where nobody can enumerate the answer by hand."""

from __future__ import annotations

from decimal import Decimal

from questions.asking import QUESTIONS, Row, ask, shown

from smartgraph.read.store import Store
from smartgraph.vocab import prefixes


def names(store: Store, pattern: str) -> set[str]:
    """The things that ``?thing`` stands for in a pattern."""
    base = store.release.manifest.base
    head = "".join(f"PREFIX {name}: <{space}> " for name, space in prefixes(base).items())
    return {shown(row["thing"], base) for row in store.select(f"{head} SELECT DISTINCT ?thing WHERE {{ {pattern} }}")}


def answer(store: Store, name: str, **parameters: str) -> tuple[Row, ...]:
    return ask(store, QUESTIONS[name], parameters)


def test_the_strategy_of_the_district_has_exactly_its_ten_towns(real_store: Store) -> None:
    towns = {row["town"] for row in answer(real_store, "towns-of-strategy")}
    assert towns == names(real_store, "?thing smg:inDistrict authority:kreis-recklinghausen")
    assert len(towns) == 10


def test_an_authority_has_a_strategy_or_is_listed_as_having_none(real_store: Store) -> None:
    without = [row["authority"] for row in answer(real_store, "authorities-without-strategy")]
    having = names(real_store, "?s a smg:Strategy ; smg:responsibleBody ?thing . ?thing a smg:LocalAuthority")
    assert len(without) == len(set(without))
    assert not having & set(without)
    assert having | set(without) == names(real_store, "?thing a smg:LocalAuthority")


def test_disagreeing_values_differ_and_the_choice_is_explained_in_both_languages(real_store: Store) -> None:
    rows = answer(real_store, "disagreements")
    assert rows
    for row in rows:
        assert row["ours"] and row["ours"] != row["other"], row
        assert row["note_de"] and row["note_en"], row
        assert row["source_de"] or row["source_en"], row


def test_every_other_value_in_the_data_is_among_the_disagreements(real_store: Store) -> None:
    assert {row["thing"] for row in answer(real_store, "disagreements")} == names(
        real_store, "?thing smg:citation/smg:otherValue ?value"
    )


def test_all_dated_decisions_fall_within_all_time(real_store: Store) -> None:
    rows = answer(real_store, "decisions-in-span", **{"from": "0001-01-01", "to": "9999-12-31"})
    assert {row["decision"] for row in rows} == names(real_store, "?thing a smg:Decision ; smg:date ?date")
    assert {row["certainty"] for row in rows} == {"certain", "possible"}


def test_a_decision_is_never_certain_within_two_spans_that_follow_each_other(real_store: Store) -> None:
    spans = ({"from": "0001-01-01", "to": "2022-03-15"}, {"from": "2022-03-16", "to": "9999-12-31"})
    before, after = (answer(real_store, "decisions-in-span", **span) for span in spans)
    sure = [{row["decision"] for row in rows if row["certainty"] == "certain"} for rows in (before, after)]
    assert not sure[0] & sure[1]
    assert {row["decision"] for row in before} & {row["decision"] for row in after} >= {
        "decision:hamm-2022-03-strategie"
    }


def test_what_is_open_was_not_decided_by_the_same_body(real_store: Store) -> None:
    for row in answer(real_store, "scheduled-not-decided"):
        assert not names(
            real_store,
            f"?thing smg:decidedBy {row['body']} ; smg:decidesOn {row['thing']} ; smg:decisionType ?type ; "
            f"smg:earliestDate ?a ; smg:latestDate ?b . {row['announcement']} smg:decisionType ?type ; "
            "smg:earliestDate ?from ; smg:latestDate ?to . FILTER(?a <= ?to && ?from <= ?b)",
        ), row


def test_no_grant_exceeds_the_total_cost_of_what_it_pays_for(real_store: Store) -> None:
    head = "".join(f"PREFIX {name}: <{space}> " for name, space in prefixes().items())
    for row in answer(real_store, "grants-per-initiative"):
        costs = real_store.select(
            f"{head} SELECT ?amount WHERE {{ ?funding schema:fundedItem {row['initiative']} ; "
            "smg:amountType amount-type:total-cost ; smg:amount ?amount }"
        )
        assert all(Decimal(row["total"]) <= Decimal(cost["amount"].value) for cost in costs)


def test_no_state_of_the_reference_day_is_old(real_store: Store) -> None:
    ages = [len(answer(real_store, "old-states", years=str(years))) for years in (0, 1, 2, 5, 50)]
    assert ages == sorted(ages, reverse=True)
    assert ages[0] and not ages[-1]


def test_parts_and_editions_do_not_contain_themselves(real_store: Store) -> None:
    for row in answer(real_store, "revisions"):
        assert row["newer"] != row["older"]
    for initiative in names(real_store, "?thing a smg:UmbrellaInitiative"):
        parts = answer(real_store, "parts-of-initiative", initiative=initiative)
        assert initiative not in {row["part"] for row in parts}
