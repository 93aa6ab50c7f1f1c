"""Findings that only follow from another one are put under it, so that each mistake is told once.

The rule: of the findings about one node, one goes under another that is at least as grave if

- both are about the same value of the same field: several constraints then say the same of it; or
- its field is computed from the field of the other, whose value is wrong: nothing could be computed; or
- its field is computed, and the other is about the same value in a field that somebody wrote, wherever that is; or
- it misses a value in a field where the other found one that is not of the right sort.

What stays on top is the finding that lies nearest to the cause: first our own checks of spelling, then the
rules that ask whether a term or a thing exists at all, then what looks at the value, then what looks beyond it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smartgraph.build.explain import SEVERITIES, Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: The kinds of constraint in the order of their nearness to a wrong value; what is not named comes last.
_NEARNESS: Final = ("NodeKind", "Datatype", "Or", "In", "Pattern", "LanguageIn", "Class", "Node", "SPARQL")
#: A value that breaks one of these is not of the right sort, so a field may miss one although it has some.
_SORTS: Final = frozenset({"NodeKind", "Datatype", "Or", "Class", "Node", "LanguageIn"})
_MISSING: Final = frozenset({"MinCount", "QualifiedMinCount"})
#: So begin the names of the rules that ask whether a term or a thing exists.
_EXISTENCE: Final = "#Structure-"


def _kind(finding: Finding) -> str:
    return finding.component.removesuffix("ConstraintComponent")


def _nearness(finding: Finding) -> tuple[int, int, str]:
    kind = _kind(finding)
    if not kind:
        nearness = -2
    elif _EXISTENCE in finding.rule:
        nearness = -1
    else:
        nearness = _NEARNESS.index(kind) if kind in _NEARNESS else len(_NEARNESS)
    return SEVERITIES.index(finding.severity), nearness, finding.rule


def _follows(finding: Finding, cause: Finding, sources_of: Mapping[str, str]) -> bool:
    if not cause.path or not cause.value:
        return False
    if sources_of.get(finding.path) == cause.path:
        return True
    if finding.path != cause.path:
        return False
    is_missing = not finding.value and _kind(finding) in _MISSING
    is_wrong_sort = _kind(cause) in _SORTS or not cause.component or _EXISTENCE in cause.rule
    return finding.value == cause.value or (is_missing and is_wrong_sort)


def _with(cause: Finding, finding: Finding) -> Finding:
    return replace(
        cause,
        also=(*cause.also, finding),
        wanted=cause.wanted or (finding.wanted if finding.value == cause.value else None),
        asked=cause.asked or (finding.asked if finding.value == cause.value else None),
    )


def folded(
    findings: Iterable[Finding], sources_of: Mapping[str, str], computed: frozenset[str] = frozenset()
) -> list[Finding]:
    """The findings without those that follow from others, which each cause carries in ``also``.

    Args:
        sources_of: for each field whose value is computed from one field, that field.
        computed: all fields that are computed and that nobody writes.
    """
    by_node: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_node[finding.focus].append(finding)
    kept: list[Finding] = []
    for own in by_node.values():
        causes: list[Finding] = []
        for finding in sorted(own, key=lambda finding: (_nearness(finding), finding.sort_key)):
            index = next((i for i, cause in enumerate(causes) if _follows(finding, cause, sources_of)), None)
            if index is None:
                causes.append(finding)
            else:
                causes[index] = _with(causes[index], finding)
        kept += causes
    return _without_echoes(kept, computed)


def _without_echoes(findings: list[Finding], computed: frozenset[str]) -> list[Finding]:
    """Findings about computed fields under those about the same value where it was written."""
    written: dict[str, dict[str, int]] = defaultdict(dict)
    for index, finding in enumerate(findings):
        if finding.value and finding.path and finding.path not in computed:
            written[finding.value].setdefault(finding.thing, index)
    kept = dict(enumerate(findings))
    for index, finding in enumerate(findings):
        if finding.path in computed and (causes := written.get(finding.value)):
            cause = causes.get(finding.thing, min(causes.values()))
            if SEVERITIES.index(findings[cause].severity) <= SEVERITIES.index(finding.severity):
                kept[cause] = _with(kept[cause], kept.pop(index))
    return list(kept.values())
