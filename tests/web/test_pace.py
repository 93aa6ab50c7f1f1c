"""What an application says waits for its client, and is whole or not at all."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from smartgraph import spool
from smartgraph.web.pace import Waiting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

START = {"type": "http.response.start", "status": 200, "headers": []}
MIB = 1 << 20


def body(data: bytes, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.response.body", "body": data, "more_body": more}


async def taken(waiting: Waiting) -> list[bytes]:
    return [message.get("body", b"") async for message in waiting]


def run(work: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await work()

    asyncio.run(main())


def test_all_that_was_said_comes_out_in_its_order() -> None:
    async def work() -> None:
        waiting = Waiting()
        task = asyncio.create_task(taken(waiting))
        for message in (START, body(b"a"), body(b"b" * 3 * MIB), body(b"c", more=False)):
            await waiting.put(message)
            await asyncio.sleep(0)
        assert b"".join(await task) == b"a" + b"b" * 3 * MIB + b"c"

    run(work)


def test_an_application_that_says_no_more_leaves_its_reply_open() -> None:
    async def work() -> None:
        waiting = Waiting()
        await waiting.put(START)
        await waiting.put(body(b"a"))
        waiting.end()
        messages = [message async for message in waiting]
        assert messages[-1]["more_body"] is True

    run(work)


def test_where_there_is_no_room_nobody_gets_half_and_no_thread_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ON_DISK", 3 * MIB)

    async def work() -> None:
        waiting = Waiting()
        for message in (START, body(b"a" * 2 * MIB), body(b"b" * 2 * MIB), body(b"c", more=False)):
            await waiting.put(message)
        with pytest.raises(OSError, match="full"):
            await taken(waiting)

    run(work)


def test_what_was_given_up_for_others_is_not_taken_for_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ON_DISK", 4 * MIB)

    async def work() -> None:
        waiting, other = Waiting(), spool.Spool()
        for message in (START, body(b"a" * 3 * MIB), body(b"", more=False)):
            await waiting.put(message)
        other.put(b"x" * 2 * MIB)
        with pytest.raises(OSError, match="given up"):
            await taken(waiting)
        other.close()

    run(work)
