"""The dataset against the shapes. The only module that knows pySHACL.

pySHACL changes the shapes graph it is given and patches rdflib process-wide (RDFLib/pySHACL#314),
so it runs in the workshop's process only, on shapes parsed fresh, over a graph in rdflib's memory.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import pyshacl
from rdflib import BNode, Graph, Literal, URIRef
from rdflib.namespace import SH

from smartgraph.build.explain import Finding, Severity
from smartgraph.build.naming import Names
from smartgraph.build.wanted import asked, route_of, wanted
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rdflib.query import Result
    from rdflib.term import Node

# An ill-formed literal is a finding of ours; rdflib would print a traceback for each besides.
logging.getLogger("rdflib.term").setLevel(logging.ERROR)

_SEVERITIES: Final[dict[Node, Severity]] = {SH.Violation: "violation", SH.Warning: "warning", SH.Info: "info"}


class _QuickQueries(Graph):
    """A graph in rdflib's memory whose SPARQL queries are answered by Oxigraph.

    pySHACL looks single triples up, which rdflib's memory does best, and asks one query for each
    node and SPARQL constraint, which rdflib's own engine does some 80 times slower than Oxigraph.
    """

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        super().__init__()
        data = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES)
        self.parse(data=data, format="ox-nt")
        self._engine = Graph("Oxigraph")
        self._engine.parse(data=data, format="ox-nt")

    def query(self, query_object: Any, *args: Any, **kwargs: Any) -> Result:
        try:
            return self._engine.query(query_object, *args, **kwargs)
        except RuntimeError:
            # Oxigraph gives values only to variables that a query selects; SHACL's components need more.
            return super().query(query_object, *args, **kwargs)


def rdflib_graph(triples: Iterable[ox.Triple]) -> Graph:
    """The triples in rdflib's memory, parsed by the fast parser that oxrdflib brings."""
    graph = Graph()
    graph.parse(data=ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES), format="ox-nt")
    return graph


def _rule(result: Node, results: Graph) -> Node | None:
    """The named rule behind a result: the SPARQL constraint if it has a name, else the shape."""
    constraint = results.value(result, SH.sourceConstraint)
    return constraint if isinstance(constraint, URIRef) else results.value(result, SH.sourceShape)


def _messages(rule: Node | None, result: Node, results: Graph, shapes: Graph) -> dict[str, str]:
    """The rule's own messages by language: pySHACL drops the language of those of SPARQL constraints."""
    own = {m.language: str(m) for m in shapes.objects(rule, SH.message) if isinstance(m, Literal)}
    fallback = str(results.value(result, SH.resultMessage) or "")
    return {language: own.get(language, fallback) for language in ("de", "en")}


def _filled(message: str, focus: str, path: str, value: str) -> str:
    for name, text in (("value", value), ("path", path), ("this", focus)):
        message = message.replace(f"{{?{name}}}", text).replace(f"{{${name}}}", text)
    return message


def _label(node: Node | None) -> str:
    return f"_:{node}" if isinstance(node, BNode) else str(node)


def _shown(node: Node | None, names: Names) -> str:
    if isinstance(node, BNode):
        return "[]"
    return "" if node is None else names.short(str(node)) if isinstance(node, URIRef) else str(node)


def _term(node: Node | None) -> ox.NamedNode | ox.BlankNode | ox.Literal | None:
    if isinstance(node, URIRef):
        return ox.NamedNode(node)
    if isinstance(node, BNode):
        return ox.BlankNode(node)
    if isinstance(node, Literal) and node.language:
        return ox.Literal(str(node), language=node.language)
    if isinstance(node, Literal):
        return ox.Literal(str(node), datatype=ox.NamedNode(node.datatype) if node.datatype else None)
    return None


def _finding(result: Node, results: Graph, shapes: Graph, names: Names) -> Finding:
    rule, shape = _rule(result, results), results.value(result, SH.sourceShape)
    focus, value = (results.value(result, part) for part in (SH.focusNode, SH.value))
    # The path is read where it was written: pySHACL copies only the first step of one without a name.
    result_path = results.value(result, SH.resultPath)
    route = route_of(result_path if isinstance(result_path, URIRef) else shapes.value(shape, SH.path), shapes)
    path = route if isinstance(route, str) else ""
    component = str(results.value(result, SH.sourceConstraintComponent) or "").removeprefix(str(SH))
    shown = (_shown(focus, names), names.short(path), _shown(value, names))
    messages = _messages(rule, result, results, shapes)
    severity = _SEVERITIES.get(results.value(result, SH.resultSeverity) or SH.Violation, "violation")
    return Finding(
        rule=str(rule) if isinstance(rule, URIRef) else component,
        focus=_label(focus),
        de=_filled(messages["de"], *shown),
        en=_filled(messages["en"], *shown),
        severity=severity,
        path=path,
        value="" if value is None or value == focus else _label(value),
        component=component,
        shape=str(shape) if isinstance(shape, URIRef) else "",
        route=route,
        term=_term(value),
        asked=asked(shape, shapes),
        wanted=wanted(component, shape, shapes, names),
    )


def validate(data: Iterable[ox.Triple], shapes: Iterable[ox.Triple], names: Names | None = None) -> Iterator[Finding]:
    """What the shapes say about the data.

    Args:
        data: the union of all graphs but the shapes, derived triples included.
        shapes: the shapes graph, under the same base.
        names: what the things are called in the messages; without it their identifiers are.

    Raises:
        pyshacl.errors.ValidationFailure: the shapes themselves are wrong.
    """
    own = tuple(shapes)
    pristine = rdflib_graph(own)
    _, results, _ = pyshacl.validate(
        _QuickQueries(data), shacl_graph=rdflib_graph(own), inference="none", advanced=False, inplace=True
    )
    if isinstance(results, Exception):
        raise results  # of shapes that are wrong themselves, pySHACL returns what it should raise
    # Only the report's own results: those below sh:detail are helpers' steps on the way.
    for result in results.objects(None, SH.result):
        yield _finding(result, results, pristine, names or Names(PLACEHOLDER))
