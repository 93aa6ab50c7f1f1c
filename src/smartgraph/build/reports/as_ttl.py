"""The report for RDF tools: a W3C validation report with every result, those that follow from others too.

Spec: https://www.w3.org/TR/shacl/#validation-report
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.vocab import RDF, SH, XSD, prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from smartgraph.build.explain import Finding, Report, Route

_SEVERITIES: Final = {"violation": "Violation", "warning": "Warning", "info": "Info"}
#: The W3C kinds that our own checks of spelling and naming amount to.
_OWN_CHECKS: Final = {
    "well-formed-value": "DatatypeConstraintComponent", "no-blank-node": "NodeKindConstraintComponent"
}  # fmt: skip
_OPERATORS: Final = {
    "inverse": "inversePath", "zeroOrMore": "zeroOrMorePath", "oneOrMore": "oneOrMorePath", "zeroOrOne": "zeroOrOnePath"
}  # fmt: skip

_Node = ox.NamedNode | ox.BlankNode


def _sh(name: str) -> ox.NamedNode:
    return ox.NamedNode(f"{SH}{name}")


_TYPE: Final = ox.NamedNode(f"{RDF}type")


def render(report: Report) -> str:
    """The report in Turtle. It conforms only if there is no result at all, not even a hint, as the standard says."""
    number = count()
    triples = list(_report(report, lambda: ox.BlankNode(f"r{next(number)}")))
    used = {name: space for name, space in prefixes(report.base).items() if any(space in str(t) for t in triples)}
    text = ox.serialize(triples, format=ox.RdfFormat.TURTLE, prefixes=used).decode()  # type: ignore[union-attr]
    # The serialiser writes the prefixes in no fixed order.
    lines = text.splitlines()
    return "\n".join(sorted(lines[: len(used)]) + lines[len(used) :])


def _report(report: Report, fresh: Callable[[], ox.BlankNode]) -> Iterator[ox.Triple]:
    top = fresh()
    yield ox.Triple(top, _TYPE, _sh("ValidationReport"))
    conforms = "false" if report.findings else "true"
    yield ox.Triple(top, _sh("conforms"), ox.Literal(conforms, datatype=ox.NamedNode(f"{XSD}boolean")))
    results = [(finding, fresh()) for finding in _all(report.findings)]
    yield from (ox.Triple(top, _sh("result"), result) for _, result in results)
    for finding, result in results:
        yield ox.Triple(result, _TYPE, _sh("ValidationResult"))
        for name, term in _result(finding, report.base):
            yield ox.Triple(result, _sh(name), term)
        if route := finding.route or finding.path:
            path, described = _path(route, fresh)
            yield ox.Triple(result, _sh("resultPath"), path)
            yield from described


def _all(findings: Iterable[Finding]) -> Iterator[Finding]:
    for finding in findings:
        yield finding
        yield from _all(finding.also)


def _node(name: str) -> _Node:
    return ox.BlankNode(name.removeprefix("_:")) if name.startswith("_:") else ox.NamedNode(name)


def _result(finding: Finding, base: str) -> Iterator[tuple[str, _Node | ox.Literal]]:
    yield "focusNode", _node(finding.focus)
    yield "resultSeverity", _sh(_SEVERITIES[finding.severity])
    yield "resultMessage", ox.Literal(finding.de, language="de")
    yield "resultMessage", ox.Literal(finding.en, language="en")
    if finding.term is not None and not isinstance(finding.term, ox.Triple):
        yield "value", finding.term
    elif finding.value:
        yield "value", ox.Literal(finding.value)
    if finding.component:
        yield "sourceConstraintComponent", _sh(finding.component)
        yield "sourceShape", ox.NamedNode(finding.shape or finding.rule)
        if finding.shape and finding.rule != finding.shape:
            yield "sourceConstraint", ox.NamedNode(finding.rule)
    else:
        own = _OWN_CHECKS.get(finding.rule)
        check = ox.NamedNode(finding.rule if ":" in finding.rule else f"{base}shapes#{finding.rule}")
        yield "sourceConstraintComponent", _sh(own) if own else check
        yield "sourceShape", check


def _path(route: Route, fresh: Callable[[], ox.BlankNode]) -> tuple[_Node, list[ox.Triple]]:
    """The node that stands for a path, and the triples that describe it."""
    if isinstance(route, str):
        return ox.NamedNode(route), []
    operator, *parts = route
    if operator in _OPERATORS:
        node, (inner, described) = fresh(), _path(parts[0], fresh)
        return node, [ox.Triple(node, _sh(_OPERATORS[operator]), inner), *described]
    head, triples = _list([_path(part, fresh) for part in parts], fresh)
    if operator == "sequence":
        return head, triples
    node = fresh()
    return node, [ox.Triple(node, _sh("alternativePath"), head), *triples]


def _list(
    members: list[tuple[_Node, list[ox.Triple]]], fresh: Callable[[], ox.BlankNode]
) -> tuple[_Node, list[ox.Triple]]:
    head: _Node = ox.NamedNode(f"{RDF}nil")
    triples: list[ox.Triple] = []
    for member, described in reversed(members):
        node = fresh()
        triples += [
            ox.Triple(node, ox.NamedNode(f"{RDF}first"), member),
            ox.Triple(node, ox.NamedNode(f"{RDF}rest"), head),
            *described,
        ]
        head = node
    return head, triples
