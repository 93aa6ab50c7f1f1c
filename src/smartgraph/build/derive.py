"""What the build computes from what was authored: date bounds, shortcuts, labels, super-classes.

Partial dates cannot be ordered portably, so each gets two full days as inclusive bounds. Everything
derived stands in one graph of its own, and no source may write there.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.vocab import DCAT, XSD, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_DATE: Final = f"{XSD}date"

#: Each shortcut as a SPARQL CONSTRUCT over the union of the authored graphs.
_RULES: Final = (
    # Who has to do with an initiative, in whatever capacity: one property for lists and facets.
    """CONSTRUCT { ?initiative smg:involves ?organisation } WHERE {
         ?initiative smg:responsibleBody|smg:hasParticipation/smg:participant
                     |smg:carriedOutBy/^org:organization/org:member ?organisation }""",
    "CONSTRUCT { ?whole smg:hasComponent ?part } WHERE { ?part smg:componentOf ?whole }",
    "CONSTRUCT { ?thing smg:source ?document } WHERE { ?thing smg:citation/smg:citedSource ?document }",
    # Tools that know nothing of SKOS show rdfs:label.
    "CONSTRUCT { ?thing rdfs:label ?label } WHERE { ?thing skos:prefLabel ?label }",
    # Nobody needs a reasoner to ask for all initiatives. The model itself is left as it is written, and classes that
    # only the alignments name are not spread over the data.
    """CONSTRUCT { ?thing a ?super } WHERE {
         ?thing a ?class . ?class rdfs:subClassOf+ ?super . ?super a owl:Class
         FILTER NOT EXISTS { ?thing a owl:Class } }""",
)


def day_bounds(value: str, datatype: str) -> tuple[str, str] | None:
    """First and last day that a date of the precision day, month or year can mean (ISO, inclusive).

    ``None`` for a value that is no such date; validation reports it.

    >>> day_bounds("2024-02", "http://www.w3.org/2001/XMLSchema#gYearMonth")
    ('2024-02-01', '2024-02-29')
    """
    try:
        if datatype == _DATE:
            day = date.fromisoformat(value).isoformat()
            return day, day
        if datatype == f"{XSD}gYearMonth":
            year, month = (int(part) for part in value.split("-"))
            return f"{year:04d}-{month:02d}-01", f"{year:04d}-{month:02d}-{monthrange(year, month)[1]:02d}"
        if datatype == f"{XSD}gYear":
            return f"{int(value):04d}-01-01", f"{int(value):04d}-12-31"
    except ValueError:
        pass
    return None


def _bound_terms(base: str) -> dict[str, tuple[ox.NamedNode, ox.NamedNode]]:
    """For each property that carries a partial date, the terms of its first and last day."""
    terms = {
        f"{base}ns#date": ("earliestDate", "latestDate"),
        f"{DCAT}startDate": ("startEarliest", "startLatest"),
        f"{DCAT}endDate": ("endEarliest", "endLatest"),
    }
    return {
        term: (ox.NamedNode(f"{base}ns#{first}"), ox.NamedNode(f"{base}ns#{last}"))
        for term, (first, last) in terms.items()
    }


def sources_of(base: str) -> dict[str, str]:
    """For each property that carries a computed day the one that it is computed from."""
    return {bound.value: term for term, bounds in _bound_terms(base).items() for bound in bounds}


def _date_bounds(triples: Iterable[ox.Triple], base: str) -> Iterator[ox.Triple]:
    terms = _bound_terms(base)
    for triple in triples:
        bound_terms = terms.get(triple.predicate.value)
        if bound_terms is None or not isinstance(triple.object, ox.Literal):
            continue
        bounds = day_bounds(triple.object.value, triple.object.datatype.value)
        for term, day in zip(bound_terms, bounds or (), strict=False):
            yield ox.Triple(triple.subject, term, ox.Literal(day, datatype=ox.NamedNode(_DATE)))


def derive(graphs: Iterable[Iterable[ox.Triple]], base: str) -> frozenset[ox.Triple]:
    """The triples that follow from ``graphs`` (all but the shapes) and are not already in them."""
    authored = frozenset(triple for graph in graphs for triple in graph)
    store = ox.Store()
    store.bulk_extend(ox.Quad(t.subject, t.predicate, t.object) for t in authored)
    names = prefixes(base)
    derived = set(_date_bounds(authored, base))
    for rule in _RULES:
        derived |= set(store.query(rule, prefixes=names))  # type: ignore[arg-type]  # CONSTRUCT gives triples
    return frozenset(derived - authored)
