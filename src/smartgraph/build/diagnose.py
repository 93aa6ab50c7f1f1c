"""From what the checks found to a report that helps: one finding for each mistake, at its place, with a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from smartgraph.build.assemble import Assembly, identifier
from smartgraph.build.derive import sources_of
from smartgraph.build.explain import Finding, Report, report
from smartgraph.build.fold import folded
from smartgraph.build.naming import Words, words
from smartgraph.build.places import Places
from smartgraph.build.suggest import Suggester
from smartgraph.language import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smartgraph.build.naming import Names

#: Of many values of one field so many are shown.
_MOST_SHOWN = 5


def diagnose(found: Iterable[Finding], assembly: Assembly, data: frozenset[ox.Triple], names: Names) -> Report:
    """What is wrong with the dataset, by the checks of reading and by the shapes.

    Args:
        found: what the shapes say.
        data: the union of all graphs but the shapes, derived triples included.
        names: what the things are called.
    """
    suggester = Suggester(names, data)
    places = Places(assembly.sources, assembly.homes, assembly.base)
    computed = _computed(data, assembly.base)
    causes = folded([*assembly.findings, *found], sources_of(assembly.base), computed)
    # The order decides who gets a suggestion when there are very many, so it must not be that of a set.
    ordered = sorted(causes, key=lambda finding: (finding.focus, finding.sort_key))
    told = [places.located(suggester.suggested(finding)) for finding in _with_found(ordered, data, names)]
    return report(told, assembly.base, names)


def _computed(authored: Iterable[ox.Triple], base: str) -> frozenset[str]:
    """The fields that the ontology marks as computed."""
    mark, true = f"{base}ns#derived", ox.Literal(True)
    return frozenset(identifier(t.subject) for t in authored if t.predicate.value == mark and t.object == true)


def _with_found(findings: Iterable[Finding], data: Iterable[ox.Triple], names: Names) -> list[Finding]:
    """The findings with the values they are about, where the rule itself names none also with all of the field."""
    waiting = list(findings)
    fields = {(finding.focus, finding.path) for finding in waiting if not finding.value and finding.path}
    values: dict[tuple[str, str], list[Words]] = {}
    for triple in data:
        if (key := (identifier(triple.subject), triple.predicate.value)) in fields:
            values.setdefault(key, []).append(names.term(triple.object))
    return [replace(finding, found=_found(finding, values, names)) for finding in waiting]


def _found(finding: Finding, values: Mapping[tuple[str, str], list[Words]], names: Names) -> Words | None:
    if finding.value:
        return names.term(finding.term) if finding.term else Words(finding.value, finding.value)
    if not finding.path:
        return None
    all_values = sorted(values.get((finding.focus, finding.path), ()), key=lambda value: value.en)
    if not all_values:
        return words(N_("nothing"))
    shown = all_values[:_MOST_SHOWN]
    more = ", …" if len(all_values) > _MOST_SHOWN else ""
    return Words(", ".join(v.de for v in shown) + more, ", ".join(v.en for v in shown) + more)
