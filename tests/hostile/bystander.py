"""A client who means no harm, in a process of its own: how long it waits beside the others' attacks."""

from __future__ import annotations

import http.client
import multiprocessing
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

_PACE_S: Final = 0.02
_PATIENCE_S: Final = 20.0
_EVERYWHERE: Final = ("/healthz", "/ns")


@dataclass(frozen=True, slots=True)
class Waited:
    """What a bystander met: how long each request took in seconds, sorted, and what went wrong."""

    seconds: tuple[float, ...]
    faults: tuple[str, ...]

    @property
    def p99_s(self) -> float:
        """Of a hundred requests the second slowest."""
        return self.seconds[-1 - len(self.seconds) // 100] if self.seconds else 0.0


class Bystander:
    """The other end of the process."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def take(self) -> Waited:
        """What was met since this was last asked."""
        self._pipe.send(True)
        seconds, faults = self._pipe.recv()
        return Waited(tuple(sorted(seconds)), tuple(faults))


@contextmanager
def bystander(place: tuple[str, int]) -> Iterator[Bystander]:
    """A bystander at work."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=stand_by, args=(place, theirs), daemon=True)
    process.start()
    theirs.close()
    try:
        yield Bystander(ours)
    finally:
        ours.send(False)
        process.join()
        ours.close()


def stand_by(place: tuple[str, int], pipe: Any) -> None:
    """Asks until the pipe says False; tells what it met when the pipe says True."""
    seconds: list[float] = []
    faults: list[str] = []
    number = 0
    while True:
        while pipe.poll():
            if not pipe.recv():
                return
            pipe.send((seconds, faults))
            seconds, faults = [], []
        number += 1
        start = time.monotonic()
        fault = _asked(place, number)
        seconds.append(time.monotonic() - start)
        if fault:
            faults.append(fault)
        time.sleep(_PACE_S)


def _asked(place: tuple[str, int], number: int) -> str:
    """A query that nobody asked before, the endpoint's health, a document; on a new connection each time."""
    path = _EVERYWHERE[number % 4 // 2] if number % 2 else f"/sparql?query={quote_plus(f'ASK {{ ?s ?p {number} }}')}"
    connection = http.client.HTTPConnection(*place, timeout=_PATIENCE_S)
    try:
        connection.request("GET", path, headers={"Accept": "text/turtle, */*;q=0.5"})
        reply = connection.getresponse()
        body = reply.read()
    except OSError as error:
        return f"{path}: {error!r}"
    finally:
        connection.close()
    return "" if reply.status == 200 else f"{path}: {reply.status} {body[:300]!r}"
