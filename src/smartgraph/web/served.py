"""One release and all that answers about it, until the last request that began with it has ended."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, cast

from a2wsgi import WSGIMiddleware

from smartgraph.read.lanes import Lanes
from smartgraph.read.sandbox import Sandbox
from smartgraph.turns import Turns
from smartgraph.web import app_of
from smartgraph.web.answers import Answers
from smartgraph.web.mounting import mounted
from smartgraph.web.queries import Queries
from smartgraph.web.quick import Quick
from smartgraph.web.replies import Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.web.asgi import Asgi

_MIB: Final = 1 << 20
#: Pages that are made at the same time. More would only be in each other's way, and in that of the loop.
_PAGES: Final = 4
#: So many are made in the time that each is waited for.
_FEW: Final = 16
#: What a request may take beside its query, in seconds.
_REST_S: Final = 5.0


class Served:
    """The site, its pages as an ASGI application, the lanes for programs' queries, and what is kept of answers.

    Lives on one event loop. Of a reader that is no sandbox ``lanes`` and ``queries`` are ``None``.
    """

    def __init__(self, site: Site, mount: str) -> None:
        self.site = site
        room = site.settings.answer_cache_mb * _MIB
        self.answers, self.quick = Answers(room), Quick(room)
        answers = max(1, site.settings.workers - 1)
        #: Whose turn it is to have a page made; answers on pages have turns of their own and are in no page's way.
        self.turns, self.answer_turns = Turns(_PAGES, _FEW), Turns(answers, answers)
        self._middleware = WSGIMiddleware(mounted(app_of(site), mount), workers=_PAGES + answers)
        self.pages = cast("Asgi", self._middleware)
        reader = site.reader
        self.lanes = Lanes(reader.zygote, site.settings, reader.endings) if isinstance(reader, Sandbox) else None
        self.queries = Queries(site, self.lanes, self.answers) if self.lanes else None
        self._users = 0
        self._unused = asyncio.Event()

    async def open(self) -> None:
        """Starts the query processes.

        Raises:
            StoreUnavailable: they do not start.
        """
        if self.lanes:
            await self.lanes.open()

    @property
    def is_at_rest(self) -> bool:
        """True while no request is answered from here."""
        return not self._users

    @contextmanager
    def used(self) -> Iterator[None]:
        """While a request is answered from here."""
        self.enter()
        try:
            yield
        finally:
            self.leave()

    def enter(self) -> None:
        """A request is going to be answered from here; :meth:`leave` has to follow."""
        self._users += 1

    def leave(self) -> None:
        """It was."""
        self._users -= 1
        if not self._users:
            self._unused.set()

    async def retire(self, *, keeps_reader: bool) -> None:
        """Closes once no request needs it; what still runs then has had its time."""
        self._unused.clear()
        if self._users:
            with suppress(TimeoutError):
                async with asyncio.timeout(self.site.settings.query_timeout_s + _REST_S):
                    await self._unused.wait()
        await self.close()
        if isinstance(self.site.reader, Sandbox) and not keeps_reader:
            await asyncio.to_thread(self.site.reader.close)

    async def close(self) -> None:
        """Ends the lanes; the reader stays."""
        if self.lanes:
            await self.lanes.close()
        self._middleware.executor.shutdown(wait=False)
