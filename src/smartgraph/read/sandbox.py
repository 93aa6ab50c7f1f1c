"""Queries in processes that we can end: the reader that a server puts before strangers.

    this process ──control──► zygote, single-threaded, holds the one copy of a release that is not large
         │                      │ fork (copy on write)
         └──────channel───────► workers: one query at a time, limited memory, no network

A worker over its deadline is killed and replaced, one that breaks is replaced.
"""

from __future__ import annotations

import queue
import select
import threading
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Final, Self

from smartgraph.errors import QueryError, QueryTimeout, StoreUnavailable
from smartgraph.read.causes import waited_in_vain, why_it_broke
from smartgraph.read.endings import Endings
from smartgraph.read.frames import DATA, HEAD, LAST, Pieces, pack_question, unpack_error, unpack_format
from smartgraph.read.store import Answer, Query, Reader
from smartgraph.read.zygote import Zygote

if TYPE_CHECKING:
    import socket

    from smartgraph.formats import Format
    from smartgraph.release import Release
    from smartgraph.settings import Settings

#: How long a query waits for a free worker, in seconds. Those who wait hold a thread of the server,
#: so the queue has to be short for the pages to stay quick.
_PATIENCE_S: Final = 2.0
_READ_BYTES: Final = 1 << 18


class Sandbox(Reader):
    """A reader over one release whose answers are worked out in other processes. Thread-safe.

    Strangers' queries leave one worker to the trusted ones, so that pages answer beside them.
    ``endings`` counts on for a sandbox that takes the place of another.
    """

    def __init__(self, release: Release, settings: Settings, endings: Endings | None = None) -> None:
        self.release = release
        self.endings = endings or Endings()
        self.zygote = Zygote(release, settings)
        self._limit_s, self._memory_mb = settings.query_timeout_s, settings.query_memory_mb
        self._strangers = threading.Semaphore(max(1, settings.workers - 1))
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        try:
            for _ in range(settings.workers):
                self._idle.put(_Worker(*self.zygote.fork()))
        except StoreUnavailable:
            self.close()
            raise

    @classmethod
    def start(cls, release: Release, settings: Settings, endings: Endings | None = None) -> Self:
        """The sandbox with all its processes running; use it as a context manager.

        Raises:
            StoreUnavailable: the processes do not start.
        """
        return cls(release, settings, endings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all processes. Later questions raise ``StoreUnavailable``."""
        self.zygote.close()
        idle = []
        with suppress(queue.Empty):
            while True:
                idle.append(self._idle.get_nowait())
        for worker in idle:
            worker.channel.close()
            self._idle.put(worker)  # so that later questions find out at once

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        """The answer of a worker, which has the time limit of the settings from the moment it is asked.

        Raises:
            QueryTimeout, QueryTooLarge, QueryTooDeep, AnswerTooLarge: the worker was ended, broke, or stopped.
            StoreUnavailable: no worker became free within ``_PATIENCE_S``, or none can be started.
            QueryError, NotAcceptable: as :meth:`Store.answer`.
        """
        try:
            return self._answer(query, trusted)
        except QueryError as error:
            self.endings.note(error)
            raise

    def _answer(self, query: Query, trusted: bool) -> Answer:
        until = monotonic() + _PATIENCE_S
        limit_s = min(query.limit_s or self._limit_s, self._limit_s)
        if not trusted and not self._strangers.acquire(timeout=_PATIENCE_S):
            raise waited_in_vain(_PATIENCE_S)
        try:
            worker = self._free_worker(until)
            start = monotonic()
            try:
                found = worker.ask(query, trusted, limit_s)
                if found.is_cut:
                    worker = self._new_worker(worker)  # it is still writing
                return found
            except TimeoutError:
                worker = self._new_worker(worker)
                raise QueryTimeout(limit_s, monotonic() - start) from None
            except OSError:
                why = why_it_broke(worker.pid, self._memory_mb)
                worker = self._new_worker(worker)
                raise why from None
            finally:
                self._idle.put(worker)
        finally:
            if not trusted:
                self._strangers.release()

    def _free_worker(self, until: float) -> _Worker:
        try:
            worker = self._idle.get(timeout=max(0.0, until - monotonic()))
        except queue.Empty:
            raise waited_in_vain(_PATIENCE_S) from None
        if worker.is_alive():
            return worker
        try:
            return self._new_worker(worker)
        except StoreUnavailable:
            self._idle.put(worker)
            raise

    def _new_worker(self, instead_of: _Worker) -> _Worker:
        instead_of.channel.close()
        return _Worker(*self.zygote.fork(instead_of.pid))


@dataclass(frozen=True, slots=True)
class _Worker:
    """One query process as seen from here."""

    pid: int
    channel: socket.socket

    def is_alive(self) -> bool:
        """True if it can be asked: an idle worker has nothing to say but that it is gone."""
        if self.channel.fileno() < 0:
            return False
        poll = select.poll()
        poll.register(self.channel, select.POLLIN)
        return not poll.poll(0)

    def ask(self, query: Query, trusted: bool, limit_s: float) -> Answer:
        """Its answer.

        Raises:
            TimeoutError: not within the limit.
            OSError: it broke.
            SmartgraphError: its own finding.
        """
        until = monotonic() + limit_s
        self._limit(until)
        self.channel.sendall(pack_question(query, trusted=trusted))
        pieces, form, parts, size = Pieces(), None, [], 0
        while True:
            for kind, body in pieces.feed(self._received(until)):
                if kind == HEAD:
                    form = unpack_format(body)
                elif kind == DATA:
                    parts.append(body)
                    size += len(body)
                    if form and query.longest is not None and size > query.longest:
                        return Answer(b"".join(parts), form, is_cut=True)
                else:
                    if kind == LAST:
                        self.channel.close()  # it leaves, and is found gone when it is next wanted
                    return _whole(form, parts, body)

    def _received(self, until: float) -> bytes:
        self._limit(until)
        data = self.channel.recv(_READ_BYTES)
        if not data:
            raise ConnectionError("the worker is gone")
        return data

    def _limit(self, until: float) -> None:
        left_s = until - monotonic()
        if left_s <= 0:  # also while there is always more to receive
            raise TimeoutError
        self.channel.settimeout(left_s)


def _whole(form: Format | None, parts: list[bytes], end: bytes) -> Answer:
    error = unpack_error(end)
    if error:
        raise error
    assert form
    return Answer(b"".join(parts), form)
