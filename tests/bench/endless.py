"""What queries without end do to the others, and how soon their end comes."""

from __future__ import annotations

import http.client
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from bench.load import load
from bench.peers import BROKEN, Refused, asked
from bench.work import KINDS, light, target
from smartgraph.formats import JSON_RESULTS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.peers import Peer

#: Queries without end at a time, and clients with light ones beside them.
ENDLESS: Final = 4
LIGHT: Final = 4
#: The deadline for the kills, in seconds, and how long after the start of the endless ones the others are measured.
DEADLINE_S: Final = 1.0
_UNDER_WAY_S: Final = 1.0
#: Answers before the measurement, so that none is the first of its process.
_WARM: Final = 20


@dataclass(frozen=True, slots=True)
class Ended:
    """How late after its deadline a query was answered 503, and how long the next answer took, in seconds."""

    late_s: float
    next_s: float


def endless(number: int) -> str:
    """A query that counts a product of five, longer than anybody waits; each number gives another one."""
    pairs = " . ".join(f"?s{part} ?p{part} ?o{part}" for part in range(5))
    return f"SELECT (COUNT(*) AS ?n{number}) {{ {pairs} }}"


def light_p99_s(peer: Peer, triples: int, seconds: int, first: int, folder: Path) -> float:
    """The p99 of light queries that were never seen, in seconds."""
    return load(peer.server.place, light(peer.path, triples), LIGHT, seconds, first, folder).p99_s


@contextmanager
def besieged(peer: Peer) -> Iterator[None]:
    """Some clients wait for queries without end, and ask again if they are told that there is no answer."""
    over = threading.Event()
    connections: list[http.client.HTTPConnection] = []
    threads = [threading.Thread(target=_besiege, args=(peer, number, over, connections)) for number in range(ENDLESS)]
    for thread in threads:
        thread.start()
    time.sleep(_UNDER_WAY_S)
    try:
        yield
    finally:
        over.set()
        for connection in tuple(connections):
            if connection.sock:
                connection.sock.shutdown(2)
        for thread in threads:
            thread.join()


def _besiege(peer: Peer, number: int, over: threading.Event, connections: list[http.client.HTTPConnection]) -> None:
    connection = http.client.HTTPConnection(*peer.server.place)
    connections.append(connection)
    while not over.is_set():
        with suppress(*BROKEN):
            connection.request("GET", target(peer.path, endless(number)), headers={"Accept": JSON_RESULTS.media_type})
            connection.getresponse().read()
        number += ENDLESS
    connection.close()


def kills(peer: Peer, rounds: int) -> tuple[Ended, ...]:
    """So many queries end at the deadline, one after the other; behind each, one with an answer."""
    for number in range(_WARM):
        _light(peer, number)
    return tuple(_kill(peer, number) for number in range(rounds))


def _kill(peer: Peer, number: int) -> Ended:
    start = time.monotonic()
    try:
        asked(peer.server.place, target(peer.path, endless(number)), JSON_RESULTS.media_type)
    except Refused as refused:
        if refused.status != 503:
            raise
    ended = time.monotonic()
    _light(peer, _WARM + number)
    return Ended(ended - start - DEADLINE_S, time.monotonic() - ended)


def _light(peer: Peer, number: int) -> None:
    asked(peer.server.place, target(peer.path, KINDS[0].about(number, number)), JSON_RESULTS.media_type)
