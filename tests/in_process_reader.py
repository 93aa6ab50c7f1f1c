"""A reader for tests: one release in this process, and a count of the questions asked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartgraph.read.store import Reader, Store

if TYPE_CHECKING:
    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release


class InProcessReader(Reader):
    """Answers as the store does; ``asked`` counts the questions."""

    def __init__(self, release: Release) -> None:
        self.release = release
        self.asked = 0
        self._store = Store.load(release)

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        self.asked += 1
        return self._store.answer(query, trusted=trusted)
