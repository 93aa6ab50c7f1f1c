"""The processes that answer queries: one that holds the release, and its copies that are asked.

The zygote is single-threaded, reads the release once, and forks a worker for each request on its
control channel. A worker answers one query after the other on a channel of its own; it has limited
memory, and since all descriptors it may have are in use, it can open neither a socket nor a file. One that
has grown leaves, so that no answer's memory outlives it for long.
"""

from __future__ import annotations

import ctypes
import gc
import os
import resource
import signal
import socket
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from smartgraph.errors import AnswerTooLarge, SmartgraphError
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.read.frames import DATA, ORDER, PID, SIZE, pack_error, pack_format, pack_piece, unpack_question
from smartgraph.read.store import Query, Store
from smartgraph.release import open_release

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.formats import Format

_MIB: Final = 1 << 20
_PIECE_BYTES: Final = 1 << 16
_PR_SET_PDEATHSIG: Final = 1
#: A worker that keeps so much more memory than it was forked with leaves, in bytes.
_GROWN_BYTES: Final = 8 * _MIB
#: The descriptors of a worker besides the standard ones: the channel, and what the kernel says about its memory.
_CHANNEL: Final = 3
_STATM: Final = 4


def run_zygote(control: str, folder: str, memory_mb: str, answer_mb: str) -> None:
    """Reads the release, then ends and forks workers as ordered, until the other side is gone.

    With the id of a new worker travels its socket.
    """
    channel = socket.socket(fileno=int(control))
    store = Store.load(open_release(Path(folder)))
    # What is imported at first use has to be there before descriptors run out.
    store.answer(Query("SELECT * {}", JSON_RESULTS, None))
    store.answer(Query("CONSTRUCT {} {}", None, NTRIPLES))
    gc.freeze()
    workers: set[int] = set()
    while order := channel.recv(ORDER.size, socket.MSG_WAITALL):
        old, is_new_wanted = ORDER.unpack(order)
        _end(old, workers)
        if not is_new_wanted:
            continue
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            _run_worker(store, theirs, int(memory_mb), int(answer_mb))
        workers.add(pid)
        socket.send_fds(channel, [PID.pack(pid)], [ours.fileno()])
        ours.close()
        theirs.close()
    for pid in tuple(workers):
        _end(pid, workers)


def _end(pid: int, workers: set[int]) -> None:
    """Ends a worker; only our own, whose id stays theirs until we have waited for them."""
    if pid in workers:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        workers.remove(pid)


def _run_worker(store: Store, channel: socket.socket, memory_mb: int, answer_mb: int) -> None:
    """The life of a worker; does not come back."""
    status = 1
    try:
        channel = _confined(channel, memory_mb)
        before = _own_bytes()
        answer_all(store, channel, answer_mb, lambda: _own_bytes() > before + _GROWN_BYTES)
        status = 0
    except (OSError, MemoryError):
        pass  # The other side is gone, or sees the same: that this process ended.
    finally:
        os._exit(status)


def _confined(channel: socket.socket, memory_mb: int) -> socket.socket:
    """Takes from this process whatever a query does not need; the channel under its new number."""
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
    with suppress(OSError):  # Should the machine run out of memory, the kernel is to take us first.
        Path("/proc/self/oom_score_adj").write_text("1000", "ascii")
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[0])
    memory = pages * resource.getpagesize() + memory_mb * _MIB
    os.dup2(0, 2)  # The engine's last words would end up in the log, once for each crash.
    os.dup2(channel.detach(), _CHANNEL)
    os.dup2(os.open("/proc/self/statm", os.O_RDONLY), _STATM)
    os.closerange(_STATM + 1, os.sysconf("SC_OPEN_MAX"))
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, _STATM + 1),  # all of them are taken, so that no file and no socket can be opened
    ):
        resource.setrlimit(kind, (limit, limit))
    return socket.socket(fileno=_CHANNEL)


def _own_bytes() -> int:
    """The memory of this worker that no file can give back."""
    resident, from_files = os.pread(_STATM, 128, 0).split()[1:3]
    return (int(resident) - int(from_files)) * resource.getpagesize()


def answer_all(
    store: Store, channel: socket.socket, answer_mb: int, is_last: Callable[[], bool] = lambda: False
) -> None:
    """Answers one query after the other until the other side closes the channel, or an answer is the last."""
    while size := _exactly(channel, SIZE.size):
        query, trusted = unpack_question(_exactly(channel, SIZE.unpack(size)[0]))
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


def _exactly(channel: socket.socket, size: int) -> bytes:
    """So many bytes; nothing if the other side is gone."""
    data = channel.recv(size)
    while 0 < len(data) < size:
        more = channel.recv(size - len(data))
        if not more:
            return b""
        data += more
    return data


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
