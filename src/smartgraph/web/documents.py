"""What all documents share: an address, its extensions, the links to what belongs to it, page or data.

Spec: RFC 8288 (Link); RFC 6596 (canonical); RFC 6892 (describes); RFC 4946 (license); IANA link relations.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Response, after_this_request, request

from smartgraph.errors import UnknownAddress
from smartgraph.formats import DOCUMENT_FORMATS, HTML, NTRIPLES, Format
from smartgraph.licences import licence_of
from smartgraph.read.store import Query
from smartgraph.vocab import DCTERMS, FOAF, RDF_TYPE
from smartgraph.web import contexts
from smartgraph.web.replies import (
    BY_LANGUAGE,
    Caching,
    Link,
    chosen,
    current_site,
    known,
    language,
    language_links,
    reply,
    tag_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

#: What data have to fulfil describes what can be expected in them.
_DESCRIBING: Final = "shapes"


@dataclass(frozen=True, slots=True)
class Document:
    """Something that comes as a page and in each graph format.

    ``path`` is its own, under the mount; ``graphs`` the named graphs that contribute; ``thing`` the IRI
    that it is about, if that is not the document itself; ``statements`` gives its data as N-Triples.
    """

    path: str
    graphs: tuple[str, ...]
    statements: Callable[[], bytes]
    thing: str = ""

    @property
    def iri(self) -> str:
        """The address under the configured base, whatever the Host header says."""
        return current_site().base + self.path.removeprefix(f"{request.script_root}/")

    @property
    def licences(self) -> tuple[str, ...]:
        return tuple(sorted({licence_of(graph).iri for graph in self.graphs}))

    def links(self) -> tuple[Link, ...]:
        """The document's own address, its other formats and languages, what it is about, its licences."""
        shapes = f"{request.script_root}/{_DESCRIBING}"
        return (
            Link(self.iri, "canonical"),
            *self.alternates(),
            *([Link(self.thing, "describes")] if self.thing else []),
            *([Link(shapes, "describedby")] if self.path != shapes else []),
            *(Link(licence, "license") for licence in self.licences),
        )

    def alternates(self) -> tuple[Link, ...]:
        """One link for each format, and for the page one for each language."""
        page = f"{self.path}.{HTML.extension}"
        return (
            *(Link(f"{self.path}.{f.extension}", "alternate", (("type", f.media_type),)) for f in DOCUMENT_FORMATS),
            *language_links(page),
        )


def split(name: str) -> tuple[str, str | None]:
    """``slug.ttl`` as slug and extension; without a dot there is no extension."""
    slug, dot, extension = name.partition(".")
    return slug, extension if dot else None


def answered(document: Document, extension: str | None, page: Callable[[str, tuple[Link, ...]], str]) -> Response:
    """The document in the format of the extension, else in the one that Accept wants most.

    Args:
        page: makes the page in a language, with these links in its head.
    Raises:
        UnknownAddress: it does not come with this extension.
        NotAcceptable: the client wants another format; the reply links to those there are.
    """
    form = format_of(document, extension)
    if form != HTML:
        return _data(document, form)
    asked, links = language(), document.links()
    caching = Caching(tag_of(document.path, HTML.name, asked), BY_LANGUAGE, links=links)
    return known(caching) or reply(page(asked, links), HTML.content_type, caching, asked)


def format_of(document: Document, extension: str | None) -> Format:
    """As :func:`answered` chooses, with its errors."""
    if extension is None:
        _link_if_not_acceptable(document.alternates())
        return chosen(DOCUMENT_FORMATS)
    for form in DOCUMENT_FORMATS:
        if form.extension == extension:
            return form
    raise UnknownAddress(request.path, tuple(f"{document.path}.{form.extension}" for form in DOCUMENT_FORMATS))


def _link_if_not_acceptable(links: Iterable[Link]) -> None:
    def put(response: Response) -> Response:
        if response.status_code == 406:
            for link in links:
                response.headers.add("Link", str(link))
        return response

    after_this_request(put)


def _data(document: Document, form: Format) -> Response:
    caching = Caching(tag_of(document.path, form.name, *contexts.tags(form)), links=document.links())
    return known(caching) or reply(data_of(document, form), contexts.content_type(form), caching)


def data_of(document: Document, form: Format) -> bytes:
    """The statements of the document, and what it says of itself."""
    return contexts.written(document.statements() + _about(document), form)


def constructed(query: str) -> bytes:
    """What the store says to one of our own CONSTRUCT queries, as N-Triples."""
    return current_site().reader.answer(Query(query, None, NTRIPLES), trusted=True).body


def _about(document: Document) -> bytes:
    """N-Triples: a saved file still says which thing it is about, and under which licences."""
    if not document.thing:
        return b""
    said = [(RDF_TYPE, f"{FOAF}Document"), (f"{FOAF}primaryTopic", document.thing)]
    said += [(f"{DCTERMS}license", licence) for licence in document.licences]
    return "".join(f"<{document.iri}> <{predicate}> <{value}> .\n" for predicate, value in said).encode()
