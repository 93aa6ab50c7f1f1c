"""The test suite of SHACL, through the validator that decides what is published.

Compared are the results one by one as far as our finding carries them: focus node, path if it is one
property, value unless it is the focus node, severity, the kind of constraint, and the shape if it has a
name. Blank nodes are compared as blank nodes, whichever they are.

Source: W3C data-shapes, vocabulary shacl-test#.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from pyshacl.errors import ValidationFailure
from rdflib import SH, Namespace, URIRef

from conformance.manifests import MF, Checkout, Entry, entries
from conformance.verdicts import Outcome, Verdict
from smartgraph.build.validate import validate

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from rdflib.term import Node

    from conformance.verdicts import Known
    from smartgraph.build.explain import Finding

_SHT: Final = Namespace("http://www.w3.org/ns/shacl-test#")
_ADDRESS: Final = "https://w3c.github.io/data-shapes/"
_TESTS: Final = "data-shapes-test-suite/tests"
_BLANK: Final = "_:"

#: Focus node, path, value, severity, kind of constraint, shape.
Said = tuple[str, str, str, str, str, str]


def run(root: Path, known: Known) -> Iterator[Outcome]:
    """All tests of a checkout of data-shapes."""
    checkout = Checkout(root, _ADDRESS)
    for part, suite in (("core", "SHACL Core"), ("sparql", "SHACL-SPARQL")):
        manifest = root / _TESTS / part / "manifest.ttl"
        if not manifest.is_file():
            continue
        for entry in entries(manifest, checkout):
            excluded = known.excluded(entry.name, entry.kind)
            if excluded:
                yield Outcome(suite, entry.name, Verdict.NOT_APPLICABLE, excluded.en)
            else:
                yield Outcome(suite, entry.name, *_verdict(entry))


def _verdict(entry: Entry) -> tuple[Verdict, str]:
    action, wanted = entry.value(MF.action), entry.value(MF.result)
    data = _triples(entry, entry.value(_SHT.dataGraph, action))
    shapes = _triples(entry, entry.value(_SHT.shapesGraph, action))
    named = {term.value for t in (*data, *shapes) for term in t if isinstance(term, ox.NamedNode | ox.Literal)}
    is_failure = wanted == _SHT.Failure
    try:
        findings = list(validate(data, shapes))
    except Exception as error:  # whatever it is, it is a verdict on this test
        text = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        return (Verdict.PASSED, "") if is_failure and isinstance(error, ValidationFailure) else (Verdict.FAILED, text)
    if is_failure:
        return Verdict.FAILED, "validated, though the shapes are wrong"
    found = Counter(_said(finding, named) for finding in findings)
    expected = Counter(_wanted(entry, node, named) for node in entry.values(SH.result, wanted))
    if found == expected:
        return Verdict.PASSED, ""
    return Verdict.FAILED, f"more: {_shown(found - expected)}; less: {_shown(expected - found)}"


def _triples(entry: Entry, node: Node | None) -> list[ox.Triple]:
    path = entry.path(node)
    parsed = ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE, base_iri=entry.checkout.iri(path))
    return [quad.triple for quad in parsed]


def _said(finding: Finding, named: Collection[str]) -> Said:
    focus, value = (_named(text, named) for text in (finding.focus, finding.value))
    return focus, finding.path, value, finding.severity, finding.component, finding.shape


def _wanted(entry: Entry, result: Node, named: Collection[str]) -> Said:
    """The expected result as a finding would tell it."""
    focus, value = str(entry.value(SH.focusNode, result)), entry.value(SH.value, result)
    path, shape = entry.value(SH.resultPath, result), entry.value(SH.sourceShape, result)
    component = str(entry.value(SH.sourceConstraintComponent, result) or "").removeprefix(str(SH))
    severity = str(entry.value(SH.resultSeverity, result)).rpartition("#")[2].lower()
    return (
        _named(focus, named),
        str(path) if isinstance(path, URIRef) else "",
        "" if value is None or str(value) == focus else _named(str(value), named),
        severity if severity in ("violation", "warning", "info") else "violation",
        component,
        str(shape) if isinstance(shape, URIRef) else "",
    )


def _named(text: str, named: Collection[str]) -> str:
    return text if text in named or not text else _BLANK


def _shown(said: Counter[Said]) -> str:
    return "; ".join(" ".join(part or "–" for part in row) for row in list(said)[:2]) or "nothing"
