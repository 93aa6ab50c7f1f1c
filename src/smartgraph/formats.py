"""The one table of representations and the one negotiator.

Source: IANA media types; W3C "SPARQL 1.1 Query Results" formats; RFC 9110 section 12 for Accept.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from smartgraph.errors import UnknownFormat

Kind = Literal["graph", "dataset", "results", "page"]


@dataclass(frozen=True, slots=True)
class Format:
    """One representation: what it can carry, its names, and the media types that ask for it."""

    name: str
    label: str
    extension: str
    media_type: str
    kinds: frozenset[Kind]
    also: tuple[str, ...] = ()

    @property
    def media_types(self) -> tuple[str, ...]:
        """The media type we send, then those we also accept as a wish for it."""
        return (self.media_type, *self.also)

    @property
    def content_type(self) -> str:
        """The Content-Type header: text formats name their charset."""
        return f"{self.media_type}; charset=utf-8" if self.media_type.startswith("text/") else self.media_type


def _format(name: str, label: str, extension: str, media_type: str, kinds: str, *also: str) -> Format:
    return Format(name, label, extension, media_type, frozenset(kinds.split()), also)  # type: ignore[arg-type]


HTML: Final = _format("html", "HTML", "html", "text/html", "page", "application/xhtml+xml")
TURTLE: Final = _format("ttl", "Turtle", "ttl", "text/turtle", "graph", "application/x-turtle")
NTRIPLES: Final = _format("nt", "N-Triples", "nt", "application/n-triples", "graph", "text/plain")
RDFXML: Final = _format("rdf", "RDF/XML", "rdf", "application/rdf+xml", "graph")
JSONLD: Final = _format("jsonld", "JSON-LD", "jsonld", "application/ld+json", "graph dataset")
TRIG: Final = _format("trig", "TriG", "trig", "application/trig", "dataset")
NQUADS: Final = _format("nq", "N-Quads", "nq", "application/n-quads", "dataset")
JSON_RESULTS: Final = _format(
    "json", "SPARQL JSON", "srj", "application/sparql-results+json", "results", "application/json"
)
XML_RESULTS: Final = _format(
    "xml", "SPARQL XML", "srx", "application/sparql-results+xml", "results", "application/xml", "text/xml"
)
CSV: Final = _format("csv", "CSV", "csv", "text/csv", "results")
TSV: Final = _format("tsv", "TSV", "tsv", "text/tab-separated-values", "results")

#: The part of an Accept header that is read, in characters; browsers send about 150.
_LONGEST_ACCEPT: Final = 4096

#: Order is preference: among equally wanted formats the first wins.
FORMATS: Final = (
    HTML, TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS, JSON_RESULTS, XML_RESULTS, CSV, TSV,
)  # fmt: skip


def of_kind(*kinds: Kind) -> tuple[Format, ...]:
    """The formats that can carry one of the kinds, in order of preference."""
    return tuple(form for form in FORMATS if form.kinds & set(kinds))


GRAPH_FORMATS: Final = of_kind("graph")
RESULT_FORMATS: Final = of_kind("results")
DOCUMENT_FORMATS: Final = (HTML, *GRAPH_FORMATS)


def by_name(name: str, offered: tuple[Format, ...] = FORMATS) -> Format:
    """The format called ``name``.

    Raises:
        UnknownFormat: no offered format has this name.
    """
    for form in offered:
        if form.name == name:
            return form
    raise UnknownFormat(name, tuple(form.name for form in offered))


_QUALITY: Final = re.compile(r"[01](?:\.\d{0,3})?")


def _ranges(accept: str) -> list[tuple[str, float]]:
    """The media ranges of an Accept header with their quality; a malformed quality counts as 1.

    Only so many are read: nobody means more, and each costs time.
    """
    ranges = []
    for part in accept[:_LONGEST_ACCEPT].split(","):
        media_range, *parameters = (piece.strip().lower() for piece in part.split(";"))
        qualities = (value.strip() for name, _, value in (p.partition("=") for p in parameters) if name.strip() == "q")
        quality = next(qualities, "1")
        if media_range:
            ranges.append((media_range, min(float(quality), 1.0) if _QUALITY.fullmatch(quality) else 1.0))
    return ranges


def names_type(accept: str, form: Format) -> bool:
    """True if an Accept header names a media type of ``form`` itself, not only by a wildcard."""
    return any(media_range in form.media_types for media_range, _ in _ranges(accept))


def _specificity(media_range: str, media_type: str) -> int:
    """0 no match, 1 for */*, 2 for type/*, 3 for the type itself."""
    if media_range == media_type:
        return 3
    if media_range == "*/*":
        return 1
    main, _, sub = media_range.partition("/")
    return 2 if sub == "*" and media_type.startswith(f"{main}/") else 0


def _quality(form: Format, ranges: list[tuple[str, float]]) -> float:
    """How much ``form`` is wanted: the most specific matching range decides for each media type."""
    best = 0.0
    for media_type in form.media_types:
        matches = [(_specificity(r, media_type), q) for r, q in ranges]
        specific, quality = max(matches, default=(0, 0.0))
        # A wildcard asks for what we send, not for the other names it goes by.
        if specific == 3 or (specific and media_type == form.media_type):
            best = max(best, quality)
    return best


def negotiate(accept: str | None, offered: tuple[Format, ...]) -> Format | None:
    """The offered format that ``accept`` wants most, ``None`` if it wants none of them.

    No header means the first offered format. Ties go to the order of ``offered``.

    Spec: RFC 9110, section 12.5.1.
    """
    if accept is None or not accept.strip():
        return offered[0]
    ranges = _ranges(accept)
    best, wanted = None, 0.0
    for form in offered:
        quality = _quality(form, ranges)
        if quality > wanted:
            best, wanted = form, quality
    return best


def profile_of(accept: str, form: Format) -> tuple[str, ...]:
    """The profiles of ``form`` that an Accept header asks for, from the media range that wants it most.

    Spec: RFC 6906; JSON-LD 1.1, section C (the parameter ``profile``).
    """
    best, wanted = "", 0.0
    for part in accept[:_LONGEST_ACCEPT].split(","):
        media_range, *parameters = part.split(";")
        given = {name.strip().lower(): value.strip() for name, _, value in (p.partition("=") for p in parameters)}
        quality = next((quality for _, quality in _ranges(part)), 0.0)
        if media_range.strip().lower() in form.media_types and quality > wanted:
            best, wanted = given.get("profile", ""), quality
    return tuple(best.strip('"').split())
