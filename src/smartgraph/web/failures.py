"""What went wrong, in the language of HTTP: the one table from error to status and explanation.

Spec: RFC 9457 (problem details); RFC 9110, section 15.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from smartgraph.errors import (
    AnswerTooLarge,
    MalformedRequest,
    NotAcceptable,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooDeep,
    QueryTooLarge,
    QueryTooLong,
    SmartgraphError,
    StoreUnavailable,
    Text,
    TooManyAtOnce,
    TooManyRequests,
    UnknownAddress,
    UnknownFormat,
    UnknownRelease,
    UnknownThing,
    UnsupportedBody,
    UsageError,
    Withdrawn,
)
from smartgraph.language import N_, translation
from smartgraph.web.exchange import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Failure:
    """A kind of error over HTTP: its status, what it means and what to do, and when to come back in seconds."""

    status: HTTPStatus
    title: str
    meaning: str
    remedy: str
    retry_after_s: int | None = None


#: The nearest class in an error's family decides; what is not in the table is our own fault.
FAILURES: Final[Mapping[type[SmartgraphError], Failure]] = {
    MalformedRequest: Failure(
        HTTPStatus.BAD_REQUEST,
        N_("The request cannot be read"),
        N_("It has no query, more than one, or one that is not properly escaped UTF-8."),
        N_("Send exactly one query in UTF-8, percent-encoded where it stands in an address or a form."),
    ),
    QuerySyntaxError: Failure(
        HTTPStatus.BAD_REQUEST,
        N_("The query is not SPARQL"),
        N_("The text breaks the grammar at the line and column that are given, both counted from 1 in characters."),
        N_("Look at the place that is named; often a prefix, a bracket or a full stop is missing just before it."),
    ),
    QueryRefused: Failure(
        HTTPStatus.BAD_REQUEST,
        N_("The query is not run here"),
        N_("It would write, ask another endpoint, call a function that is unknown here, or name a graph by no IRI."),
        N_("Leave that part out. What is offered is said by the service description of the endpoint."),
    ),
    UnknownFormat: Failure(
        HTTPStatus.BAD_REQUEST,
        N_("There is no such format"),
        N_("The name of a format in the request is none of ours."),
        N_("Choose one of the formats that the message lists."),
    ),
    UsageError: Failure(
        HTTPStatus.BAD_REQUEST,
        N_("The request does not fit"),
        N_("A part of the request has a value that is not taken."),
        N_("Change what the message names, and send the request again."),
    ),
    UnknownThing: Failure(
        HTTPStatus.NOT_FOUND,
        N_("Not Found"),
        N_("The current release says nothing about this identifier."),
        N_("Check the spelling, or look for the thing on the pages or with a query."),
    ),
    UnknownRelease: Failure(
        HTTPStatus.NOT_FOUND,
        N_("This release is unknown"),
        N_("No release with this identifier is kept here."),
        N_("Take one of the releases that the downloads page lists."),
    ),
    UnknownAddress: Failure(
        HTTPStatus.NOT_FOUND,
        N_("Nothing is at this address"),
        N_("The thing, the graph or the file exists under other names or in other formats, but not under this one."),
        N_("Take one of those that the message lists."),
    ),
    Withdrawn: Failure(
        HTTPStatus.GONE,
        N_("Gone"),
        N_("The thing was published here once and was taken back; its identifier is never used for another."),
        N_("Read the reason, and remove your reference, or ask for the thing that replaced it."),
    ),
    NotAcceptable: Failure(
        HTTPStatus.NOT_ACCEPTABLE,
        N_("None of the wanted formats fits"),
        N_("The Accept header names no format of this answer: tables and triples have different ones."),
        N_("Ask for one of the media types in “offered”, or add */* to the Accept header."),
    ),
    QueryTooLong: Failure(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        N_("The query is too long"),
        N_("The text of the query has more bytes than are read here."),
        N_("Shorten the query, for instance its VALUES, or ask in several parts."),
    ),
    UnsupportedBody: Failure(
        HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
        N_("This body is not read"),
        N_("The Content-Type of the POST is missing, or none that the SPARQL Protocol names, or not in UTF-8."),
        N_("Use one of the media types in the header Accept-Post, in UTF-8 and without compression."),
    ),
    QueryTimeout: Failure(
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The query took too long"),
        N_("It ran into the time limit and was ended. There is no partial answer."),
        N_("Make it more selective, ask for less with LIMIT, or load the downloads into a store of your own."),
        retry_after_s=60,
    ),
    QueryTooLarge: Failure(
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The query needs too much memory"),
        N_("It used up the memory that a query may have, and was ended. There is no partial answer."),
        N_("Ask for fewer rows or columns, avoid products of patterns that share no variable, or take the downloads."),
        retry_after_s=60,
    ),
    QueryTooDeep: Failure(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        N_("The query is nested too deeply"),
        N_("It broke the process that read it, as thousands of groups, brackets or operators within each other do."),
        N_("Write it flatter, for instance with VALUES in the place of many UNIONs or operators."),
    ),
    AnswerTooLarge: Failure(
        HTTPStatus.UNPROCESSABLE_ENTITY,
        N_("The answer is too large"),
        N_("It has more bytes than are sent for one query. There is no partial answer."),
        N_("Ask for less with LIMIT and OFFSET, or take the downloads."),
    ),
    TooManyRequests: Failure(
        HTTPStatus.TOO_MANY_REQUESTS,
        N_("Too many requests"),
        N_("A client sends more requests in a minute than are answered here."),
        N_("Wait for the time in the header Retry-After, and ask for more at once instead of more often."),
    ),
    TooManyAtOnce: Failure(
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("Too much is asked at once"),
        N_("There are only so many processes and connections, so much memory and disk for all requests together."),
        N_("Send the same request again after the time in the header Retry-After, and fewer at the same time."),
        retry_after_s=5,
    ),
    StoreUnavailable: Failure(
        HTTPStatus.SERVICE_UNAVAILABLE,
        N_("The store does not answer now"),
        N_("The processes that answer queries are just being started again, or cannot be."),
        N_("Send the same request again after the time in the header Retry-After."),
        retry_after_s=5,
    ),
}  # fmt: skip

#: The attributes of an error that tell a client what to change.
_EVIDENCE: Final = (
    "line", "column", "limit", "unit", "reached", "retry_after_s", "offered", "accepted", "known", "iri",
    "withdrawn_on",
)  # fmt: skip


def kind_of(error: SmartgraphError) -> type[SmartgraphError] | None:
    """The class in the table that speaks for an error; ``None`` for a fault of our own."""
    return kind_of_class(type(error))


def kind_of_class(kind: type[SmartgraphError]) -> type[SmartgraphError] | None:
    """As :func:`kind_of`, for a class of errors."""
    return next((each for each in kind.__mro__ if each in FAILURES), None)


def headers_of(error: SmartgraphError) -> tuple[tuple[str, str], ...]:
    """What the header of every answer to an error says: nobody keeps it, when to come back, what to send instead."""
    kind = kind_of(error)
    headers = [("Cache-Control", "no-store")]
    if kind and (seconds := getattr(error, "retry_after_s", None) or FAILURES[kind].retry_after_s):
        headers.append(("Retry-After", str(seconds)))
    if isinstance(error, UnsupportedBody):
        headers += [("Accept-Post", ", ".join(error.accepted)), ("Accept-Encoding", "identity")]
    return tuple(headers)


def problem(error: SmartgraphError, language: str, base: str) -> Reply:
    """The problem document of an error that is in the table. Its ``type`` is explained on the page of problems."""
    kind = kind_of(error)
    assert kind, "faults of our own are told by document()"
    evidence = {name: getattr(error, name) for name in _EVIDENCE if hasattr(error, name)}
    address = f"{base}problems#{kind.__name__}"
    failure = FAILURES[kind]
    members = {"error": type(error).__name__, **evidence}
    return document(failure.status, failure.title, error.text, language, address, members, headers_of(error))


def document(
    status: int,
    title: str,
    text: Text,
    language: str,
    address: str = "about:blank",
    members: Mapping[str, object] | None = None,
    headers: tuple[tuple[str, str], ...] = (("Cache-Control", "no-store"),),
) -> Reply:
    """A problem document; without an ``address`` it says no more than the status does."""
    said = translation(language).gettext
    content = {
        "type": address,
        "title": said(title),
        "status": status,
        "detail": text.translated(said),
        **(members or {}),
    }
    body = json.dumps(content, ensure_ascii=False).encode("utf-8", "replace")
    head = (
        ("Content-Type", "application/problem+json"),
        ("Content-Language", language),
        ("Vary", "Accept, Accept-Language"),
    )
    return Reply(status, (*head, *headers), body)
