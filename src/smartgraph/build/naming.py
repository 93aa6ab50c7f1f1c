"""What things are called for people: words in two languages, prefixed names, labels, kinds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.iris import shorten
from smartgraph.language import N_, translation
from smartgraph.vocab import RDF_LANG_STRING, RDF_TYPE, RDFS, SKOS, XSD_STRING, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_PREF: Final = f"{SKOS}prefLabel"
_LABELS: Final = (_PREF, f"{RDFS}label", f"{SKOS}altLabel")
#: Of a long list this many members are named.
_LONGEST_LIST: Final = 12


@dataclass(frozen=True, slots=True)
class Words:
    """One text for people, in German and in English."""

    de: str
    en: str

    def in_(self, language: str) -> str:
        return self.de if language == "de" else self.en


def words(template: str, **values: object) -> Words:
    """A text of the catalogue, filled in both languages; values may be words themselves.

    >>> words("at least {count}", count=2).en
    'at least 2'
    """

    def said(language: str) -> str:
        filled = {n: v.in_(language) if isinstance(v, Words) else v for n, v in values.items()}
        return translation(language).gettext(template).format(**filled)

    return Words(said("de"), said("en"))


def plain(text: str) -> Words:
    """A text that is the same in every language: a name, a code, a value."""
    return Words(text, text)


def listed(parts: Sequence[Words], link: str = "") -> Words:
    """The parts as one text: with commas, or by a link such as ``N_("{one} or {other}")``."""
    if link:
        return reduce(lambda one, other: words(link, one=one, other=other), parts)
    return Words(", ".join(p.de for p in parts), ", ".join(p.en for p in parts))


def quoted(text: str) -> str:
    """The text as Turtle writes it between quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


class Names:
    """The labels and kinds that a set of triples gives, under one base."""

    def __init__(self, base: str, triples: Iterable[ox.Triple] = ()) -> None:
        self.base = base
        self._prefixes = prefixes(base)
        self._labels: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self.kinds: dict[str, set[str]] = defaultdict(set)
        self.members: dict[str, set[str]] = defaultdict(set)
        for triple in triples:
            self._learn(triple)

    def _learn(self, triple: ox.Triple) -> None:
        subject, predicate, value = triple.subject, triple.predicate.value, triple.object
        if not isinstance(subject, ox.NamedNode):
            return
        if predicate in _LABELS and isinstance(value, ox.Literal):
            by_language = self._labels[subject.value][predicate]
            # Of two labels in one language the smaller: the order of triples is not ours to rely on.
            language = value.language or ""
            by_language[language] = min(by_language.get(language, value.value), value.value)
        elif predicate == RDF_TYPE and isinstance(value, ox.NamedNode):
            self.kinds[subject.value].add(value.value)
        elif predicate == f"{SKOS}inScheme" and isinstance(value, ox.NamedNode):
            self.members[value.value].add(subject.value)

    def short(self, iri: str) -> str:
        """The prefixed name where there is a prefix, else the identifier as it is."""
        return shorten(iri, self._prefixes)

    def label(self, iri: str) -> Words | None:
        """The label in both languages, one standing in for the other; ``None`` without any."""
        for predicate in _LABELS:
            told = self._labels[iri][predicate] if iri in self._labels and predicate in self._labels[iri] else {}
            if told:
                some = told.get("de") or told.get("en") or min(told.values())
                return Words(told.get("de") or some, told.get("en") or some)
        return None

    def all_labels(self, iri: str) -> set[str]:
        """Every label there is, in whatever language."""
        if iri not in self._labels:
            return set()
        return {label for told in self._labels[iri].values() for label in told.values()}

    def kind(self, iri: str) -> Words | None:
        """What sort of thing it is: the label of its class."""
        for kind in sorted(self.kinds.get(iri, ())):
            if label := self.label(kind):
                return label
        return None

    def named(self, iri: str) -> Words:
        """The label with the prefixed name behind it, as far as there is one.

        >>> Names("https://example.org/").named("https://example.org/ns#date").en
        'smg:date'
        """
        label = self.label(iri)
        return words(N_("“{label}” ({name})"), label=label, name=self.short(iri)) if label else plain(self.short(iri))

    def names(self, iris: Iterable[str]) -> Words:
        """Several of them, sorted; of a long list only the first."""
        wanted = sorted(iris)
        shown = [self.named(iri) for iri in wanted[:_LONGEST_LIST]]
        return listed([*shown, plain("…")] if len(wanted) > _LONGEST_LIST else shown)

    def term(self, term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> Words:
        """A value as Turtle writes it, an identifier with its label."""
        if isinstance(term, ox.NamedNode):
            return self.named(term.value)
        if isinstance(term, ox.Literal):
            return plain(self._literal(term))
        return words(N_("a node without a name"))

    def _literal(self, literal: ox.Literal) -> str:
        text, datatype = quoted(literal.value), literal.datatype.value
        if datatype == RDF_LANG_STRING:
            return f"{text}@{literal.language}"
        return text if datatype == XSD_STRING else f"{text}^^{self.short(datatype)}"
