"""The SPARQL Protocol as one function: a request in, a reply out, no framework between.

Spec: SPARQL 1.1 Protocol, section 2; SPARQL 1.1 Service Description, section 2 (accessing it).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from werkzeug.http import parse_etags

from smartgraph.errors import SmartgraphError
from smartgraph.formats import DATA_FORMATS, GRAPH_FORMATS, RESULT_FORMATS, Format, negotiate
from smartgraph.read.store import Query, identity_of
from smartgraph.serialize import write_graph
from smartgraph.vocab import prefixes
from smartgraph.web.description import NAMESPACES, described
from smartgraph.web.exchange import Reply
from smartgraph.web.failures import kind_of, problem
from smartgraph.web.operation import missing, parse
from smartgraph.web.replies import BY_LANGUAGE, Caching

if TYPE_CHECKING:
    from smartgraph.web.exchange import Request
    from smartgraph.web.operation import Operation
    from smartgraph.web.replies import Site

#: The answers to queries with these functions differ each time, so that no tag can stand for them.
_CHANGING: Final = re.compile(r"\b(?:now|rand|uuid|struuid|bnode)\b", re.IGNORECASE)


def respond(request: Request, site: Site) -> Reply:
    """What a program gets for a request to the endpoint; errors come as problem documents.

    Raises:
        SmartgraphError: only for a fault of our own, whose text is for the log.
    """
    try:
        operation = parse(request, site.settings)
        return description(request, site) if operation is None else answer(operation, request, site)
    except SmartgraphError as error:
        if kind_of(error) is None:
            raise
        return problem(error, request.language, site.base)


@dataclass(frozen=True, slots=True)
class Plan:
    """A query to be run, and what may be kept of its answer: nothing if it differs each time."""

    query: Query
    caching: Caching | None

    @property
    def tag(self) -> str | None:
        """The tag of the answer."""
        return self.caching.tag if self.caching else None

    @property
    def flight(self) -> str:
        """What those share who may wait for one answer: why there is none depends on the time it was given."""
        return f"{self.tag} {self.query.limit_s}"

    def headers(self, form: Format) -> tuple[tuple[str, str], ...]:
        """The headers of the answer in ``form``."""
        content_type = ("Content-Type", form.content_type)
        if self.caching is None:
            return content_type, ("Cache-Control", "no-store"), ("Vary", "Accept")
        return content_type, *self.caching.headers()


def planned(operation: Operation, request: Request, site: Site) -> Plan | Reply:
    """What is to be done for a query in the format that ``format=`` or Accept chooses; a 304 if nothing is.

    Who knows the tag has had the answer, so it need not be found again.
    """
    query = query_of(operation, request.accept)
    if _CHANGING.search(query.text):
        return Plan(query, None)
    caching = Caching(site.tag(*identity_of(query)), is_weak=True)
    return Reply(304, caching.headers()) if _is_known(request, caching) else Plan(query, caching)


def answer(operation: Operation, request: Request, site: Site) -> Reply:
    """The answer to a query.

    Raises:
        QueryError: it has none.
        NotAcceptable: the client takes none of the formats that fit the kind of query.
    """
    plan = planned(operation, request, site)
    if isinstance(plan, Reply):
        return plan
    found = site.reader.answer(plan.query)
    return Reply(200, plan.headers(found.format), found.body)


def description(request: Request, site: Site) -> Reply:
    """What this endpoint is and can do.

    Raises:
        MalformedRequest: the client reads no RDF, so it must have forgotten its query.
    """
    form = negotiate(request.accept, GRAPH_FORMATS)
    if form is None:
        raise missing()
    caching = Caching(site.tag("description", form.name), BY_LANGUAGE)
    if _is_known(request, caching):
        return Reply(304, caching.headers())
    body = write_graph(described(site.reader).encode(), form, NAMESPACES | prefixes(site.base))
    return Reply(200, (("Content-Type", form.content_type), *caching.headers()), body)


def query_of(operation: Operation, accept: str) -> Query:
    """The question to the store, with the format for either kind of answer."""
    return Query(
        operation.text,
        _wanted(RESULT_FORMATS, operation.wish, accept),
        _wanted(GRAPH_FORMATS, operation.wish, accept),
        operation.default_graphs,
        operation.named_graphs,
        limit_s=operation.limit_s,
    )


def names_format(operation: Operation) -> bool:
    """True if ``format=`` names one of our formats for data."""
    return _named(DATA_FORMATS, operation.wish) is not None


def _wanted(offered: tuple[Format, ...], wish: str, accept: str) -> Format | None:
    """The format for one kind of answer: that named by ``format=``, else by Accept.

    Client libraries send ``format=`` with names of their own beside a proper Accept header, so a
    name that we do not know decides nothing.
    """
    return _named(offered, wish) or negotiate(accept, offered)


def _named(offered: tuple[Format, ...], wish: str) -> Format | None:
    return next((form for form in offered if wish in (form.name, *form.media_types)), None)


def _is_known(request: Request, caching: Caching) -> bool:
    """True if the client has this representation already.

    ``If-None-Match: *`` matches only what exists, which is not known before the work is done. An answer to
    POST is no representation of the endpoint, so that the condition says nothing about it.

    Spec: RFC 9110, sections 13.1.2 and 13.2.1.
    """
    tags = parse_etags(request.if_none_match)
    return request.method != "POST" and not tags.star_tag and tags.contains_weak(caching.tag)
