"""What the server serves with: the release of the moment, who may ask how often, and what is counted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from smartgraph.web.health import gauges
from smartgraph.web.journal import Journal
from smartgraph.web.metrics import Metrics
from smartgraph.web.rates import Clients, Rates
from smartgraph.web.records import Recorder
from smartgraph.web.replies import Site
from smartgraph.web.served import Served
from smartgraph.web.thrift import give_back

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings


class Service:
    """Lives on one event loop, once it is opened. ``mount`` is the path of the base, without a slash."""

    def __init__(self, settings: Settings, reader: Reader, refused: Refusal | None, mount: str) -> None:
        self.settings, self.mount = settings, mount
        #: Where programs ask; a proxy may have taken the mount away.
        self.query_paths = frozenset({f"{mount}/sparql".encode(), b"/sparql"})
        self.metrics = Metrics()
        self._rates = Rates(settings.requests_per_minute)
        self._clients = Clients(settings.trusted_networks)
        self.recorder = Recorder(self.metrics, Journal(settings), self._clients.name, mount)
        self.takeovers = 0
        #: What new requests are answered from.
        self.served = self._made(reader, refused)
        self._retiring: set[asyncio.Task[None]] = set()
        self._thrift: asyncio.Task[None] | None = None
        self.metrics.add(self._gauges)

    async def open(self) -> None:
        """Starts the query processes.

        Raises:
            StoreUnavailable: they do not start.
        """
        await self.served.open()
        self._thrift = asyncio.ensure_future(give_back(lambda: self.served.is_at_rest))

    async def close(self) -> None:
        """Ends them."""
        if self._thrift:
            self._thrift.cancel()
        await self.served.close()
        for task in tuple(self._retiring):
            await task

    async def take_over(self, reader: Reader, refused: Refusal | None) -> None:
        """Answers new requests from another reader; those that began with the one before end with it.

        Raises:
            StoreUnavailable: its processes do not start; the one before stays.
        """
        successor = await asyncio.to_thread(self._made, reader, refused)
        await successor.open()
        before, self.served = self.served, successor
        self.takeovers += reader is not before.site.reader
        task = asyncio.ensure_future(before.retire(keeps_reader=reader is before.site.reader))
        self._retiring.add(task)
        task.add_done_callback(self._retiring.discard)

    def wait_s(self, client: str) -> float:
        """Counts a request of a client: 0 if it is heard, or the seconds until the next one is."""
        return self._rates.wait_s(client)

    def admits(self, peer: str, forwarded_for: str) -> bool:
        """As :meth:`wait_s`, for those who only want to know whether."""
        return not self._rates.wait_s(self._clients.name(peer, forwarded_for))

    def _made(self, reader: Reader, refused: Refusal | None) -> Served:
        return Served(Site(self.settings, reader, refused, self.metrics), self.mount)

    def _gauges(self) -> Iterable[Metric]:
        return gauges(self.served, self.takeovers)
