"""What went wrong, in the language of HTTP: the one table from error to status.

Spec: RFC 9457 (problem details); RFC 9110, section 15.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from flask import Response, current_app, request
from werkzeug.exceptions import HTTPException, InternalServerError

from smartgraph.errors import (
    NotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooLarge,
    QueryTooLong,
    SmartgraphError,
    StoreUnavailable,
    Text,
    UnknownAddress,
    UnknownFormat,
    UnknownRelease,
    UnknownThing,
    UsageError,
    Withdrawn,
)
from smartgraph.language import translation
from smartgraph.web import pages
from smartgraph.web.replies import BY_LANGUAGE, asked_language, language, wants_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask import Flask

#: The nearest class in an error's family decides; what is not in the table is our own fault.
STATUS: Final[Mapping[type[SmartgraphError], int]] = {
    SmartgraphError: 500,
    UsageError: 400,
    UnknownFormat: 400,
    UnknownRelease: 404,
    UnknownThing: 404,
    UnknownAddress: 404,
    Withdrawn: 410,
    NotAcceptable: 406,
    QuerySyntaxError: 400,
    QueryRefused: 400,
    QueryTooLong: 413,
    QueryTimeout: 503,
    QueryTooLarge: 503,
    StoreUnavailable: 503,
}

#: When to come back, in seconds, after a 503.
RETRY_AFTER: Final = {QueryTimeout: 60, QueryTooLarge: 60, StoreUnavailable: 5}

#: The attributes of an error that tell a client what to change.
_EVIDENCE: Final = ("line", "column", "limit_bytes", "limit_s", "limit_mb", "offered", "known", "iri", "withdrawn_on")

_OURS: Final = "Something is wrong on our side. It has been noted in the log."


def handle_failures(app: Flask) -> None:
    """Makes the application answer every error as a problem document, or as a page for browsers."""
    app.register_error_handler(SmartgraphError, _of_ours)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(Exception, _unexpected)


def _of_ours(error: SmartgraphError) -> Response:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        # The text may name files of this machine.
        return _unexpected(error)
    evidence = {name: getattr(error, name) for name in _EVIDENCE if hasattr(error, name)}
    response = _response(status, error.text, {"error": type(error).__name__, **evidence})
    if type(error) in RETRY_AFTER:
        response.headers["Retry-After"] = str(RETRY_AFTER[type(error)])
    return response


def _of_http(error: HTTPException) -> Response:
    # The text of an exception of others is no template, whatever braces it has.
    text = Text((error.description or "").replace("{", "{{").replace("}", "}}"))
    response = _response(error.code or InternalServerError.code, text, {})
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("%s %s", request.method, request.path, exc_info=error)
    return _response(InternalServerError.code, Text(_OURS), {})


def _response(status: int, text: Text, evidence: Mapping[str, object]) -> Response:
    title = HTTPStatus(status).phrase
    response = _page(status, title, text) if wants_page() else _problem(status, title, text, evidence)
    response.vary.update(BY_LANGUAGE)
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(status: int, title: str, text: Text) -> Response:
    chosen = language()
    said = translation(chosen).gettext
    body = pages.error_page(chosen, status, said(title), text.translated(said))
    response = Response(body, status=status, content_type="text/html; charset=utf-8")
    response.content_language.add(chosen)
    return response


def _problem(status: int, title: str, text: Text, evidence: Mapping[str, object]) -> Response:
    """Programs that ask for no language get English, as their protocols speak."""
    chosen = asked_language() or "en"
    detail = text.translated(translation(chosen).gettext)
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, **evidence}
    body = json.dumps(problem, ensure_ascii=False)
    response = Response(body.encode("utf-8", "replace"), status=status, content_type="application/problem+json")
    response.content_language.add(chosen)
    return response
