"""From what the checks found to a report that helps: one finding for each mistake, at its place, with a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pyoxigraph as ox

from smartgraph.build.assemble import SHAPES, Assembly, identifier
from smartgraph.build.derive import sources_of
from smartgraph.build.explain import Finding, Report, report
from smartgraph.build.fold import folded
from smartgraph.build.naming import Names, Words, words
from smartgraph.build.places import Places
from smartgraph.build.suggest import Suggester
from smartgraph.build.validate import validate
from smartgraph.language import N_

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Of many values of one field so many are shown.
_MOST_SHOWN = 5


def diagnose(assembly: Assembly, graphs: Mapping[str, frozenset[ox.Triple]]) -> Report:
    """What is wrong with the dataset, by the checks of reading and by the shapes.

    Args:
        graphs: the named graphs with the derived one.
    """
    data = frozenset(triple for name, triples in graphs.items() if name != SHAPES for triple in triples)
    authored = frozenset(triple for name, triples in assembly.graphs.items() if name != SHAPES for triple in triples)
    names = Names(assembly.base, authored)
    suggester = Suggester(names, data)
    places = Places(assembly.sources, assembly.homes, assembly.base)
    causes = folded([*assembly.findings, *validate(data, graphs[SHAPES], names)], sources_of(assembly.base))
    # The order decides who gets a suggestion when there are very many, so it must not be that of a set.
    ordered = sorted(causes, key=lambda finding: (finding.focus, finding.sort_key))
    told = [places.located(suggester.suggested(finding)) for finding in _with_found(ordered, data, names)]
    return report(told, assembly.base, names)


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
