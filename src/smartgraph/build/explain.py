"""What validation found, as values and as words in German and English."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from smartgraph.iris import shorten
from smartgraph.vocab import PLACEHOLDER, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Severity = Literal["violation", "warning", "info"]
_ORDER = {"violation": 0, "warning": 1, "info": 2}
_WORDS = {
    "de": {"violation": "Fehler", "warning": "Warnung", "info": "Hinweis", "value": "gefunden",
           "field": "Feld",
           "rule": "Regel", "clean": "Die Daten sind in Ordnung."},
    "en": {"violation": "error", "warning": "warning", "info": "hint", "value": "found",
           "field": "field",
           "clean": "The data conform.", "rule": "rule"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say: about which node, which field, which value, and in which file.

    ``rule`` is the IRI of a shape or constraint, or the name of a check that no shape can make.
    ``line`` counts from 1 and is ``None`` where the thing's identifier was not found in the file.
    """

    rule: str
    focus: str
    de: str
    en: str
    severity: Severity = "violation"
    path: str = ""
    value: str = ""
    file: Path | None = None
    line: int | None = None

    def place(self, root: Path) -> str:
        """File below ``root`` and line, as far as they are known; a dash without a file."""
        return ":".join(str(part) for part in (_below(self.file, root), self.line) if part) or "–"

    @property
    def sort_key(self) -> tuple[Any, ...]:
        return (
            _ORDER[self.severity],
            str(self.file or ""),
            self.line or 0,
            self.focus,
            self.rule,
            self.path,
            self.value,
        )


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, worst first. The data conform when there is no violation."""

    base: str
    findings: tuple[Finding, ...] = field(default=())

    @property
    def violations(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "violation")

    @property
    def conforms(self) -> bool:
        return not self.violations

    def about(self, files: tuple[Path, ...]) -> Report:
        """The findings in these files only; without files all of them."""
        return Report(self.base, tuple(f for f in self.findings if not files or f.file in files))

    def as_json(self, root: Path) -> dict[str, Any]:
        """The report for the release: no path of the machine, only those below ``root``."""
        return {
            "conforms": self.conforms,
            "findings": [
                {
                    "severity": finding.severity,
                    "rule": finding.rule,
                    "focus": finding.focus,
                    "path": finding.path,
                    "value": finding.value,
                    "message": {"de": finding.de, "en": finding.en},
                    "file": _below(finding.file, root),
                    "line": finding.line,
                }
                for finding in self.findings
            ],
        }

    def as_text(self, language: str, root: Path) -> str:
        """The report for a terminal: a block for each thing, worst first, then a sum."""
        words = _WORDS[language]
        if not self.findings:
            return words["clean"]
        names = prefixes(self.base)
        lines: list[str] = []
        for finding in self.findings:
            lines.append(f"{finding.place(root)}: {words[finding.severity]}: {shorten(finding.focus, names)}")
            lines.append(f"    {finding.de if language == 'de' else finding.en}")
            if finding.path:
                lines.append(f"    {words['field']}: {shorten(finding.path, names)}")
            if finding.value:
                lines.append(f"    {words['value']}: {shorten(finding.value, names)}")
            lines.append(f"    {words['rule']}: {shorten(finding.rule, names)}")
        lines.append(self._sum(language))
        return "\n".join(lines)

    def _sum(self, language: str) -> str:
        bad = len(self.violations)
        rest = len(self.findings) - bad
        if language == "de":
            return f"{bad} Fehler, {rest} Warnungen und Hinweise."
        return f"{bad} errors, {rest} warnings and hints."


def _below(file: Path | None, root: Path) -> str | None:
    if file is None:
        return None
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _line_of(thing: str, text: str, base: str) -> int | None:
    """The line where the thing starts as a subject: written in full, or with a prefix."""
    authored = PLACEHOLDER + thing[len(base) :] if thing.startswith(base) else thing
    spellings = {f"<{authored}>", shorten(authored, prefixes()), *_local_spellings(authored, text)}
    pattern = "|".join(re.escape(spelling) for spelling in sorted(spellings, key=len, reverse=True))
    # What is followed by a comma, a semicolon or a dot is a value on a line of its own.
    match = re.search(rf"^[ \t]*(?:{pattern})(?=\s)(?!\s*[,;.])", text, re.MULTILINE)
    return text.count("\n", 0, match.start()) + 1 if match else None


def _local_spellings(iri: str, text: str) -> Iterable[str]:
    """The prefixed names for ``iri`` under the prefixes and the base that the file itself declares."""
    declared = re.findall(r"^\s*@?prefix\s+([\w.-]*):\s*<([^>]*)>", text, re.MULTILINE | re.IGNORECASE)
    yield from (f"{name}:{iri[len(space) :]}" for name, space in declared if space and iri.startswith(space))
    bases = re.findall(r"^\s*@?base\s+<([^>]*)>", text, re.MULTILINE | re.IGNORECASE)
    yield from (f"<{iri[len(base) :]}>" for base in bases if iri.startswith(base))


def located(finding: Finding, homes: Mapping[str, Any], base: str) -> Finding:
    """The finding with file and line of the thing it is about, where they can be found.

    ``homes`` gives for each thing the source (with ``path`` and ``text``) that describes it.
    """
    thing = finding.focus.partition("#")[0] if "/id/" in finding.focus else finding.focus
    source = homes.get(thing)
    if source is None or (finding.file and finding.file != source.path):
        return finding
    line = _line_of(finding.focus, source.text, base) or _line_of(thing, source.text, base)
    return replace(finding, file=source.path, line=line)


def report(findings: Iterable[Finding], homes: Mapping[str, Any], base: str) -> Report:
    """A report of the findings, each at its place, worst first."""
    placed = {located(finding, homes, base) for finding in findings}
    return Report(base, tuple(sorted(placed, key=lambda finding: finding.sort_key)))
