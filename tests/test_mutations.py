"""Whatever a shape requires is taken away once from a complete thing: exactly the rule that asks for it must say so.

All mutants stand in one graph and are validated together. A mutant is a copy of a thing under an IRI of its own, with
the links that lead to it, less the values that one rule asks for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from smartgraph.build.assemble import SHAPES, assemble, read_sources
from smartgraph.build.derive import derive
from smartgraph.build.sources.turtle import read_source
from smartgraph.build.validate import validate
from smartgraph.bundle import Bundle
from smartgraph.vocab import PLACEHOLDER, PREFIXES, RDF_TYPE

_COMPLETE: Final = Path(__file__).parent / "mutations" / "one_of_each.ttl"
_RULES: Final = """
SELECT DISTINCT ?kind ?target ?rule ?path ?count ?language WHERE {
  VALUES ?kind { sh:targetClass sh:targetSubjectsOf sh:targetObjectsOf }
  ?shape ?kind ?target ; sh:property ?rule .
  ?rule sh:path ?path .
  OPTIONAL { ?rule sh:minCount ?minimum }
  OPTIONAL { ?rule sh:hasValue ?wanted }
  OPTIONAL { ?rule sh:qualifiedMinCount ?qualified }
  OPTIONAL { ?rule sh:qualifiedValueShape/sh:languageIn/rdf:first ?language }
  BIND(COALESCE(?minimum, ?qualified, IF(BOUND(?wanted), 1, 0)) AS ?count)
  FILTER(?count > 0)
}"""
_TERM = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple


@dataclass(frozen=True, slots=True)
class Requirement:
    """A rule that wants at least ``count`` values along ``path`` of each thing that ``kind target`` points to."""

    rule: str
    kind: str
    target: ox.NamedNode
    path: ox.NamedNode | ox.BlankNode
    count: int
    language: str


@dataclass(slots=True)
class Graph:
    """Triples by subject and by object."""

    by_subject: dict[_TERM, set[ox.Triple]] = field(default_factory=lambda: defaultdict(set))
    by_object: dict[_TERM, set[ox.Triple]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def of(cls, triples: Iterator[ox.Triple]) -> Graph:
        graph = cls()
        for triple in triples:
            graph.by_subject[triple.subject].add(triple)
            graph.by_object[triple.object].add(triple)
        return graph

    def targets(self, requirement: Requirement) -> set[_TERM]:
        """The things that the requirement is about."""
        subjects, is_class = self.by_subject.values(), requirement.kind == "targetClass"
        if is_class:
            return {t.subject for t in self.by_object[requirement.target] if t.predicate.value == RDF_TYPE}
        found = (t for triples in subjects for t in triples if t.predicate == requirement.target)
        return {t.subject if requirement.kind == "targetSubjectsOf" else t.object for t in found}


@pytest.fixture(scope="module")
def complete(bundle: Bundle) -> tuple[frozenset[ox.Triple], frozenset[ox.Triple]]:
    """The model with one complete thing of each kind, as it is validated; and the shapes."""
    model = (source for source in read_sources(bundle) if source.graph in ("ontology", "vocabulary", SHAPES))
    assembly = assemble((*model, read_source(_COMPLETE, "complete")), PLACEHOLDER)
    authored = [triples for name, triples in assembly.graphs.items() if name != SHAPES]
    return frozenset().union(*authored, derive(authored, PLACEHOLDER)), assembly.graphs[SHAPES]


@pytest.fixture(scope="module")
def shapes(complete: tuple[frozenset[ox.Triple], frozenset[ox.Triple]]) -> ox.Store:
    store = ox.Store()
    store.extend(ox.Quad(t.subject, t.predicate, t.object) for t in complete[1])
    return store


@pytest.fixture(scope="module")
def requirements(shapes: ox.Store) -> tuple[Requirement, ...]:
    rows = shapes.query(_RULES, prefixes=dict(PREFIXES))
    assert isinstance(rows, ox.QuerySolutions)
    return tuple(
        Requirement(
            row["rule"].value, row["kind"].value.partition("#")[2], row["target"], row["path"], int(row["count"].value),
            row["language"].value if row["language"] else "",
        )
        for row in rows
    )  # fmt: skip


def _members(shapes: ox.Store, head: _TERM) -> Iterator[_TERM]:
    first, rest = (ox.NamedNode(f"{PREFIXES['rdf']}{name}") for name in ("first", "rest"))
    while list(shapes.quads_for_pattern(head, first, None)):
        yield next(shapes.quads_for_pattern(head, first, None)).object
        head = next(shapes.quads_for_pattern(head, rest, None)).object


def _first_steps(shapes: ox.Store, path: _TERM) -> Iterator[tuple[ox.NamedNode, bool]]:
    """The properties by which a path leaves its thing, each with True where it is followed backwards."""
    if isinstance(path, ox.NamedNode):
        yield path, False
        return
    parts = {quad.predicate.value.partition("#")[2]: quad.object for quad in shapes.quads_for_pattern(path, None, None)}
    if "inversePath" in parts:
        yield parts["inversePath"], True
    elif "alternativePath" in parts:
        for member in _members(shapes, parts["alternativePath"]):
            yield from _first_steps(shapes, member)
    elif "first" in parts:
        yield from _first_steps(shapes, parts["first"])
    else:
        raise AssertionError(f"a kind of path that this test does not know: {sorted(parts)}")


def _copy(graph: Graph, thing: _TERM, name: str) -> set[ox.Triple]:
    """The thing with its own nodes (``thing#…``) and the links to it, under the IRI ``name``."""
    own = {node for node in graph.by_subject if node == thing or node.value.startswith(f"{thing.value}#")}

    def moved(term: _TERM) -> _TERM:
        return ox.NamedNode(term.value.replace(thing.value, name, 1)) if term in own else term

    triples = {triple for node in own for triple in graph.by_subject[node] | graph.by_object[node]}
    return {ox.Triple(moved(t.subject), t.predicate, moved(t.object)) for t in triples}


def _without(triples: set[ox.Triple], thing: str, requirement: Requirement, shapes: ox.Store) -> set[ox.Triple]:
    """The mutant: without the values that the requirement counts, or with too few of them."""
    steps = set(_first_steps(shapes, requirement.path))
    taken = {
        triple
        for triple in triples
        if ((triple.predicate, False) in steps and triple.subject.value == thing)
        or ((triple.predicate, True) in steps and triple.object.value == thing)
        if not requirement.language or getattr(triple.object, "language", None) == requirement.language
    }
    if requirement.kind == "targetSubjectsOf" and (requirement.target, False) in steps:
        taken = set(sorted(taken, key=str)[1:])  # without any value the rule would not look at the thing
    return triples - taken


@dataclass(frozen=True, slots=True)
class Mutants:
    wanted: dict[str, Requirement]
    "mutant → the requirement it breaks"
    healthy: dict[str, str]
    "mutant → a copy of the same thing from which nothing was taken"
    reported: dict[str, set[str]]
    "mutant or healthy copy → the rules that speak of it"


@pytest.fixture(scope="module")
def mutants(
    complete: tuple[frozenset[ox.Triple], frozenset[ox.Triple]],
    shapes: ox.Store,
    requirements: tuple[Requirement, ...],
) -> Mutants:
    data, rules = complete
    graph = Graph.of(iter(data))
    wanted: dict[str, Requirement] = {}
    healthy: dict[str, str] = {}
    triples = set(data)
    for requirement in requirements:
        for things in _by_class(graph, graph.targets(requirement)).values():
            thing = min(things, key=str)
            name = f"{PLACEHOLDER}id/mutant/{len(wanted)}"
            wanted[name], healthy[name] = requirement, f"{PLACEHOLDER}id/healthy/{len(wanted)}"
            triples |= _without(_copy(graph, thing, name), name, requirement, shapes)
            triples |= _copy(graph, thing, healthy[name])
    reported = defaultdict(set)
    for finding in validate(triples, rules):
        reported[finding.focus].add(finding.rule)
    return Mutants(wanted, healthy, reported)


def _by_class(graph: Graph, things: set[_TERM]) -> dict[frozenset[str], set[_TERM]]:
    """Things grouped by all their classes: one of each group stands for the others."""
    groups = defaultdict(set)
    for thing in things:
        groups[frozenset(t.object.value for t in graph.by_subject[thing] if t.predicate.value == RDF_TYPE)].add(thing)
    return groups


def test_the_complete_things_give_no_reason_for_complaint(
    complete: tuple[frozenset[ox.Triple], frozenset[ox.Triple]],
) -> None:
    """Else a mutant might be reported for a fault that it was born with."""
    assert [(finding.rule, finding.focus) for finding in validate(*complete)] == []


def test_every_requirement_is_broken_by_a_mutant(mutants: Mutants, requirements: tuple[Requirement, ...]) -> None:
    """If this fails, add a complete thing of the missing kind to tests/mutations/one_of_each.ttl."""
    uncovered = {
        (requirement.rule, requirement.target.value) for requirement in set(requirements) - set(mutants.wanted.values())
    }
    assert len(requirements) > 100
    assert not uncovered


def test_every_mutant_is_reported_by_the_rule_that_it_breaks(mutants: Mutants) -> None:
    missed = {
        (mutant, requirement.rule)
        for mutant, requirement in mutants.wanted.items()
        if requirement.rule not in mutants.reported[mutant]
    }
    assert not missed


def test_a_healthy_copy_is_not_reported_by_that_rule(mutants: Mutants) -> None:
    """It is what was taken away that the rule speaks of, not the copying."""
    blamed = {
        (mutant, requirement.rule)
        for mutant, requirement in mutants.wanted.items()
        if requirement.rule in mutants.reported[mutants.healthy[mutant]]
    }
    assert not blamed
