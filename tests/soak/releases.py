"""Releases that differ in one triple, and what each of them answers."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.read.store import Query, Store

if TYPE_CHECKING:
    from smartgraph.release import Release, Releases

_MARKER: Final = "urn:soak:release"
_TYPE: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"

#: Texts with one answer in each release, whatever order the engine finds it in.
_TEXTS: Final = (
    f"SELECT ?mark {{ <{_MARKER}> <{_MARKER}> ?mark }}",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    f"SELECT ?class (COUNT(?thing) AS ?n) {{ ?thing <{_TYPE}> ?class }} GROUP BY ?class",
    "SELECT ?s ?p ?o { ?s ?p ?o }",
    "SELECT DISTINCT ?p { ?s ?p ?o }",
    "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o FILTER(isIRI(?s) && isIRI(?o)) }",
    f"ASK {{ <{_MARKER}> <{_MARKER}> 1 }}",
    f"ASK {{ ?thing <{_TYPE}> ?class }}",
)


@dataclass(frozen=True, slots=True)
class Known:
    """A query, what it is to be answered with in each release (by id), and the media type of the answer."""

    text: str
    accept: str
    answers: dict[str, frozenset[str]]

    def releases_of(self, body: bytes) -> frozenset[str]:
        """The releases of which this is the answer."""
        found = content_of(body, self.accept)
        return frozenset(name for name, answer in self.answers.items() if answer == found)


def marked_releases(first: Release, releases: Releases, count: int) -> tuple[Release, ...]:
    """So many releases, each with all that ``first`` says and a mark of its own; the first is current."""
    lines = first.core.read_text("utf-8").splitlines(keepends=True)
    graph = f"<{first.manifest.base}graph/joint>"
    found = []
    for number in range(count):
        mark = f'<{_MARKER}> <{_MARKER}> "{number}"^^<http://www.w3.org/2001/XMLSchema#integer> {graph} .\n'
        core = "".join(sorted([*lines, mark])).encode()
        graphs = tuple((name, size + (name == "joint")) for name, size in first.manifest.graphs)
        manifest = replace(first.manifest, triples=first.manifest.triples + 1, graphs=graphs)
        dumps = {path.name: path.read_bytes() for path in first.folder.glob("smartgraph.*") if path != first.core}
        found.append(releases.add(core, manifest, first.report(), dumps))
    releases.use(found[0].id)
    return tuple(found)


def known_answers(releases: tuple[Release, ...]) -> tuple[Known, ...]:
    """The queries with their answers, found in this process."""
    stores = {release.id: Store.load(release) for release in releases}
    return tuple(_known(text, stores) for text in _TEXTS)


def _known(text: str, stores: dict[str, Store]) -> Known:
    form = NTRIPLES if text.startswith("CONSTRUCT") else JSON_RESULTS
    query = Query(text, JSON_RESULTS, NTRIPLES)
    answers = {name: content_of(store.answer(query).body, form.media_type) for name, store in stores.items()}
    return Known(text, form.media_type, answers)


def content_of(body: bytes, media_type: str) -> frozenset[str]:
    """What an answer says, whatever its order: its lines, or its rows."""
    if media_type == NTRIPLES.media_type:
        return frozenset(body.decode().splitlines())
    found = json.loads(body)
    if "boolean" in found:
        return frozenset({str(found["boolean"])})
    return frozenset(json.dumps(row, sort_keys=True) for row in found["results"]["bindings"])
