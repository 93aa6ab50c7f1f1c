"""The manifests of the suites: which tests there are, and the files they name.

Source: W3C RDF Test Curation, the vocabularies test-manifest#, test-query# and rdftest#.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rdflib import RDF, Graph, Namespace, URIRef

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

MF: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
QT: Final = Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-query#")
UT: Final = Namespace("http://www.w3.org/2009/sparql/tests/test-update#")


@dataclass(frozen=True, slots=True)
class Checkout:
    """A checkout of a suite and the address under which its files know each other."""

    root: Path
    base: str

    def iri(self, path: Path) -> str:
        return self.base + path.relative_to(self.root).as_posix()

    def path(self, iri: str) -> Path:
        return self.root / iri.removeprefix(self.base)


@dataclass(frozen=True, slots=True)
class Entry:
    """One test: its name (folder, ``#``, own name), its kind, and its node in the manifest's graph."""

    name: str
    kind: str
    node: Node
    manifest: Graph
    checkout: Checkout

    def value(self, predicate: URIRef, subject: Node | None = None) -> Node | None:
        return self.manifest.value(self.node if subject is None else subject, predicate)

    def values(self, predicate: URIRef, subject: Node | None = None) -> list[Node]:
        return list(self.manifest.objects(self.node if subject is None else subject, predicate))

    def path(self, node: Node | None) -> Path:
        """The file that ``node`` names."""
        assert isinstance(node, URIRef), f"{self.name} names no file"
        return self.checkout.path(str(node))


def entries(manifest: Path, checkout: Checkout) -> Iterator[Entry]:
    """The tests of a manifest, then those of the manifests that it includes."""
    graph = Graph().parse(manifest, format="turtle", publicID=checkout.iri(manifest))
    for top in graph.subjects(RDF.type, MF.Manifest):
        for node in _members(graph, top, MF.entries):
            kind = graph.value(node, RDF.type)
            if kind is not None:
                folder = manifest.parent.relative_to(checkout.root).as_posix()
                yield Entry(f"{folder}#{_last(node)}", _last(kind), node, graph, checkout)
        for node in _members(graph, top, MF.include):
            yield from entries(checkout.path(str(node)), checkout)


def _members(graph: Graph, subject: Node, predicate: URIRef) -> Iterator[Node]:
    """The values of a property; those in a list one by one."""
    for value in graph.objects(subject, predicate):
        if value == RDF.nil or (value, RDF.first, None) in graph:
            yield from graph.items(value)
        else:
            yield value


def _last(node: Node) -> str:
    return str(node).replace("#", "/").rpartition("/")[2]
