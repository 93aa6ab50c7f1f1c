"""What validation found, as values: findings, each about one thing and field, and the report of them all."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

from smartgraph.build.naming import Names, Words
from smartgraph.iris import thing_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    import pyoxigraph as ox

Severity = Literal["violation", "warning", "info"]
#: From bad to harmless.
SEVERITIES: tuple[Severity, ...] = ("violation", "warning", "info")
#: A SHACL path: the IRI of a property, or the name of an operator followed by paths.
Route = str | tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a shape asks of a value, for a machine: any of each is right."""

    datatypes: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    schemes: frozenset[str] = frozenset()
    values: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    node_kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a rule has to say: about which node, which field, which value, and in which file.

    ``rule`` is the IRI of a shape or constraint, or the name of a check that no shape can make.
    ``line`` counts from 1, is that of the field where it can be found, else of the thing, else ``None``.
    ``path`` is empty where the rule looks at no field or at several; ``route`` then tells which.
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
    #: The W3C name of the constraint's kind, such as ``MinCountConstraintComponent``; empty for our own checks.
    component: str = field(default="", compare=False)
    #: The property or node shape, where it has a name; ``rule`` is the constraint if that has one.
    shape: str = field(default="", compare=False)
    route: Route = field(default="", compare=False)
    #: The value as it stands in the data, with its datatype or language.
    term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple | None = field(default=None, compare=False)
    found: Words | None = field(default=None, compare=False)
    wanted: Words | None = field(default=None, compare=False)
    asked: Asked | None = field(default=None, compare=False)
    suggestion: Words | None = field(default=None, compare=False)
    #: What to write instead, in Turtle; empty where only words can help.
    replacement: str = field(default="", compare=False)
    #: Findings that only follow from this one.
    also: tuple[Finding, ...] = field(default=(), compare=False)

    @property
    def thing(self) -> str:
        """The thing that the focus node belongs to: a citation or period belongs to what it is about."""
        return thing_of(self.focus)

    @property
    def message(self) -> Words:
        return Words(self.de, self.en)

    def place(self, root: Path) -> str:
        """File below ``root`` and line, as far as they are known; a dash without a file."""
        return ":".join(str(part) for part in (below(self.file, root), self.line) if part) or "–"

    @property
    def sort_key(self) -> tuple[Any, ...]:
        """Worst first, for the findings about one thing."""
        return (SEVERITIES.index(self.severity), self.line or 0, self.focus, self.path, self.rule, self.value)


@dataclass(frozen=True, slots=True)
class Group:
    """All findings about one thing in one file, worst first; ``line`` is where it is spoken of first."""

    thing: str
    file: Path | None
    line: int | None
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """All findings, those about one thing together, in the order of files and lines.

    The data conform when there is no violation.
    """

    base: str
    findings: tuple[Finding, ...] = ()
    known: Names | None = field(default=None, compare=False)

    @property
    def names(self) -> Names:
        """What the things are called."""
        return self.known or Names(self.base)

    @property
    def violations(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity == "violation")

    @property
    def conforms(self) -> bool:
        return not self.violations

    @property
    def groups(self) -> tuple[Group, ...]:
        """The findings by thing."""
        return tuple(_groups(self.findings))

    @property
    def counts(self) -> dict[Severity, int]:
        """How many findings there are of each severity."""
        counted = Counter(finding.severity for finding in self.findings)
        return {severity: counted[severity] for severity in SEVERITIES}

    def about(self, files: tuple[Path, ...]) -> Report:
        """The findings in these files only; without files all of them."""
        wanted = {path.resolve() for path in files}
        kept = (f for f in self.findings if not files or (f.file and f.file.resolve() in wanted))
        return Report(self.base, tuple(kept), self.known)

    def grave(self) -> Report:
        """The violations only."""
        return Report(self.base, self.violations, self.known)


def below(file: Path | None, root: Path) -> str | None:
    """The name of a file below ``root``, or its bare name: no report tells the machine's folders."""
    if file is None:
        return None
    return file.relative_to(root).as_posix() if file.is_relative_to(root) else file.name


def _groups(findings: Iterable[Finding]) -> Iterator[Group]:
    for (file, thing), together in groupby(findings, lambda finding: (finding.file, finding.thing)):
        own = tuple(together)
        yield Group(thing, file, min((f.line for f in own if f.line), default=None), own)


def report(findings: Iterable[Finding], base: str, names: Names | None = None) -> Report:
    """A report of the findings: each once, by thing, in the order of files and lines, worst first inside."""

    def in_home(finding: Finding) -> tuple[str, str]:
        return str(finding.file or ""), finding.thing

    by_thing = sorted(dict.fromkeys(findings), key=lambda finding: (in_home(finding), finding.sort_key))
    groups = _groups(by_thing)
    ordered = sorted(groups, key=lambda group: (str(group.file or ""), group.line or 0, group.thing))
    return Report(base, tuple(finding for group in ordered for finding in group.findings), names)
