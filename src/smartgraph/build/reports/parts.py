"""What every form of the report for people says of a finding, in the same order and the same words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from smartgraph.build.naming import Words, plain, words
from smartgraph.build.wanted import route_words
from smartgraph.language import N_

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.build.explain import Finding, Group, Report, Severity
    from smartgraph.build.naming import Names

SEVERITY_WORDS: Final[dict[Severity, str]] = {"violation": N_("error"), "warning": N_("warning"), "info": N_("hint")}
CLEAN: Final = N_("The data conform.")
#: Longer values are cut in the forms for people.
_LONGEST: Final = 300


class Part(NamedTuple):
    """One line of a finding: what it is, and the text."""

    name: Words
    text: Words
    is_way_out: bool = False


def severity(finding: Finding) -> Words:
    return words(SEVERITY_WORDS[finding.severity])


def title(group: Group, names: Names) -> Words:
    """The thing by its label, its kind and its prefixed name."""
    if group.thing.startswith("_:"):
        return words(N_("a node without a name"))
    named, kind = names.named(group.thing), names.kind(group.thing)
    return words(N_("{kind} {named}"), kind=kind, named=named) if kind else named


def parts(finding: Finding, names: Names) -> Iterator[Part]:
    """The evidence of a finding: node, field, found, wanted, suggestion, rule, consequences."""
    if finding.focus != finding.thing:
        yield Part(words(N_("part")), plain(names.short(finding.focus)))
    if finding.route or finding.path:
        yield Part(words(N_("field")), route_words(finding.route or finding.path, names))
    if finding.found:
        yield Part(words(N_("found")), _cut(finding.found))
    if finding.wanted:
        yield Part(words(N_("wanted")), finding.wanted)
    if finding.suggestion:
        yield Part(words(N_("suggestion")), _cut(finding.suggestion), is_way_out=True)
    yield Part(words(N_("rule")), plain(names.short(finding.rule)))
    if any(other.rule != finding.rule for other in finding.also):
        rules = sorted({names.short(other.rule) for other in finding.also if other.rule != finding.rule})
        yield Part(words(N_("follows from it")), plain(", ".join(rules)))


def _cut(text: Words) -> Words:
    return Words(*(one if len(one) <= _LONGEST else f"{one[:_LONGEST]} …" for one in (text.de, text.en)))


def total(report: Report) -> Words:
    """The sum at the end."""
    counts = report.counts
    return words(
        N_("{violations}, {warnings}, {hints}, in {things}."),
        violations=_counted(counts["violation"], N_("1 error"), N_("{count} errors")),
        warnings=_counted(counts["warning"], N_("1 warning"), N_("{count} warnings")),
        hints=_counted(counts["info"], N_("1 hint"), N_("{count} hints")),
        things=_counted(len(report.groups), N_("1 thing"), N_("{count} things")),
    )


def _counted(count: int, one: str, many: str) -> Words:
    return words(one) if count == 1 else words(many, count=count)
