"""A request and its reply as values, so that what lies between them needs no framework."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartgraph.formats import prefers_page
from smartgraph.language import language_of_header

#: Says how many rows of an answer a page shows, and of how many, if that is not all of them.
#: Spec: RFC 9651 (structured fields), an integer with a parameter.
ROWS: Final = "Smartgraph-Rows"
#: Open data may be fetched by scripts of any site, errors and preflights included.
#: Spec: Fetch Standard, CORS protocol.
OPEN_TO_ALL: Final = (
    ("Access-Control-Allow-Origin", "*"),
    (
        "Access-Control-Expose-Headers",
        "Accept-Post, Accept-Ranges, Allow, Content-Language, Content-Range, ETag, Link, Location, Retry-After, "
        f"{ROWS}, Vary, X-Request-Id",
    ),
)
#: What a browser asks before it lets a script send more than a simple request.
PREFLIGHT: Final = (
    ("Access-Control-Allow-Methods", "GET, HEAD, POST, OPTIONS"),
    ("Access-Control-Allow-Headers", "Accept, Accept-Language, Content-Type, If-None-Match, If-Range, Range"),
    ("Access-Control-Max-Age", "86400"),
)
#: Nobody guesses types, or learns which page exactly a reader came from.
#: Spec: Fetch Standard, X-Content-Type-Options; Referrer Policy.
SAFE: Final = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "strict-origin-when-cross-origin"),
)


#: Where the server says what came of a query whose client reads pages.
ERROR: Final = "smartgraph.error"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: ``query`` is that of the address, still escaped; absent headers are empty.

    ``sees_the_end``: the client tells the end of an answer of unknown length from its breaking off.
    """

    method: str
    query: bytes = b""
    body: bytes = b""
    content_type: str = ""
    content_encoding: str = ""
    accept: str = ""
    accept_language: str = ""
    if_none_match: str = ""
    sees_the_end: bool = True

    @property
    def wants_page(self) -> bool:
        """True for a browser."""
        return prefers_page(self.accept)

    @property
    def language(self) -> str:
        """What a program reads: English, as its protocols speak, unless it asks for German."""
        return language_of_header(self.accept_language, "en")


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. A reply to HEAD has the body that GET would get; the server leaves it out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
