"""The real data: complete, in both languages, in one form, and without anybody's name."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from smartgraph.build.assemble import assemble, read_sources
from smartgraph.build.canonical import canonical_turtle, formatted_files
from smartgraph.build.publish import Checked
from smartgraph.build.reports import as_text
from smartgraph.bundle import Bundle
from smartgraph.iris import graph_iri
from smartgraph.release import Release
from smartgraph.vocab import ID_TYPES, PLACEHOLDER, PREFIXES, SCHEMES

ROOT: Final = Path(__file__).parent.parent
_MODEL: Final = ("ontology", "vocabulary", "shapes", "derived")


@pytest.fixture(scope="session")
def store(real_release: Release) -> ox.Store:
    """The release: its named graphs, and their union as the default graph."""
    filled = ox.Store()
    quads = list(ox.parse(path=real_release.core, format=ox.RdfFormat.N_QUADS))
    filled.extend(quads)
    filled.extend(ox.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    return filled


def _rows(store: ox.Store, query: str) -> list[tuple[str, ...]]:
    solutions = store.query(query, prefixes=dict(PREFIXES))
    assert isinstance(solutions, ox.QuerySolutions)
    return sorted(tuple("" if term is None else term.value for term in row) for row in solutions)


# ---- Form ----


@pytest.mark.parametrize("path", formatted_files(Bundle(ROOT)), ids=lambda path: path.stem)
def test_a_file_is_in_canonical_form(path: Path) -> None:
    assert path.read_text("utf-8") == canonical_turtle(path), "run: smartgraph format"


def test_the_data_conform(real_checked: Checked, bundle: Bundle) -> None:
    assert real_checked.report.conforms, as_text.render(real_checked.report, "en", bundle.root)


def test_no_node_in_the_data_is_without_a_name(real_checked: Checked) -> None:
    nameless = [
        str(triple)
        for name, triples in real_checked.graphs.items()
        if name not in ("ontology", "vocabulary", "shapes")
        for triple in triples
        if isinstance(triple.subject, ox.BlankNode) or isinstance(triple.object, ox.BlankNode)
    ]
    assert not nameless


def test_nothing_keeps_the_placeholder_when_the_data_move(bundle: Bundle) -> None:
    moved = assemble(read_sources(bundle), "https://data.example.org/sg/")
    left = [str(t) for triples in moved.graphs.values() for t in triples if PLACEHOLDER in str(t)]
    assert not left


def test_every_own_identifier_is_of_a_known_type_and_a_slug(store: ox.Store) -> None:
    things = _rows(store, f"SELECT DISTINCT ?s {{ ?s ?p ?o FILTER STRSTARTS(STR(?s), '{PLACEHOLDER}id/') }}")
    slug = "[a-z0-9]+(-[a-z0-9]+)*"
    form = re.compile(f"{PLACEHOLDER}id/({'|'.join(ID_TYPES)})/{slug}(#{slug})?")
    assert things
    assert not [iri for (iri,) in things if not form.fullmatch(iri)]


# ---- Model ----


def test_every_own_term_has_label_and_definition_in_both_languages(store: ox.Store) -> None:
    incomplete = _rows(
        store,
        """SELECT DISTINCT ?term ?property ?language {
             GRAPH graph:ontology { ?term a ?type } FILTER STRSTARTS(STR(?term), STR(smg:))
             VALUES ?property { skos:prefLabel skos:definition } VALUES ?language { "de" "en" }
             FILTER NOT EXISTS { ?term ?property ?text FILTER (LANG(?text) = ?language && STRLEN(?text) > 1) }
           }""",
    )
    assert not incomplete


def test_every_term_of_others_that_we_use_has_a_label_in_both_languages(store: ox.Store) -> None:
    nameless = _rows(
        store,
        """SELECT DISTINCT ?term ?language {
             GRAPH graph:ontology { ?term a ?type . FILTER (?type != owl:Ontology) }
             FILTER (!STRSTARTS(STR(?term), STR(smg:))) VALUES ?language { "de" "en" }
             FILTER NOT EXISTS { ?term skos:prefLabel ?text FILTER (LANG(?text) = ?language) }
           }""",
    )
    assert not nameless


def test_every_own_concept_has_label_and_definition_in_both_languages(store: ox.Store) -> None:
    incomplete = _rows(
        store,
        f"""SELECT DISTINCT ?concept ?property ?language {{
             ?concept a skos:Concept FILTER STRSTARTS(STR(?concept), '{PLACEHOLDER}concept/')
             VALUES ?property {{ skos:prefLabel skos:definition }} VALUES ?language {{ "de" "en" }}
             FILTER NOT EXISTS {{ ?concept ?property ?text
               FILTER (LANG(?text) = ?language && STRLEN(?text) > 0) }}
           }}""",
    )
    assert not incomplete


def test_every_scheme_is_there_and_has_its_codes(store: ox.Store) -> None:
    found = _rows(
        store,
        """SELECT ?scheme (COUNT(DISTINCT ?concept) AS ?count) {
             ?scheme a skos:ConceptScheme . ?concept skos:inScheme ?scheme } GROUP BY ?scheme""",
    )
    own = {iri.removeprefix(f"{PLACEHOLDER}concept/") for iri, _ in found if iri.startswith(PLACEHOLDER)}
    assert own == set(SCHEMES)


def test_a_code_stands_once_in_its_scheme_and_ends_the_concepts_identifier(store: ox.Store) -> None:
    codes = _rows(
        store,
        f"""SELECT ?scheme ?code ?concept {{
             ?concept a skos:Concept ; skos:inScheme ?scheme ; skos:notation ?code
             FILTER STRSTARTS(STR(?scheme), '{PLACEHOLDER}concept/') }}""",
    )
    twice = [key for key, count in Counter((scheme, code) for scheme, code, _ in codes).items() if count > 1]
    assert codes
    assert not twice
    assert not [row for row in codes if row[2] != f"{row[0]}/{row[1]}"]


@pytest.mark.parametrize("kind", ["property", "class"])
def test_every_term_that_is_used_is_declared(kind: str, store: ox.Store) -> None:
    used = "?s ?term ?o" if kind == "property" else "?s a ?term"
    model = ", ".join(f"<{graph_iri(name)}>" for name in ("ontology", "shapes"))
    undeclared = _rows(
        store,
        f"""SELECT DISTINCT ?term {{ GRAPH ?graph {{ {used} }} FILTER (?graph NOT IN ({model}))
              FILTER NOT EXISTS {{ GRAPH graph:ontology {{ ?term a ?declared }} }} }}""",
    )
    assert not undeclared


# ---- Places ----

_AREAS: Final = {
    "municipality": (53, "?area smg:ags ?key FILTER REGEX(?key, '^05[0-9]{6}$')"),
    "independent city": (
        11,
        "?area smg:ags ?key ; smg:districtKey ?district FILTER (?key = CONCAT(?district, '000'))",
    ),
    "district": (
        4,
        "?area smg:districtKey ?key FILTER REGEX(?key, '^05[0-9]+$') FILTER NOT EXISTS { ?area smg:ags ?a }",
    ),
    "government district": (
        3,
        "?area smg:politicalGeocoding ?key FILTER CONTAINS(STR(?key), '/governmentDistrictKey/05')",
    ),
    "state": (1, "?area smg:politicalGeocoding ?key FILTER STRENDS(STR(?key), '/stateKey/05')"),
    "region": (1, "?area skos:prefLabel ?key FILTER (?area = area:metropole-ruhr && LANG(?key) = 'de')"),
}


@pytest.mark.parametrize("kind", _AREAS)
def test_the_region_is_complete(kind: str, store: ox.Store) -> None:
    count, pattern = _AREAS[kind]
    found = _rows(store, f"SELECT ?area ?key {{ ?area a smg:AdministrativeArea . {pattern} }}")
    assert len(found) == count
    assert len({area for area, _ in found}) == len({key for _, key in found}) == count


def test_every_municipality_and_district_lies_in_the_region_and_has_its_authority(store: ox.Store) -> None:
    left_out = _rows(
        store,
        """SELECT ?area {
             ?area smg:ags|smg:districtKey ?key
             FILTER (NOT EXISTS { ?area geo:sfWithin+ area:metropole-ruhr }
                  || NOT EXISTS { ?authority a smg:LocalAuthority ; dcterms:spatial ?area }) }""",
    )
    assert not left_out
    authorities = dict(
        _rows(
            store,
            """SELECT ?kind (COUNT(DISTINCT ?a) AS ?count) {
                 ?a a smg:LocalAuthority ; org:classification ?kind } GROUP BY ?kind""",
        )
    )
    assert {iri.rpartition("/")[2]: int(count) for iri, count in authorities.items()} == {
        "independent-city": 11,
        "district-town": 36,
        "municipality": 6,
        "district": 4,
        "municipal-association": 1,
    }


# ---- Facts ----


def test_every_fact_id_has_the_form_of_one(store: ox.Store) -> None:
    ids = _rows(store, "SELECT DISTINCT ?id { ?citation a smg:Citation ; dcterms:identifier ?id }")
    assert ids
    assert not [fact for (fact,) in ids if not re.fullmatch(r"[A-Z]{1,3}\d?-\d{3}", fact)]


def test_a_description_is_given_in_both_languages_or_in_none(store: ox.Store) -> None:
    lonely = _rows(
        store,
        """SELECT ?thing (GROUP_CONCAT(LANG(?text)) AS ?languages) { ?thing dcterms:description ?text }
           GROUP BY ?thing HAVING (COUNT(?text) != 2 || COUNT(DISTINCT LANG(?text)) != 2)""",
    )
    assert not lonely


def test_the_disagreement_on_when_duisburg_decided_is_recorded(store: ox.Store) -> None:
    """The city says May 2018, a newspaper says March; nobody reads of one without the other."""
    noted = _rows(
        store,
        """SELECT ?date ?other ?source (COUNT(DISTINCT LANG(?note)) AS ?languages) {
             decision:duisburg-2018-05-07-masterplan smg:date ?date ; smg:citation ?citation .
             ?citation smg:citedProperty smg:date ; smg:otherValue ?other ; smg:citedSource ?source ;
               skos:note ?note
             FILTER (CONTAINS(?note, "2018") && LANG(?note) IN ("de", "en"))
           } GROUP BY ?date ?other ?source""",
    )
    assert noted
    assert {(date, other, languages) for date, other, _, languages in noted} == {("2018-05-07", "2018-03", "2")}


# ---- Nobody's name ----


def test_the_grant_of_dos_2030_and_its_two_shares_are_those_of_the_sources(store: ox.Store) -> None:
    """DS-009, SW-006: 12.4 million in all, 8.8 for Dortmund and 3.6 for Schwerte."""
    query = """SELECT ?to ?amount WHERE {
        ?share smg:shareOf ?grant ; smg:recipient ?to ; smg:amount ?amount .
        ?grant schema:fundedItem project:dos-2030 ; smg:amount ?whole FILTER(?whole = 12400000) }"""
    shares = {to.rpartition("/")[2]: Decimal(amount) for to, amount in _rows(store, query)}
    assert shares == {"dortmund": Decimal(8_800_000), "schwerte": Decimal(3_600_000)}


def _words(name: str) -> str:
    """The words of a list as alternatives of a pattern."""
    return "|".join((ROOT / "tests" / "names" / f"{name}.txt").read_text("utf-8").split())


_GIVEN: Final = _words("given")
_OFFICES: Final = _words("offices")
_CAPITALISED: Final = r"[A-ZÄÖÜ][a-zäöüßé]+"
_NAME: Final = rf"{_CAPITALISED}(?:-{_CAPITALISED})?"
_PERSON: Final = re.compile(
    "|".join(
        (
            rf"\b(?:{_GIVEN})(?:-{_CAPITALISED})?\s+(?:(?:von|van|de|der|zu|[A-Z]\.)\s+)*{_NAME}",
            rf"\b(?:{_OFFICES})s?\s+{_NAME}\s+{_NAME}",
            rf"\b(?:Herrn?|Frau|Mr\.?|Mrs\.?|Ms\.?)\s+(?:Dr\.\s+|Prof\.\s+)*{_NAME}",
            rf"\b(?:Dr|Prof|Dipl)\.(?:-\w+\.)?\s*(?:\w+\.\s*)*{_NAME}",
        )
    )
)
#: What looks like a person and is none, with the reason.
_NO_PERSON: Final = {
    "chair Huawei Western": "a company: 'according to the university chair Huawei Western Europe signed'",
}


@cache
def names_in(text: str) -> tuple[str, ...]:
    """What looks like the name of a person."""
    return tuple(match[0] for match in _PERSON.finditer(text))


def test_no_text_names_a_person(real_checked: Checked) -> None:
    """Decision 6 of the model: offices, units and bodies only."""
    named = {
        (name, str(triple.subject))
        for triples in real_checked.graphs.values()
        for triple in triples
        if isinstance(triple.object, ox.Literal)
        for name in names_in(triple.object.value)
    }
    assert {(name, thing) for name, thing in named if name not in _NO_PERSON} == set()
    assert {name for name, _ in named} == set(_NO_PERSON), "an exception is no longer needed"


@pytest.mark.parametrize(
    "text",
    [
        "Oberbürgermeister Otto Beispiel eröffnete die Messe.",
        "Das sagte Oberbürgermeisterin Musterfrau-Beispiel Ottilie im Rat.",
        "Mayor Otto Example opened the fair.",
        "geleitet von Dr. Beispiel",
        "Prof. Dr. Beispiel und andere",
        "Prof. Dr.-Ing. O. Beispiel",
        "Frau Beispiel leitet die Stabsstelle",
        "Ansprechpartner: Herr Beispiel",
        "Thomas Beispiel, Beigeordneter",
        "Karl-Heinz van der Beispiel",
    ],
)
def test_the_name_of_a_person_is_noticed(text: str) -> None:
    assert names_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Der Oberbürgermeister der Stadt Musterstadt unterschrieb.",
        "das Heinrich-Heine-Gymnasium an der Karl-Marx-Straße",
        "Chief Digital Officer der Stadt",
        "Die Vorsitzende des Ausschusses eröffnete die Sitzung.",
        "Dritte Lesung im Rat",
    ],
)
def test_an_office_or_a_street_is_no_person(text: str) -> None:
    assert not names_in(text)
