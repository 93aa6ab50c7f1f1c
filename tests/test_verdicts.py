"""Each rule of ``shapes/`` against its verdict file: it reports the ``fails-`` nodes there, no others."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pyshacl
import pytest
from pyshacl.errors import ReportableRuntimeError
from rdflib import Graph

from smartgraph.build.assemble import SHAPES, assemble, read_sources
from smartgraph.build.explain import Finding
from smartgraph.build.sources.turtle import Source, read_source
from smartgraph.build.validate import rdflib_graph, validate
from smartgraph.bundle import Bundle
from smartgraph.iris import rebase
from smartgraph.vocab import PLACEHOLDER, RDF_TYPE, SH

ROOT = Path(__file__).parent.parent
VERDICTS = {path.stem: path for path in sorted((ROOT / "tests" / "shapes").glob("*.ttl"))}
_BASES = (PLACEHOLDER, "http://127.0.0.1:8000/")
_RULE_TYPES = frozenset({f"{SH}PropertyShape", f"{SH}SPARQLConstraint"})


class Judged(NamedTuple):
    """All verdict files, validated together under one base."""

    base: str
    findings: tuple[Finding, ...]
    reported: dict[str, set[str]]
    "rule name → focus nodes"


@cache
def _shapes() -> tuple[ox.Triple, ...]:
    paths = sorted((ROOT / "shapes").glob("*.ttl"))
    return tuple(triple for path in paths for triple in read_source(path, SHAPES).triples)


def _named_rules() -> set[str]:
    return {
        triple.subject.value.partition("#")[2]
        for triple in _shapes()
        if triple.predicate.value == RDF_TYPE
        and isinstance(triple.subject, ox.NamedNode)
        and getattr(triple.object, "value", "") in _RULE_TYPES
    }


@pytest.fixture(scope="session")
def verdicts() -> dict[str, Source]:
    return {rule: read_source(path, "verdicts") for rule, path in VERDICTS.items()}


@pytest.fixture(scope="session")
def model(bundle: Bundle) -> tuple[Source, ...]:
    """Ontology, schemes and shapes."""
    return tuple(source for source in read_sources(bundle) if source.graph in ("ontology", "vocabulary", SHAPES))


@pytest.fixture(scope="session", params=_BASES)
def judged(request: pytest.FixtureRequest, model: tuple[Source, ...], verdicts: dict[str, Source]) -> Judged:
    assembly = assemble((*model, *verdicts.values()), request.param)
    data = frozenset(triple for name, triples in assembly.graphs.items() if name != SHAPES for triple in triples)
    findings = tuple(validate(data, assembly.graphs[SHAPES]))
    reported = defaultdict(set)
    for finding in findings:
        reported[finding.rule.partition("#")[2]].add(finding.focus)
    return Judged(request.param, findings, reported)


def _nodes(source: Source) -> set[str]:
    """The things of a verdict file that bear a verdict or stand beside them."""
    own = f"{PLACEHOLDER}id/verdict/{source.path.stem}/"
    subjects = {t.subject.value for t in source.triples if isinstance(t.subject, ox.NamedNode)}
    return {node for node in subjects if node.startswith(own)}


def test_each_rule_has_a_verdict_file_and_each_verdict_file_a_rule() -> None:
    assert set(VERDICTS) == _named_rules()


def test_the_rules_named_in_the_decision_on_the_model_exist() -> None:
    (page,) = (ROOT / "docs" / "decisions").glob("0013-*.md")
    named = set(re.findall(r"smgsh:([\w-]+)", page.read_text("utf-8")))
    assert named
    assert not named - _named_rules()


def test_every_constraint_is_a_named_rule() -> None:
    """A nameless shape would judge without a name in the report and without a verdict file."""
    holders = {f"{SH}property", f"{SH}sparql"}
    # Shapes inside an sh:or or sh:not are parts of a named rule; only a target makes a rule of its own.
    node_shapes = {
        t.subject
        for t in _shapes()
        if t.predicate.value == RDF_TYPE and getattr(t.object, "value", "") == f"{SH}NodeShape"
    }
    nameless = [
        f"{t.subject} {t.predicate}"
        for t in _shapes()
        if t.subject in node_shapes and t.predicate.value in holders and isinstance(t.object, ox.BlankNode)
    ]
    assert not nameless


@pytest.mark.parametrize("rule", VERDICTS)
def test_a_verdict_file_has_both_verdicts_and_only_nodes_of_its_own(rule: str, verdicts: dict[str, Source]) -> None:
    own = f"{PLACEHOLDER}id/verdict/{rule}/"
    verdict_of = {node: node.removeprefix(own).partition("-")[0] for node in _nodes(verdicts[rule])}
    assert {"passes", "fails"} <= set(verdict_of.values()) <= {"passes", "fails", "other"}
    strangers = {
        subject
        for triple in verdicts[rule].triples
        if not (subject := getattr(triple.subject, "value", "_:")).startswith(own)
    }
    assert not strangers


@pytest.mark.parametrize("rule", VERDICTS)
def test_a_rule_reports_exactly_the_nodes_that_fail(rule: str, judged: Judged, verdicts: dict[str, Source]) -> None:
    own = f"{PLACEHOLDER}id/verdict/{rule}/"
    failing = {
        rebase(node, judged.base) for node in _nodes(verdicts[rule]) if node.removeprefix(own).startswith("fails-")
    }
    moved = rebase(own, judged.base)
    # "other-" nodes are the props around the verdicts; they may be as wrong as a verdict needs them.
    reported = {
        node
        for node in judged.reported[rule]
        if node.startswith(moved) and not node.removeprefix(moved).startswith("other-")
    }
    assert reported == failing


def test_every_finding_speaks_german_and_english_and_fills_its_gaps(judged: Judged) -> None:
    unfit = {
        (finding.rule, finding.de, finding.en)
        for finding in judged.findings
        if finding.de == finding.en
        or not finding.de
        or not finding.en
        or re.search(r"\{[?$]|\{\w*\}", finding.de + finding.en)
    }
    assert not unfit


@pytest.mark.parametrize("rule", VERDICTS)
def test_each_rule_has_one_message_in_german_and_one_in_english(rule: str) -> None:
    iri = f"{PLACEHOLDER}shapes#{rule}"
    languages = sorted(
        triple.object.language or ""
        for triple in _shapes()
        if triple.subject == ox.NamedNode(iri)
        and triple.predicate.value == f"{SH}message"
        and isinstance(triple.object, ox.Literal)
    )
    assert languages == ["de", "en"]


def test_the_shapes_conform_to_the_shapes_of_shapes() -> None:
    """Spec: https://www.w3.org/TR/shacl/#shacl-shacl"""
    conforms, _, text = pyshacl.validate(Graph(), shacl_graph=rdflib_graph(_shapes()), meta_shacl=True)
    assert conforms, text


@pytest.mark.parametrize(
    "broken",
    [
        pytest.param('sh:minCount "one"', id="a count that is no number"),
        pytest.param("sh:maxCount 1 , 2", id="two counts"),
        pytest.param('sh:in "theme"', id="a list that is none"),
        pytest.param("sh:severity 3 ; sh:path rdfs:label", id="two paths"),
    ],
)
def test_a_broken_shape_does_not_conform_to_the_shapes_of_shapes(broken: str) -> None:
    """The check above would be worth nothing if it let these pass."""
    shapes = Graph().parse(
        data=f"""PREFIX sh: <{SH}>  PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>  PREFIX ex: <https://example.org/>
          ex:Shape a sh:NodeShape ; sh:targetClass ex:Thing ; sh:property ex:rule .
          ex:rule a sh:PropertyShape ; sh:path ex:field ; {broken} .""",
        format="turtle",
    )
    with pytest.raises(ReportableRuntimeError, match="does not validate against the SHACL Shapes"):
        pyshacl.validate(Graph(), shacl_graph=shapes, meta_shacl=True)


def test_no_rule_keeps_the_placeholder_when_the_shapes_move(model: tuple[Source, ...]) -> None:
    moved = assemble(model, _BASES[1]).graphs[SHAPES]
    assert not [str(triple) for triple in moved if PLACEHOLDER in str(triple)]
