"""The clients of the soak: what they ask, and what they count."""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from plain_http import Broken, Connection, get, query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hostile.cases import Case

    from soak.releases import Known

#: A release that is no longer current may still be served for so long, in seconds.
TAKEOVER_S: Final = 10.0
#: So many wrong or lost ones are told in full.
_TOLD: Final = 20
#: After so many requests a client calls anew.
_A_CALL: Final = 200
_BROWSER: Final = "Accept: text/html"
_PATHS: Final = (
    ("/", _BROWSER),
    ("/initiatives", _BROWSER),
    ("/places", _BROWSER),
    ("/themes", _BROWSER),
    ("/sparql", _BROWSER),
    ("/ns", "Accept: text/turtle"),
    ("/shapes", "Accept: application/n-triples"),
    ("/downloads/", _BROWSER),
    ("/downloads/smartgraph.nt", "Accept: */*"),
    ("/healthz", "Accept: */*"),
    ("/readyz", "Accept: */*"),
)


@dataclass(slots=True)
class Tally:
    """What was counted: requests by kind, lost and wrong ones, releases seen, how long each took in seconds."""

    requests: Counter[str] = field(default_factory=Counter)
    lost: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    #: Which release an entity tag stands for: never two.
    tags: dict[str, frozenset[str]] = field(default_factory=dict)


class Current:
    """Which release is current, and which one was until a moment ago."""

    def __init__(self, first: str) -> None:
        self._since: list[tuple[float, str]] = [(0.0, first)]

    def becomes(self, release: str) -> None:
        self._since.append((time.monotonic(), release))

    def at(self, start: float, end: float) -> frozenset[str]:
        """The releases that may answer what was asked at ``start`` and answered at ``end``."""
        ends = [since for since, _ in self._since[1:]] + [float("inf")]
        return frozenset(
            name
            for (since, name), until in zip(self._since, ends, strict=True)
            if since <= end and until + TAKEOVER_S >= start
        )


class Load:
    """Clients until ``end`` (monotonic)."""

    def __init__(
        self, place: tuple[str, int], known: Sequence[Known], cases: Sequence[Case], current: Current, end: float
    ) -> None:
        self._place, self._known, self._cases = place, known, cases
        self._current, self._end = current, end
        self.tally = Tally()

    async def run(self, askers: int, readers: int, attackers: int) -> None:
        """So many clients of each kind at once."""
        await asyncio.gather(
            *(self._ask(random.Random(number)) for number in range(askers)),
            *(self._read(random.Random(number)) for number in range(readers)),
            *(self._attack(number) for number in range(attackers)),
        )

    @property
    def _goes_on(self) -> bool:
        return time.monotonic() < self._end

    async def _ask(self, chance: random.Random) -> None:
        """Queries with a known answer; half of the texts are new to the server."""
        while self._goes_on:
            with suppress(Broken, ConnectionError):
                async with Connection(self._place) as connection:
                    for _ in range(_A_CALL):
                        if not self._goes_on:
                            return
                        await self._check(connection, chance.choice(self._known), chance)

    async def _check(self, connection: Connection, known: Known, chance: random.Random) -> None:
        text = known.text if chance.random() < 0.5 else f"{known.text} # {chance.random()}"
        start = time.monotonic()
        try:
            reply = await connection.ask(query(text, f"Accept: {known.accept}"))
        except (Broken, ConnectionError) as error:
            self._lose(f"{known.text}: {error}")
            raise
        end = time.monotonic()
        self.tally.requests["query"] += 1
        self.tally.seconds.append(end - start)
        if reply.status != 200:
            self._lose(f"{known.text}: {reply.status} after {end - start:.2f} s: {reply.body[:300]!r}")
            return
        right = known.releases_of(reply.body) & self._current.at(start, end)
        tag = reply.headers.get("etag", "")
        meant = self.tally.tags.get(tag, right) & right
        if not meant:
            self._wrong(f"{known.text}: an answer of no release that was current, or not that of its tag {tag}")
            return
        self.tally.tags[tag] = meant
        if len(meant) == 1:
            self.tally.seen[next(iter(meant))] += 1

    async def _read(self, chance: random.Random) -> None:
        """Pages, documents and downloads."""
        while self._goes_on:
            with suppress(Broken, ConnectionError):
                async with Connection(self._place) as connection:
                    for _ in range(_A_CALL):
                        if not self._goes_on:
                            return
                        await self._page(connection, *chance.choice(_PATHS))

    async def _page(self, connection: Connection, path: str, accept: str) -> None:
        try:
            reply = await connection.ask(get(path, accept))
        except (Broken, ConnectionError) as error:
            self._lose(f"{path}: {error}")
            raise
        self.tally.requests["page"] += 1
        if reply.status != 200:
            self._lose(f"{path}: {reply.status}")

    async def _attack(self, number: int) -> None:
        """The hostile queries one after the other, each attacker from another one on."""
        while self._goes_on:
            case = self._cases[number % len(self._cases)]
            number += 1
            self.tally.requests["attack"] += 1
            try:
                async with Connection(self._place) as connection:
                    word = str((await connection.ask(case.request)).status)
            except Broken as error:
                word = "broken" if error.status else "closed"
            except ConnectionError:
                word = "closed"
            # That the lanes for long queries are taken is a fit answer to any attack.
            if word not in case.statuses | {"503"}:
                self._wrong(f"{case.name}: {word}")

    def _lose(self, what: str) -> None:
        self.tally.requests["lost"] += 1
        if len(self.tally.lost) < _TOLD:
            self.tally.lost.append(what)

    def _wrong(self, what: str) -> None:
        self.tally.requests["wrong"] += 1
        if len(self.tally.wrong) < _TOLD:
            self.tally.wrong.append(what)
