"""The only builder of replies: which language and format a client wants, and what a cache may do with it.

Spec: RFC 9110, sections 8.8.3 (ETag), 12 (negotiation), 13 (conditional requests); RFC 8288 (Link).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from flask import Response, current_app, request

from smartgraph import __version__
from smartgraph.errors import NotAcceptable
from smartgraph.formats import HTML, Format, negotiate, prefers_page
from smartgraph.iris import document_path
from smartgraph.language import LANGUAGES, language_of_header
from smartgraph.web.metrics import Metrics

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings
    from smartgraph.web.exchange import Reply


@dataclass(frozen=True, slots=True)
class Site:
    """What all views share. ``refused``: why newer input is not what is served."""

    settings: Settings
    reader: Reader
    refused: Refusal | None
    metrics: Metrics = field(default_factory=Metrics, compare=False)

    @property
    def base(self) -> str:
        """The base of all own identifiers, whatever the Host header says."""
        return self.reader.release.manifest.base

    def tag(self, *parts: object) -> str:
        """The tag of a representation: a hash of the release, the software, and ``parts`` of the request."""
        everything = (self.reader.release.id, __version__, self.base, self.refused, *parts)
        return hashlib.sha256(repr(everything).encode("utf-8", "surrogatepass")).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Link:
    """A web link. ``target`` is an IRI or an absolute path; the parameters stand as in the header."""

    target: str
    rel: str
    parameters: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        rest = "".join(f'; {name}="{value}"' for name, value in self.parameters)
        return f'<{self.target}>; rel="{self.rel}"{rest}'


def language_links(page: str) -> tuple[Link, ...]:
    """The same page in each language; ``page`` is its path under the mount, without a query."""
    return tuple(
        Link(f"{page}?lang={code}", "alternate", (("type", HTML.media_type), ("hreflang", code))) for code in LANGUAGES
    )


@dataclass(frozen=True, slots=True)
class Caching:
    """What a cache has to know: the tag of the representation and the headers it was chosen by.

    A ``weak`` tag stands for answers that say the same in bytes that may differ.
    """

    tag: str
    vary: tuple[str, ...] = ("Accept",)
    is_weak: bool = False
    links: tuple[Link, ...] = field(default=())

    def headers(self) -> tuple[tuple[str, str], ...]:
        return (
            ("ETag", f'W/"{self.tag}"' if self.is_weak else f'"{self.tag}"'),
            ("Vary", ", ".join(self.vary)),
            # May be kept, but has to be asked for each time: a 304 costs next to nothing.
            ("Cache-Control", "no-cache"),
            *(("Link", str(link)) for link in self.links),
        )

    def put_on(self, response: Response) -> Response:
        response.headers.extend(self.headers())
        return response


#: What decides between representations that differ in language, too.
BY_LANGUAGE: Final = ("Accept", "Accept-Language")


def current_site() -> Site:
    """The site of the application that handles the request."""
    site: Site = current_app.extensions["smartgraph"]
    return site


def language() -> str:
    """``de`` or ``en``: ``?lang=`` wins, then Accept-Language, else German."""
    chosen = request.args.get("lang", "")
    header = request.headers.get("Accept-Language", "")
    return chosen if chosen in LANGUAGES else language_of_header(header, LANGUAGES[0])


def program_language() -> str:
    """What a program reads: English, as its protocols speak, unless it asks for German."""
    return language_of_header(request.headers.get("Accept-Language", ""), "en")


def site_path(iri: str) -> str | None:
    """The path of the page about an own thing, under the mount; ``None`` if it has no page."""
    path = document_path(iri, current_site().base)
    return None if path is None else f"{request.script_root}/{path}"


def accepted(offered: tuple[Format, ...]) -> Format | None:
    """The offered format that the request's Accept header wants most, if any."""
    return negotiate(request.headers.get("Accept"), offered)


def chosen(offered: tuple[Format, ...]) -> Format:
    """As :func:`accepted`.

    Raises:
        NotAcceptable: the client wants none of them.
    """
    form = accepted(offered)
    if form is None:
        raise NotAcceptable(tuple(form.media_type for form in offered))
    return form


def wants_page() -> bool:
    """True for a browser: HTML is named in Accept, and wanted more than any other format."""
    return prefers_page(request.headers.get("Accept", ""))


def tag_of(*parts: object) -> str:
    """The tag of a representation whose links may start with the mount."""
    return current_site().tag(request.script_root, *parts)


def known(caching: Caching) -> Response | None:
    """The 304 for a client that has this representation already, else ``None``; only for what exists.

    Spec: RFC 9110, section 13.1.2.
    """
    tags = request.if_none_match
    if not tags.star_tag and not tags.contains_weak(caching.tag):
        return None
    return caching.put_on(Response(status=304))


def reply(body: bytes | str, content_type: str, caching: Caching, language: str = "") -> Response:
    """A 200 that can be cached. ``language`` is that of a page."""
    response = Response(body, content_type=content_type)
    if language:
        response.content_language.add(language)
    return caching.put_on(response)


def translated(found: Reply) -> Response:
    """A reply in the framework's own words."""
    return Response(found.body, found.status, found.headers)
