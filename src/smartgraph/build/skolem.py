"""A name for every node without one, so that each can be looked up.

The name is a hash of what the node says and of how it hangs on its owners: an edit elsewhere leaves it
as it is, and the same facts give the same names anywhere. Nodes that the hash cannot tell apart are told
apart by their canonical labels, and so are those on a cycle, which then hold only until the next edit.

Spec: RDF 1.1 Concepts, section 3.5 (replacing blank nodes with IRIs); RDF Dataset Canonicalization.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from contextlib import suppress
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.iris import genid_iri, graph_iri
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_LENGTH: Final = 24

Graphs = dict[str, frozenset[ox.Triple]]


def skolemised(graphs: Graphs, base: str) -> Graphs:
    """The graphs with an IRI under ``base`` for each node that had no name; all else as it was."""
    labelled = _with_canonical_labels(graphs, base)
    names = _names({triple for triples in labelled.values() for triple in triples}, base)
    nodes = {label: ox.NamedNode(genid_iri(name, base)) for label, name in names.items()}

    def named(triple: ox.Triple) -> ox.Triple:
        subject = nodes[triple.subject.value] if isinstance(triple.subject, ox.BlankNode) else triple.subject
        value = nodes[triple.object.value] if isinstance(triple.object, ox.BlankNode) else triple.object
        return ox.Triple(subject, triple.predicate, value)

    return {name: frozenset(map(named, triples)) for name, triples in labelled.items()}


def _with_canonical_labels(graphs: Graphs, base: str) -> Graphs:
    """The labels that nodes have in the files mean nothing; canonical ones depend on the facts alone."""
    names = {graph_iri(name, base): name for name in graphs}
    dataset = ox.Dataset(
        ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(iri))
        for iri, name in names.items()
        for t in graphs[name]
    )
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    labelled: dict[str, set[ox.Triple]] = {name: set() for name in graphs}
    for quad in dataset:
        assert isinstance(quad.graph_name, ox.NamedNode)
        labelled[names[quad.graph_name.value]].add(quad.triple)
    return {name: frozenset(triples) for name, triples in labelled.items()}


def _names(triples: Iterable[ox.Triple], base: str) -> dict[str, str]:
    """For each canonical label the hash that names the node."""
    outgoing: dict[str, list[tuple[str, str]]] = defaultdict(list)
    incoming: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for triple in triples:
        subject, predicate, value = (_text(term, base) for term in (triple.subject, triple.predicate, triple.object))
        if isinstance(triple.subject, ox.BlankNode):
            outgoing[subject].append((predicate, value))
        if isinstance(triple.object, ox.BlankNode):
            incoming[value].append((subject, predicate))
    labels = {*outgoing, *incoming}
    contents = _contents({label: outgoing[label] for label in labels})
    names: dict[str, str] = {}
    met: Counter[str] = Counter()
    owners = {label: {owner for owner, _ in incoming[label] if owner in labels} for label in labels}
    for label in _in_order(owners):
        hangs = sorted(f"{names.get(owner, owner)} {predicate}" for owner, predicate in incoming[label])
        name = _hash(contents[label], *hangs)
        met[name] += 1
        # Nodes with the same owners come one after the other, in the order of their labels.
        names[label] = name if met[name] == 1 else _hash(name, str(met[name]))
    return {label.removeprefix("_:"): name for label, name in names.items()}


def _contents(outgoing: Mapping[str, list[tuple[str, str]]]) -> dict[str, str]:
    """For each label a hash of what the node says, with what the nodes below it say."""
    contents: dict[str, str] = {}
    below = {label: {value for _, value in said if value in outgoing} for label, said in outgoing.items()}
    for label in _in_order(below):
        lines = sorted(f"{predicate} {contents.get(value, value)}" for predicate, value in outgoing[label])
        contents[label] = _hash(*lines)
    return contents


def _in_order(needs: Mapping[str, set[str]]) -> Iterator[str]:
    """Each label after those it needs; at the end, those of and behind cycles."""
    sorter = TopologicalSorter(needs)
    with suppress(CycleError):
        sorter.prepare()
    left = set(needs)
    while ready := sorter.get_ready():
        yield from sorted(ready)
        left.difference_update(ready)
        sorter.done(*ready)
    yield from sorted(left)


def _text(term: object, base: str) -> str:
    """As in N-Triples, but under the placeholder, so that a node has the same name under every base.

    Literals may name the base, too (:data:`smartgraph.iris.REBASED_LITERALS`).
    """
    return str(term).replace(base, PLACEHOLDER)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:_LENGTH]
