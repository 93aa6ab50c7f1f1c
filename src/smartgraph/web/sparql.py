"""The SPARQL endpoint.

Spec: SPARQL 1.1 Protocol, section 2.1 (query operation); SPARQL 1.1 Service Description.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, RequestEntityTooLarge, UnsupportedMediaType

from smartgraph.errors import QueryRefused, QueryTooLong, Text
from smartgraph.formats import (
    FORMATS,
    GRAPH_FORMATS,
    HTML,
    JSON_RESULTS,
    RESULT_FORMATS,
    TURTLE,
    Format,
)
from smartgraph.read.store import Query
from smartgraph.serialize import write_graph
from smartgraph.vocab import prefixes
from smartgraph.web import pages
from smartgraph.web.replies import (
    BY_LANGUAGE,
    Caching,
    accepted,
    current_site,
    known,
    language,
    reply,
    tag_of,
    wants_page,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.settings import Settings

blueprint = Blueprint("sparql", __name__)

_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"
_TAKEN: Final = f"POST takes {_FORM} with query=, or {_DIRECT}, in UTF-8."
_MISSING: Final = "The request has no query. Send it as the parameter query, or as the body of a POST."
_TWICE: Final = "The request has more than one query."
_UPDATE: Final = "This endpoint only reads: update is not offered."
_NOT_UTF8: Final = "The query is not written in UTF-8."

#: A form escapes most characters as three, and carries the other parameters beside the query.
_FORM_OVERHEAD: Final = 3
_OTHER_PARAMETERS: Final = 65_536

#: The answers to queries with these functions differ each time, so that no tag can stand for them.
_CHANGING: Final = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\b", re.IGNORECASE)

_DESCRIPTION: Final = """\
<{endpoint}> <{rdf}type> <{sd}Service> .
<{endpoint}> <{sd}endpoint> <{endpoint}> .
<{endpoint}> <{sd}supportedLanguage> <{sd}SPARQL11Query> .
<{endpoint}> <{sd}defaultDataset> <{endpoint}#dataset> .
<{endpoint}#dataset> <{rdf}type> <{sd}Dataset> .
<{endpoint}#dataset> <{sd}defaultGraph> <{endpoint}#union> .
<{endpoint}#union> <{rdf}type> <{sd}Graph> .
<{endpoint}#union> <{void}triples> "{triples}"^^<{xsd}integer> .
"""
_DESCRIBED_FORMAT: Final = "<{endpoint}> <{sd}resultFormat> <http://www.w3.org/ns/formats/{name}> .\n"
_DESCRIBED_GRAPH: Final = """\
<{endpoint}#dataset> <{sd}namedGraph> <{endpoint}#{name}> .
<{endpoint}#{name}> <{rdf}type> <{sd}NamedGraph> .
<{endpoint}#{name}> <{sd}name> <{base}graph/{name}> .
<{endpoint}#{name}> <{sd}graph> <{endpoint}#{name}-graph> .
<{endpoint}#{name}-graph> <{rdf}type> <{sd}Graph> .
<{endpoint}#{name}-graph> <{void}triples> "{triples}"^^<{xsd}integer> .
"""
_NAMESPACES: Final = {
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "void": "http://rdfs.org/ns/void#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
#: Source: W3C, Unique URIs for File Formats.
_FORMAT_NAMES: Final = {
    "json": "SPARQL_Results_JSON", "xml": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV", "ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF_XML", "jsonld": "JSON-LD",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Request:
    """A query operation as it came: the text, and all other parameters."""

    text: str
    parameters: MultiDict[str, str]


@blueprint.get("/sparql")
def asked() -> Response:
    """A query in the address; without one the form for browsers, and for all others what this endpoint is."""
    operation = _one(request.args)
    return _presentation() if operation is None else _answered(operation)


@blueprint.post("/sparql")
def posted() -> Response:
    """A query in a form or as the body."""
    limit = current_site().settings.max_query_bytes
    request.max_content_length = longest_form(current_site().settings)
    request.max_form_memory_size = None
    try:
        operation = _sent()
    except RequestEntityTooLarge:
        raise QueryTooLong(limit) from None
    if operation is None:
        raise BadRequest(_MISSING)
    return _answered(operation)


def longest_form(settings: Settings) -> int:
    """The longest body that can hold a query of the permitted length, in bytes."""
    return _FORM_OVERHEAD * settings.max_query_bytes + _OTHER_PARAMETERS


def _sent() -> _Request | None:
    if request.mimetype == _DIRECT:
        return _direct()
    if request.mimetype == _FORM:
        return _one(MultiDict([*request.args.items(multi=True), *request.form.items(multi=True)]))
    raise UnsupportedMediaType(_TAKEN)


def _direct() -> _Request:
    if request.mimetype_params.get("charset", "utf-8").lower() not in ("utf-8", "utf8"):
        raise UnsupportedMediaType(_TAKEN)
    if "query" in request.args:
        raise BadRequest(_TWICE)
    try:
        text = request.get_data().decode()
    except UnicodeDecodeError:
        raise BadRequest(_NOT_UTF8) from None
    return _Request(text, request.args)


def _one(parameters: MultiDict[str, str]) -> _Request | None:
    """The one query among the parameters."""
    if "update" in parameters:
        raise QueryRefused(Text(_UPDATE))
    texts = parameters.getlist("query")
    if len(texts) > 1:
        raise BadRequest(_TWICE)
    return _Request(texts[0], parameters) if texts else None


def _answered(operation: _Request) -> Response:
    site = current_site()
    if len(operation.text.encode("utf-8", "surrogatepass")) > site.settings.max_query_bytes:
        raise QueryTooLong(site.settings.max_query_bytes)
    if wants_page() and not _named(FORMATS, operation.parameters.get("format", "").lower()):
        return _shown(operation)
    query = _query(operation)
    caching = Caching(tag_of(query), is_weak=True)
    if _CHANGING.search(query.text):
        answer = site.reader.answer(query)
        response = Response(answer.body, content_type=answer.format.content_type)
        response.headers["Cache-Control"] = "no-store"
        response.vary.add("Accept")
        return response
    # Who knows the tag has had the answer, so it need not be found again.
    if unchanged := known(caching):
        return unchanged
    answer = site.reader.answer(query)
    return reply(answer.body, answer.format.content_type, caching)


def _shown(operation: _Request) -> Response:
    """The answer as a page below the query, for whoever came by the form."""
    shown = language()
    query = replace(_query(operation), results=JSON_RESULTS, graph=TURTLE)
    answer = current_site().reader.answer(query)
    caching = Caching(tag_of(query, answer.body, shown), BY_LANGUAGE)
    return reply(pages.answer_page(shown, query.text, answer), HTML.content_type, caching, shown)


def _query(operation: _Request) -> Query:
    parameters = operation.parameters
    wish = parameters.get("format", "").lower()
    return Query(
        operation.text,
        _wanted(RESULT_FORMATS, wish),
        _wanted(GRAPH_FORMATS, wish),
        tuple(parameters.getlist("default-graph-uri")),
        tuple(parameters.getlist("named-graph-uri")),
    )


def _wanted(offered: tuple[Format, ...], wish: str) -> Format | None:
    """The format for one kind of answer: that named by ``format=``, else by Accept.

    Client libraries send ``format=`` with names of their own beside a proper Accept header, so a
    name that we do not know decides nothing.
    """
    return _named(offered, wish) or accepted(offered)


def _named(offered: tuple[Format, ...], wish: str) -> Format | None:
    """The format that ``format=`` names."""
    return next((form for form in offered if wish in (form.name, *form.media_types)), None)


def _presentation() -> Response:
    form = accepted((*GRAPH_FORMATS, HTML))
    if form is None:
        raise BadRequest(_MISSING)
    if form == HTML:
        chosen = language()
        caching = Caching(tag_of("sparql", form.name, chosen), BY_LANGUAGE)
        return known(caching) or reply(pages.sparql_page(chosen), form.content_type, caching, chosen)
    caching = Caching(tag_of("description", form.name), BY_LANGUAGE)
    body = write_graph(_description().encode(), form, _NAMESPACES | prefixes(current_site().base))
    return known(caching) or reply(body, form.content_type, caching)


def _description() -> str:
    """What this endpoint is and can do, as N-Triples.

    Spec: SPARQL 1.1 Service Description. The default graph is the union of the named graphs, written
    down with each triple once; so it is described by its size, not by the feature that unites on the fly.
    """
    site = current_site()
    manifest = site.reader.release.manifest
    common: Mapping[str, object] = _NAMESPACES | {"endpoint": f"{site.base}sparql", "base": site.base}
    formats = (form for form in FORMATS if form in (*RESULT_FORMATS, *GRAPH_FORMATS))
    return "".join(
        (
            _DESCRIPTION.format(**common, triples=manifest.triples),
            *(_DESCRIBED_FORMAT.format(**common, name=_FORMAT_NAMES[form.name]) for form in formats),
            *(_DESCRIBED_GRAPH.format(**common, name=name, triples=n) for name, n in manifest.graphs),
        )
    )
