"""Identifiers that can be looked up: from the thing to its document, and the document in each format.

Spec: W3C Note "Cool URIs for the Semantic Web", 4.3 (303 and content negotiation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request

from smartgraph.errors import UnknownThing
from smartgraph.formats import DOCUMENT_FORMATS, HTML, NTRIPLES, Format
from smartgraph.iris import graph_iri, is_slug
from smartgraph.licences import licence_of
from smartgraph.read.store import Query
from smartgraph.vocab import ID_TYPES, SCHEMES
from smartgraph.web import contexts, pages
from smartgraph.web.replies import (
    BY_LANGUAGE,
    Caching,
    Link,
    chosen,
    current_site,
    known,
    language,
    reply,
    site_path,
    tag_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable

blueprint = Blueprint("resource", __name__)

_HOMES: Final = "SELECT DISTINCT ?g WHERE {{ GRAPH ?g {{ <{iri}> ?p ?o }} }}"
#: The thing and the nodes that belong to it, who speaks of it, and the names of both ends of a link.
_DOCUMENT: Final = """
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
CONSTRUCT {{ ?s ?p ?o . ?linked skos:prefLabel ?name }} WHERE {{
  {{ ?s ?p ?o FILTER(?s = <{iri}> || STRSTARTS(STR(?s), "{iri}#")) BIND(?o AS ?linked) }}
  UNION
  {{ ?s ?p <{iri}> BIND(<{iri}> AS ?o) BIND(?s AS ?linked) }}
  OPTIONAL {{ ?linked skos:prefLabel ?name FILTER(STRSTARTS(STR(?linked), "{base}")) }}
}}"""
_GRAPH: Final = "CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"


# ---- From the thing to its document


@blueprint.get("/id/<kind>/<slug>")
def thing(kind: str, slug: str) -> Response:
    return _see_document(_thing_iri(kind, slug))


@blueprint.get("/concept/<scheme>")
@blueprint.get("/concept/<scheme>/<code>")
def concept(scheme: str, code: str = "") -> Response:
    return _see_document(_concept_iri(scheme, code))


def _see_document(iri: str) -> Response:
    """303 to the document, as a path: the host by which we were asked may be none of ours."""
    _homes(iri)
    # The address of every own thing has a page, so that there is a path.
    response = Response(status=303, headers={"Location": site_path(iri) or ""})
    response.vary.add("Accept")
    return response


# ---- The document


@blueprint.get("/doc/<kind>/<name>")
def thing_document(kind: str, name: str) -> Response:
    if kind == "concept":
        scheme, form = _split(name)
        return _document(_concept_iri(scheme, ""), form)
    slug, form = _split(name)
    return _document(_thing_iri(kind, slug), form)


@blueprint.get("/doc/concept/<scheme>/<name>")
def concept_document(scheme: str, name: str) -> Response:
    code, form = _split(name)
    return _document(_concept_iri(scheme, code), form)


@blueprint.get("/ns")
@blueprint.get("/ns.<extension>")
def ontology(extension: str = "") -> Response:
    """The ontology, to which the hash identifiers of its terms lead."""
    return _own_graph("ns", "ontology", extension, pages.terms_page)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str = "") -> Response:
    """The shapes, so that what a validation report names can be looked up."""
    return _own_graph("shapes", "shapes", extension, pages.shapes_page)


def _document(iri: str, named: Format | None) -> Response:
    """The document about a thing.

    Raises:
        UnknownThing: the release says nothing of it.
        NotAcceptable: the client wants another format.
    """
    homes = _homes(iri)
    form = named or chosen(DOCUMENT_FORMATS)
    path = site_path(iri) or ""
    licences = sorted({licence_of(home).iri for home in homes})
    if form == HTML:
        return _page(path, licences, lambda language: pages.resource_page(iri, language))
    return _rdf(path, licences, form, _DOCUMENT.format(iri=iri, base=current_site().base))


def _own_graph(name: str, graph: str, extension: str, page: Callable[[str], str]) -> Response:
    form = _format_of(extension) if extension else chosen(DOCUMENT_FORMATS)
    path = f"{request.script_root}/{name}"
    if form == HTML:
        return _page(path, [licence_of(graph).iri], page)
    return _rdf(path, [licence_of(graph).iri], form, _GRAPH.format(graph=graph_iri(graph, current_site().base)))


def _page(path: str, licences: list[str], page: Callable[[str], str]) -> Response:
    asked = language()
    caching = Caching(tag_of(path, HTML.name, asked), BY_LANGUAGE, links=_links(path, licences))
    return known(caching) or reply(page(asked), HTML.content_type, caching, asked)


def _rdf(path: str, licences: list[str], form: Format, text: str) -> Response:
    caching = Caching(tag_of(path, form.name, *contexts.tags(form)), links=_links(path, licences))
    if unchanged := known(caching):
        return unchanged
    site = current_site()
    found = site.reader.answer(Query(text, None, NTRIPLES), trusted=True)
    return reply(contexts.written(found.body, form), contexts.content_type(form), caching)


def _links(path: str, licences: list[str]) -> tuple[Link, ...]:
    """The document's own address, its other formats, and its licences."""
    own = current_site().base + path.removeprefix(f"{request.script_root}/")
    return (
        Link(own, "canonical"),
        *(Link(f"{path}.{form.extension}", "alternate", (("type", form.media_type),)) for form in DOCUMENT_FORMATS),
        *(Link(licence, "license") for licence in licences),
    )


# ---- Paths and identifiers


def _thing_iri(kind: str, slug: str) -> str:
    if kind not in ID_TYPES or not is_slug(slug):
        raise UnknownThing(request.path)
    return f"{current_site().base}id/{kind}/{slug}"


def _concept_iri(scheme: str, code: str) -> str:
    if scheme not in SCHEMES or (code and not is_slug(code)):
        raise UnknownThing(request.path)
    return f"{current_site().base}concept/{scheme}" + (f"/{code}" if code else "")


def _split(name: str) -> tuple[str, Format | None]:
    """``slug.ttl`` as slug and format; the format is ``None`` if the name has no extension."""
    slug, dot, extension = name.partition(".")
    return slug, _format_of(extension) if dot else None


def _format_of(extension: str) -> Format:
    for form in DOCUMENT_FORMATS:
        if form.extension == extension:
            return form
    raise UnknownThing(request.path)


def _homes(iri: str) -> tuple[str, ...]:
    """The names of the graphs in which the thing is described, the derived one aside.

    Raises:
        UnknownThing: it is described nowhere.
    """
    site = current_site()
    start = graph_iri("", site.base)
    graphs = [row["g"].value.removeprefix(start) for row in site.reader.select(_HOMES.format(iri=iri))]
    if not graphs:
        raise UnknownThing(iri)
    return tuple(name for name in graphs if name != "derived")
