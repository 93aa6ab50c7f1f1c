"""The processes that answer queries: one that gives out its copies, and these, which are asked.

The zygote is single-threaded. It reads a small release once, so that its copies share it; of a large one
each opens the store on disk. It forks a worker for each request on its control channel. A worker answers
one query after the other on a channel of its own, with limited memory and without a way into the network
(:mod:`smartgraph.read.confinement`). One that has taken much leaves, so that no answer's memory outlives it
for long.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from smartgraph.errors import AnswerTooLarge, SmartgraphError, StateError, Text
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.language import language_of_locale, translation
from smartgraph.read.confinement import alone, end_with_parent, forbid_sockets, limit_memory, own_bytes, taken_bytes
from smartgraph.read.frames import DATA, ORDER, PID, SIZE, pack_error, pack_format, pack_piece, unpack_question
from smartgraph.read.making import provide
from smartgraph.read.store import Query, Store
from smartgraph.release import open_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.formats import Format
    from smartgraph.release import Release

_MIB: Final = 1 << 20
_READ_BYTES: Final = 1 << 16
_PIECE_BYTES: Final = 1 << 16
#: The exit status of a worker that could not open its store.
_NO_STORE: Final = 3
_NO_FILTER: Final = (
    "On this machine a process that reads from disk cannot be kept from the network. "
    "Hold the release in memory: set SMARTGRAPH_MAX_TRIPLES_IN_MEMORY to {triples} or more."
)


@dataclass(frozen=True, slots=True)
class _Source:
    """How a worker comes to its store: as a copy of the zygote's, or by opening the one in ``folder``.

    ``spare_descriptors`` are those that the engine needs, ``cache_mb`` is what it may keep of its files. A
    worker that keeps more than ``grown_mb`` above what it began with leaves, and so does one that has taken
    as much as a query may.
    """

    open: Callable[[], Store]
    folder: Path | None = None
    spare_descriptors: int = 0
    cache_mb: int = 0
    grown_mb: int = 64


def run_zygote(control: str, folder: str, memory_mb: str, answer_mb: str, place: str) -> None:
    """Reads the release, then ends and forks workers as ordered, until the other side is gone.

    With the id of a new worker travels its socket. ``place`` is where workers have the release: on
    ``disk`` or in ``memory``.
    """
    is_safe = forbid_sockets()
    channel = socket.socket(fileno=int(control))
    try:
        release = open_release(Path(folder))
        source = _on_disk(release, channel, is_safe=is_safe) if place == "disk" else _in_memory(release)
    except SmartgraphError as error:
        _say(error.text)
        sys.exit(error.exit_status)
    _warm_up(release)
    gc.freeze()
    _serve(channel, source, int(memory_mb), int(answer_mb))


def _say(text: Text) -> None:
    """Into the log of the server, in the language of its terminal."""
    print(text.translated(translation(language_of_locale(os.environ)).gettext), file=sys.stderr, flush=True)


def _in_memory(release: Release) -> _Source:
    store = Store.load(release)
    return _Source(lambda: store)


def _on_disk(release: Release, channel: socket.socket, *, is_safe: bool) -> _Source:
    """Each worker opens the store for itself, because the engine's threads would not come along with a fork.

    The engine opens its files when it first needs them, and plans with the number of descriptors it may have.
    """
    if not is_safe:
        raise StateError(Text(_NO_FILTER, triples=release.manifest.triples))
    _provide(release, channel)
    files = sum(1 for _ in release.store.iterdir())
    return _Source(lambda: Store.open(release), release.store, spare_descriptors=files + 96, cache_mb=160, grown_mb=64)


def _provide(release: Release, channel: socket.socket) -> None:
    """Returns when the store on disk is whole. A process of its own makes it, which takes its memory and threads along.

    Whoever waits for us may go away meanwhile; then this process ends, and the other with it.
    """
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        _make(release)
    os.close(theirs)
    poll = select.poll()
    poll.register(ours, select.POLLIN)
    poll.register(channel, 0)  # tells of its end only
    if dict(poll.poll()).keys() == {channel.fileno()}:
        sys.exit(1)
    os.close(ours)
    if status := os.waitpid(pid, 0)[1]:
        sys.exit(os.waitstatus_to_exitcode(status))


def _make(release: Release) -> NoReturn:
    status = 1
    try:
        end_with_parent()
        provide(release, _say)
        status = 0
    except SmartgraphError as error:
        status = error.exit_status
        _say(error.text)
    finally:
        os._exit(status)


def _warm_up(release: Release) -> None:
    """Imports what is imported at first use: later descriptors may have run out."""
    store = Store.empty(release)
    store.answer(Query("SELECT * {}", JSON_RESULTS, None))
    store.answer(Query("CONSTRUCT {} {}", None, NTRIPLES))


def _serve(channel: socket.socket, source: _Source, memory_mb: int, answer_mb: int) -> None:
    workers: set[int] = set()
    while order := channel.recv(ORDER.size, socket.MSG_WAITALL):
        old, is_new_wanted = ORDER.unpack(order)
        is_broken = _end(old, workers) == _NO_STORE or (source.folder and not source.folder.is_dir())
        if not is_new_wanted:
            continue
        if is_broken:
            break  # The store is made anew for whoever starts this process again.
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            _run_worker(source, theirs, memory_mb, answer_mb)
        workers.add(pid)
        socket.send_fds(channel, [PID.pack(pid)], [ours.fileno()])
        ours.close()
        theirs.close()
    for pid in tuple(workers):
        _end(pid, workers)


def _end(pid: int, workers: set[int]) -> int:
    """Ends a worker; only our own, whose id stays theirs until we have waited for them. Its exit status."""
    if pid not in workers:
        return 0
    os.kill(pid, signal.SIGKILL)
    workers.remove(pid)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _run_worker(source: _Source, channel: socket.socket, memory_mb: int, answer_mb: int) -> NoReturn:
    """The life of a worker."""
    status = 1
    try:
        channel = alone(channel, source.spare_descriptors)
        status = _NO_STORE
        store = source.open()
        status = 1
        limit_memory(memory_mb + source.cache_mb)
        most = own_bytes() + source.grown_mb * _MIB
        # The engine in memory writes into the data who reads them, so that a worker that looks at everything ends
        # up with a copy of almost everything.
        answer_all(store, channel, answer_mb, lambda: own_bytes() > most or taken_bytes() > memory_mb * _MIB)
        status = 0
    except (OSError, MemoryError):
        pass  # The other side is gone, or sees the same: that this process ended.
    finally:
        os._exit(status)


def answer_all(
    store: Store, channel: socket.socket, answer_mb: int, is_last: Callable[[], bool] = lambda: False
) -> None:
    """Answers one query after the other until the other side closes the channel, or an answer is the last."""
    while question := _question(channel):
        query, trusted = unpack_question(question)
        answer = _Outgoing(channel, answer_mb)
        failure = None
        try:
            store.write(query, answer, trusted=trusted)
        except SmartgraphError as error:
            failure = error
        leaves = is_last()
        answer.end(failure, is_last=leaves)
        if leaves:
            return


def _question(channel: socket.socket) -> bytes:
    """The next question: nothing comes behind it before it is answered. Nothing if the other side is gone."""
    data = channel.recv(_READ_BYTES)
    if len(data) < SIZE.size:
        return b""
    end = SIZE.size + SIZE.unpack_from(data)[0]
    if len(data) == end:
        return data[SIZE.size :]
    parts, missing = [data[SIZE.size :]], end - len(data)
    while missing:
        data = channel.recv(min(missing, _READ_BYTES))
        if not data:
            return b""
        parts.append(data)
        missing -= len(data)
    return b"".join(parts)


class _Outgoing:
    """A sink that sends an answer in pieces as it is made; a small one in one go."""

    def __init__(self, channel: socket.socket, answer_mb: int) -> None:
        self._channel, self._answer_mb = channel, answer_mb
        self._left = answer_mb * _MIB
        self._head = b""
        self._waiting = bytearray()

    def begin(self, form: Format) -> None:
        self._head = pack_format(form)

    def write(self, data: bytes) -> int:
        self._left -= len(data)
        if self._left < 0:
            raise AnswerTooLarge(self._answer_mb, self._answer_mb)
        self._waiting += data
        if len(self._waiting) >= _PIECE_BYTES:
            self._send(b"")
        return len(data)

    def flush(self) -> None:
        """Nothing: the engine flushes at the end, where :meth:`end` sends the rest in one go."""

    def end(self, error: SmartgraphError | None, *, is_last: bool = False) -> None:
        """The last piece; with an error, what was not sent yet need not be."""
        if error:
            self._head, self._waiting = b"", bytearray()
        self._send(pack_error(error, is_last=is_last))

    def _send(self, last: bytes) -> None:
        data = bytes(self._waiting)
        pieces = (pack_piece(DATA, data[at : at + _PIECE_BYTES]) for at in range(0, len(data), _PIECE_BYTES))
        self._channel.sendall(b"".join((self._head, *pieces, last)))
        self._head, self._waiting = b"", bytearray()
