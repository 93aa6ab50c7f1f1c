"""What to write instead: the nearest code, term or thing, the date in its right spelling, the missing language.

A suggestion is only made where it can be computed; it is never applied.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.build.lift import is_well_formed
from smartgraph.build.naming import Names, Words, quoted, words
from smartgraph.language import N_
from smartgraph.vocab import RDF_LANG_STRING, RDF_TYPE, SKOS, XSD, XSD_STRING

if TYPE_CHECKING:
    from smartgraph.build.explain import Finding

#: So alike two names must be, from 0 to 1, for one to be suggested instead of the other.
_ALIKE: Final = 0.6
#: Comparing names is slow; in a report with more unknown names than these only the first get a suggestion.
_MOST_COMPARISONS: Final = 400
#: A word shorter than this stands in many names.
_SHORTEST_WORD: Final = 5
#: A name longer than this was not mistyped.
_LONGEST_NAME: Final = 120

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "januar january jan jänner", "februar february feb", "märz maerz march mrz mär mar", "april apr",
            "mai may", "juni june jun", "juli july jul", "august aug", "september sept sep",
            "oktober october okt oct", "november nov", "dezember december dez dec",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_DATES: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?P<day>\d{1,2})\.\s*(?P<month>\d{1,2})\.\s*(?P<year>\d{4})",
        r"(?P<day>\d{1,2})\.?\s+(?P<month>[^\W\d]+)\.?,?\s+(?P<year>\d{4})",
        r"(?P<month>[^\W\d]+)\.?\s+(?P<day>\d{1,2}),\s*(?P<year>\d{4})",
        r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})(?:T.*)?",
        r"(?P<year>\d{4})[-/](?P<month>\d{1,2})",
        r"(?P<month>\d{1,2})[./](?P<year>\d{4})",
        r"(?P<month>[^\W\d]+)\.?\s+(?P<year>\d{4})",
        r"(?P<year>\d{4})",
    )
)


def read_date(text: str) -> tuple[str, str] | None:
    """A date as people write it, in the spelling and with the datatype of XML Schema.

    >>> read_date("12. März 2021")
    ('2021-03-12', 'http://www.w3.org/2001/XMLSchema#date')
    >>> read_date("März 2021")
    ('2021-03', 'http://www.w3.org/2001/XMLSchema#gYearMonth')
    >>> read_date("2021-13")
    """
    for pattern in _DATES:
        if match := pattern.fullmatch(text.strip()):
            return _dated(match.groupdict())
    return None


def _dated(parts: dict[str, str]) -> tuple[str, str] | None:
    year, month_name = int(parts["year"]), parts.get("month", "")
    month = int(month_name) if month_name.isdigit() else _MONTHS.get(month_name.lower(), 0)
    if not year or (month_name and not 1 <= month <= 12):
        return None
    if "day" in parts:
        try:
            return date(year, month, int(parts["day"])).isoformat(), f"{XSD}date"
        except ValueError:
            return None
    return (f"{year:04d}-{month:02d}", f"{XSD}gYearMonth") if month_name else (f"{year:04d}", f"{XSD}gYear")


def _folded(text: str) -> str:
    """A name for comparing: lower case, umlauts written out, words joined by blanks."""
    lower = text.lower()
    for umlaut, letters in (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("ß", "ss")):
        lower = lower.replace(umlaut, letters)
    return re.sub(r"[^a-z0-9]+", " ", lower).strip()


def _local(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1]


def _alike(one: str, other: str) -> float:
    matcher = SequenceMatcher(None, one, other)
    alike = matcher.ratio() if matcher.real_quick_ratio() > _ALIKE and matcher.quick_ratio() > _ALIKE else 0.0
    # A word that stands whole in the other name says more than its length lets it.
    holds = f" {one} " in f" {other} " or f" {other} " in f" {one} "
    return max(alike, 0.7) if holds and min(len(one), len(other)) >= _SHORTEST_WORD else alike


class Suggester:
    """Suggests from what the data and the model know."""

    def __init__(self, names: Names, triples: Iterable[ox.Triple]) -> None:
        self.names = names
        self._things: set[str] = set()
        self._values: dict[str, set[str]] = {}
        self._links: set[str] = set()
        self._left = _MOST_COMPARISONS
        self._spellings: dict[str, frozenset[str]] = {}
        self._of_class: dict[str, set[str]] = {}
        self._definitions: dict[str, str] = {}
        for triple in triples:
            if triple.predicate.value == f"{SKOS}definition" and isinstance(triple.object, ox.Literal):
                said = self._definitions.get(triple.subject.value, "")  # type: ignore[union-attr]
                self._definitions[triple.subject.value] = f"{said} {triple.object.value}"  # type: ignore[union-attr]
            if isinstance(triple.subject, ox.NamedNode) and triple.predicate.value == RDF_TYPE:
                self._things.add(triple.subject.value)
                if isinstance(triple.object, ox.NamedNode):
                    self._of_class.setdefault(triple.object.value, set()).add(triple.subject.value)
            if isinstance(triple.object, ox.Literal):
                self._values.setdefault(triple.predicate.value, set()).add(triple.object.value)
            elif isinstance(triple.object, ox.NamedNode):
                self._links.add(triple.object.value)

    def suggested(self, finding: Finding) -> Finding:
        """The finding with a suggestion, if one of the ways to find one leads to one."""
        for way in _WAYS:
            if told := way(self, finding):
                said, replacement = told
                return replace(finding, suggestion=said, replacement=replacement)
        return finding

    def names_of(self, iri: str) -> frozenset[str]:
        if iri not in self._spellings:
            spelt = {_local(iri), *self.names.all_labels(iri)}
            # camelCase names of properties compare as words, too.
            spelt |= {re.sub(r"(?<=[a-z])(?=[A-Z])", " ", _local(iri))}
            spelt.add(self._definitions.get(iri, ""))
            self._spellings[iri] = frozenset(_folded(name) for name in spelt)
        return self._spellings[iri]

    def nearest(self, name: str, candidates: Iterable[str]) -> str | None:
        """The candidate whose identifier or label is most like the name; ``None`` if none is."""
        if self._left <= 0 or len(name) > _LONGEST_NAME:
            return None
        self._left -= 1
        wanted = {_folded(name), _folded(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name))}
        ranked = [
            (max(_alike(one, spelt) for one in wanted for spelt in self.names_of(iri)), iri) for iri in candidates
        ]
        best = max(ranked, key=lambda pair: (pair[0], [-ord(letter) for letter in pair[1]]), default=(0.0, ""))
        return best[1] if best[0] >= _ALIKE else None

    def own_terms(self, near: str, is_class: bool) -> set[str]:
        """The classes or properties in the namespace of ``near``."""
        space = near[: len(near) - len(_local(near))]
        initial = str.isupper if is_class else str.islower
        return {iri for iri in self._things if iri.startswith(space) and initial(iri[len(space) : len(space) + 1])}

    def siblings(self, iri: str) -> set[str]:
        """The things and concepts of the same kind, by their address."""
        space = iri[: len(iri) - len(_local(iri))]
        return {known for known in self._things if known.startswith(space) and "#" not in known[len(space) :]}

    def things_of(self, classes: Iterable[str]) -> set[str]:
        return {iri for name in classes for iri in self._of_class.get(name, ())}

    def knows(self, iri: str) -> bool:
        return iri in self._things or iri in self._links

    def knows_thing(self, iri: str) -> bool:
        return iri in self._things

    def has_value(self, field: str, value: str) -> bool:
        return value in self._values.get(field, ())

    def instead(self, iri: str) -> tuple[Words, str]:
        return words(N_("Did you mean {name}?"), name=self.names.named(iri)), self.names.short(iri)

    def spelt(self, text: str, datatype: str = "", language: str = "") -> tuple[Words, str]:
        """The suggestion of a literal."""
        tail = f"@{language}" if language else f"^^{self.names.short(datatype)}" if datatype else ""
        return words(N_("Write {value}"), value=quoted(text) + tail), quoted(text) + tail


_Told = tuple[Words, str] | None


def _another_term(known: Suggester, finding: Finding) -> _Told:
    """A class or property of ours that does not exist."""
    if finding.rule.endswith("#Structure-known-property") or finding.component.startswith("Closed"):
        near = known.nearest(_local(finding.path), known.own_terms(finding.path, is_class=False))
    elif finding.rule.endswith("#Structure-known-class"):
        near = known.nearest(_local(finding.value), known.own_terms(finding.value, is_class=True))
    else:
        return None
    return known.instead(near) if near else None


def _other_scheme(known: Suggester, finding: Finding) -> _Told:
    """http for https and the other way round, where the other one is known."""
    value = finding.value if isinstance(finding.term, ox.NamedNode) else finding.path
    if not re.match(r"https?://", value):
        return None
    other = value.replace("http://", "https://", 1) if value.startswith("http://") else f"http{value[5:]}"
    if known.knows(other) and not known.knows_thing(value):
        return known.instead(other)
    if finding.asked and any(re.search(p, other) for p in finding.asked.patterns if not re.search(p, value)):
        return known.instead(other)
    return None


def _code(known: Suggester, finding: Finding) -> _Told:
    """A code of the list that the field takes, or one of the allowed values."""
    if not finding.asked or not finding.value:
        return None
    allowed = {code for scheme in finding.asked.schemes for code in known.names.members.get(scheme, ())}
    allowed |= finding.asked.values
    near = known.nearest(_local(finding.value), allowed - {finding.value}) if allowed else None
    return known.instead(near) if near else None


def _thing(known: Suggester, finding: Finding) -> _Told:
    """An existing thing for a link that leads nowhere or a text that names one."""
    if not finding.value or not finding.path or known.knows_thing(finding.value):
        return None
    classes = known.things_of(finding.asked.classes) if finding.asked else set()
    if isinstance(finding.term, ox.Literal):
        near = known.nearest(finding.value, classes) if classes else None
    elif isinstance(finding.term, ox.NamedNode) and finding.value.startswith(known.names.base):
        name = _local(finding.value)
        near = known.nearest(name, known.siblings(finding.value)) or (known.nearest(name, classes) if classes else None)
    else:
        near = None
    return known.instead(near) if near else None


_DATED: Final = frozenset({f"{XSD}date", f"{XSD}gYearMonth", f"{XSD}gYear"})


def _date(known: Suggester, finding: Finding) -> _Told:
    """A date as people write it, or with the wrong datatype."""
    term = finding.term
    wants_date = finding.asked and finding.asked.datatypes & _DATED
    if not isinstance(term, ox.Literal) or not (wants_date or term.datatype.value in _DATED):
        return None
    read = read_date(term.value)
    if not read or (wants_date and read[1] not in finding.asked.datatypes):  # type: ignore[union-attr]
        return None
    return known.spelt(*read) if read != (term.value, term.datatype.value) else None


def _language(known: Suggester, finding: Finding) -> _Told:
    """A text without its language, or with one that is spelt otherwise."""
    term, asked = finding.term, finding.asked
    if not isinstance(term, ox.Literal) or not asked or not (RDF_LANG_STRING in asked.datatypes or asked.languages):
        return None
    if not term.language:
        return words(
            N_("Add the language: {value}, or another one"), value=f"{quoted(term.value)}@de"
        ), f"{quoted(term.value)}@de"
    language = {"deu": "de", "ger": "de", "german": "de", "deutsch": "de", "eng": "en", "english": "en"}.get(
        term.language, term.language.partition("-")[0]
    )
    return known.spelt(term.value, language=language) if language in asked.languages - {term.language} else None


def _key(known: Suggester, finding: Finding) -> _Told:
    """A key that lost its leading zero, where the longer one is known."""
    if not finding.asked or not finding.value.isdigit():
        return None
    for pattern in sorted(finding.asked.patterns):
        digits = re.fullmatch(r"\^(?:\\d|\[0-9\])\{(\d+)\}\$", pattern)
        longer = finding.value.zfill(int(digits[1])) if digits else ""
        if longer != finding.value and known.has_value(finding.path, longer):
            return known.spelt(longer)
    return None


def _blanks(known: Suggester, finding: Finding) -> _Told:
    """A text with blanks at its ends."""
    term = finding.term
    if not isinstance(term, ox.Literal) or not finding.asked or not finding.asked.patterns:
        return None
    bare = term.value.strip()
    if bare in ("", term.value) or not all(re.search(pattern, bare) for pattern in finding.asked.patterns):
        return None
    datatype = "" if term.language or term.datatype.value == XSD_STRING else term.datatype.value
    return known.spelt(bare, datatype, term.language or "")


def _datatype(known: Suggester, finding: Finding) -> _Told:
    """The right datatype for a spelling that is right already."""
    term, asked = finding.term, finding.asked
    if not isinstance(term, ox.Literal) or not asked:
        return None
    for datatype in sorted(asked.datatypes - {term.datatype.value, RDF_LANG_STRING}):
        fits = all(re.search(pattern, term.value) for pattern in asked.patterns) or len(asked.datatypes) > 1
        if is_well_formed(term.value, datatype) and fits:
            return known.spelt(term.value, "" if datatype == XSD_STRING else datatype)
    return None


def _number(known: Suggester, finding: Finding) -> _Told:
    """A number with a comma, with points between the thousands, or with its currency."""
    term = finding.term
    if not isinstance(term, ox.Literal):
        return None
    wanted = {term.datatype.value, *(finding.asked.datatypes if finding.asked else ())}
    text = re.sub(r"\s|€|EUR|Euro", "", term.value)
    if re.fullmatch(r"-?\d{1,3}(\.\d{3})+(,\d+)?|-?\d+,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    for datatype in (f"{XSD}integer", f"{XSD}decimal"):
        if datatype in wanted and text != term.value and is_well_formed(text, datatype):
            return known.spelt(text, datatype)
    return None


_TRUTHS: Final = {"ja": "true", "yes": "true", "wahr": "true", "nein": "false", "no": "false", "falsch": "false"}


def _truth(_: Suggester, finding: Finding) -> _Told:
    """Yes or no in words."""
    told = _TRUTHS.get(finding.value.lower(), finding.value.lower())
    if not finding.asked or f"{XSD}boolean" not in finding.asked.datatypes or told not in ("true", "false"):
        return None
    return words(N_("Write {value}"), value=told), told


def _link(_: Suggester, finding: Finding) -> _Told:
    """An address that was written as text."""
    wants_link = finding.asked and any(kind.endswith("#IRI") for kind in finding.asked.node_kinds)
    if not wants_link or not isinstance(finding.term, ox.Literal):
        return None
    address = finding.value if "://" in finding.value else f"https://{finding.value}"
    if not re.fullmatch(r"https?://[\w.-]+\.[a-z]{2,}(?:[/?#:][^\s<>\"{}|\\^`]*)?", address):
        return None
    return words(N_("Write {value}"), value=f"<{address}>"), f"<{address}>"


_WAYS: Final[tuple[Callable[[Suggester, Finding], _Told], ...]] = (
    _another_term, _other_scheme, _date, _truth, _number, _key, _language, _blanks, _link, _datatype, _code, _thing,
)  # fmt: skip
