"""The pages that people read: home, lists, the page of each thing, and those about our terms and data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from flask import Blueprint, render_template, request

from smartgraph.formats import GRAPH_FORMATS, HTML, JSON_RESULTS, RESULT_FORMATS
from smartgraph.iris import shorten
from smartgraph.language import LANGUAGES, translation
from smartgraph.licences import Licence, licence_of
from smartgraph.read.dossier import dossier
from smartgraph.read.excerpt import INITIATIVES, Thing
from smartgraph.read.pages import entered, overview
from smartgraph.read.terms import shapes, terms
from smartgraph.read.values import is_web_address
from smartgraph.serialize import parse_boolean, parse_columns, parse_rows
from smartgraph.vocab import prefixes
from smartgraph.web.failures import FAILURES
from smartgraph.web.replies import (
    Caching,
    Link,
    current_site,
    known,
    language,
    language_links,
    reply,
    site_path,
    tag_of,
)
from smartgraph.web.wording import Wording

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response

    from smartgraph.errors import SmartgraphError
    from smartgraph.read.parts import Part
    from smartgraph.read.store import Answer, Reader
    from smartgraph.release import Release
    from smartgraph.serialize import Term

blueprint = Blueprint("pages", __name__)

#: The newest decisions on the home page.
_NEWEST: Final = 9
#: The most rows of an answer on a page, and the longest answer in bytes that is read for one: what is
#: made here is made in the server's own process, which nobody ends.
_SHOWN: Final = 1000
LONGEST_ANSWER: Final = 2_000_000

_EXAMPLE: Final = """PREFIX smg: <%(base)sns#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>

SELECT ?date ?decision ?body WHERE {
  ?d a smg:Decision ;
     skos:prefLabel ?decision ;
     smg:decidedBy/skos:prefLabel ?body ;
     smg:date ?date .
  FILTER(LANG(?decision) = "%(language)s" && LANG(?body) = "%(language)s")
}
ORDER BY DESC(STR(?date))
LIMIT 20"""


@dataclass(frozen=True, slots=True)
class GraphLine:
    """One named graph: its name, its size in triples, and its licence."""

    name: str
    triples: int
    licence: Licence


@dataclass(frozen=True, slots=True)
class Cell:
    """One value of a result: its text, the language of that, and where it leads; each may be empty."""

    text: str
    language: str
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """The rows of a result that a page shows, and how many there are."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    count: int


@dataclass(frozen=True, slots=True)
class Place:
    """A line of a query: its number, and its text before, at and after the character that is meant."""

    line: int
    before: str
    at: str
    after: str


# ---- routes


@blueprint.get("/")
def home() -> Response:
    """The start page: what there is, the newest decisions, and the way to all lists."""
    return _replied(lambda language: _listing("home.html", language))


@blueprint.get("/initiatives")
def initiatives() -> Response:
    """All strategies, projects and umbrella initiatives."""
    return _replied(lambda language: _listing("initiatives.html", language))


@blueprint.get("/places")
def places() -> Response:
    """All authorities and what is known of each."""
    return _replied(lambda language: _listing("places.html", language))


@blueprint.get("/themes")
def themes() -> Response:
    """All themes with their initiatives."""
    return _replied(lambda language: _listing("themes.html", language))


@blueprint.get("/decisions")
def decisions() -> Response:
    """All decisions by date, and those that are only announced."""
    return _replied(lambda language: _listing("decisions.html", language))


@blueprint.get("/about")
def about() -> Response:
    """What this graph is, which release is served, and under which licences."""
    return _replied(_about)


@blueprint.get("/problems")
def problems() -> Response:
    """What the types of problem documents mean, to which their addresses lead."""
    return _replied(_problems)


def _problems(language: str) -> str:
    named = tuple((kind.__name__, failure) for kind, failure in FAILURES.items())
    return _render("problems.html", language, problems=named)


def _about(language: str) -> str:
    reader = _reader()
    return _render("about.html", language, graphs=_graphs(reader.release), entered=entered(reader), links=page_links())


def _listing(template: str, language: str) -> str:
    found = overview(_reader(), language)
    return _render(template, language, overview=found, newest=_NEWEST, links=page_links())


def _replied(page: Callable[[str], str]) -> Response:
    """The page in the language of the reader; a client that has it already gets 304 and costs no query."""
    asked = language()
    caching = Caching(tag_of(request.path, HTML.name, asked), ("Accept-Language",), links=page_links())
    return known(caching) or reply(page(asked), HTML.content_type, caching, asked)


def page_links(address: str = "") -> tuple[Link, ...]:
    """The page's own address (that of the request, unless it has a better one), and its other languages."""
    page = (address or request.path).removeprefix("/")
    return (Link(current_site().base + page, "canonical"), *language_links(f"{request.script_root}/{page}"))


# ---- pages that other modules serve


def resource_page(iri: str, language: str, links: tuple[Link, ...]) -> str:
    """The page of one thing.

    Raises:
        UnknownThing: the release says nothing of it.
    """
    found = dossier(_reader(), iri, language)
    return _render("thing.html", language, dossier=found, formats=GRAPH_FORMATS, links=links)


def sparql_page(language: str) -> str:
    """The form for a query, which works without scripts."""
    example = _EXAMPLE % {"base": _reader().release.manifest.base, "language": language}
    return _render("sparql.html", language, example=example)


def tabulated(answer: Answer) -> Table:
    """What a page shows of an answer as a table: the first thousand rows, and none of a graph or a long answer."""
    if answer.format != JSON_RESULTS or is_too_long(answer):
        return Table((), (), 0)
    columns = parse_columns(answer.body)
    if not columns:
        return Table(("",), ((Cell(str(parse_boolean(answer.body)).lower(), "", ""),),), 1)
    names, rows = prefixes(current_site().base), parse_rows(answer.body)
    cells = tuple(tuple(_cell(row.get(name), names) for name in columns) for row in rows[:_SHOWN])
    return Table(columns, cells, len(rows))


def is_too_long(answer: Answer) -> bool:
    """True for an answer of which a page shows nothing."""
    return answer.is_cut or len(answer.body) > LONGEST_ANSWER


def answer_page(language: str, text: str, answer: Answer, table: Table) -> str:
    """A query with its answer below: a table for SPARQL JSON, the text itself for a graph.

    A page that does not show all says so, and names the formats that hold it.
    """
    is_graph, is_long = answer.format != JSON_RESULTS, is_too_long(answer)
    graph = answer.body.decode() if is_graph and not is_long else ""
    formats = GRAPH_FORMATS if is_graph else RESULT_FORMATS
    return _render(
        "answer.html", language, example=text, graph=graph, columns=table.columns, rows=table.rows, count=table.count,
        is_too_long=is_long,
        ways=tuple((form.label, f"?{urlencode({'query': text, 'format': form.name})}") for form in formats),
    )  # fmt: skip


def _cell(term: Term | None, names: Mapping[str, str]) -> Cell:
    if term is None:
        return Cell("", "", "")
    if term.kind != "iri":
        return Cell(term.value, term.language, "")
    own = site_path(term.value)
    link = path(own.removeprefix(request.script_root)) if own and "#" not in own else own or ""
    return Cell(shorten(term.value, names), "", link or (term.value if is_web_address(term.value) else ""))


def downloads_page(language: str) -> str:
    """What can be taken away: the files of the release with size, checksum and licence."""
    release = _reader().release
    return _render("downloads.html", language, graphs=_graphs(release), links=page_links("/downloads/"))


def terms_page(language: str, links: tuple[Link, ...]) -> str:
    """The ontology for people."""
    return _render("terms.html", language, terms=terms(_reader(), language), formats=GRAPH_FORMATS, links=links)


def shapes_page(language: str, links: tuple[Link, ...]) -> str:
    """The rules for people."""
    return _render("shapes.html", language, shapes=shapes(_reader(), language), formats=GRAPH_FORMATS, links=links)


def graphs_page(language: str, parts: tuple[Part, ...], links: tuple[Link, ...]) -> str:
    """The named graphs: size, licence, and where each is to be had."""
    return _render("graphs.html", language, graphs=parts, formats=GRAPH_FORMATS, links=links)


def graph_page(language: str, part: Part, links: tuple[Link, ...]) -> str:
    """One named graph; its statements are in the files, not on the page."""
    return _render("graph.html", language, graph=part, formats=GRAPH_FORMATS, links=links)


def refused_page(language: str, text: str, error: SmartgraphError) -> str:
    """The form with the query that got no answer, and above it what is wrong with it and where."""
    message = error.text.translated(translation(language).gettext)
    failure = next(FAILURES[kind] for kind in type(error).__mro__ if kind in FAILURES)
    place = _place(text, getattr(error, "line", None), getattr(error, "column", None))
    return _render("refused.html", language, example=text, failure=failure, message=message, place=place)


def _place(text: str, line: int | None, column: int | None) -> Place | None:
    """The line of a query with the character at which it breaks set apart; ``None`` if that is not known."""
    lines = re.split(r"\r\n|\r|\n", text)
    if line is None or column is None or line > len(lines):
        return None
    broken = lines[line - 1]
    return Place(line, broken[: column - 1], broken[column - 1 : column], broken[column:])


def error_page(language: str, status: int, title: str, detail: str) -> str:
    """What went wrong, in the frame of all pages; it asks the store nothing."""
    return _render("error.html", language, status=status, title=title, detail=detail)


# ---- the frame


def _reader() -> Reader:
    return current_site().reader


def _graphs(release: Release) -> tuple[GraphLine, ...]:
    return tuple(GraphLine(name, n, licence_of(name)) for name, n in release.manifest.graphs)


def _render(template: str, language: str, **content: object) -> str:
    site = current_site()
    words = Wording(language)
    return render_template(
        template,
        **{"links": (), **content},
        language=language,
        words=words,
        _=words.text,
        plural=words.plural,
        release=site.reader.release,
        refused=getattr(site.refused, language, ""),
        path=path,
        way_to=way_to,
        other_languages=tuple((code, _same_page(code)) for code in LANGUAGES),
        initiative_kinds=INITIATIVES[:3],
    )


def path(target: str, fragment: str = "") -> str:
    """A path of our own under the mount; a language that was chosen by hand stays chosen."""
    chosen = request.args.get("lang", "")
    query = f"?lang={chosen}" if chosen in LANGUAGES else ""
    return f"{request.script_root}{target}{query}" + (f"#{fragment}" if fragment else "")


def way_to(thing: Thing) -> str:
    """Where a link to the thing leads: our page of it, or its own address; empty if there is neither."""
    base = current_site().base
    for document in ("ns", "shapes"):
        if thing.iri.startswith(f"{base}{document}#"):
            return path(f"/{document}", thing.iri.partition("#")[2])
    if own := site_path(thing.iri):
        target, _, fragment = own.removeprefix(request.script_root).partition("#")
        return path(target, fragment)
    return thing.iri if is_web_address(thing.iri) else ""


def _same_page(code: str) -> str:
    """This page in another language, with everything else of its query kept."""
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != "lang"]
    return f"{request.script_root}{request.path}?{urlencode([*kept, ('lang', code)])}"
