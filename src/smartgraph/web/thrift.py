"""Gives memory back that nobody uses: the allocator keeps what was freed after a busy time, for the next one."""

from __future__ import annotations

import asyncio
import ctypes
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

#: How often it is looked whether there is time for that, in seconds.
_PACE_S: Final = 3.0


async def give_back(is_at_rest: Callable[[], bool]) -> None:
    """Goes on until it is cancelled; does nothing where the C library cannot do it.

    Source: malloc_trim(3), of the GNU C library.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    while trim:
        await asyncio.sleep(_PACE_S)
        if is_at_rest():
            await asyncio.to_thread(trim, 0)
