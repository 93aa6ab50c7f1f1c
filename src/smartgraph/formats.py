"""The one table of representations and the one negotiator.

Source: IANA media types; W3C "SPARQL 1.1 Query Results" formats; RFC 9110 section 12 for Accept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from smartgraph.errors import UnknownFormat
from smartgraph.preferences import Wish, wishes

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

#: Order is preference: among equally wanted formats the first wins.
FORMATS: Final = (
    HTML, TURTLE, JSONLD, NTRIPLES, RDFXML, TRIG, NQUADS, JSON_RESULTS, XML_RESULTS, CSV, TSV,
)  # fmt: skip


def of_kind(*kinds: Kind) -> tuple[Format, ...]:
    """The formats that can carry one of the kinds, in order of preference."""
    return tuple(form for form in FORMATS if form.kinds & set(kinds))


GRAPH_FORMATS: Final = of_kind("graph")
RESULT_FORMATS: Final = of_kind("results")
#: The answers to queries, of whatever kind.
DATA_FORMATS: Final = of_kind("graph", "results")
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


def names_type(accept: str, form: Format) -> bool:
    """True if an Accept header names a media type of ``form`` itself, not only by a wildcard."""
    return any(wish.value in form.media_types for wish in wishes(accept))


@lru_cache(maxsize=128)  # clients repeat themselves
def prefers_page(accept: str) -> bool:
    """True for a browser: HTML is named in Accept, and wanted more than any other format."""
    others = (form for form in FORMATS if form != HTML)
    return names_type(accept, HTML) and negotiate(accept, (*others, HTML)) == HTML


def _fit(wish: Wish, media_type: str) -> int:
    """How closely a wish fits: 0 not at all, 1 by ``*/*``, 2 by ``type/*``, 3 or 4 by name.

    A parameter other than ``charset`` (``version=1.2``, ``profile=…``) asks for a variety that we do not
    tell apart: what we have is given for it, but a wish without parameters says more about it.
    """
    if wish.value == media_type:
        return 3 if _is_of_a_variety(wish) else 4
    if wish.value == "*/*":
        return 1
    main, _, sub = wish.value.partition("/")
    return 2 if sub == "*" and media_type.startswith(f"{main}/") else 0


def _is_of_a_variety(wish: Wish) -> bool:
    return any(name != "charset" for name, _ in wish.parameters)


def _quality(form: Format, wanted: tuple[Wish, ...]) -> float:
    """How much ``form`` is wanted: the wish that fits most closely decides for each media type."""
    best = 0.0
    for media_type in form.media_types:
        closest, quality = max(((_fit(wish, media_type), wish.quality) for wish in wanted), default=(0, 0.0))
        # A wildcard asks for what we send, not for the other names it goes by.
        if closest > 2 or (closest and media_type == form.media_type):
            best = max(best, quality)
    return best


@lru_cache(maxsize=128)  # clients repeat themselves
def negotiate(accept: str | None, offered: tuple[Format, ...]) -> Format | None:
    """The offered format that ``accept`` wants most, ``None`` if it wants none of them.

    No header means the first offered format. Ties go to the order of ``offered``.

    Spec: RFC 9110, section 12.5.1.
    """
    if accept is None or not accept.strip():
        return offered[0]
    # Who refuses a variety (``text/turtle;version=1.2;q=0``) does not refuse the format.
    wanted = tuple(wish for wish in wishes(accept) if wish.quality or not _is_of_a_variety(wish))
    best, most = None, 0.0
    for form in offered:
        quality = _quality(form, wanted)
        if quality > most:
            best, most = form, quality
    return best


def profile_of(accept: str, form: Format) -> tuple[str, ...]:
    """The profiles of ``form`` that an Accept header asks for, from the media range that wants it most.

    Spec: RFC 6906; JSON-LD 1.1, section C (the parameter ``profile``).
    """
    named = (wish for wish in wishes(accept) if wish.value in form.media_types)
    best = max(named, key=lambda wish: wish.quality, default=None)
    return tuple(dict(best.parameters).get("profile", "").split()) if best and best.quality else ()
