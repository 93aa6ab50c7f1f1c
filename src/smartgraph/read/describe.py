"""Everything worth saying about one thing, in four questions to the store.

First what the thing says itself (with the nodes that belong to it: citations, periods, geometry), then
what names it, directly or over one thing between; then the details of all of these, then the names of
what those name.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from smartgraph.errors import UnknownThing
from smartgraph.iris import thing_of
from smartgraph.read.excerpt import KINDS, Excerpt, Names, in_query, is_iri, values_in_query

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smartgraph.read.store import Reader
    from smartgraph.serialize import Row, Term

#: So many things are listed under one property; the page says how many there are.
MOST: Final = 150

#: What is read of the things around: what their line in a list, a table or a timeline shows.
DETAILS: Final = (
    "rdf:type", "skos:prefLabel", "dcterms:title", "skos:definition", "skos:inScheme", "smg:derived", "smg:source",
    "smg:date", "smg:status", "smg:theme", "smg:responsibleBody",
    "smg:amount", "schema:currency", "smg:amountType", "smg:amountQualifier", "smg:fundingStatus",
    "schema:fundedItem", "schema:funder", "smg:recipient", "smg:fundingProgramme", "smg:shareOf",
    "smg:decidedBy", "eli-dl:had_responsible_organization", "eli-dl:decision_outcome", "eli-dl:executed",
    "smg:decidesOn", "smg:toDecideOn", "dcterms:identifier",
    "smg:participant", "smg:participantRole", "org:member", "org:role", "org:organization",
    "smg:componentType", "schema:position",
    "smg:figureOf", "smg:figureType", "smg:numericValue", "schema:unitText",
    "schema:url", "smg:retrieved", "smg:copyOfUnknownAge", "smg:sourceType",
)  # fmt: skip

#: What is read of the things that these name.
NAMES: Final = (
    "rdf:type", "skos:prefLabel", "dcterms:title", "smg:derived", "schema:url", "smg:retrieved",
    "smg:copyOfUnknownAge", "smg:sourceType",
)  # fmt: skip

_OWN: Final = """
SELECT ?s ?p ?o WHERE {
  { VALUES ?s { %(thing)s } ?s ?p ?o }
  UNION { %(thing)s ?link ?s . ?s ?p ?o . FILTER(STRSTARTS(STR(?s), "%(fragments)s")) }
}"""

#: Direct mentions come with their property, those over one thing between with the name of the way.
_AROUND: Final = """
SELECT DISTINCT ?s ?p ?way WHERE {
  { ?s ?p %(thing)s
    FILTER(?p NOT IN (smg:citation, smg:citedSource, smg:citedProperty, smg:basis, smg:otherValue,
                      skos:topConceptOf, skos:hasTopConcept, rdf:type))
    FILTER NOT EXISTS { GRAPH %(shapes)s { ?s ?p %(thing)s } }
    FILTER NOT EXISTS { ?p smg:derived true } }
  UNION { ?c smg:citedSource %(thing)s . ?s smg:citation ?c . BIND("cited" AS ?way) }
  UNION { %(thing)s smg:carriedOutBy ?x . ?s org:organization ?x . BIND("carrier" AS ?way) }
  UNION { { ?x schema:fundedItem %(thing)s } UNION { ?x smg:componentOf %(thing)s }
          UNION { %(thing)s smg:implements ?x }
          { ?s smg:decidesOn ?x } UNION { ?s smg:toDecideOn ?x } BIND("decision" AS ?way) }
  UNION { ?x org:subOrganizationOf %(thing)s .
          { ?s smg:decidedBy ?x } UNION { ?s eli-dl:had_responsible_organization ?x }
          BIND("council" AS ?way) }
  UNION { %(thing)s a smg:LocalAuthority ; dcterms:spatial ?x . ?s smg:figureOf ?x . BIND("figure" AS ?way) }
  UNION { %(thing)s a smg:LocalAuthority ; dcterms:spatial ?x . ?s dcterms:spatial ?x ; smg:status ?any .
          BIND("area" AS ?way) }
  UNION { ?x smg:participant %(thing)s . ?s smg:hasParticipation ?x . BIND("participation" AS ?way) }
  UNION { ?m org:member %(thing)s ; org:organization ?x .
          { ?s smg:carriedOutBy ?x } UNION { ?s smg:hasParticipation/smg:participant ?x }
          BIND("membership" AS ?way) }
  UNION { ?x dcterms:isPartOf %(thing)s . ?s smg:fundingProgramme ?x . BIND("programme" AS ?way) }
}"""

_DETAILS: Final = "SELECT ?s ?p ?o WHERE { VALUES ?s { %(things)s } VALUES ?p { %(properties)s } ?s ?p ?o }"

#: The details, and for what lists show with a date, an outcome or a sum: how sure that is.
_NEAR: Final = """
SELECT ?s ?p ?o WHERE {
  { VALUES ?s { %(things)s } VALUES ?p { %(properties)s } ?s ?p ?o }
  UNION
  { VALUES ?s { %(things)s } VALUES ?class { %(classes)s }
    ?s a ?class ; smg:citation ?o . BIND(smg:citation AS ?p) }
  UNION
  { VALUES ?thing { %(things)s } VALUES ?class { %(classes)s } ?thing a ?class ; smg:citation ?s .
    VALUES ?p { smg:citedProperty smg:basis smg:otherValue } ?s ?p ?o }
}"""
_DATED: Final = "smg:Decision eli-dl:ForeseenActivity smg:Funding smg:ReportedFigure schema:Event smg:Meeting"

#: Pages name these also where the thing does not have them: what is not known is shown as such.
_ALWAYS_NAMED: Final = ("dcterms:temporal", "smg:plannedPeriod")


@dataclass(frozen=True, slots=True)
class Citation:
    """What one citation says. ``properties`` are short names, none for the thing as a whole."""

    source: str
    properties: frozenset[str]
    facts: tuple[str, ...]
    basis: str
    node: str
    other: Term | None

    def covers(self, *properties: str) -> bool:
        """True if the citation speaks for one of the properties."""
        return not self.properties or bool(self.properties & set(properties))


@dataclass(frozen=True, slots=True)
class Description:
    """What the release knows about one thing and around it.

    ``excerpt`` holds the statements; ``citations`` those of the thing itself; ``mentions`` the things
    that name it, by property (short name); ``ways`` those that do so over one thing between;
    ``totals`` how many there are where more than :data:`MOST` are left out.
    """

    iri: str
    excerpt: Excerpt
    citations: tuple[Citation, ...]
    mentions: Mapping[str, tuple[str, ...]]
    ways: Mapping[str, tuple[str, ...]]
    totals: Mapping[str, int]

    @property
    def kind(self) -> str:
        return self.excerpt.kind(self.iri)

    def related(self, *names: str) -> tuple[str, ...]:
        """The things that name this one by one of these properties or ways, each once."""
        found = (iri for name in names for iri in (*self.mentions.get(name, ()), *self.ways.get(name, ())))
        return tuple(dict.fromkeys(found))


def describe(reader: Reader, iri: str) -> Description:
    """The description of ``iri``, which may be that of a node that belongs to a thing.

    Raises:
        UnknownThing: the release says nothing of it.
    """
    names = Names(reader.release.manifest.base)
    thing = thing_of(iri)
    if not is_iri(thing) or not (own := reader.select(names.prologue + _OWN % _about(thing))):
        raise UnknownThing(iri)
    shapes = {"shapes": f"<{names.base}graph/shapes>"}
    around = reader.select(names.prologue + _AROUND % (_about(thing) | shapes))
    mentions, ways, totals = _sorted_out(around, names)
    near = _objects(own) | {iri for group in (*mentions.values(), *ways.values()) for iri in group}
    wanted = {"things": values_in_query(near), "properties": " ".join(DETAILS), "classes": _DATED}
    details = reader.select(names.prologue + _NEAR % wanted)
    spoken_of = {row["p"].value for row in (*own, *around) if "p" in row}
    spoken_of |= set(map(names.long, (*KINDS, *_ALWAYS_NAMED)))
    read = near | {row["s"].value for row in details}
    further = details_of(reader, names, (_objects(details) | spoken_of) - read, NAMES)
    excerpt = Excerpt(names, own, details, further)
    return Description(thing, excerpt, _citations(excerpt, thing), mentions, ways, totals)


def details_of(reader: Reader, names: Names, things: Iterable[str], properties: Iterable[str]) -> tuple[Row, ...]:
    """Rows ``?s ?p ?o`` of these properties (short names) of these things."""
    wanted = {"things": values_in_query(things), "properties": " ".join(properties)}
    return reader.select(names.prologue + _DETAILS % wanted)


def _about(thing: str) -> dict[str, str]:
    return {"thing": in_query(thing), "fragments": f"{thing}#"}


def _objects(rows: Iterable[Row]) -> set[str]:
    return {row["o"].value for row in rows if row["o"].kind == "iri"}


def _sorted_out(
    rows: Iterable[Row], names: Names
) -> tuple[Mapping[str, tuple[str, ...]], Mapping[str, tuple[str, ...]], Mapping[str, int]]:
    """Mentions by property, mentions by way, and the size of what was cut."""
    groups: dict[tuple[bool, str], set[str]] = {}
    for row in rows:
        if row["s"].kind != "iri":
            continue
        key = (False, row["way"].value) if "way" in row else (True, names.short(row["p"].value))
        groups.setdefault(key, set()).add(thing_of(row["s"].value))
    totals = {name: len(found) for (_, name), found in groups.items() if len(found) > MOST}
    kept = {key: tuple(sorted(found)[:MOST]) for key, found in sorted(groups.items())}
    direct = {name: found for (is_direct, name), found in kept.items() if is_direct}
    ways = {name: found for (is_direct, name), found in kept.items() if not is_direct}
    return MappingProxyType(direct), MappingProxyType(ways), MappingProxyType(totals)


def _citations(excerpt: Excerpt, thing: str) -> tuple[Citation, ...]:
    found = []
    for node in sorted(excerpt.iris(thing, "smg:citation"), key=_number):
        for source in excerpt.iris(node, "smg:citedSource"):
            cited = frozenset(excerpt.names.short(iri) for iri in excerpt.iris(node, "smg:citedProperty"))
            facts = tuple(term.value for term in excerpt.values(node, "dcterms:identifier"))
            basis = excerpt.names.short(next(iter(excerpt.iris(node, "smg:basis")), ""))
            other = next(iter(excerpt.values(node, "smg:otherValue")), None)
            found.append(Citation(source, cited, facts, basis, node, other))
    return tuple(found)


def _number(node: str) -> tuple[int, str]:
    """Orders c2 before c10."""
    return len(node), node
