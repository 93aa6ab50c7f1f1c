"""The named graphs by their own addresses, by ``?graph=`` and ``?default``; and the nodes without a document.

Spec: SPARQL 1.1 Graph Store HTTP Protocol, sections 4.1 and 4.2 (direct and indirect identification), 5.2 (GET).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, request

from smartgraph.errors import Text, UnknownAddress, UnknownThing, UsageError
from smartgraph.iris import genid_iri, graph_iri
from smartgraph.read.excerpt import in_query, is_iri
from smartgraph.read.parts import Part, parts
from smartgraph.vocab import DCTERMS, RDF_TYPE, XSD
from smartgraph.web import pages
from smartgraph.web.documents import Document, answered, constructed, split
from smartgraph.web.replies import Link, current_site

if TYPE_CHECKING:
    from collections.abc import Iterator

blueprint = Blueprint("graphs", __name__)

_GRAPH: Final = "CONSTRUCT { ?s ?p ?o } WHERE { GRAPH %s { ?s ?p ?o } }"
_DEFAULT: Final = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
#: The last part of the address of the default graph, which is no named one.
_ALL: Final = "default"
_GENID: Final = re.compile(r"[0-9a-f]{24}")
_HOMES: Final = "SELECT DISTINCT ?g WHERE { { GRAPH ?g { %(node)s ?p ?o } } UNION { GRAPH ?g { ?s ?p %(node)s } } }"
_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_VOID: Final = "http://rdfs.org/ns/void#"


@blueprint.get("/graph")
@blueprint.get("/graph.<extension>")
def graphs(extension: str | None = None) -> Response:
    """The list of graphs; with ``graph`` or ``default`` in the query, that graph.

    Raises:
        UsageError: both are there, one is there twice, or ``graph`` is no absolute IRI.
    """
    names = request.args.getlist("graph")
    is_default = "default" in request.args
    if len(names) + is_default > 1:
        raise UsageError(Text("The query names more than one graph. Wanted: graph=IRI once, or default."))
    if is_default:
        return _whole(extension)
    if names:
        return _named(names[0], extension)
    found = parts(current_site().reader)
    document = Document(f"{request.script_root}/graph", tuple(part.name for part in found), lambda: _listed(found))
    return answered(document, extension, lambda asked, links: pages.graphs_page(asked, found, links))


@blueprint.get("/graph/<name>")
def graph(name: str) -> Response:
    """One graph in the format asked for."""
    slug, extension = split(name)
    return _whole(extension) if slug == _ALL else _graph(slug, extension)


def _named(iri: str, extension: str | None) -> Response:
    if not is_iri(iri):
        raise UsageError(Text("The graph '{iri}' is no absolute IRI.", iri=iri))
    start = graph_iri("", current_site().base)
    if not iri.startswith(start):
        raise _unknown(iri)
    return _graph(iri.removeprefix(start), extension)


def _graph(name: str, extension: str | None) -> Response:
    found = next((part for part in parts(current_site().reader) if part.name == name), None)
    if found is None:
        raise _unknown(request.path)
    query = _GRAPH % in_query(found.iri)
    document = Document(f"{request.script_root}/graph/{name}", (name,), lambda: constructed(query))
    response = answered(document, extension, lambda asked, links: pages.graph_page(asked, found, links))
    # Where it stands whom to name.
    response.headers.add("Link", str(Link(f"{request.script_root}/about#licences", "copyright")))
    return response


def _whole(extension: str | None) -> Response:
    """The default graph: the union of all, each triple once. As a page it is the list of its parts."""
    found = parts(current_site().reader)
    document = Document(
        f"{request.script_root}/graph/{_ALL}", tuple(part.name for part in found), lambda: constructed(_DEFAULT)
    )
    return answered(document, extension, lambda asked, links: pages.graphs_page(asked, found, links))


def _unknown(found: str) -> UnknownAddress:
    base = current_site().base
    return UnknownAddress(
        found, tuple(graph_iri(name, base) for name, _ in current_site().reader.release.manifest.graphs)
    )


def _listed(found: tuple[Part, ...]) -> bytes:
    """N-Triples: the collection of graphs with name, size, titles and licence of each."""
    whole = f"{current_site().base}graph"
    return "".join(f"{line} .\n" for line in _statements(whole, found)).encode()


def _statements(whole: str, found: tuple[Part, ...]) -> Iterator[str]:
    yield f"<{whole}> <{RDF_TYPE}> <{_SD}GraphCollection>"
    for part in found:
        yield f"<{whole}> <{_SD}namedGraph> <{part.iri}>"
        yield f"<{part.iri}> <{RDF_TYPE}> <{_SD}NamedGraph>"
        yield f"<{part.iri}> <{_SD}name> <{part.iri}>"
        yield f'<{part.iri}> <{_VOID}triples> "{part.triples}"^^<{XSD}integer>'
        yield f"<{part.iri}> <{DCTERMS}license> <{part.licence.iri}>"
        for language, title in part.titles.items():
            # What JSON escapes, N-Triples escapes likewise.
            yield f"<{part.iri}> <{DCTERMS}title> {json.dumps(title, ensure_ascii=False)}@{language}"
        for language, text in part.attribution.items():
            yield f"<{part.iri}> <{DCTERMS}rights> {json.dumps(text, ensure_ascii=False)}@{language}"


# ---- Nodes without a document of their own


@blueprint.get("/.well-known/genid/<name>")
def node(name: str) -> Response:
    """303 to the graph in which a node stands whose author gave it no name.

    Raises:
        UnknownThing: it stands in none.
    """
    site = current_site()
    iri = genid_iri(name, site.base)
    if not _GENID.fullmatch(name):
        raise UnknownThing(request.path)
    start = graph_iri("", site.base)
    rows = site.reader.select(_HOMES % {"node": in_query(iri)})
    homes = sorted(row["g"].value.removeprefix(start) for row in rows)
    if not homes:
        raise UnknownThing(iri)
    path = f"{request.script_root}/graph/{homes[0]}"
    response = Response(status=303, headers={"Location": path})
    response.headers.add("Link", str(Link(path, "describedby")))
    response.vary.add("Accept")
    return response
