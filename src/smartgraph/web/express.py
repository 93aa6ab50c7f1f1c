"""Ordinary queries from the wire to the wire: what the way through uvicorn and ASGI costs is more than most answers.

It decides nothing of its own: the request is read, planned and asked by the same functions, and whatever is
not a small whole answer soon goes on along the ordinary way, from the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

from smartgraph.formats import prefers_page
from smartgraph.web.encodings import SMALLEST, encoded, encoding_for
from smartgraph.web.exchange import Request
from smartgraph.web.heads import whole_reply
from smartgraph.web.metrics import FOUND
from smartgraph.web.quick import QuickProtocol

if TYPE_CHECKING:
    from smartgraph.web.queries import Begun
    from smartgraph.web.quick import Asked
    from smartgraph.web.served import Served

#: What was begun for a request, and by whom, under this key of its extensions; that it was counted, under that.
BEGUN: Final = "smartgraph.begun"
COUNTED: Final = "smartgraph.counted"
_ROUTE: Final = "/sparql"
_METHOD: Final = "GET"
#: A larger answer leaves the loop to others meanwhile.
_LARGEST: Final = 1 << 16


@dataclass(slots=True)
class _Express:
    """A request on its way: its bytes, what decides its answer, and who answers it since when."""

    data: bytes
    wish: Asked
    served: Served
    begun: Begun
    start: float


class ExpressProtocol(QuickProtocol):
    """The reader of requests, which begins ordinary queries itself."""

    _express: _Express | None = None
    _handed: _Express | None = None
    _is_stopping = _is_counted = False

    @property
    def _is_idle(self) -> bool:
        # Whoever does not wait for an answer gets it before the next request is read.
        return self._express is None and super()._is_idle

    def connection_lost(self, exc: Exception | None) -> None:
        if express := self._taken():
            express.begun.close()
            express.served.leave()
        super().connection_lost(exc)

    def shutdown(self) -> None:
        self._is_stopping = True
        if not self._express:
            super().shutdown()

    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._is_counted:
            self.scope["extensions"][COUNTED] = {}
            self._is_counted = False
        if self._handed:
            self.scope["extensions"][BEGUN] = (self._handed.served, self._handed.begun)  # type: ignore[assignment]
            self._handed = None

    def begins(self, data: bytes, wish: Asked) -> bool:
        """Begins what the whole head ``data`` asks for, if that is an ordinary query."""
        served = self.service.served
        path, _, query = wish.target.partition(b"?")
        if path not in self.service.query_paths or not query or wish.method != b"GET" or not served.queries:
            return False
        if prefers_page(wish.accept) or not self.service.admits(self.peer, wish.forwarded_for):
            return False
        begun = served.queries.begin(Request(_METHOD, query, accept=wish.accept, if_none_match=wish.if_none_match))
        if begun is None:
            self._is_counted = True
            return False
        served.enter()
        self._express = _Express(data, wish, served, begun, perf_counter())
        begun.tells(self._ends)
        return True

    def _taken(self) -> _Express | None:
        express, self._express = self._express, None
        return express

    def _ends(self, begun: Begun) -> None:
        express = self._taken()
        if not express:
            return  # the client has gone
        if begun.kept and len(begun.kept.body) <= _LARGEST:
            self._answer(express)
        else:
            self._handed = express
            self.ordinary(express.data)
            if self._is_stopping:
                super().shutdown()
        self._go_on()

    def _answer(self, express: _Express) -> None:
        begun, kept = express.begun, express.begun.kept
        assert kept
        wanted = express.wish.accept_encoding
        encoding = encoding_for(wanted) if wanted and len(kept.body) >= SMALLEST else ""
        body = encoded(kept.body, encoding) if encoding else kept.body
        ready = whole_reply(begun.plan.headers(kept.format), body, encoding, (_ROUTE, _METHOD))
        begun.close()
        express.served.leave()
        self.service.metrics.answers[FOUND] += 1
        self.send(ready, self.service.recorder.express(ready, express.wish, self.peer, express.start))
        if self._is_stopping:
            self.transport.close()
