"""Whether all say the same: answers are compared before the timing, and looked at while it goes on."""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import count, cycle
from typing import TYPE_CHECKING, Final

from bench.peers import BROKEN, Refused, asked
from bench.work import target
from smartgraph.formats import NTRIPLES
from smartgraph.serialize import parse_boolean, parse_ntriples, parse_rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bench.peers import Peer
    from bench.work import Kind
    from smartgraph.serialize import Term

#: When somebody looks for the first time while the load goes on, and how often from then on, in seconds.
_FIRST_S: Final = 0.3
_PACE_S: Final = 1.0
#: Serial numbers that the load never reaches.
_SERIALS: Final = count(10**15)


def content(body: bytes, accept: str) -> object:
    """What an answer says, to be compared: its truth, its triples, or each of its rows with how often it is there."""
    if accept == NTRIPLES.media_type:
        return frozenset(parse_ntriples(body))
    if b'"results"' not in body:
        return parse_boolean(body)
    return Counter(frozenset((name, _plain(term)) for name, term in row.items()) for row in parse_rows(body))


def _plain(term: Term) -> Term:
    """Some write the datatype of a string, some do not."""
    return replace(term, datatype="") if term.datatype.endswith("#string") else term


@dataclass(frozen=True, slots=True)
class Known:
    """A query and what it is to be answered."""

    kind: Kind
    number: int
    says: object = field(hash=False)

    def fault(self, name: str, body: bytes) -> str:
        """What is wrong with the answer of the peer of this name; empty if nothing."""
        try:
            is_right = content(body, self.kind.accept) == self.says
        except (ValueError, KeyError, SyntaxError) as error:
            return f"{name}, {self.kind.name} {self.number}: unreadable, {error}"
        return "" if is_right else f"{name}, {self.kind.name} {self.number}: says something else, {body[:200]!r}"


def known_answers(peer: Peer, kind: Kind, triples: int) -> tuple[Known, ...]:
    """What this peer says about the first, the middle and the last thing."""
    numbers = sorted({0, kind.middle(triples), kind.variants(triples) - 1})
    return tuple(
        Known(kind, number, content(_answer(peer, kind, number, is_new=True), kind.accept)) for number in numbers
    )


def differences(peers: Sequence[Peer], known: Sequence[Known]) -> tuple[str, ...]:
    """Who says something else."""
    found = (one.fault(peer.name, _answer(peer, one.kind, one.number, is_new=True)) for one in known for peer in peers)
    return tuple(fault for fault in found if fault)


def _answer(peer: Peer, kind: Kind, number: int, *, is_new: bool) -> bytes:
    text = kind.about(number, next(_SERIALS) if is_new else None)
    return asked(peer.server.place, target(peer.path, text), kind.accept)


@contextmanager
def watching(peer: Peer, known: Sequence[Known], *, is_new: bool) -> Iterator[list[str]]:
    """A client beside the load who asks what it knows now and then; at the end the list has what was wrong.

    Answers are read when the load is over, so that reading them is no load.
    """
    came: set[tuple[Known, bytes]] = set()
    faults: list[str] = []
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(peer, known, is_new, over, came))
    thread.start()
    try:
        yield faults
    finally:
        over.set()
        thread.join()
    faults += [fault for one, body in came if (fault := one.fault(peer.name, body))]


def _watch(peer: Peer, known: Sequence[Known], is_new: bool, over: threading.Event, came: set[object]) -> None:
    pause_s = _FIRST_S
    for one in cycle(known):
        if over.wait(pause_s):
            return
        pause_s = _PACE_S
        try:
            came.add((one, _answer(peer, one.kind, one.number, is_new=is_new)))
        except Refused as refused:
            # A server may refuse for want of room, and the load counts how often; only another answer is wrong.
            if refused.status != 503:
                came.add((one, str(refused).encode()))
        except BROKEN:
            pass  # Nobody takes half an answer for the whole one; the load counts these, too.
