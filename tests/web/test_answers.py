"""Answers in memory: bounded, the latest used stay, and nobody asks twice at once."""

from __future__ import annotations

import asyncio

import pytest

from smartgraph.errors import QueryTimeout
from smartgraph.formats import JSON_RESULTS
from smartgraph.web.answers import ENTRY_BYTES, Answers, Kept

ROOM = 100_000


def kept(size: int) -> Kept:
    """An answer that takes so much memory."""
    return Kept(JSON_RESULTS, b"x" * (size - ENTRY_BYTES))


def test_the_answers_that_were_not_used_for_longest_go_first() -> None:
    answers = Answers(ROOM)
    for tag in "abcd":
        answers.put(tag, kept(ROOM // 4))
    assert answers.find("a")
    answers.put("e", kept(ROOM // 4))
    assert answers.find("b") is None
    assert answers.find("a")
    assert (len(answers), answers.size) == (4, ROOM)


def test_an_answer_too_large_is_not_kept_and_costs_no_other() -> None:
    answers = Answers(ROOM)
    answers.put("a", kept(ROOM // 4))
    answers.put("b", kept(ROOM // 4 + 1))
    assert answers.find("b") is None
    assert answers.find("a")


def test_what_is_put_again_counts_once_and_encodings_count_too() -> None:
    answers = Answers(ROOM)
    answers.put("a", kept(1_000))
    answers.put("a", kept(1_200))
    assert answers.size == 1_200
    found = answers.find("a")
    assert found
    for _ in range(2):
        answers.keep_encoded("a", found, "gzip", b"y" * 30)
    assert answers.size == 1_200 + ENTRY_BYTES + 30
    answers.forget("a")
    assert answers.size == 0
    answers.keep_encoded("a", found, "br", b"z" * 30)
    assert answers.size == 0
    answers.put("a", kept(500))
    answers.clear()
    assert (len(answers), answers.size) == (0, 0)


def test_many_answers_of_a_few_bytes_are_bounded_too() -> None:
    answers = Answers(ROOM)
    for number in range(1_000):
        answers.put(str(number), Kept(JSON_RESULTS, b""))
    assert len(answers) == ROOM // ENTRY_BYTES


def test_encodings_make_others_go() -> None:
    answers = Answers(ROOM)
    for tag in "abcd":
        answers.put(tag, kept(ROOM // 4))
    found = answers.find("d")
    assert found
    answers.keep_encoded("d", found, "gzip", b"y")
    assert (len(answers), answers.size <= ROOM) == (3, True)


def test_those_who_come_while_an_answer_is_found_share_it() -> None:
    async def main() -> None:
        answers = Answers(1_000)
        assert await answers.shared("a") is None
        landed = answers.takes_off("a")
        waiting = [asyncio.create_task(answers.shared("a")) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        await asyncio.sleep(0)
        result = kept(500)
        landed(result)
        landed(None)
        assert await waiting[1] is await waiting[2] is result
        assert await answers.shared("a") is None

    asyncio.run(main())


def test_they_share_the_error_and_an_answer_that_was_given_up_is_nobodys() -> None:
    async def main() -> None:
        answers = Answers(1_000)
        landed = answers.takes_off("a")
        task = asyncio.create_task(answers.shared("a"))
        await asyncio.sleep(0)
        landed(QueryTimeout(1.0, 1.0))
        with pytest.raises(QueryTimeout):
            await task
        landed = answers.takes_off("a")
        task = asyncio.create_task(answers.shared("a"))
        await asyncio.sleep(0)
        landed(None)
        assert await task is None

    asyncio.run(main())
