"""Readers for tests: one release in this process, with a count of the questions; and one that is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from smartgraph.errors import StoreUnavailable
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


class Gone(Reader):
    """A store that is down."""

    def __init__(self, release: Release) -> None:
        self.release = release

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        raise StoreUnavailable("gone")
