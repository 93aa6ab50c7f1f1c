"""A reader for tests: one release, one store, in this process, and a count of the questions asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyoxigraph as ox

from smartgraph.serialize import parse_boolean, parse_ntriples, parse_rows

if TYPE_CHECKING:
    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release
    from smartgraph.serialize import Row, Triple


class InProcessReader:
    """Answers our own queries as the sandbox does; ``asked`` counts them."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.asked = 0
        self._store = ox.Store()
        quads = list(ox.parse(path=release.core, format=ox.RdfFormat.N_QUADS))
        self._store.extend(quads)
        self._store.extend(ox.Quad(q.subject, q.predicate, q.object) for q in quads)

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        raise NotImplementedError("pages ask with select, ask and construct")

    def select(self, text: str) -> tuple[Row, ...]:
        return parse_rows(self._results(text))

    def ask(self, text: str) -> bool:
        return parse_boolean(self._results(text))

    def construct(self, text: str) -> tuple[Triple, ...]:
        self.asked += 1
        found = self._store.query(text)
        return parse_ntriples(ox.serialize(found, format=ox.RdfFormat.N_TRIPLES) or b"")

    def _results(self, text: str) -> bytes:
        self.asked += 1
        return self._store.query(text).serialize(format=ox.QueryResultsFormat.JSON) or b""
