"""The four forms of the report say the same."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE
from rdflib import Graph
from rdflib.namespace import RDF, SH

from smartgraph.build.explain import Finding, Report, report
from smartgraph.build.publish import check
from smartgraph.build.reports import as_html, as_json, as_text, as_ttl
from smartgraph.bundle import Bundle
from smartgraph.vocab import PLACEHOLDER, PREFIXES

ROOT = Path("/bundle")
EVIL = "<script>alert(1)</script>\x1b[31m\u202e\" ' & </dd>"
WRONG = (
    PROLOGUE
    + """
project:neu a smg:Project ;
  skos:prefLabel "<script>alert(1)</script>" ;
  smg:status status:laufend ;
  smg:statusAsOf "12.03.2021" ;
  smg:responsibleBody authority:musterstad ;
  dcterms:temporal <https://smartgraph.example/id/project/neu#zeit> ;
  smg:farbe [ a smg:Citation ] .
<https://smartgraph.example/id/project/neu#zeit> a dcterms:PeriodOfTime ;
  dcat:startDate "2022-13"^^xsd:gYearMonth .
"""
)


@pytest.fixture(scope="module")
def wrong(fixture_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Report:
    path = tmp_path_factory.mktemp("wrong") / "neu.ttl"
    path.write_text(WRONG, "utf-8")
    return check(fixture_bundle, PLACEHOLDER, extra=(path,)).report.about((path,))


def finding(**more: object) -> Finding:
    return Finding(
        **{"rule": f"{PLACEHOLDER}shapes#R", "focus": f"{PLACEHOLDER}id/project/x", "de": "Falsch.", "en": "Wrong."}
        | more
    )


# ---- One mistake, one finding ----


def test_a_month_that_does_not_exist_is_one_finding(wrong: Report) -> None:
    """Without folding it would be four: the datatype, the field's rule and two bounds."""
    period = [f for f in wrong.findings if f.focus.endswith("#zeit") and f.severity == "violation"]
    (found,) = period
    assert found.rule == "well-formed-value"
    assert sorted(other.rule.partition("#")[2] for other in found.also) == [
        "Period-start", "Period-startEarliest", "Period-startLatest",
    ]  # fmt: skip


def test_each_mistake_has_its_line_what_is_wanted_and_a_way_out(wrong: Report) -> None:
    told = {
        PREFIXES["smg"] + "status": ("status:implementation", "status:"),
        PREFIXES["smg"] + "statusAsOf": ('"2021-03-12"^^xsd:date', "2022-03-29"),
        PREFIXES["smg"] + "responsibleBody": ("authority:musterstadt", "org:Organization"),
        PREFIXES["skos"] + "prefLabel": ('"<script>alert(1)</script>"@de', "language"),
    }
    for path, (instead, wanted) in told.items():
        (found,) = [f for f in wrong.violations if f.path == path]
        assert found.replacement == instead
        assert found.wanted is not None
        assert wanted in found.wanted.en
        assert found.line
        assert path.rpartition("#")[2] in WRONG.splitlines()[found.line - 1]


# ---- Text ----


def test_the_text_names_thing_field_value_and_rule_in_the_wanted_language() -> None:
    made = report([finding(file=ROOT / "data" / "essen.ttl", line=7, path=PREFIXES["skos"] + "prefLabel")], PLACEHOLDER)
    assert as_text.render(made, "en", ROOT) == (
        "data/essen.ttl:7: project:x\n"
        "  error, line 7: Wrong.\n"
        "      field: skos:prefLabel\n"
        "      rule: smgsh:R\n"
        "\n"
        "1 error, 0 warnings, 0 hints, in 1 thing."
    )
    assert as_text.render(made, "de", ROOT) == (
        "data/essen.ttl:7: project:x\n"
        "  Fehler, Zeile 7: Falsch.\n"
        "      Feld: skos:prefLabel\n"
        "      Regel: smgsh:R\n"
        "\n"
        "1 Fehler, 0 Warnungen, 0 Hinweise, in 1 Eintrag."
    )


def test_a_report_without_findings_says_that_all_is_well() -> None:
    assert as_text.render(Report(PLACEHOLDER), "de", ROOT) == "Die Daten sind in Ordnung."
    assert "The data conform." in as_html.render(Report(PLACEHOLDER), "en", ROOT)
    assert as_json.document(Report(PLACEHOLDER), ROOT)["conforms"] is True


def test_no_value_steers_the_terminal() -> None:
    said = as_text.render(report([finding(de=EVIL, en=EVIL)], PLACEHOLDER), "en", ROOT)
    assert "\x1b" not in said
    assert "\u202e" not in said


def test_no_report_tells_a_folder_of_the_machine(wrong: Report) -> None:
    assert wrong.findings[0].file is not None
    folder = str(wrong.findings[0].file.parent)
    for text in (as_text.render(wrong, "de", ROOT), as_html.render(wrong, "de", ROOT), as_json.render(wrong, ROOT)):
        assert folder not in text
        assert "neu.ttl" in text


# ---- HTML ----


class _Page(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_is_whole_names_its_language_and_loads_nothing(wrong: Report, language: str) -> None:
    page = _Page(as_html.render(wrong, language, ROOT))
    assert not page.open
    tags = [tag for tag, _ in page.tags]
    assert ("html", {"lang": language}) in page.tags
    assert tags.count("h1") == tags.count("main") == 1
    assert tags.count("article") == len(wrong.findings)
    assert tags.count("section") == len(wrong.groups)
    assert not {"script", "link", "img", "iframe"} & set(tags)
    assert not [attributes for _, attributes in page.tags if {"src", "href", "style"} & attributes.keys()]


def test_the_page_escapes_what_the_data_hold() -> None:
    found = finding(de=EVIL, en=EVIL, focus=f"{PLACEHOLDER}id/{EVIL}", value=EVIL, rule=EVIL, path=EVIL)
    page = _Page(as_html.render(report([found], PLACEHOLDER), "de", ROOT))
    assert not page.open
    assert "script" not in [tag for tag, _ in page.tags]


def test_the_page_is_light_and_dark_and_fit_for_paper(wrong: Report) -> None:
    style = as_html.render(wrong, "de", ROOT)
    for rule in ("color-scheme: light dark", "prefers-color-scheme: dark", "@media print"):
        assert rule in style


# ---- JSON ----


def test_the_keys_of_the_json_stay() -> None:
    made = as_json.document(report([finding(file=ROOT / "data" / "essen.ttl", line=7)], PLACEHOLDER), ROOT)
    assert made["counts"] == {"violation": 1, "warning": 0, "info": 0}
    assert made["findings"] == [
        {
            "severity": "violation", "rule": f"{PLACEHOLDER}shapes#R", "component": "",
            "focus": f"{PLACEHOLDER}id/project/x", "path": "", "value": "",
            "thing": {"iri": f"{PLACEHOLDER}id/project/x", "name": "project:x", "label": None, "kind": None},
            "field": None, "message": {"de": "Falsch.", "en": "Wrong."}, "found": None, "wanted": None,
            "suggestion": None, "replacement": "", "also": [], "file": "data/essen.ttl", "line": 7,
        }
    ]  # fmt: skip


def test_the_json_documents_each_of_its_keys(wrong: Report) -> None:
    made = json.loads(as_json.render(wrong, ROOT))
    documented = set(re.findall(r"``(\w+)``", as_json.__doc__ or ""))
    assert set(made) | set(made["findings"][0]) <= documented
    assert len(made["findings"]) == len(wrong.findings)


# ---- Turtle ----


def test_the_turtle_is_a_report_of_the_standard_with_every_result(wrong: Report) -> None:
    graph = Graph()
    graph.parse(data=as_ttl.render(wrong), format="turtle")
    (top,) = graph.subjects(RDF.type, SH.ValidationReport)
    results = set(graph.objects(top, SH.result))
    all_findings = [*wrong.findings, *(other for found in wrong.findings for other in found.also)]
    assert len(results) == len(all_findings) > len(wrong.findings)
    told = sorted((str(graph.value(r, SH.sourceConstraint) or graph.value(r, SH.sourceShape))) for r in results)
    assert told == sorted(f.rule if ":" in f.rule else f"{PLACEHOLDER}shapes#{f.rule}" for f in all_findings)
    for result in results:
        for part in (SH.focusNode, SH.resultSeverity, SH.sourceConstraintComponent, SH.sourceShape):
            assert len(list(graph.objects(result, part))) == 1
        languages = sorted(m.language or "" for m in graph.objects(result, SH.resultMessage))  # type: ignore[attr-defined]
        assert languages == ["de", "en"]
    assert str(graph.value(top, SH.conforms)) == "false"


def test_values_keep_their_kind_in_turtle(wrong: Report) -> None:
    triples = [quad.triple for quad in ox.parse(as_ttl.render(wrong), ox.RdfFormat.TURTLE)]
    values = {triple.object for triple in triples if triple.predicate.value == f"{SH}value"}
    assert ox.NamedNode(PREFIXES["status"] + "laufend") in values
    assert ox.Literal("2022-13", datatype=ox.NamedNode(PREFIXES["xsd"] + "gYearMonth")) in values
    assert any(isinstance(value, ox.BlankNode) for value in values)


def test_data_without_results_conform_and_a_hint_is_a_result() -> None:
    assert "sh:conforms true" in as_ttl.render(Report(PLACEHOLDER))
    hint = report([finding(severity="info")], PLACEHOLDER)
    assert hint.conforms
    assert "sh:conforms false" in as_ttl.render(hint)


def test_paths_over_several_fields_are_written_out() -> None:
    routes = [("alternative", "urn:a", ("inverse", "urn:b")), ("sequence", "urn:a", ("zeroOrMore", "urn:b"))]
    made = Report(PLACEHOLDER, tuple(finding(route=route) for route in routes))
    graph = Graph()
    graph.parse(data=as_ttl.render(made), format="turtle")
    assert len(list(graph.objects(None, SH.resultPath))) == 2
    assert len(list(graph.objects(None, SH.alternativePath))) == 1
    assert len(list(graph.objects(None, SH.inversePath))) == 1
    assert len(list(graph.objects(None, RDF.first))) == 4


def test_the_same_report_gives_the_same_turtle(wrong: Report) -> None:
    assert as_ttl.render(wrong) == as_ttl.render(wrong)
