"""The report for programs. The keys stay as they are; new ones may be added.

``conforms``
    true if there is no violation
``counts``
    how many findings of each severity: ``violation``, ``warning``, ``info``
``findings``
    those about one thing together, in the order of files and lines, worst first inside; of each:

    ``severity``, ``rule``, ``component``
        how bad; which rule (IRI, or the name of a check that no shape can make); which kind of W3C constraint
    ``focus``, ``path``, ``value``
        the node, the property and the value; empty where there is none
    ``thing``, ``field``
        ``iri``, ``name`` (with prefix), ``label`` and ``kind`` (German and English, or null)
    ``message``, ``found``, ``wanted``, ``suggestion``
        for people, each ``{"de": …, "en": …}`` or null
    ``replacement``
        what to write instead, in Turtle; empty where only words can help
    ``also``
        rules whose findings only follow from this one
    ``file``, ``line``
        where; null where not known
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from smartgraph.build.explain import below
from smartgraph.build.wanted import route_words

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.build.explain import Finding, Report
    from smartgraph.build.naming import Names, Words


def document(report: Report, root: Path) -> dict[str, Any]:
    """The report as values for JSON: no path of the machine, only those below ``root``."""
    return {
        "conforms": report.conforms,
        "counts": report.counts,
        "findings": [_finding(finding, report.names, root) for finding in report.findings],
    }


def render(report: Report, root: Path) -> str:
    return json.dumps(document(report, root), ensure_ascii=False, indent=2)


def _finding(finding: Finding, names: Names, root: Path) -> dict[str, Any]:
    route = finding.route or finding.path
    return {
        "severity": finding.severity,
        "rule": finding.rule,
        "component": finding.component,
        "focus": finding.focus,
        "path": finding.path,
        "value": finding.value,
        "thing": _named(finding.thing, names),
        "field": _named(finding.path, names) if finding.path
        else {"iri": "", "name": "", "label": _both(route_words(route, names)), "kind": None} if route else None,
        "message": _both(finding.message),
        "found": _both(finding.found),
        "wanted": _both(finding.wanted),
        "suggestion": _both(finding.suggestion),
        "replacement": finding.replacement,
        "also": sorted({other.rule for other in finding.also}),
        "file": below(finding.file, root),
        "line": finding.line,
    }  # fmt: skip


def _both(text: Words | None) -> dict[str, str] | None:
    return {"de": text.de, "en": text.en} if text else None


def _named(iri: str, names: Names) -> dict[str, Any]:
    return {"iri": iri, "name": names.short(iri), "label": _both(names.label(iri)), "kind": _both(names.kind(iri))}
