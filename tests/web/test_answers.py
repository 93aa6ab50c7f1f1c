"""Answers in memory: bounded, the latest used stay, and nobody asks twice at once."""

from __future__ import annotations

import asyncio

import pytest

from smartgraph.errors import QueryTimeout
from smartgraph.formats import JSON_RESULTS
from smartgraph.web.answers import OVERHEAD, Answers, Kept


def kept(size: int) -> Kept:
    return Kept(JSON_RESULTS, b"x" * size)


def test_the_answers_that_were_not_used_for_longest_go_first() -> None:
    answers = Answers(4 * (OVERHEAD + 25))
    for tag in "abcd":
        answers.put(tag, kept(25))
    assert answers.find("a")
    answers.put("e", kept(25))
    assert answers.find("b") is None
    assert answers.find("a")
    assert (len(answers), answers.size) == (4, 4 * (OVERHEAD + 25))


def test_an_answer_too_large_is_not_kept_and_costs_no_other() -> None:
    answers = Answers(4 * (OVERHEAD + 25))
    answers.put("a", kept(25))
    answers.put("b", kept(26))
    assert answers.find("b") is None
    assert answers.find("a")


def test_what_is_put_again_counts_once_and_encodings_count_too() -> None:
    answers = Answers(100_000)
    answers.put("a", kept(100))
    answers.put("a", kept(120))
    assert answers.size == OVERHEAD + 120
    found = answers.find("a")
    assert found
    answers.encoded("a", found, "gzip", b"y" * 30)
    assert answers.size == OVERHEAD + 150
    answers.forget("a")
    assert answers.size == 0
    answers.encoded("a", found, "br", b"z" * 30)
    assert answers.size == 0
    answers.put("a", kept(5))
    answers.clear()
    assert (len(answers), answers.size) == (0, 0)


def test_those_who_come_while_an_answer_is_found_share_it() -> None:
    async def main() -> None:
        answers = Answers(100_000)
        assert await answers.shared("a") is None
        landed = answers.takes_off("a")
        waiting = [asyncio.create_task(answers.shared("a")) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        result = kept(3)
        landed(result)
        landed(None)
        assert await waiting[1] is await waiting[2] is result
        assert await answers.shared("a") is None

    asyncio.run(main())


def test_they_share_the_error_and_an_answer_that_was_given_up_is_nobodys() -> None:
    async def main() -> None:
        answers = Answers(100_000)
        landed = answers.takes_off("a")
        task = asyncio.create_task(answers.shared("a"))
        await asyncio.sleep(0)
        landed(QueryTimeout(1.0))
        with pytest.raises(QueryTimeout):
            await task
        landed = answers.takes_off("a")
        task = asyncio.create_task(answers.shared("a"))
        await asyncio.sleep(0)
        landed(None)
        assert await task is None

    asyncio.run(main())
