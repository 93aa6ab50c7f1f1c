"""Why queries got no answer, counted for whoever watches the server."""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING, Final

from smartgraph.errors import (
    AnswerTooLarge,
    QueryTimeout,
    QueryTooDeep,
    QueryTooLarge,
    StoreUnavailable,
    TooManyAtOnce,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Its client went away before the answer was there.
GONE: Final = "gone"
_CAUSES: Final[Mapping[type[BaseException], str]] = {
    QueryTimeout: "time",
    QueryTooLarge: "memory",
    QueryTooDeep: "depth",
    AnswerTooLarge: "size",
    TooManyAtOnce: "busy",
    StoreUnavailable: "store",
}
CAUSES: Final = (*_CAUSES.values(), GONE)


def cause_of(error: BaseException) -> str:
    """The name of what ended a query; empty if the query was wrong."""
    return _CAUSES.get(type(error), "")


class Endings:
    """How many queries ended for each of :data:`CAUSES`. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()

    def note(self, cause: BaseException | str | None) -> None:
        """Counts an error of the table, or a cause by its name; that a query is wrong is no ending."""
        name = cause if isinstance(cause, str) else cause_of(cause) if cause else ""
        if name:
            with self._lock:
                self._counts[name] += 1

    def counts(self) -> dict[str, int]:
        """The number for each cause, zeros included."""
        with self._lock:
            return {cause: self._counts[cause] for cause in CAUSES}
