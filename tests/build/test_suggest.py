"""What to write instead."""

from __future__ import annotations

import time
from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE

from smartgraph.build.assemble import assemble, read_sources
from smartgraph.build.explain import Asked, Finding
from smartgraph.build.naming import Names
from smartgraph.build.suggest import Suggester, read_date
from smartgraph.bundle import Bundle
from smartgraph.vocab import PLACEHOLDER, PREFIXES

XSD = PREFIXES["xsd"]


def full(name: str) -> str:
    prefix, _, local = name.partition(":")
    return PREFIXES[prefix] + local


@pytest.fixture(scope="module")
def suggester() -> Suggester:
    """Knows the project's model and a few things."""
    bundle = Bundle(Path(__file__).parents[2])
    model = [source for source in read_sources(bundle) if source.graph in ("ontology", "vocabulary")]
    graphs = assemble(tuple(model), PLACEHOLDER).graphs
    more = """
        authority:essen a smg:LocalAuthority ; skos:prefLabel "Stadt Essen"@de , "City of Essen"@en .
        authority:bochum a smg:LocalAuthority ; skos:prefLabel "Stadt Bochum"@de .
        area:essen a smg:AdministrativeArea ; smg:ags "05113000" .
        project:x a smg:Project ; schema:sameAs <https://www.example.org/known> .
    """
    triples = [t for graph in graphs.values() for t in graph]
    triples += [quad.triple for quad in ox.parse(PROLOGUE + more, ox.RdfFormat.TURTLE)]
    return Suggester(Names(PLACEHOLDER, triples), triples)


def finding(
    term: ox.NamedNode | ox.Literal | None, path: str = "smg:status", rule: str = "r", **asked: set[str]
) -> Finding:
    wanted = Asked(**{name: frozenset(values) for name, values in asked.items()})
    value = term.value if term is not None else ""
    return Finding(rule=rule, focus="f", de="", en="", path=full(path), value=value, term=term, asked=wanted)


def link(name: str) -> ox.NamedNode:
    return ox.NamedNode(full(name))


def typed(text: str, datatype: str) -> ox.Literal:
    return ox.Literal(text, datatype=ox.NamedNode(XSD + datatype))


STATUS = {"schemes": {f"{PLACEHOLDER}concept/status"}}
DATES = {"datatypes": {f"{XSD}date", f"{XSD}gYearMonth", f"{XSD}gYear"}}
DANGLING = {"rule": "urn:#Structure-dangling-link"}
LANG_STRING = f"{PREFIXES['rdf']}langString"


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        (finding(link("status:laufend"), **STATUS), "status:implementation"),
        (finding(link("status:Abgeschlossen"), **STATUS), "status:completed"),
        (finding(link("status:plannning"), **STATUS), "status:planning"),
        (finding(ox.Literal("umgesetzt"), **STATUS), "status:implementation"),
        (finding(ox.Literal("Idea"), values={full("status:idea"), full("status:paused")}), "status:idea"),
        (finding(ox.Literal("x"), "smg:responsibelBody", rule="urn:#Structure-known-property"), "smg:responsibleBody"),
        (
            finding(ox.Literal("x"), "smg:verantwortlicheStelle", rule="urn:#Structure-known-property"),
            "smg:responsibleBody",
        ),
        (finding(link("smg:Strategie"), "rdf:type", rule="urn:#Structure-known-class"), "smg:Strategy"),
        (finding(link("authority:esen"), "smg:responsibleBody", **DANGLING), "authority:essen"),
        (
            finding(ox.Literal("Stadt Essen"), "smg:responsibleBody", classes={full("smg:LocalAuthority")}),
            "authority:essen",
        ),
        (finding(link("authority:essn"), "smg:inDistrict", classes={full("smg:LocalAuthority")}), "authority:essen"),
        (finding(ox.NamedNode("http://www.example.org/known"), "schema:sameAs"), "https://www.example.org/known"),
        (
            finding(ox.NamedNode("https://metadata.un.org/sdg/9"), "smg:sdg", patterns={"^http://metadata"}),
            "http://metadata.un.org/sdg/9",
        ),
        (finding(ox.Literal("12.03.2021"), "smg:date", **DATES), '"2021-03-12"^^xsd:date'),
        (finding(typed("März 2021", "gYearMonth"), "smg:date"), '"2021-03"^^xsd:gYearMonth'),
        (finding(typed("2021", "date"), "smg:date", **DATES), '"2021"^^xsd:gYear'),
        (finding(ox.Literal("Ampeln"), "skos:prefLabel", datatypes={LANG_STRING}), '"Ampeln"@de'),
        (finding(ox.Literal("x", language="deu"), "skos:prefLabel", languages={"de", "en"}), '"x"@de'),
        (finding(ox.Literal("x", language="de-at"), "skos:prefLabel", languages={"de", "en"}), '"x"@de'),
        (finding(ox.Literal("x ", language="en"), "skos:prefLabel", patterns={r"^\S(.*\S)?$"}), '"x"@en'),
        (finding(ox.Literal("5113000"), "smg:ags", patterns={r"^\d{8}$"}), '"05113000"'),
        (finding(typed("12", "string"), "smg:position", datatypes={f"{XSD}integer"}), '"12"^^xsd:integer'),
        (
            finding(typed("05113000", "integer"), "smg:ags", datatypes={f"{XSD}string"}, patterns={r"^\d{8}$"}),
            '"05113000"',
        ),
        (finding(ox.Literal("1.250.000,50 €"), "smg:amount", datatypes={f"{XSD}decimal"}), '"1250000.50"^^xsd:decimal'),
        (finding(typed("12,5", "decimal"), "smg:amount"), '"12.5"^^xsd:decimal'),
        (finding(ox.Literal("ja"), "smg:openEnd", datatypes={f"{XSD}boolean"}), "true"),
        (
            finding(ox.Literal("www.example.org/a"), "foaf:page", node_kinds={f"{PREFIXES['sh']}IRI"}),
            "<https://www.example.org/a>",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else value.value or value.path,
)
def test_the_right_spelling_is_suggested_in_both_languages(suggester: Suggester, found: Finding, instead: str) -> None:
    told = suggester.suggested(found)
    assert told.replacement == instead
    assert told.suggestion is not None
    assert instead in told.suggestion.de
    assert instead in told.suggestion.en
    assert told.suggestion.de != told.suggestion.en


@pytest.mark.parametrize(
    "found",
    [
        finding(link("status:xyzzy"), **STATUS),
        finding(typed("2022-13", "gYearMonth"), "smg:date", **DATES),
        finding(typed("2021-02-30", "date"), "smg:date", **DATES),
        finding(ox.Literal("5999999"), "smg:ags", patterns={r"^\d{8}$"}),
        finding(link("authority:qqqqqq"), "smg:responsibleBody", **DANGLING),
        finding(ox.Literal("kein Link"), "foaf:page", node_kinds={f"{PREFIXES['sh']}IRI"}),
        finding(ox.Literal("vielleicht"), "smg:openEnd", datatypes={f"{XSD}boolean"}),
        finding(None, "skos:prefLabel", datatypes={LANG_STRING}),
    ],
    ids=lambda found: found.value or found.path,
)
def test_nothing_is_suggested_by_guessing(suggester: Suggester, found: Finding) -> None:
    assert suggester.suggested(found) == found
    assert suggester.suggested(found).suggestion is None


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("12.3.2021", "2021-03-12"),
        ("12. März 2021", "2021-03-12"),
        ("March 12, 2021", "2021-03-12"),
        ("2021/3/5", "2021-03-05"),
        ("2021-03-12T10:00:00", "2021-03-12"),
        ("2021-3", "2021-03"),
        ("03/2021", "2021-03"),
        ("Maerz 2021", "2021-03"),
        ("Dez. 2021", "2021-12"),
        ("2021", "2021"),
    ],
)
def test_a_date_is_read_as_people_write_it(text: str, read: str) -> None:
    found = read_date(text)
    assert found is not None
    assert found[0] == read


@pytest.mark.parametrize("text", ["", "2021-13", "30.02.2021", "13/2021", "Brachmond 2021", "0000", "bald"])
def test_what_is_no_date_is_not_made_one(text: str) -> None:
    assert read_date(text) is None


def test_very_many_unknown_names_and_very_long_ones_cost_little(suggester: Suggester) -> None:
    assert suggester.nearest("x" * 100_000, [full("status:idea")]) is None
    started = time.process_time()
    for number in range(2000):
        suggester.suggested(finding(link(f"status:fault-{number}"), **STATUS))
    assert time.process_time() - started < 5
