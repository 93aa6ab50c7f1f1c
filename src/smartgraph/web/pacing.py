"""What becomes of a client that does not take its reply, and of a reply that cannot be finished."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.web.quick import ABORT
from smartgraph.web.records import RECORD

if TYPE_CHECKING:
    from smartgraph.web.asgi import Message, Receive

#: A client that takes nothing for so long has gone, in seconds.
STALL_LIMIT_S: Final = 60
#: Why its reply is broken off then, beside the causes that end a query.
STALLED: Final = "stalled"


async def break_off(scope: Message, receive: Receive, why: str) -> None:
    """Breaks the connection off, so that nobody takes what was sent for the whole."""
    scope[RECORD].broken = why
    abort = scope.get("extensions", {}).get(ABORT)
    if abort:
        abort()
        while (await receive())["type"] != "http.disconnect":
            pass
