"""Queries in processes that we can end: the reader that a server puts before strangers.

    this process ──control──► zygote, single-threaded, holds the one copy of the release
         │                      │ fork (copy on write)
         └──────channel───────► workers: one query at a time, limited memory, no free descriptor

A worker over its deadline is killed and replaced, one that breaks is replaced. None of them can
open a socket or a file, because all descriptors they may have are in use. When this process ends,
however it ends, the control socket closes, the zygote ends, and the kernel ends the workers.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import queue
import resource
import select
import signal
import socket
import struct
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, Self

from smartgraph import errors
from smartgraph.errors import QueryTimeout, QueryTooLarge, SmartgraphError, StoreUnavailable, Text
from smartgraph.formats import JSON_RESULTS, NTRIPLES, by_name
from smartgraph.read.store import Answer, Query, Reader, Store
from smartgraph.release import open_release
from smartgraph.serialize import Term

if TYPE_CHECKING:
    from smartgraph.release import Release
    from smartgraph.settings import Settings

_FRAME: Final = struct.Struct(">II")
_PID: Final = struct.Struct(">I")
_MIB: Final = 1 << 20
#: An answer may fill this part of a query's memory; the rest is needed to make it.
_ANSWER_SHARE: Final = 4
#: How long a query waits for a free worker, in seconds. Those who wait hold a thread of the server,
#: so the queue has to be short for the pages to stay quick.
_PATIENCE_S: Final = 2.0
#: Time for the zygote to read the release, in seconds. A fork takes milliseconds.
_START_LIMIT_S: Final = 300
_PR_SET_PDEATHSIG: Final = 1
_BUSY: Final = "All query processes are busy. Try again in a moment."
_GONE: Final = "The query processes cannot be started."


# ---- This process ----------------------------------------------------------------------------


class Sandbox(Reader):
    """A reader over one release whose answers are worked out in other processes. Thread-safe.

    Strangers' queries leave one worker to the trusted ones, so that pages answer beside them.
    """

    def __init__(self, release: Release, settings: Settings) -> None:
        self.release = release
        self._limit_s, self._memory_mb = settings.query_timeout_s, settings.query_memory_mb
        self._strangers = threading.Semaphore(max(1, settings.query_workers - 1))
        self._idle: queue.LifoQueue[_Worker] = queue.LifoQueue()
        self._lock = threading.Lock()
        self._control, self._zygote = self._started()
        self._is_closed = False
        try:
            for _ in range(settings.query_workers):
                self._idle.put(self._new_worker())
        except StoreUnavailable:
            self.close()
            raise

    @classmethod
    def start(cls, release: Release, settings: Settings) -> Self:
        """The sandbox with all its processes running; use it as a context manager.

        Raises:
            StoreUnavailable: the processes do not start.
        """
        return cls(release, settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all processes. Later questions raise ``StoreUnavailable``."""
        with self._lock:
            self._is_closed = True
            self._stop()
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
            QueryTimeout, QueryTooLarge: the worker was ended, or broke.
            StoreUnavailable: no worker became free within ``_PATIENCE_S``, or none can be started.
            QueryError, NotAcceptable: as :meth:`Store.answer`.
        """
        until = monotonic() + _PATIENCE_S
        if not trusted and not self._strangers.acquire(timeout=_PATIENCE_S):
            raise StoreUnavailable(Text(_BUSY))
        try:
            worker = self._free_worker(until)
            try:
                return worker.ask(query, trusted, self._limit_s)
            except TimeoutError:
                worker = self._new_worker(instead_of=worker)
                raise QueryTimeout(self._limit_s) from None
            except OSError:
                worker = self._new_worker(instead_of=worker)
                raise QueryTooLarge(self._memory_mb) from None
            finally:
                self._idle.put(worker)
        finally:
            if not trusted:
                self._strangers.release()

    def _free_worker(self, until: float) -> _Worker:
        try:
            worker = self._idle.get(timeout=max(0.0, until - monotonic()))
        except queue.Empty:
            raise StoreUnavailable(Text(_BUSY)) from None
        if worker.is_alive():
            return worker
        try:
            return self._new_worker(instead_of=worker)
        except StoreUnavailable:
            self._idle.put(worker)
            raise

    def _new_worker(self, instead_of: _Worker | None = None) -> _Worker:
        """A new worker; the old one is ended. A zygote that died is started again, once."""
        if instead_of:
            instead_of.channel.close()
        with self._lock:
            if self._is_closed:
                raise StoreUnavailable(Text(_GONE))
            try:
                with suppress(OSError):
                    return _forked(self._control, instead_of.pid if instead_of else 0)
                self._stop()
                self._control, self._zygote = self._started()
                return _forked(self._control, 0)
            except OSError as error:
                raise StoreUnavailable(Text(_GONE)) from error

    def _started(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """A zygote in a fresh interpreter, which therefore has no thread, lock or descriptor of ours."""
        ours, theirs = socket.socketpair()
        ours.settimeout(_START_LIMIT_S)
        code = "import sys; from smartgraph.read.sandbox import run_zygote; run_zygote(*sys.argv[1:])"
        arguments = [str(theirs.fileno()), str(self.release.folder), str(self._memory_mb)]
        with theirs:
            zygote = subprocess.Popen(  # noqa: S603  # our own interpreter with our own code
                [sys.executable, "-P", "-c", code, *arguments],
                env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl+C is for this process; the others follow it
            )
        return ours, zygote

    def _stop(self) -> None:
        self._control.close()
        try:
            self._zygote.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._zygote.kill()
            self._zygote.wait()


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
        _send(self.channel, {"query": _packed(query), "trusted": trusted}, b"", until)
        head, body = _receive(self.channel, until)
        if "error" in head:
            raise _unpacked_error(head)
        return Answer(body, by_name(head["format"]))


def _forked(control: socket.socket, old: int) -> _Worker:
    control.sendall(_PID.pack(old))
    data, descriptors, _, _ = socket.recv_fds(control, _PID.size, 1)
    if not descriptors:
        raise ConnectionError("the zygote is gone")
    return _Worker(_PID.unpack(data)[0], socket.socket(fileno=descriptors[0]))


# ---- Between the processes: frames of a JSON head and a body --------------------------------------


def _send(channel: socket.socket, head: dict[str, Any], body: bytes, until: float | None = None) -> None:
    packed = json.dumps(head, default=str).encode()
    for part in (_FRAME.pack(len(packed), len(body)) + packed, body):
        _limit(channel, until)
        channel.sendall(part)


def _receive(channel: socket.socket, until: float | None = None) -> tuple[dict[str, Any], bytes]:
    head, body = _FRAME.unpack(_exactly(channel, _FRAME.size, until))
    return json.loads(_exactly(channel, head, until)), bytes(_exactly(channel, body, until))


def _exactly(channel: socket.socket, size: int, until: float | None) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        _limit(channel, until)
        count = channel.recv_into(view)
        if not count:
            raise ConnectionError("the other side is gone")
        view = view[count:]
    return data


def _limit(channel: socket.socket, until: float | None) -> None:
    if until is not None:
        # A timeout of zero would mean "do not block" and raise another error.
        channel.settimeout(max(0.001, until - monotonic()))


def _packed(query: Query) -> dict[str, Any]:
    return {
        "text": query.text,
        "results": query.results and query.results.name,
        "graph": query.graph and query.graph.name,
        "default_graphs": query.default_graphs,
        "named_graphs": query.named_graphs,
        "bindings": {name: asdict(term) for name, term in query.bindings.items()},
    }


def _unpacked(packed: dict[str, Any]) -> Query:
    results, graph = (packed[name] and by_name(packed[name]) for name in ("results", "graph"))
    bindings = {name: Term(**term) for name, term in packed["bindings"].items()}
    default, named = (tuple(packed[name]) for name in ("default_graphs", "named_graphs"))
    return Query(packed["text"], results, graph, default, named, bindings)


def _packed_error(error: SmartgraphError) -> dict[str, Any]:
    evidence = {name: value for name, value in vars(error).items() if not isinstance(value, Text)}
    return {"error": type(error).__name__, "text": _packed_text(error.text), "evidence": evidence}


def _packed_text(text: Text) -> dict[str, Any]:
    values = {name: _packed_text(value) if isinstance(value, Text) else value for name, value in text.values.items()}
    return {"template": text.template, "values": values}


def _unpacked_error(head: dict[str, Any]) -> SmartgraphError:
    kind: type[SmartgraphError] = getattr(errors, head["error"])
    error = kind.__new__(kind)
    SmartgraphError.__init__(error, _unpacked_text(head["text"]))
    for name, value in head["evidence"].items():
        setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error


def _unpacked_text(packed: dict[str, Any]) -> Text:
    values = {
        name: _unpacked_text(value) if isinstance(value, dict) else value for name, value in packed["values"].items()
    }
    return Text(packed["template"], **values)


# ---- The zygote and its workers --------------------------------------------------------------------


def run_zygote(control: str, folder: str, memory_mb: str) -> None:
    """Reads the release, then forks a worker for each request, until the other side is gone.

    A request is the process id of the worker to end first, or 0; the reply is the new one's id, and
    with it travels its socket.
    """
    channel = socket.socket(fileno=int(control))
    store = Store.load(open_release(Path(folder)))
    # What is imported at first use has to be there before descriptors run out.
    store.answer(Query("SELECT * {}", JSON_RESULTS, None))
    store.answer(Query("CONSTRUCT {} {}", None, NTRIPLES))
    gc.freeze()
    workers: set[int] = set()
    while request := channel.recv(_PID.size):
        _end(_PID.unpack(request)[0], workers)
        ours, theirs = socket.socketpair()
        pid = os.fork()
        if not pid:
            _run_worker(store, theirs, int(memory_mb))
        workers.add(pid)
        socket.send_fds(channel, [_PID.pack(pid)], [ours.fileno()])
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


def _run_worker(store: Store, channel: socket.socket, memory_mb: int) -> None:
    """The life of a worker; does not come back."""
    status = 1
    try:
        answer_all(store, _confined(channel, memory_mb), memory_mb)
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
    os.dup2(channel.detach(), 3)
    os.closerange(4, os.sysconf("SC_OPEN_MAX"))
    for kind, limit in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 4),  # 0 to 3 are taken, so that no file and no socket can be opened
    ):
        resource.setrlimit(kind, (limit, limit))
    return socket.socket(fileno=3)


def answer_all(store: Store, channel: socket.socket, memory_mb: int) -> None:
    """Answers one query after the other until the other side closes the channel."""
    while True:
        try:
            head, _ = _receive(channel)
        except ConnectionError:
            return
        try:
            found = store.answer(_unpacked(head["query"]), trusted=head["trusted"])
            if len(found.body) > memory_mb * _MIB // _ANSWER_SHARE:
                raise QueryTooLarge(memory_mb)
            reply: tuple[dict[str, Any], bytes] = {"format": found.format.name}, found.body
        except SmartgraphError as error:
            reply = _packed_error(error), b""
        _send(channel, *reply)
