"""The query operation that a request asks for, read strictly from its bytes.

Frameworks put a replacement character where the bytes are no UTF-8, and so would run another query than
the one that was sent.

Spec: SPARQL 1.1 Protocol, section 2.1 (query operation).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_to_bytes

from werkzeug.http import parse_options_header

from smartgraph.errors import MalformedRequest, QueryRefused, QueryTooLong, Text, UnsupportedBody

if TYPE_CHECKING:
    from smartgraph.settings import Settings
    from smartgraph.web.exchange import Request

_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
#: What a POST may carry.
BODIES: Final = (_FORM, _DIRECT)

_DATASET: Final = ("default-graph-uri", "named-graph-uri")
#: Other parameters are for others and mean nothing here.
_READ: Final = ("query", "update", "format", "timeout", *_DATASET)

#: A form escapes most characters as three, and carries the other parameters beside the query.
_FORM_OVERHEAD: Final = 3
_OTHER_PARAMETERS: Final = 65_536

#: Each takes time to read, even if it means nothing here.
_MOST_PARAMETERS: Final = 20_000

_HALF_ESCAPE: Final = re.compile(rb"%(?![0-9A-Fa-f]{2})")

_SECONDS: Final = re.compile(r"\d{1,6}(?:\.\d{1,6})?")

_TIMEOUT: Final = "The parameter timeout is '{found}'. Wanted: a number of seconds, such as 2.5."
_TAKEN: Final = (
    "POST takes application/x-www-form-urlencoded with query=, or application/sparql-query, in UTF-8 and not "
    "compressed. Found: {found}."
)
_MISSING: Final = "The request has no query. Send it as the parameter query, or as the body of a POST."
_TWICE: Final = "The request has more than one query."
_UPDATE: Final = "This endpoint only reads: update is not offered."
_NOT_UTF8: Final = "The parameter {name} is not written in UTF-8."
_BODY_NOT_UTF8: Final = "The query is not written in UTF-8."
_HALF: Final = (
    "The parameter {name} has a percent sign without two hexadecimal digits behind it. Encode the sign itself, too."
)
_MANY: Final = "The request has {reached} parameters. At most {limit} are read."
_NUL: Final = "The query has a NUL character."


@dataclass(frozen=True, slots=True)
class Operation:
    """A query to answer: its text, the dataset if it names one, and the format if ``format=`` names one.

    ``limit_s`` is the time that ``timeout=`` gives it, in seconds.
    """

    text: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    wish: str = ""
    limit_s: float | None = None


def longest_form(settings: Settings) -> int:
    """The longest body that can hold a query of the permitted length, in bytes."""
    return _FORM_OVERHEAD * settings.max_query_bytes + _OTHER_PARAMETERS


def parse(request: Request, settings: Settings) -> Operation | None:
    """The operation; ``None`` for a GET that asks for none, and so for the endpoint itself.

    Raises:
        MalformedRequest: no query, more than one, or one that cannot be read.
        UnsupportedBody: a POST of another type, another charset, or compressed.
        QueryRefused: an update.
        QueryTooLong: the query, or the body that holds it.
    """
    if request.method != "POST":
        return _one(_parameters(request.query), settings, is_post=False)
    if len(request.body) > longest_form(settings):
        raise QueryTooLong(longest_form(settings), len(request.body))
    if _body_type(request) == _FORM:
        return _one([*_parameters(request.query), *_parameters(request.body)], settings, is_post=True)
    parameters = _parameters(request.query)
    if any(name == "query" for name, _ in parameters):
        raise MalformedRequest(Text(_TWICE))
    try:
        text = request.body.decode()
    except UnicodeDecodeError:
        raise MalformedRequest(Text(_BODY_NOT_UTF8)) from None
    return _one([*parameters, ("query", text)], settings, is_post=True)


def _body_type(request: Request) -> str:
    media_type, options = parse_options_header(request.content_type)
    charset = options.get("charset", "utf-8").lower()
    if media_type.lower() == _UPDATE_TYPE:
        raise UnsupportedBody(BODIES, Text(_UPDATE))
    if media_type.lower() not in BODIES:
        raise UnsupportedBody(BODIES, Text(_TAKEN, found=request.content_type or "–"))
    if charset not in ("utf-8", "utf8"):
        raise UnsupportedBody(BODIES, Text(_TAKEN, found=f"charset={charset}"))
    if request.content_encoding.lower() not in ("", "identity"):
        raise UnsupportedBody(BODIES, Text(_TAKEN, found=f"Content-Encoding: {request.content_encoding}"))
    return media_type.lower()


def _parameters(form: bytes) -> list[tuple[str, str]]:
    """The parameters that we read, in their order.

    Spec: URL Standard, section 5.1 (application/x-www-form-urlencoded).
    """
    reached = form.count(b"&") + 1
    if reached > _MOST_PARAMETERS:
        raise MalformedRequest(Text(_MANY, reached=reached, limit=_MOST_PARAMETERS))
    pairs = (pair.partition(b"=") for pair in form.split(b"&"))
    named = ((_unescaped(name).decode("utf-8", "replace"), value) for name, _, value in pairs)
    return [(name, _value(name, value)) for name, value in named if name in _READ]


def _value(name: str, escaped: bytes) -> str:
    if _HALF_ESCAPE.search(escaped):
        raise MalformedRequest(Text(_HALF, name=name))
    try:
        return _unescaped(escaped).decode()
    except UnicodeDecodeError:
        raise MalformedRequest(Text(_NOT_UTF8, name=name)) from None


def _unescaped(escaped: bytes) -> bytes:
    return unquote_to_bytes(escaped.replace(b"+", b" "))


def _one(parameters: list[tuple[str, str]], settings: Settings, *, is_post: bool) -> Operation | None:
    """The one query among the parameters."""

    def all_of(wanted: str) -> tuple[str, ...]:
        return tuple(value for name, value in parameters if name == wanted)

    if all_of("update"):
        raise QueryRefused(Text(_UPDATE))
    texts = all_of("query")
    if len(texts) > 1:
        raise MalformedRequest(Text(_TWICE))
    if not texts:
        if is_post or any(all_of(name) for name in _DATASET):
            raise MalformedRequest(Text(_MISSING))
        return None
    if "\0" in texts[0]:
        raise MalformedRequest(Text(_NUL))
    if (reached := len(texts[0].encode())) > settings.max_query_bytes:
        raise QueryTooLong(settings.max_query_bytes, reached)
    wish = next(iter(all_of("format")), "").strip().lower()
    limit_s = _seconds(next(iter(all_of("timeout")), ""))
    return Operation(texts[0], all_of("default-graph-uri"), all_of("named-graph-uri"), wish, limit_s)


def _seconds(text: str) -> float | None:
    """The time that a caller gives the query; it is never more than the settings do. 0 is no wish, as elsewhere."""
    if text and not _SECONDS.fullmatch(text):
        raise MalformedRequest(Text(_TIMEOUT, found=text))
    return float(text or 0) or None


def missing() -> MalformedRequest:
    """What is wrong with a request that asks for nothing we could tell it."""
    return MalformedRequest(Text(_MISSING))
