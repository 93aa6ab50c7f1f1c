"""The process that holds the release, as seen from the server: it gives out workers."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from smartgraph.errors import StoreUnavailable, Text
from smartgraph.read.disk import is_large
from smartgraph.read.frames import ORDER, PID

if TYPE_CHECKING:
    from smartgraph.release import Release
    from smartgraph.settings import Settings

#: Time for the zygote to start, in seconds, and how many triples it reads a second at the least: it may have
#: to write them to disk. A fork takes milliseconds.
_START_LIMIT_S: Final = 300
_TRIPLES_PER_S: Final = 5_000
#: What the zygote needs of our environment: the language in which it says what takes long.
_PASSED_ON: Final = ("LC_ALL", "LC_MESSAGES", "LANG")
_GONE: Final = "The query processes cannot be started."


class Zygote:
    """Starts the process, and forks workers from it. Thread-safe.

    When this process ends, however it ends, the control socket closes, the zygote ends, and the
    kernel ends the workers.
    """

    def __init__(self, release: Release, settings: Settings) -> None:
        place = "disk" if is_large(release, settings) else "memory"
        self._arguments = (
            str(release.folder), str(settings.query_memory_mb), str(settings.max_answer_mb), place
        )  # fmt: skip
        self._start_limit_s = _START_LIMIT_S + release.manifest.triples / _TRIPLES_PER_S
        self._lock = threading.Lock()
        self._is_closed = False
        self._control, self._process = self._started()

    @property
    def pid(self) -> int:
        return self._process.pid

    def fork(self, instead_of: int = 0) -> tuple[int, socket.socket]:
        """A new worker: its process id and its channel; the old one is ended. A dead zygote is started again, once.

        Raises:
            StoreUnavailable: no process can be started.
        """
        with self._lock:
            if self._is_closed:
                raise StoreUnavailable(Text(_GONE))
            try:
                with suppress(OSError):
                    return self._forked(instead_of)
                if self._is_closed:  # meanwhile
                    raise StoreUnavailable(Text(_GONE))
                self._stop()
                self._control, self._process = self._started()
                return self._forked(0)
            except OSError as error:
                raise StoreUnavailable(Text(_GONE)) from error

    def end(self, pid: int) -> None:
        """Ends a worker without another in its place."""
        with self._lock, suppress(OSError):
            if not self._is_closed:
                self._control.sendall(ORDER.pack(pid, False))

    def close(self) -> None:
        """Ends the zygote and all its workers, also one that is still starting."""
        self._is_closed = True
        with suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)  # whoever waits for a worker stops waiting, and lets us in
        with self._lock:
            self._stop()

    def _forked(self, old: int) -> tuple[int, socket.socket]:
        self._control.sendall(ORDER.pack(old, True))
        data, descriptors, _, _ = socket.recv_fds(self._control, PID.size, 1)
        if not descriptors:
            raise ConnectionError("the zygote is gone")
        return PID.unpack(data)[0], socket.socket(fileno=descriptors[0])

    def _started(self) -> tuple[socket.socket, subprocess.Popen[bytes]]:
        """A zygote in a fresh interpreter, which therefore has no thread, lock or descriptor of ours."""
        ours, theirs = socket.socketpair()
        ours.settimeout(self._start_limit_s)
        code = "import sys; from smartgraph.read.worker import run_zygote; run_zygote(*sys.argv[1:])"
        with theirs:
            process = subprocess.Popen(  # noqa: S603  # our own interpreter with our own code
                [sys.executable, "-P", "-c", code, str(theirs.fileno()), *self._arguments],
                env=_environ(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl+C is for this process; the others follow it
            )
        return ours, process

    def _stop(self) -> None:
        self._control.close()
        try:
            self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def _environ() -> dict[str, str]:
    """What the processes need to know, and nothing that the server was told beside it."""
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    # The engine's threads would each reserve a pool of addresses, which the limit of memory counts.
    return {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "MALLOC_ARENA_MAX": "1", **passed_on}
