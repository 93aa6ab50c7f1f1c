from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from in_process_reader import InProcessReader

from smartgraph.errors import UnknownThing, UsageError
from smartgraph.read.describe import describe
from smartgraph.read.excerpt import Names, in_query, is_iri, values_in_query
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from smartgraph.release import Release

ID = f"{PLACEHOLDER}id/"


@pytest.fixture(scope="module")
def reader(fixture_release: Release) -> InProcessReader:
    return InProcessReader(fixture_release)


def test_a_thing_is_described_with_what_it_says_and_who_speaks_of_it(reader: InProcessReader) -> None:
    found = describe(reader, f"{ID}project/muster-beispiel-netz")
    assert found.kind == "smg:Project"
    assert found.excerpt.label(found.iri, "en").value == "Sample Example Network"
    assert f"{ID}funding/muster-beispiel-netz" in found.mentions["schema:fundedItem"]
    assert f"{ID}decision/beispielhausen-2020-03-netz" in found.mentions["smg:decidesOn"]


def test_a_node_that_belongs_to_a_thing_leads_to_the_thing(reader: InProcessReader) -> None:
    assert describe(reader, f"{ID}project/muster-beispiel-netz#period").iri.endswith("/muster-beispiel-netz")


def test_things_that_speak_of_a_thing_over_another_are_found_by_the_way(reader: InProcessReader) -> None:
    city = describe(reader, f"{ID}authority/musterstadt")
    assert f"{ID}decision/musterstadt-2020-auftrag" in city.ways["council"]
    assert f"{ID}project/muster-beispiel-netz" in city.ways["membership"]
    assert f"{ID}strategy/musterland-digital" in city.ways["participation"]


def test_citations_say_which_property_they_are_for_and_on_what_basis(reader: InProcessReader) -> None:
    citations = describe(reader, f"{ID}project/muster-beispiel-netz").citations
    period = [citation for citation in citations if citation.covers("dcterms:temporal")]
    assert [citation.basis for citation in period] == ["basis:approximate"]
    assert period[0].facts == ("FX-008",)


def test_a_citation_of_the_thing_as_a_whole_is_for_every_property(reader: InProcessReader) -> None:
    (citation,) = describe(reader, f"{ID}strategy/musterstadt-digital").citations
    assert citation.covers("smg:status")
    assert not citation.properties


def test_what_the_build_computes_is_no_mention(reader: InProcessReader) -> None:
    mentions = describe(reader, f"{ID}authority/musterstadt").mentions
    assert "smg:responsibleBody" in mentions
    assert "smg:involves" not in mentions


@pytest.mark.parametrize("path", ["concept/basis/stated", "concept/funding-status/granted", "concept/status/planning"])
def test_a_rule_that_names_a_thing_is_no_mention(reader: InProcessReader, path: str) -> None:
    found = describe(reader, PLACEHOLDER + path)
    assert not any(name.startswith("sh:") for name in found.mentions)
    assert not any("/shapes#" in iri for group in found.mentions.values() for iri in group)


def test_a_source_is_named_by_the_things_that_it_is_evidence_for(reader: InProcessReader) -> None:
    cited = describe(reader, f"{ID}source/ratsinfo").ways["cited"]
    assert f"{ID}strategy/musterstadt-digital" in cited
    assert not any("#" in iri for iri in cited)


@pytest.mark.parametrize(
    "iri",
    [
        f"{ID}project/gibt-es-nicht",
        f"{ID}project/x> ?p ?o }} DELETE WHERE {{ ?s ?p ?o",
        'no iri"',
        "",
    ],
)
def test_of_an_unknown_thing_nothing_is_said(reader: InProcessReader, iri: str) -> None:
    with pytest.raises(UnknownThing):
        describe(reader, iri)


def test_a_thing_costs_four_questions(reader: InProcessReader) -> None:
    for path in ("authority/musterstadt", "project/muster-beispiel-netz", "source/ratsinfo"):
        reader.asked = 0
        describe(reader, ID + path)
        assert reader.asked == 4


@pytest.mark.parametrize("text", ["a b:c", "x:<", 'x:"', "x:\\u0041", "x:\n", "x:{", "relative/path", ""])
def test_what_is_no_iri_never_gets_into_a_query(text: str) -> None:
    assert not is_iri(text)
    assert values_in_query([text]) == ""
    with pytest.raises(UsageError):
        in_query(text)


def test_short_names_lead_back_to_the_iri_under_every_base() -> None:
    for base in (PLACEHOLDER, "http://127.0.0.1:8000/sub/"):
        names = Names(base)
        for short in ("smg:status", "org:member", "theme:mobility", "schema:fundedItem"):
            assert names.short(names.long(short)) == short
        assert names.long("smg:status").startswith(base)


def test_a_foreign_iri_stays_as_it_is() -> None:
    assert Names(PLACEHOLDER).short("https://example.org/a/b") == "https://example.org/a/b"
