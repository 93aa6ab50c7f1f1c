"""Memory is given back while nobody is served."""

from __future__ import annotations

import asyncio
import ctypes
from typing import TYPE_CHECKING

from smartgraph.web import thrift

if TYPE_CHECKING:
    import pytest


class Library:
    def __init__(self) -> None:
        self.trimmed = 0

    def malloc_trim(self, _pad: int) -> int:
        self.trimmed += 1
        return 1


def given_back(is_at_rest: bool, library: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(thrift, "_PACE_S", 0.01)
    monkeypatch.setattr(ctypes, "CDLL", lambda _: library)

    async def a_while() -> None:
        task = asyncio.ensure_future(thrift.give_back(lambda: is_at_rest))
        await asyncio.sleep(0.2)
        task.cancel()

    asyncio.run(a_while())


def test_it_is_given_back_at_rest_and_not_while_somebody_is_served(monkeypatch: pytest.MonkeyPatch) -> None:
    resting, busy = Library(), Library()
    given_back(True, resting, monkeypatch)
    given_back(False, busy, monkeypatch)
    assert resting.trimmed > 0
    assert busy.trimmed == 0


def test_where_the_library_cannot_do_that_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    given_back(True, object(), monkeypatch)
