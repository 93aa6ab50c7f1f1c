from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from in_process_reader import InProcessReader

from smartgraph.read.dossier import dossier
from smartgraph.read.excerpt import INITIATIVES, Excerpt, Names, Text, doubt_of
from smartgraph.read.pages import Overview, entered, overview
from smartgraph.read.sections import Dossier
from smartgraph.read.terms import shapes, terms
from smartgraph.read.values import (
    Address,
    Amount,
    Flag,
    Number,
    PartialDate,
    Period,
    literal_value,
    partial_date,
    point_of,
)
from smartgraph.serialize import Term
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from smartgraph.release import Release

ID = f"{PLACEHOLDER}id/"
NETWORK = f"{ID}project/muster-beispiel-netz"


@pytest.fixture(scope="module")
def reader(fixture_release: Release) -> InProcessReader:
    return InProcessReader(fixture_release)


@pytest.fixture(scope="module")
def network(reader: InProcessReader) -> Dossier:
    return dossier(reader, NETWORK, "de")


@pytest.fixture(scope="module")
def lists(reader: InProcessReader) -> Overview:
    return overview(reader, "de")


# ---- one thing


def test_an_initiative_shows_status_period_and_its_two_largest_sums(network: Dossier) -> None:
    status, period, volume, grant = network.strip
    assert status.below == PartialDate("2021-05")
    assert period.values == (Period(PartialDate("2020"), PartialDate("2024-12-31")),)
    assert [cell.name.value for cell in (volume, grant)] == ["Gesamtkosten", "Zuschuss"]


def test_a_period_that_nobody_documents_is_a_gap(reader: InProcessReader) -> None:
    _, period, *_ = dossier(reader, f"{ID}strategy/musterstadt-digital", "de").strip
    assert period.values == ()


def test_shares_stand_inside_the_sum_that_contains_them(network: Dossier) -> None:
    whole = next(found for found in network.money if found.shares)
    assert [share.recipients[0].label.value for share in whole.shares] == [
        "Stadt Musterstadt",
        "Stadt Beispielhausen",
    ]
    assert whole.widths == (60.0, 40.0)


def test_a_statement_carries_the_numbers_of_its_sources(network: Dossier) -> None:
    numbers = {source.thing.iri.rpartition("/")[2]: source.number for source in network.sources}
    responsible = next(fact for fact in network.facts if fact.property == "smg:responsibleBody")
    assert responsible.marks == (numbers["ratsinfo"],)
    assert network.theme_marks == (numbers["beispielzeitung"],)


def test_every_number_on_a_page_leads_to_a_source(network: Dossier) -> None:
    facts = (*network.strip, *network.facts, *network.moments, *network.parties, *network.money)
    used = {number for fact in facts for number in fact.marks}
    assert used <= {source.number for source in network.sources}
    assert [source.number for source in network.sources] == list(range(1, len(network.sources) + 1))


def test_the_basis_is_said_only_where_no_source_states_it(reader: InProcessReader, network: Dossier) -> None:
    survey = dossier(reader, f"{ID}decision/musterstadt-2020-04-15-umfrage", "de")
    date, body = survey.strip[:2]
    assert [word.value for word in date.basis] == ["erschlossen"]
    assert body.basis == ()
    assert [word.value for word in network.strip[1].basis] == ["ungefähr"]


def test_a_moment_says_how_its_date_is_known(reader: InProcessReader, network: Dossier) -> None:
    moments = dossier(reader, f"{ID}strategy/musterstadt-digital", "de").moments
    doubts = {m.thing.iri.rpartition("/")[2]: m.doubt for m in moments if m.thing}
    assert [word.value for word in doubts.pop("musterstadt-2020-04-15-umfrage").basis] == ["erschlossen"]
    assert not any(doubts.values())
    bounds = [moment.doubt for moment in network.moments if moment.role]
    assert [word.value for doubt in bounds for word in doubt.basis] == ["ungefähr", "ungefähr"]


def test_a_sum_of_which_a_source_says_otherwise_is_marked_wherever_it_stands(network: Dossier) -> None:
    disputed = f"{ID}funding/muster-beispiel-netz"
    sums = {found.thing.iri: found.amount_doubt.disputed for found in network.money}
    assert {iri for iri, thing in sums.items() if thing} == {disputed}
    cells = [cell.doubt.disputed.iri for cell in network.strip if cell.doubt.disputed]
    assert cells == [disputed]


def test_the_strip_of_a_thing_says_that_sources_disagree_on_it(reader: InProcessReader) -> None:
    found = dossier(reader, f"{ID}funding/muster-beispiel-netz", "de").strip
    assert [cell.property for cell in found if cell.doubt.disputed] == ["smg:amount"]


def test_a_refused_sum_is_no_key_fact(reader: InProcessReader) -> None:
    found = dossier(reader, f"{ID}project/beispielhausen-app", "de")
    assert [found.is_refused for found in found.money] == [True]
    assert "sum" not in {cell.property for cell in found.strip}


@pytest.mark.parametrize(("language", "name"), [("de", "Zeitraum"), ("en", "period")])
def test_a_period_that_is_missing_is_still_called_by_its_name(
    reader: InProcessReader, language: str, name: str
) -> None:
    _, period, *_ = dossier(reader, f"{ID}strategy/musterstadt-digital", language).strip
    assert (period.name.value, period.values) == (name, ())


def test_a_note_stands_on_a_page_once(reader: InProcessReader) -> None:
    for path in ("funding/muster-beispiel-netz", "project/muster-beispiel-netz", "authority/musterstadt"):
        found = dossier(reader, ID + path, "de")
        notes = [note for fact in found.facts for note in fact.notes]
        notes += [note for conflict in found.conflicts for note in conflict.reasons]
        notes += [note for source in found.sources for note in source.notes]
        assert len(notes) == len(set(notes))


def test_a_conflict_shows_both_values_and_the_reason(reader: InProcessReader) -> None:
    (conflict,) = dossier(reader, f"{ID}funding/muster-beispiel-netz", "en").conflicts
    assert isinstance(conflict.ours[0], Amount)
    assert isinstance(conflict.other, Amount)
    assert (conflict.ours[0].value, conflict.other.value) == (1_000_000, 1_200_000)
    assert conflict.reasons[0].value.startswith("The gazette gives 1.2 million")


def test_the_source_of_another_value_is_no_source_of_ours(reader: InProcessReader) -> None:
    found = dossier(reader, f"{ID}funding/muster-beispiel-netz", "de")
    assert len(found.strip[0].marks) == 1
    assert set(found.strip[0].marks).isdisjoint(found.conflicts[0].marks)


def test_the_course_of_events_is_in_order_and_keeps_the_precision(network: Dossier) -> None:
    dates = [moment.date.value for moment in network.moments if moment.date]
    assert dates == ["2020", "2020-02-29", "2020-03", "2024-12-31"]
    assert [moment.role for moment in network.moments if moment.role] == ["start", "end"]


def test_an_announced_decision_is_marked_as_such(reader: InProcessReader) -> None:
    moments = dossier(reader, f"{ID}strategy/musterstadt-digital-2", "de").moments
    assert [moment.is_announced for moment in moments] == [False, False, True]


def test_components_come_by_kind_and_in_their_order(reader: InProcessReader) -> None:
    groups = dossier(reader, f"{ID}strategy/musterstadt-digital-2", "de").components
    named = {group.name.value: [line.thing.label.value for line in group.lines] for group in groups}
    assert named["Baustein"] == ["Mobilität", "Bildung", "Klima"]
    assert named["Ziel"] == ["Einfacher leben"]


def test_who_takes_part_is_named_with_the_role(network: Dossier) -> None:
    parties = {line.thing.label.value: [str(r.value) for r in line.roles] for line in network.parties}  # type: ignore[union-attr]
    assert parties["Stadt Musterstadt"] == ["Federführung"]
    assert parties["Stadt Beispielhausen"] == ["Partner"]


def test_an_authority_lists_what_it_is_in_and_as_what(reader: InProcessReader) -> None:
    found = dossier(reader, f"{ID}authority/musterstadt", "de").engagements
    roles = {line.thing.iri: line.roles for line in found}
    assert roles[NETWORK] == ("responsible", "member")
    assert roles[f"{ID}strategy/musterland-digital"] == ("participant",)
    assert roles[f"{ID}partnership/muster-beispiel"] == (Text("Federführung", "de"),)


def test_what_is_only_known_in_another_language_keeps_its_tag(reader: InProcessReader) -> None:
    facts = dossier(reader, f"{ID}strategy/musterstadt-digital-2", "en").facts
    motto = next(fact for fact in facts if fact.property == "schema:slogan")
    assert motto.values == (Text("Gemeinsam – Einfach – Offen", "de"),)


def test_names_come_in_the_language_of_the_reader(reader: InProcessReader) -> None:
    assert dossier(reader, NETWORK, "de").thing.label == Text("Muster-Beispiel-Netz", "de")
    assert dossier(reader, NETWORK, "en").thing.label == Text("Sample Example Network", "en")


def test_what_the_build_computes_is_no_fact(network: Dossier) -> None:
    shown = {fact.property for fact in network.facts}
    assert shown.isdisjoint({"smg:involves", "smg:source", "rdfs:label", "smg:citation", "rdf:type"})


# ---- lists


def test_initiatives_are_listed_by_kind_and_name(lists: Overview) -> None:
    names = [line.thing.label.value for line in lists.of_kind("smg:Strategy")]
    assert names == sorted(names)
    assert "Digitalstrategie Musterstadt 2.0" in names


def test_decisions_come_newest_first_and_announced_ones_apart(lists: Overview) -> None:
    days = [line.date.first_day for line in lists.taken if line.date]
    assert days == sorted(days, reverse=True)
    assert all(line.thing.kind == "smg:Decision" for line in lists.taken)
    assert all(line.thing.kind == "eli-dl:ForeseenActivity" for line in lists.announced)


def test_an_announcement_that_was_kept_is_known_as_such(lists: Overview) -> None:
    kept = {line.thing.iri.rpartition("/")[2] for line in lists.announced if line.is_executed}
    assert kept == {"musterstadt-2023-06-20-strategie-2"}


def test_a_list_says_how_a_date_is_known(lists: Overview) -> None:
    doubts = {line.thing.iri.rpartition("/")[2]: line.date_doubt for line in lists.decisions}
    assert [word.value for word in doubts.pop("musterstadt-2020-04-15-umfrage").basis] == ["erschlossen"]
    assert not any(doubts.values())
    assert not any(line.outcome_doubt for line in lists.decisions)


def test_a_list_and_a_count_agree_on_whose_initiatives_are_entered(reader: InProcessReader, lists: Overview) -> None:
    assert lists.entered == entered(reader) > 0


@pytest.mark.parametrize(
    ("citations", "basis", "is_disputed"),
    [
        (["smg:date inferred"], ["inferred"], False),
        (["smg:date inferred", "smg:date approximate"], ["inferred", "approximate"], False),
        (["smg:date inferred", "smg:date stated"], [], False),
        (["smg:decidedBy inferred"], [], False),
        (["- inferred"], ["inferred"], False),
        (["- inferred", "smg:date stated"], [], False),
        (["- stated", "smg:date inferred"], ["inferred"], False),
        (["smg:date stated other"], [], True),
        (["smg:date inferred", "smg:date stated other"], ["inferred"], True),
        (["smg:decidedBy stated other"], [], False),
        ([], [], False),
    ],
)
def test_the_citations_of_a_value_say_how_sure_it_is(citations: list[str], basis: list[str], is_disputed: bool) -> None:
    names = Names(PLACEHOLDER)
    rows = []

    def say(subject: str, property_: str, value: Term) -> None:
        rows.append({"s": Term("iri", subject), "p": Term("iri", names.long(property_)), "o": value})

    for number, citation in enumerate(citations):
        property_, kind, *other = citation.split()
        node = f"{ID}decision/x#c{number}"
        say(f"{ID}decision/x", "smg:citation", Term("iri", node))
        say(node, "smg:basis", Term("iri", names.long(f"basis:{kind}")))
        if property_ != "-":
            say(node, "smg:citedProperty", Term("iri", names.long(property_)))
        if other:
            say(node, "smg:otherValue", Term("literal", "2020"))
    doubt = doubt_of(Excerpt(names, rows), f"{ID}decision/x", "de", "smg:date")
    assert [word.value for word in doubt.basis] == basis
    assert (doubt.disputed is not None) == is_disputed
    assert bool(doubt) == bool(basis or is_disputed)


def test_places_are_grouped_by_district_and_a_gap_stays_a_gap(lists: Overview) -> None:
    (district,) = lists.places.districts
    towns = {line.thing.label.value: line for line in district.towns}
    assert [line.thing.label.value for line in lists.places.cities] == ["Musterstadt"]
    assert set(towns) == {"Beispielhausen", "Leerdorf", "Randheim"}
    assert not towns["Randheim"].is_known
    assert towns["Leerdorf"].initiatives == 1
    assert lists.places.known == 3


def test_the_count_of_a_place_is_the_length_of_its_list(reader: InProcessReader, lists: Overview) -> None:
    for line in lists.places.municipalities:
        listed = dossier(reader, line.thing.iri, "de").engagements
        initiatives = [entry for entry in listed if entry.thing.kind in INITIATIVES]
        assert len(initiatives) == line.initiatives, line.thing.iri


def test_the_matrix_has_a_count_for_each_theme(lists: Overview) -> None:
    assert all(len(row.counts) == len(lists.themes) for row in lists.matrix)
    position = [line.thing.iri for line in lists.themes].index(f"{PLACEHOLDER}concept/theme/mobility")
    row = next(row for row in lists.matrix if row.thing.label.value == "Beispielhausen")
    assert row.counts[position] == 1


def test_a_list_costs_five_questions(reader: InProcessReader) -> None:
    reader.asked = 0
    overview(reader, "en")
    assert reader.asked == 5


def test_the_ontology_shows_own_terms_with_definitions(reader: InProcessReader) -> None:
    found = terms(reader, "de")
    assert all(term.definition for term in (*found.classes, *found.properties))
    assert {term.anchor for term in found.classes} >= {"Strategy", "Decision"}
    assert next(term for term in found.properties if term.anchor == "involves").is_derived
    assert all(scheme.size for scheme in found.schemes if scheme.thing.iri.startswith(PLACEHOLDER))


def test_a_term_of_ours_shows_terms_of_others_by_short_name_and_what_it_excludes(reader: InProcessReader) -> None:
    found = {term.anchor: term for term in terms(reader, "en").classes}
    authority, decision = found["LocalAuthority"], found["Decision"]
    assert "schema:GovernmentOrganization" in [one.label.value for one in authority.broader]
    assert "foreseen decision" in [one.label.value for one in decision.disjoint]
    assert [one.iri for one in decision.see_also] == ["http://data.vlaanderen.be/ns/besluit#Besluit"]


def test_the_shapes_show_each_rule_with_its_message(reader: InProcessReader) -> None:
    found = shapes(reader, "en")
    rules = [rule for shape in found.shapes for rule in shape.rules]
    assert len(rules) == found.rules
    assert all(rule.message and rule.message.language == "en" for rule in rules)
    assert {rule.severity for rule in rules} <= {"Violation", "Warning", "Info"}


# ---- values


@pytest.mark.parametrize(
    ("text", "precision", "first_day"),
    [
        ("2022-03-24", "day", "2022-03-24"),
        ("2022-03", "month", "2022-03-01"),
        ("2022", "year", "2022-01-01"),
    ],
)
def test_a_date_is_as_precise_as_it_is_written(text: str, precision: str, first_day: str) -> None:
    date = PartialDate(text)
    assert (date.precision, date.first_day, date.year) == (precision, first_day, "2022")


def test_what_is_no_date_is_none() -> None:
    assert partial_date("März 2022") is None


@pytest.mark.parametrize(
    ("term", "form"),
    [
        (Term("literal", "2020", datatype="http://www.w3.org/2001/XMLSchema#gYear"), PartialDate),
        (Term("literal", "1.5", datatype="http://www.w3.org/2001/XMLSchema#decimal"), Number),
        (Term("literal", "true", datatype="http://www.w3.org/2001/XMLSchema#boolean"), Flag),
        (Term("literal", "https://a.example/", datatype="http://www.w3.org/2001/XMLSchema#anyURI"), Address),
        (Term("literal", "javascript:x", datatype="http://www.w3.org/2001/XMLSchema#anyURI"), Text),
        (Term("literal", "many", datatype="http://www.w3.org/2001/XMLSchema#integer"), Text),
        (Term("literal", "words", language="de"), Text),
    ],
)
def test_a_literal_becomes_what_it_is(term: Term, form: type) -> None:
    assert isinstance(literal_value(term, Text(term.value, term.language)), form)


def test_a_point_is_read_from_its_text() -> None:
    point = point_of("POINT(7.2 51.4)")
    assert point is not None
    assert (float(point.longitude), float(point.latitude)) == (7.2, 51.4)
    assert point_of("POLYGON((0 0, 1 1, 1 0, 0 0))") is None
