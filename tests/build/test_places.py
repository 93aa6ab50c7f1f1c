"""Where a finding stands, in every syntax."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from bundles_for_tests import PROLOGUE

from smartgraph.build.explain import Finding
from smartgraph.build.places import Lines, Places
from smartgraph.build.sources.turtle import Source, read_source
from smartgraph.vocab import PLACEHOLDER, PREFIXES

BASE = "http://127.0.0.1:8000/"
X = f"{BASE}id/strategy/x"
LABEL, STATUS, TYPE = PREFIXES["skos"] + "prefLabel", f"{BASE}ns#status", PREFIXES["rdf"] + "type"
LINES = PROLOGUE.count("\n")


def source(folder: Path, text: str, name: str = "essen.ttl") -> Source:
    path = folder / name
    path.write_text(text, "utf-8")
    return read_source(path, "essen")


def lines(folder: Path, text: str, name: str = "essen.ttl") -> Lines:
    return Lines(source(folder, text, name), BASE)


@pytest.mark.parametrize(
    "text",
    [
        f"PREFIX strategy: <{PLACEHOLDER}id/strategy/>\n\nstrategy:x a <urn:x> .",
        f"# one\n\n<{PLACEHOLDER}id/strategy/x>\n    a <urn:x> ;\n.",
        f"@base <{PLACEHOLDER}id/> .\n\n<strategy/x> a <urn:x> .",
        f"BASE <{PLACEHOLDER}id/>\n\n  <strategy/x> a <urn:x> .",
        f"@prefix : <{PLACEHOLDER}id/strategy/> .\n\n:x a <urn:x> .",
        f"@prefix s: <{PLACEHOLDER}id/strategy/> .\n<urn:a> <urn:b> s:x-2 , s:x .\ns:x a <urn:x> .",
        f'<urn:a> <urn:b> """\n<{PLACEHOLDER}id/strategy/x> a """ .\n<{X}> a <urn:x> .',
        f"<urn:a> <urn:b> 'it' , ( [ <urn:c> <{X}> ] <{X}> ) .\n\n<{X}> a <urn:x> .",
    ],
)
def test_the_line_of_a_thing_is_found_however_it_is_written(tmp_path: Path, text: str) -> None:
    assert lines(tmp_path, text).find(X) == 3


_BLOCK = """strategy:x a smg:Strategy ;
  skos:prefLabel "A; b. # c"@de ,
    "B \\"d\\""@en ;
  smg:status [ a <urn:x> ;
    skos:prefLabel "inside" ] ,
    status:idea ;
  smg:amount 12.5 .
strategy:x dcterms:title 'later' ."""


@pytest.mark.parametrize(
    ("field", "value", "line"),
    [
        (TYPE, PREFIXES["smg"] + "Strategy", 1),
        (LABEL, "A; b. # c", 2),
        (LABEL, 'B "d"', 3),
        (LABEL, "", 2),
        (LABEL, "no such value", 2),
        (STATUS, "", 4),
        (STATUS, f"{BASE}concept/status/idea", 6),
        (f"{BASE}ns#amount", "12.5", 7),
        (PREFIXES["dcterms"] + "title", "later", 8),
        ("urn:missing", "", 1),
    ],
)
def test_the_line_is_that_of_the_value_else_of_the_field_else_of_the_thing(
    tmp_path: Path, field: str, value: str, line: int
) -> None:
    assert lines(tmp_path, PROLOGUE + _BLOCK).find(X, field, value) == LINES + line


_RDF = f"""<?xml version="1.0"?>
<r:RDF xmlns:r="{PREFIXES["rdf"]}" xmlns:skos="{PREFIXES["skos"]}" xmlns:smg="{PREFIXES["smg"]}"
  xml:base="{PLACEHOLDER}id/">
 <smg:Strategy r:about="strategy/x">
  <skos:prefLabel>A</skos:prefLabel>
  <smg:status
    r:resource="{PLACEHOLDER}concept/status/idea"/>
 </smg:Strategy>
</r:RDF>"""
_JSONLD = f"""{{"@context": {{"strategy": "{PLACEHOLDER}id/strategy/", "partOf": {{"@id": "urn:p", "@type": "@id"}}}},
 "@graph": [
  {{"@id": "strategy:y", "urn:p": {{"@id": "strategy:x"}}}},
  {{"@id": "strategy:x",
   "urn:b": 1}}]}}"""


@pytest.mark.parametrize(
    ("name", "text", "field", "value", "line"),
    [
        ("a.nt", f'<{X}> <urn:p> "a" .\n<{X}> <{LABEL}> "b" .\n', LABEL, "b", 2),
        ("a.nq", f'<{X}> <urn:p> "a" <urn:g> .\n<{X}> <{LABEL}> "b" <urn:g> .\n', LABEL, "b", 2),
        ("a.trig", f'GRAPH <urn:g> {{\n<{X}> <urn:p> "a" }}\n<urn:h> {{ <{X}> <{LABEL}> "b" . }}', LABEL, "b", 3),
        ("a.rdf", _RDF, "", "", 4),
        ("a.rdf", _RDF, LABEL, "A", 5),
        ("a.rdf", _RDF, STATUS, f"{BASE}concept/status/idea", 6),
        ("a.jsonld", _JSONLD, "urn:b", "1", 4),
        ("a.json", _JSONLD, "", "", 4),
    ],
)
def test_the_line_is_found_in_every_syntax(
    tmp_path: Path, name: str, text: str, field: str, value: str, line: int
) -> None:
    assert lines(tmp_path, text, name).find(X, field, value) == line


def test_what_the_file_does_not_describe_has_no_line(tmp_path: Path) -> None:
    assert lines(tmp_path, f"<urn:a> <urn:b> <{X}> .").find(X) is None


def test_a_finding_gets_the_file_of_its_thing_or_keeps_its_own(tmp_path: Path) -> None:
    here = source(tmp_path, f"<{X}> a <urn:x> .\n<{X}#c1> a <urn:x> .")
    places = Places([here], {X: here}, BASE)
    found = Finding(rule="r", focus=f"{X}#c1", de="", en="")
    assert places.located(found) == replace(found, file=here.path, line=2)
    assert places.located(replace(found, focus=f"{X}#c2")).line == 1
    elsewhere = replace(found, file=tmp_path / "bochum.ttl")
    assert places.located(elsewhere) == elsewhere
    lost = replace(found, focus="urn:lost")
    assert places.located(lost) == lost


def test_a_node_without_a_name_is_found_where_it_is_pointed_to(tmp_path: Path) -> None:
    here = source(tmp_path, f"<{X}> a <urn:x> ;\n <{PLACEHOLDER}ns#p> [ <urn:q> [ a <urn:x> ] ] .")
    nodes = [str(triple.object) for triple in here.triples if str(triple.object).startswith("_:")]
    places = Places([here], {X: here}, BASE)
    for node in nodes:
        found = places.located(Finding(rule="r", focus=node, de="", en="", path="urn:r"))
        assert (found.file, found.line) == (here.path, 2 if node == nodes[0] else found.line)
