"""Who waits for something of which there is only so much. For one event loop."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")


class Crowd(Generic[T]):
    """Those who wait for one of several things to become free.

    A thing goes to whoever has waited longest. If more than ``few`` wait, it goes to whoever came last: most others
    will be too late, and so one who asks for little is heard beside a flood. ``give`` takes a thing back from whoever
    went away when it came.
    """

    def __init__(self, few: int, give: Callable[[T], None]) -> None:
        self._few, self._give = few, give
        self._waiting: deque[asyncio.Future[T]] = deque()

    def __len__(self) -> int:
        return len(self._waiting)

    async def wait(self, patience_s: float) -> T:
        """The thing.

        Raises:
            TimeoutError: none became free in so many seconds.
        """
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        try:
            async with asyncio.timeout(patience_s):
                return await asyncio.shield(future)
        except BaseException:
            if future.done():
                self._give(future.result())
            else:
                self._waiting.remove(future)
            raise

    def offer(self, thing: T) -> bool:
        """True if somebody takes it."""
        if not self._waiting:
            return False
        future = self._waiting.pop() if len(self._waiting) > self._few else self._waiting.popleft()
        future.set_result(thing)
        return True


class Turns:
    """So many may be at work at the same time. Whoever took a turn gives it back.

    As many as ``few`` may wait and will all have their turn soon; more are a crowd.
    """

    def __init__(self, count: int, few: int) -> None:
        self.count, self._free = count, count
        self._crowd: Crowd[None] = Crowd(few, lambda _: self.give())

    @property
    def waiting(self) -> int:
        """So many wait for a turn."""
        return len(self._crowd)

    async def take(self, patience_s: float) -> None:
        """Returns when it is one's turn.

        Raises:
            TimeoutError: that was not so in so many seconds.
        """
        if self._free:
            self._free -= 1
        else:
            await self._crowd.wait(patience_s)

    def give(self) -> None:
        """The turn of the next."""
        if not self._crowd.offer(None):
            self._free += 1
