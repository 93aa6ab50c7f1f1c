"""Many strangers at once: each gets the own answer, none waits for one that does not end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from smartgraph.errors import (
    AnswerTooLarge,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooDeep,
    SmartgraphError,
    TooManyAtOnce,
)
from smartgraph.formats import JSON_RESULTS, TURTLE
from smartgraph.read.endings import Endings
from smartgraph.read.flow import Flow, Witness
from smartgraph.read.lanes import REST_S, Lanes
from smartgraph.read.store import Query, Store
from smartgraph.read.zygote import Zygote
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from smartgraph.release import Release

SETTINGS = Settings(query_timeout_s=1.0, query_memory_mb=256, query_workers=2)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s . ?t ?u ?v }"
DEEP = "ASK { " + "FILTER EXISTS { " * 3_000 + "?s ?p ?o" + " }" * 3_000 + " }"
LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 15000"


@asynccontextmanager
async def lanes_on(release: Release, settings: Settings = SETTINGS) -> AsyncIterator[Lanes]:
    zygote = Zygote(release, settings)
    lanes = Lanes(zygote, settings, Endings())
    try:
        await lanes.open()
        yield lanes
    finally:
        await lanes.close()
        zygote.close()


def run(release: Release, work: Callable[[Lanes], Awaitable[None]], settings: Settings = SETTINGS) -> None:
    async def main() -> None:
        async with lanes_on(release, settings) as lanes:
            await work(lanes)

    asyncio.run(main())


async def ask(lanes: Lanes, text: str, limit_s: float | None = None) -> bytes:
    flow = await lanes.ask(Query(text, JSON_RESULTS, TURTLE, limit_s=limit_s))
    parts = []
    while data := await flow.read():
        parts.append(data)
    return b"".join(parts)


async def until(claim: Callable[[], bool]) -> None:
    for _ in range(500):
        if claim():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not come to pass")


def test_answers_are_those_of_the_store_small_and_large(tiny: Release, store: Store) -> None:
    async def work(lanes: Lanes) -> None:
        for text in ("ASK {}", "SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", "CONSTRUCT WHERE { ?s ?p ?o }", LARGE):
            expected = store.answer(Query(text, JSON_RESULTS, TURTLE)).body
            found = await ask(lanes, text)
            assert len(found) == len(expected)
            assert found == expected or text == LARGE

    run(tiny, work)


def test_none_of_many_gets_the_answer_of_another(tiny: Release) -> None:
    async def client(lanes: Lanes, number: int) -> None:
        for step in range(25):
            value = str(number * 100 + step)
            assert value.encode() in await ask(lanes, f"SELECT ({value} AS ?x) {{}}")

    async def work(lanes: Lanes) -> None:
        await asyncio.gather(*(client(lanes, number) for number in range(12)))

    run(tiny, work)


def test_errors_come_out_typed_and_the_lane_stays(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        for text, error in (("SELECT", QuerySyntaxError), ("LOAD <x>", QueryRefused), (DEEP, QueryTooDeep)):
            for _ in range(3):
                with pytest.raises(error):
                    await ask(lanes, text)
                assert await ask(lanes, "ASK {}")

    run(tiny, work)


def test_an_answer_over_the_limit_fails_after_its_first_bytes_and_says_so(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        with pytest.raises(AnswerTooLarge, match="2 MiB"):
            await ask(lanes, LARGE)
        assert await ask(lanes, "ASK {}")

    run(tiny, work, replace(SETTINGS, max_answer_mb=2))


def test_quick_queries_are_answered_while_all_lanes_have_endless_ones(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        endless = [asyncio.create_task(ask(lanes, ENDLESS)) for _ in range(SETTINGS.query_workers)]
        await asyncio.sleep(0.2)
        for _ in range(20):
            assert await ask(lanes, "ASK {}")
        assert not any(task.done() for task in endless)
        for task in endless:
            with pytest.raises(QueryTimeout, match="1 s"):
                await task
        # In the end there are as many processes as at the beginning.
        await until(lambda: lanes.busy == 0 and len(lanes._idle) == SETTINGS.query_workers)

    run(tiny, work, replace(SETTINGS, query_timeout_s=1.0))


def test_who_finds_no_lane_is_told_so_and_nothing_is_lost(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        results = await asyncio.gather(*(ask(lanes, ENDLESS) for _ in range(8)), return_exceptions=True)
        assert {type(result) for result in results} <= {QueryTimeout, TooManyAtOnce}
        assert any(isinstance(result, TooManyAtOnce) for result in results)
        assert await ask(lanes, "ASK {}")

    run(tiny, work, replace(SETTINGS, query_workers=1, query_timeout_s=4.0))


def test_a_caller_may_ask_for_less_time_but_not_for_more(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        for wish, limit in ((0.05, 0.05), (0.3, 0.3), (1000.0, 1.0)):
            start = time.monotonic()
            with pytest.raises(QueryTimeout) as error:
                await ask(lanes, ENDLESS, wish)
            assert error.value.limit == limit <= time.monotonic() - start

    run(tiny, work)


def test_a_client_that_goes_away_ends_its_query(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        pids = {lane.pid for lane in lanes._idle}
        task = asyncio.create_task(ask(lanes, ENDLESS))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await until(lambda: len(lanes._idle) == SETTINGS.query_workers)
        gone = pids - {lane.pid for lane in lanes._idle}
        assert len(gone) == 1
        assert not Path(f"/proc/{gone.pop()}").exists()

        flow = await lanes.ask(Query(LARGE, JSON_RESULTS, None))
        await flow.read()
        flow.close()
        await until(lambda: len(lanes._idle) == SETTINGS.query_workers)

    run(tiny, work)


def test_a_slow_reader_holds_no_lane(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        flow = await lanes.ask(Query(LARGE, JSON_RESULTS, None))
        await until(lambda: flow.is_whole)
        await until(lambda: lanes.busy == 0)
        size = 0
        while data := await flow.read():
            size += len(data)
        assert size > 5_000_000

    run(tiny, work, replace(SETTINGS, query_timeout_s=5.0))


def test_processes_that_were_killed_are_replaced(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        for lane in lanes._idle:
            os.kill(lane.pid, 9)
        await asyncio.sleep(0.1)
        for _ in range(4):
            assert await ask(lanes, "ASK {}")

    run(tiny, work)


def test_closed_lanes_take_no_question(tiny: Release) -> None:
    async def main() -> None:
        async with lanes_on(tiny) as lanes:
            pass
        with pytest.raises(SmartgraphError):
            await ask(lanes, "ASK {}")

    asyncio.run(main())


def test_a_process_that_has_read_much_is_renewed_once_it_rests_and_no_other_is(tiny: Release) -> None:
    async def work(lanes: Lanes) -> None:
        before = {lane.pid for lane in lanes._idle}
        assert await ask(lanes, "ASK {}")
        await ask(lanes, LARGE)
        await asyncio.sleep(REST_S / 2)
        assert {lane.pid for lane in lanes._idle} == before, "it stays while it may be asked again"
        await until(lambda: len({lane.pid for lane in lanes._idle} - before) == 1)
        await asyncio.sleep(REST_S * 1.2)
        assert len({lane.pid for lane in lanes._idle} - before) == 1
        assert lanes.open_count == SETTINGS.workers

    run(tiny, work)


@pytest.mark.parametrize(("taken_s", "order"), [((0.045,), [0, 1, 2]), ((0.045,) * 5, [2, 1, 0])])
def test_a_queue_is_served_from_its_beginning_and_a_crowd_from_its_end(
    tiny: Release, taken_s: tuple[float, ...], order: list[int]
) -> None:
    """Whoever has waited long will be too late anyway; who comes now can still be served in time."""

    async def work(lanes: Lanes) -> None:
        found: list[int] = []

        async def asks(number: int) -> None:
            await ask(lanes, f"ASK {{}} # {number}")
            found.append(number)

        before = [asyncio.create_task(ask(lanes, ENDLESS, seconds)) for seconds in taken_s]
        await asyncio.sleep(0.01)
        await asyncio.gather(*before, *map(asks, range(3)), return_exceptions=True)
        assert found == order

    run(tiny, work, replace(SETTINGS, query_workers=1))


def test_of_a_small_answer_nobody_is_told_that_it_goes_on_even_if_the_lane_was_another_s_just_before(
    tiny: Release,
) -> None:
    class Told(Witness):
        def __init__(self) -> None:
            self.count = 0

        def goes_on(self, flow: Flow) -> None:
            self.count += 1

    async def work(lanes: Lanes) -> None:
        told = Told()
        texts = [f"ASK {{}} # {number}" for number in range(50)]
        flows = await asyncio.gather(*(lanes.ask(Query(text, JSON_RESULTS, None), told) for text in texts))
        assert all([await flow.read() for flow in flows])
        assert told.count == 0
        await (await lanes.ask(Query(LARGE, JSON_RESULTS, None), told)).ended()
        assert told.count > 0

    run(tiny, work, replace(SETTINGS, query_workers=1))
