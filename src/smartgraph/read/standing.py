"""Where the statements about a thing stand, and whether it was withdrawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartgraph.errors import UnknownThing
from smartgraph.iris import graph_iri
from smartgraph.read.excerpt import Excerpt, Names, in_query

if TYPE_CHECKING:
    from smartgraph.read.excerpt import Text
    from smartgraph.read.store import Reader

#: The graphs that describe the thing, then those that add to its document: its nodes, who names it, names.
_GRAPHS: Final = """
SELECT DISTINCT ?g ?part WHERE {
  { GRAPH ?g { %(thing)s ?p ?o } BIND("own" AS ?part) }
  UNION { GRAPH ?g { %(thing)s a smg:Tombstone } BIND("withdrawn" AS ?part) }
  UNION { GRAPH ?g { ?s ?p %(thing)s } }
  UNION { %(thing)s ?link ?s FILTER(STRSTARTS(STR(?s), "%(iri)s#")) GRAPH ?g { ?s ?p ?o } }
  UNION { { SELECT DISTINCT ?x { { %(thing)s ?link ?x } UNION { ?x ?link %(thing)s } } }
          GRAPH ?g { ?x skos:prefLabel ?name } }
}"""
_OWN: Final = "SELECT ?s ?p ?o WHERE { VALUES ?s { %s } ?s ?p ?o }"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of a thing that was withdrawn; ``on`` is an ISO date, ``successor`` an IRI; both may be empty."""

    iri: str
    on: str
    reason: Text | None
    successor: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The names of the graphs whose statements are in the document of a thing, what is derived aside."""

    graphs: tuple[str, ...]
    is_withdrawn: bool


def standing(reader: Reader, iri: str) -> Standing:
    """Which graphs speak of the thing.

    Raises:
        UnknownThing: none describes it.
    """
    names = Names(reader.release.manifest.base)
    rows = reader.select(names.prologue + _GRAPHS % {"thing": in_query(iri), "iri": iri})
    parts = {row["part"].value for row in rows if "part" in row}
    if "own" not in parts:
        raise UnknownThing(iri)
    start = graph_iri("", names.base)
    graphs = {row["g"].value.removeprefix(start) for row in rows} - {"derived"}
    return Standing(tuple(sorted(graphs)), "withdrawn" in parts)


def tombstone(reader: Reader, iri: str, language: str) -> Tombstone:
    """What is said of a thing that :func:`standing` calls withdrawn, the reason in the language if there is one."""
    names = Names(reader.release.manifest.base)
    excerpt = Excerpt(names, reader.select(names.prologue + _OWN % in_query(iri)))
    successor = next(iter(sorted(excerpt.iris(iri, "dcterms:isReplacedBy"))), "")
    return Tombstone(iri, excerpt.first(iri, "smg:withdrawnOn"), excerpt.text(iri, "skos:note", language), successor)
