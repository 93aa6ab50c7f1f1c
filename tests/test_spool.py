"""What a slow taker has not taken stays in order, and outside of memory."""

from __future__ import annotations

import random

import pytest

from smartgraph import spool
from smartgraph.spool import Spool


def drained(box: Spool) -> bytes:
    parts = []
    while box.size:
        parts.append(box.take())
        assert parts[-1]
    return b"".join(parts)


def test_bytes_come_out_as_they_went_in_however_they_were_cut() -> None:
    chance = random.Random(1)
    box, put, taken = Spool(), b"", b""
    for step in range(400):
        data = chance.randbytes(chance.randrange(1, 40_000))
        box.put(data)
        put += data
        if step % 3 == 0:
            taken += box.take()
    assert taken + drained(box) == put
    assert box.take() == b""


def test_a_little_stays_in_memory_and_much_goes_to_a_file_that_is_gone_at_the_end() -> None:
    box = Spool()
    box.put(b"a" * 1000)
    assert box._file is None
    box.put(b"b" * (2 << 20))
    assert box._file
    assert box.size == 1000 + (2 << 20)
    assert drained(box).count(b"b") == 2 << 20
    assert box._file is None
    box.put(b"c")
    assert box.take() == b"c"


def test_all_together_fill_only_so_much_of_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ON_DISK", 3 << 20)
    one, two = Spool(), Spool()
    one.put(b"x" * (2 << 20))
    with pytest.raises(OSError, match="full"):
        two.put(b"y" * (2 << 20))
    one.close()
    two.put(b"y" * (2 << 20))
    assert two.size == 2 << 20
    two.close()
    assert Spool._filled == 0


def test_the_largest_is_given_up_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "ON_DISK", 5 << 20)
    one, two, three = Spool(), Spool(), Spool()
    one.put(b"x" * (3 << 20))
    two.put(b"y" * (2 << 20))
    three.put(b"z" * (2 << 20))
    assert drained(two) + drained(three) == b"y" * (2 << 20) + b"z" * (2 << 20)
    for act in (one.take, lambda: one.put(b"x")):
        with pytest.raises(OSError, match="given up"):
            act()
    assert Spool._filled == 0
