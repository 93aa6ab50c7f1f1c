"""Identifiers that can be looked up: from the thing to its document, and the document in each format.

Spec: W3C Note "Cool URIs for the Semantic Web", 4.3 (303 and content negotiation).
"""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Response, request

from smartgraph.errors import UnknownThing, Withdrawn
from smartgraph.formats import DOCUMENT_FORMATS, HTML, Format
from smartgraph.iris import graph_iri, is_slug, path_of
from smartgraph.read.paths import with_nameless_paths
from smartgraph.read.standing import Standing, standing, tombstone
from smartgraph.vocab import ID_TYPES, SCHEMES
from smartgraph.web import contexts, pages
from smartgraph.web.documents import Document, answered, constructed, data_of, format_of, split
from smartgraph.web.replies import Link, accepted, current_site, language, program_language, site_path, wants_page
from smartgraph.web.wording import Wording

blueprint = Blueprint("resource", __name__)

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
    """The identifier of a thing: 303 to its document."""
    return _see_document(_thing_iri(kind, slug))


@blueprint.get("/concept/<scheme>")
@blueprint.get("/concept/<scheme>/<code>")
def concept(scheme: str, code: str = "") -> Response:
    """The identifier of a code list or of a code in it: 303 to its document."""
    return _see_document(_concept_iri(scheme, code))


def _see_document(iri: str) -> Response:
    """303 to the document, as a path: the host by which we were asked may be none of ours."""
    found = standing(current_site().reader, iri)
    if found.is_withdrawn:
        return _withdrawn(iri, found, None, f"{request.script_root}/{path_of(iri, current_site().base)}")
    # The address of every own thing has a page, so that there is a path.
    path = site_path(iri) or ""
    response = Response(status=303, headers={"Location": path})
    response.headers.add("Link", str(Link(path, "describedby")))
    response.vary.add("Accept")
    return response


# ---- The document


@blueprint.get("/doc/<kind>/<name>")
def thing_document(kind: str, name: str) -> Response:
    """The document about a thing: as a page or in the format that Accept or the extension names."""
    slug, extension = split(name)
    iri = _concept_iri(slug, "") if kind == "concept" else _thing_iri(kind, slug)
    return _document(iri, extension)


@blueprint.get("/doc/concept/<scheme>/<name>")
def concept_document(scheme: str, name: str) -> Response:
    """The document about a code, likewise."""
    code, extension = split(name)
    return _document(_concept_iri(scheme, code), extension)


@blueprint.get("/ns")
@blueprint.get("/ns.<extension>")
def ontology(extension: str | None = None) -> Response:
    """The ontology, to which the hash identifiers of its terms lead."""
    document = Document(f"{request.script_root}/ns", ("ontology",), lambda: _graph("ontology"))
    return answered(document, extension, pages.terms_page)


@blueprint.get("/shapes")
@blueprint.get("/shapes.<extension>")
def shapes(extension: str | None = None) -> Response:
    """The shapes, so that what a validation report names can be looked up; SHACL processors can use them."""

    def statements() -> bytes:
        return with_nameless_paths(_graph("shapes"), current_site().base)

    return answered(Document(f"{request.script_root}/shapes", ("shapes",), statements), extension, pages.shapes_page)


def _graph(name: str) -> bytes:
    return constructed(_GRAPH.format(graph=graph_iri(name, current_site().base)))


def _document(iri: str, extension: str | None) -> Response:
    """The document about a thing.

    Raises:
        UnknownThing: the release says nothing of it.
        Withdrawn: it was taken back.
        UnknownAddress, NotAcceptable: as :func:`smartgraph.web.documents.answered`.
    """
    found = standing(current_site().reader, iri)
    path = site_path(iri) or ""
    if found.is_withdrawn:
        return _withdrawn(iri, found, extension, path)
    return answered(_about(iri, found), extension, lambda asked, links: pages.resource_page(iri, asked, links))


def _about(iri: str, found: Standing) -> Document:
    query = _DOCUMENT.format(iri=iri, base=current_site().base)
    return Document(site_path(iri) or "", found.graphs, lambda: constructed(query), iri)


# ---- Things that were taken back


def _withdrawn(iri: str, found: Standing, extension: str | None, path: str) -> Response:
    """301 to what replaces the thing; else 410, with what is left of it for those who ask for data.

    Raises:
        Withdrawn: there is no successor, and the client does not ask for data.
    """
    asked = language() if wants_page() else program_language()
    left = tombstone(current_site().reader, iri, asked)
    if left.successor:
        return _moved(left.successor, extension, to_document=path == site_path(iri))
    document = _about(iri, found)
    form = _wanted_data(document, extension)
    if form is None:
        reason = left.reason.value if left.reason else ""
        raise Withdrawn(iri, left.on, Wording(asked).reading_date(left.on) if left.on else "", reason)
    response = Response(data_of(document, form), status=410, content_type=contexts.content_type(form))
    response.vary.add("Accept")
    response.headers["Cache-Control"] = "no-cache"
    return response


def _wanted_data(document: Document, extension: str | None) -> Format | None:
    form = accepted(DOCUMENT_FORMATS) if extension is None else format_of(document, extension)
    return None if form == HTML else form


def _moved(successor: str, extension: str | None, *, to_document: bool) -> Response:
    base = current_site().base
    own = path_of(successor, base)
    target = (site_path(successor) if to_document else None) or (
        successor if own is None else f"{request.script_root}/{own}"
    )
    if extension is not None and to_document and own is not None:
        target += f".{extension}"
    return Response(status=301, headers={"Location": target, "Cache-Control": "no-cache"})


# ---- Paths and identifiers


def _thing_iri(kind: str, slug: str) -> str:
    if kind not in ID_TYPES or not is_slug(slug):
        raise UnknownThing(request.path)
    return f"{current_site().base}id/{kind}/{slug}"


def _concept_iri(scheme: str, code: str) -> str:
    if scheme not in SCHEMES or (code and not is_slug(code)):
        raise UnknownThing(request.path)
    return f"{current_site().base}concept/{scheme}" + (f"/{code}" if code else "")
