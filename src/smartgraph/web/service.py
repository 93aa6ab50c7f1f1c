"""What the server serves with: one release, the processes that answer about it, and what is kept of their answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.read.lanes import Lanes
from smartgraph.read.sandbox import Sandbox
from smartgraph.web.answers import Answers
from smartgraph.web.queries import Queries
from smartgraph.web.quick import Quick
from smartgraph.web.rates import Clients, Rates
from smartgraph.web.replies import Site

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings

_MIB: Final = 1 << 20


class Service:
    """Lives on one event loop, once it is opened.

    Only a sandbox has processes that can be asked from there; of other readers ``queries`` is ``None``.
    """

    def __init__(self, settings: Settings, reader: Reader, refused: Refusal | None) -> None:
        self.settings = settings
        self.base = reader.release.manifest.base
        room = settings.answer_cache_mb * _MIB
        self.answers, self.quick = Answers(room), Quick(room)
        self._rates = Rates(settings.requests_per_minute)
        self._clients = Clients(settings.trusted_networks)
        self._lanes = Lanes(reader.zygote, settings) if isinstance(reader, Sandbox) else None
        self.queries = Queries(Site(settings, reader, refused), self._lanes, self.answers) if self._lanes else None

    async def open(self) -> None:
        """Starts the query processes.

        Raises:
            StoreUnavailable: they do not start.
        """
        if self._lanes:
            await self._lanes.open()

    async def close(self) -> None:
        """Ends them."""
        if self._lanes:
            await self._lanes.close()

    def wait_s(self, peer: str, forwarded_for: str) -> float:
        """Counts a request of a client: 0 if it is heard, or the seconds until the next one is."""
        return self._rates.wait_s(self._clients.name(peer, forwarded_for))

    def admits(self, peer: str, forwarded_for: str) -> bool:
        """As :meth:`wait_s`, for those who only want to know whether."""
        return not self.wait_s(peer, forwarded_for)
