"""Authored Turtle, read for the reference pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdflib import BNode, Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH

from smartgraph.vocab import PLACEHOLDER, PREFIXES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rdflib.term import Node

#: All prefixes, and the one by which the shapes call the code lists themselves.
_PREFIXES: Final = {**PREFIXES, "concept": f"{PLACEHOLDER}concept/"}
#: Marks of path operators that stand behind their path.
_AFTER: Final = {SH.zeroOrMorePath: "*", SH.oneOrMorePath: "+", SH.zeroOrOnePath: "?"}


def read(files: Iterable[Path]) -> Graph:
    """The files as one graph, by the engine's fast parser."""
    graph = Graph(store="Oxigraph")
    for file in sorted(files):
        graph.parse(file, format="ox-turtle")
    return graph


def short(term: Node) -> str:
    """An IRI with its prefix, if it has one."""
    text = str(term)
    fitting = [(name, space) for name, space in _PREFIXES.items() if text.startswith(space)]
    if not fitting:
        return text
    name, space = max(fitting, key=lambda item: len(item[1]))
    return f"{name}:{text.removeprefix(space)}"


def said(graph: Graph, subject: Node, predicate: URIRef, language: str) -> str:
    """The text of a property in a language; several are joined."""
    texts = [text for text in graph.objects(subject, predicate) if isinstance(text, Literal)]
    return " ".join(sorted(str(text) for text in texts if text.language == language))


def path(graph: Graph, node: Node | None) -> str:
    """A SHACL path as SPARQL writes it."""
    if node is None:
        return ""
    if isinstance(node, URIRef):
        return short(node)
    if graph.value(node, RDF.first) is not None:
        return "/".join(path(graph, step) for step in Collection(graph, node))
    if inverse := graph.value(node, SH.inversePath):
        return f"^{path(graph, inverse)}"
    if choice := graph.value(node, SH.alternativePath):
        return f"({'|'.join(path(graph, one) for one in Collection(graph, choice))})"
    for operator, mark in _AFTER.items():
        if inner := graph.value(node, operator):
            return f"{path(graph, inner)}{mark}"
    return "…"


def is_named(node: Node) -> bool:
    """True for what has an address of its own."""
    return not isinstance(node, BNode)


def is_foreign(term: Node) -> bool:
    """True for terms that others have named, in as many languages as they do."""
    return not str(term).startswith(PLACEHOLDER)
