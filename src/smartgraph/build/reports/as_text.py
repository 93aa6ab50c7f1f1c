"""The report for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartgraph.build.explain import below
from smartgraph.build.naming import words
from smartgraph.build.reports.parts import CLEAN, parts, severity, title, total
from smartgraph.language import N_

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from smartgraph.build.explain import Finding, Report
    from smartgraph.build.naming import Names


def render(report: Report, language: str, root: Path) -> str:
    """A block for each thing, in the order of files and lines, worst first inside; then the sum."""
    if not report.findings:
        return words(CLEAN).in_(language)
    blocks = []
    for group in report.groups:
        place = ":".join(str(part) for part in (below(group.file, root), group.line) if part) or "–"
        lines = [f"{place}: {title(group, report.names).in_(language)}"]
        for finding in group.findings:
            lines += _finding(finding, report.names, language)
        blocks.append("\n".join(_harmless(line) for line in lines))
    return "\n\n".join([*blocks, total(report).in_(language)])


def _finding(finding: Finding, names: Names, language: str) -> Iterator[str]:
    said = severity(finding).in_(language)
    if finding.line:
        said = words(N_("{severity}, line {line}"), severity=said, line=finding.line).in_(language)
    yield f"  {said}: {finding.message.in_(language)}"
    for part in parts(finding, names):
        yield f"      {part.name.in_(language)}: {part.text.in_(language)}"


def _harmless(line: str) -> str:
    """Without characters that steer a terminal: a value may hold anything."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in line)
