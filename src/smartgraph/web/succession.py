"""Has the server follow the state folder: a new release is taken over while the server goes on answering.

The folder is looked at, not listened to: a look costs two small files, and works on every file system.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from smartgraph.errors import SmartgraphError, StateError, Text
from smartgraph.read.sandbox import Sandbox
from smartgraph.release import refusal_of

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal, Release, Releases
    from smartgraph.web.service import Service

_LOG: Final = logging.getLogger("smartgraph.succession")
#: How often the state folder is looked at, in seconds.
_PACE_S: Final = 1.0
_OTHER_BASE: Final = (
    "Release {id} has the base {found}, and this server answers for {base}. Stop the server and start it anew."
)


class Succession:
    """Follows ``releases`` from what is there when it is made; lives on the event loop of the service."""

    def __init__(self, releases: Releases) -> None:
        self._releases = releases
        self._seen = self._look()
        self._own: Reader | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, service: Service) -> None:
        """Begins to look."""
        self._task = asyncio.ensure_future(self._follow(service))

    async def close(self) -> None:
        """Looks no longer, and ends the processes of the release that was taken over last."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if isinstance(self._own, Sandbox):
            await asyncio.to_thread(self._own.close)

    def _look(self) -> tuple[str | None, Refusal | None]:
        return self._releases.current_id(), self._releases.refusal()

    async def _follow(self, service: Service) -> None:
        while True:
            await asyncio.sleep(_PACE_S)
            seen = await asyncio.to_thread(self._look)
            if seen == self._seen:
                continue
            before, self._seen = self._seen, seen
            try:
                await self._change(service, seen[0] if seen[0] != before[0] else None, seen[1])
            except SmartgraphError as error:
                await self._stay(service, error)

    async def _change(self, service: Service, wanted: str | None, refused: Refusal | None) -> None:
        """Takes over the release that is wanted, or tells why newer input was refused."""
        if wanted is None or wanted == service.served.site.reader.release.id:
            await service.take_over(service.served.site.reader, refused)
            return
        reader = await asyncio.to_thread(self._opened, service, wanted)
        try:
            await service.take_over(reader, refused)
        except BaseException:
            await asyncio.to_thread(reader.close)
            raise
        self._own = reader
        _LOG.warning("release %s is served", wanted)

    def _opened(self, service: Service, wanted: str) -> Sandbox:
        release = self._releases.open(wanted)
        self._check_base(release, service.served.site.base)
        reader = service.served.site.reader
        return Sandbox.start(release, service.settings, reader.endings if isinstance(reader, Sandbox) else None)

    @staticmethod
    def _check_base(release: Release, base: str) -> None:
        if release.manifest.base != base:
            raise StateError(Text(_OTHER_BASE, id=release.id, found=release.manifest.base, base=base))

    async def _stay(self, service: Service, error: SmartgraphError) -> None:
        """The release that is served goes on, and pages say why."""
        _LOG.error("%s", error)
        with suppress(SmartgraphError):
            await service.take_over(service.served.site.reader, refusal_of(error, self._releases.state))
