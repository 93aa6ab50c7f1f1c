"""A part of the graph, read at once, and the short names by which code speaks of terms.

Pages ask few, wide questions and look things up in the answer; nothing here talks to the store.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from smartgraph.errors import UsageError
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smartgraph.serialize import Row, Term

#: What may stand between < and > in a query: a scheme, then nothing that SPARQL could read as an end.
#: Spec: SPARQL 1.1, production IRIREF.
_IRI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\x00-\x20<>\"{}|\\^`]*")

#: In which language a text is shown when the reader's own is missing.
_FALLBACKS: Final = ("de", "en", "")


def is_iri(text: str) -> bool:
    """True for an absolute IRI that can stand in a query as it is."""
    return _IRI.fullmatch(text) is not None


def in_query(iri: str) -> str:
    """``iri`` as it is written in a query.

    Raises:
        UsageError: it is no IRI; nothing of it gets into a query.
    """
    if not is_iri(iri):
        raise UsageError(f"{iri!r} is no IRI.")
    return f"<{iri}>"


def values_in_query(iris: Iterable[str]) -> str:
    """The IRIs as the content of a VALUES block, sorted; what is no IRI is left out."""
    return " ".join(f"<{iri}>" for iri in sorted(set(iris)) if is_iri(iri))


@dataclass(frozen=True, slots=True)
class Text:
    """Words with their language tag; empty where the data give none."""

    form: ClassVar[str] = "text"
    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Thing:
    """A node with its name in the reader's language. ``kind`` is its most telling class, short."""

    form: ClassVar[str] = "thing"
    iri: str
    label: Text
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a list has to say of a value besides the value: falsy where a source states it, and none otherwise.

    ``basis`` names how it is known where no source states it; ``disputed`` is the thing if a source says
    something else of it.
    """

    basis: tuple[Text, ...] = ()
    disputed: Thing | None = None

    def __bool__(self) -> bool:
        return bool(self.basis or self.disputed)


NO_DOUBT: Final = Doubt()

#: Classes from the most telling to the least; a thing is introduced by the first it has.
KINDS: Final = (
    "smg:UmbrellaInitiative", "smg:Strategy", "smg:Project", "smg:StrategyComponent", "smg:Solution",
    "smg:Participation", "smg:Partnership", "org:Membership", "smg:LocalAuthority", "smg:DecisionBody",
    "smg:AdministrativeArea", "smg:Decision", "eli-dl:ForeseenActivity", "smg:CouncilPaper", "smg:Meeting",
    "smg:AgendaItem", "smg:Consultation", "smg:Funding", "smg:FundingProgramme", "smg:ReportedFigure",
    "smg:SourceDocument", "schema:Event", "org:OrganizationalUnit", "cv:PublicOrganisation",
    "org:FormalOrganization", "org:Organization", "smg:Initiative", "skos:Concept", "skos:ConceptScheme",
)  # fmt: skip

INITIATIVES: Final = ("smg:UmbrellaInitiative", "smg:Strategy", "smg:Project", "smg:Initiative")


class Names:
    """Short names (``smg:status``) for the IRIs of one base, and back."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._long: Mapping[str, str] = prefixes(base)
        self._short = {namespace: prefix for prefix, namespace in self._long.items()}
        self._known: dict[str, str] = {}
        self.prologue = "".join(f"PREFIX {prefix}: <{iri}>\n" for prefix, iri in self._long.items())

    def short(self, iri: str) -> str:
        """``prefix:name`` where we have a prefix for the namespace, else the IRI itself."""
        if iri not in self._known:
            cut = max(iri.rfind("#"), iri.rfind("/")) + 1
            prefix = self._short.get(iri[:cut])
            self._known[iri] = f"{prefix}:{iri[cut:]}" if prefix else iri
        return self._known[iri]

    def long(self, short: str) -> str:
        """The IRI of a short name."""
        prefix, _, name = short.partition(":")
        return self._long[prefix] + name


def chosen(texts: Iterable[Term], language: str) -> tuple[Text, ...]:
    """The texts for a reader: those in ``language`` and those of no language, else one other language's."""
    found = [Text(term.value, term.language) for term in texts if term.kind == "literal"]
    wanted = tuple(text for text in found if text.language in (language, ""))
    for other in (language, *_FALLBACKS):
        if any(text.language == other for text in found):
            return wanted or tuple(text for text in found if text.language == other)
    return tuple(found)


class Excerpt:
    """What some rows ``?s ?p ?o`` say, by node and property. Properties go by their short names."""

    def __init__(self, names: Names, *answers: Iterable[Row]) -> None:
        self.names = names
        self._nodes: dict[str, dict[str, dict[Term, None]]] = {}
        for rows in answers:
            for row in rows:
                properties = self._nodes.setdefault(row["s"].value, {})
                properties.setdefault(names.short(row["p"].value), {})[row["o"]] = None

    def __contains__(self, node: str) -> bool:
        return node in self._nodes

    def nodes(self, *kinds: str) -> tuple[str, ...]:
        """All nodes that are of one of the kinds (all nodes without any), sorted."""
        return tuple(sorted(node for node in self._nodes if not kinds or self.kinds(node) & set(kinds)))

    def properties(self, node: str) -> tuple[str, ...]:
        """The properties that the node has."""
        return tuple(self._nodes.get(node, ()))

    def values(self, node: str, *properties: str) -> tuple[Term, ...]:
        """The objects of all of these properties, IRIs sorted before literals."""
        found = {term for name in properties for term in self._nodes.get(node, {}).get(name, ())}
        return tuple(sorted(found, key=lambda term: (term.kind, term.value, term.language)))

    def iris(self, node: str, *properties: str) -> tuple[str, ...]:
        """The objects that are IRIs."""
        return tuple(term.value for term in self.values(node, *properties) if term.kind == "iri")

    def first(self, node: str, *properties: str) -> str:
        """The first object as text, empty if there is none."""
        return next((term.value for term in self.values(node, *properties)), "")

    def texts(self, node: str, property_: str, language: str) -> tuple[Text, ...]:
        """The texts of a property for a reader of ``language`` (see :func:`chosen`)."""
        return chosen(self.values(node, property_), language)

    def text(self, node: str, property_: str, language: str) -> Text | None:
        """One text of a property for a reader of ``language``."""
        return next(iter(self.texts(node, property_, language)), None)

    def kinds(self, node: str) -> frozenset[str]:
        """Short names of the classes of the node."""
        return frozenset(self.names.short(iri) for iri in self.iris(node, "rdf:type"))

    def kind(self, node: str) -> str:
        """The most telling class of the node, empty if it is not known."""
        kinds = self.kinds(node)
        return next((kind for kind in KINDS if kind in kinds), next(iter(sorted(kinds)), ""))

    def label(self, node: str, language: str) -> Text:
        """The name of the node; where it has none, the end of its IRI."""
        for name in ("skos:prefLabel", "dcterms:title"):
            if text := self.text(node, name, language):
                return text
        return Text(_last_part(node))

    def thing(self, node: str, language: str) -> Thing:
        """The node with its name."""
        return Thing(node, self.label(node, language), self.kind(node))

    def things(self, node: str, language: str, *properties: str) -> tuple[Thing, ...]:
        """The objects of the properties with their names, in the order of the names."""
        found = (self.thing(iri, language) for iri in self.iris(node, *properties))
        return tuple(sorted(found, key=lambda thing: thing.label.value.casefold()))


def doubt_of(excerpt: Excerpt, node: str, language: str, *properties: str) -> Doubt:
    """How sure a value is that is written down in these properties, after the citations in the excerpt.

    A citation of no property speaks for the whole thing, but only where none names the property. That an
    announced decision is announced is no doubt.
    """
    named: list[str] = []
    whole: list[str] = []
    disputed = False
    for citation in excerpt.iris(node, "smg:citation"):
        cited = {excerpt.names.short(iri) for iri in excerpt.iris(citation, "smg:citedProperty")}
        is_ours = not excerpt.values(citation, "smg:otherValue")
        if cited & set(properties):
            disputed = disputed or not is_ours
            named += excerpt.iris(citation, "smg:basis") if is_ours else ()
        elif not cited and is_ours:
            whole += excerpt.iris(citation, "smg:basis")
    found = dict.fromkeys(named or whole)
    sure = {"basis:stated"}
    if "eli-dl:ForeseenActivity" in excerpt.kinds(node):
        sure.add("basis:scheduled")
    is_sure = any(excerpt.names.short(iri) in sure for iri in found)
    basis = () if is_sure else tuple(excerpt.label(iri, language) for iri in found)
    return Doubt(basis, excerpt.thing(node, language) if disputed else None)


def _last_part(iri: str) -> str:
    return re.split(r"[/#]", iri.rstrip("/#"))[-1] or iri
