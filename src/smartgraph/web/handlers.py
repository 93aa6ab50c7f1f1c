"""How the application answers errors: with a problem document, or with a page for browsers."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError

from smartgraph.errors import SmartgraphError, Text
from smartgraph.language import translation
from smartgraph.web import pages
from smartgraph.web.failures import FAILURES, document, headers_of, kind_of, problem
from smartgraph.web.replies import BY_LANGUAGE, current_site, language, program_language, translated, wants_page

if TYPE_CHECKING:
    from flask import Flask

_OURS: Final = "Something is wrong on our side. It has been noted in the log."


def handle_failures(app: Flask) -> None:
    """Makes the application answer every error as a problem document, or as a page for browsers."""
    app.register_error_handler(SmartgraphError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unexpected)


def _of_ours(error: SmartgraphError) -> Response:
    kind = kind_of(error)
    if kind is None:
        # The text may name files of this machine.
        return _unexpected(error)
    if not wants_page():
        return translated(problem(error, program_language(), current_site().base))
    failure = FAILURES[kind]
    return error_response(error, _page(failure.status, failure.title, error.text))


def error_response(error: SmartgraphError, page: str) -> Response:
    """A page about an error that is in the table, with its status and headers."""
    kind = kind_of(error)
    assert kind
    response = _page_response(FAILURES[kind].status, page)
    response.headers.extend(headers_of(error))
    return response


def _of_http(error: HTTPException) -> Response:
    # The text of an exception of others is no template, whatever braces it has.
    text = Text((error.description or "").replace("{", "{{").replace("}", "}}"))
    response = _by_status(error.code or InternalServerError.code, text)
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    return _by_status(InternalServerError.code, Text(_OURS))


def _by_status(status: int, text: Text) -> Response:
    title = HTTPStatus(status).phrase
    if not wants_page():
        return translated(document(status, title, text, program_language()))
    response = _page_response(status, _page(status, title, text))
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, title: str, text: Text) -> str:
    chosen = language()
    said = translation(chosen).gettext
    return pages.error_page(chosen, status, said(title), text.translated(said))


def _page_response(status: int, page: str) -> Response:
    response = Response(page, status=status, content_type="text/html; charset=utf-8")
    response.content_language.add(language())
    response.vary.update(BY_LANGUAGE)
    return response
