"""The SPARQL endpoint: programs get what the protocol says, people a form and their answer on a page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response
from flask import request as flask_request
from werkzeug.exceptions import RequestEntityTooLarge

from smartgraph.errors import NotAcceptable, QueryError, QueryTooLong
from smartgraph.formats import HTML, JSON_RESULTS, TURTLE
from smartgraph.web import pages
from smartgraph.web.exchange import ERROR, ROWS, Request
from smartgraph.web.failures import kind_of
from smartgraph.web.handlers import error_response
from smartgraph.web.operation import longest_form, parse
from smartgraph.web.protocol import answer, names_format, query_of, respond
from smartgraph.web.replies import (
    BY_LANGUAGE,
    Caching,
    current_site,
    known,
    language,
    reply,
    tag_of,
    translated,
    wants_page,
)

if TYPE_CHECKING:
    from smartgraph.web.operation import Operation

blueprint = Blueprint("sparql", __name__)

_METHODS: Final = ("GET", "POST")


@blueprint.route("/sparql", methods=_METHODS)
def endpoint() -> Response:
    """A query in the address, in a form or as the body; without one, what this endpoint is."""
    received = _received()
    return _for_people(received) if wants_page() else translated(respond(received, current_site()))


def _received() -> Request:
    settings = current_site().settings
    flask_request.max_content_length = longest_form(settings)
    headers = flask_request.headers
    try:
        body = flask_request.get_data(cache=False)
    except RequestEntityTooLarge:
        longest = longest_form(settings)
        raise QueryTooLong(longest, max(longest + 1, flask_request.content_length or 0)) from None
    return Request(
        flask_request.method,
        flask_request.query_string,
        body,
        headers.get("Content-Type", ""),
        headers.get("Content-Encoding", ""),
        headers.get("Accept", ""),
        headers.get("Accept-Language", ""),
        headers.get("If-None-Match", ""),
    )


def _for_people(received: Request) -> Response:
    site = current_site()
    operation = parse(received, site.settings)
    if operation is None:
        shown = language()
        caching = Caching(tag_of("sparql", HTML.name, shown), BY_LANGUAGE)
        return known(caching) or reply(pages.sparql_page(shown), HTML.content_type, caching, shown)
    try:
        if names_format(operation):
            _raise_what_came_of_it()
            return translated(answer(operation, received, site))
        return _shown(operation)
    except (QueryError, NotAcceptable) as error:
        if kind_of(error) is None:
            raise
        return error_response(error, pages.refused_page(language(), operation.text, error))


def _raise_what_came_of_it() -> None:
    """A server that answers queries itself leaves its errors to the pages."""
    error = flask_request.environ.get("asgi.scope", {}).get(ERROR)
    if error:
        raise error


def _shown(operation: Operation) -> Response:
    """The answer as a page below the query, for whoever came by the form."""
    shown = language()
    query = replace(query_of(operation, ""), results=JSON_RESULTS, graph=TURTLE, longest=pages.LONGEST_ANSWER)
    found = current_site().reader.answer(query)
    caching = Caching(tag_of(query, found.body, shown), BY_LANGUAGE)
    table = pages.tabulated(found)
    response = reply(pages.answer_page(shown, query.text, found, table), HTML.content_type, caching, shown)
    if pages.is_too_long(found) or table.count > len(table.rows):
        response.headers[ROWS] = f"{len(table.rows)};of={table.count}" if table.count else "0"
    return response
