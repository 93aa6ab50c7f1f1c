"""Who gets what there is too little of."""

from __future__ import annotations

import asyncio

import pytest

from smartgraph.turns import Crowd, Turns


def run(work) -> None:  # type: ignore[no-untyped-def]
    asyncio.run(work())


def test_a_few_are_served_in_their_order_and_a_crowd_from_its_end() -> None:
    async def work() -> None:
        given: list[str] = []
        crowd: Crowd[str] = Crowd(2, given.append)
        tasks = [asyncio.create_task(crowd.wait(5.0)) for _ in range(4)]
        await asyncio.sleep(0)
        assert len(crowd) == 4
        assert [crowd.offer(thing) for thing in "abcde"] == [True] * 4 + [False]
        assert [await task for task in tasks] == ["c", "d", "b", "a"]
        assert given == []

    run(work)


def test_who_waited_in_vain_waits_no_more() -> None:
    async def work() -> None:
        crowd: Crowd[str] = Crowd(2, lambda _: None)
        with pytest.raises(TimeoutError):
            await crowd.wait(0.01)
        assert len(crowd) == 0
        assert not crowd.offer("a")

    run(work)


def test_what_comes_when_its_taker_has_gone_is_given_back() -> None:
    async def work() -> None:
        given: list[str] = []
        crowd: Crowd[str] = Crowd(2, given.append)
        task = asyncio.create_task(crowd.wait(5.0))
        await asyncio.sleep(0)
        assert crowd.offer("a")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert given == ["a"]

    run(work)


def test_no_more_than_so_many_have_a_turn() -> None:
    async def work() -> None:
        turns = Turns(2, 4)
        at_work = most = 0

        async def one() -> None:
            nonlocal at_work, most
            await turns.take(5.0)
            at_work += 1
            most = max(most, at_work)
            await asyncio.sleep(0.001)
            at_work -= 1
            turns.give()

        await asyncio.gather(*(one() for _ in range(20)))
        assert most == 2
        await turns.take(0.01)
        await turns.take(0.01)
        with pytest.raises(TimeoutError):
            await turns.take(0.01)

    run(work)
