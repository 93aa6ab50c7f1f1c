"""A real server in processes of its own, and how much memory these take together."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smartgraph.bundle import Bundle

SRC = Path(__file__).parent.parent / "src"


@dataclass(frozen=True, slots=True)
class RealServer:
    """A server that runs: its process, where it listens, and the file that has what it said on the error stream."""

    process: subprocess.Popen[str]
    host: str
    port: int
    log: Path

    @property
    def place(self) -> tuple[str, int]:
        return self.host, self.port

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    @property
    def processes(self) -> tuple[int, ...]:
        """The server, then all that descend from it, the oldest first."""
        parents = _parents()
        found = [self.process.pid]
        for pid in found:  # grows while we go
            found += sorted(child for child, parent in parents.items() if parent == pid)
        return tuple(found)

    @property
    def memory_mb(self) -> float:
        """The memory of all its processes; what several share counts once (PSS)."""
        return sum(map(pss_kb, self.processes)) / 1024


def _parents() -> dict[int, int]:
    found = {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with suppress(OSError):
                # The name of the program may have spaces and brackets; behind its last bracket nothing has.
                state = Path(entry.path, "stat").read_text("utf-8", "replace").rpartition(")")[2].split()
                found[int(entry.name)] = int(state[1])
    return found


def pss_kb(pid: int) -> int:
    """The memory of one process, of what it shares its part; 0 if it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


@contextmanager
def real_server(
    bundle: Bundle, state: Path, base: str, log: Path, settings: Mapping[str, object]
) -> Iterator[RealServer]:
    """``smartgraph serve`` on a free port of this machine. ``settings`` are named as in ``Settings``."""
    where = ["--source", str(bundle.root), "--state-dir", str(state), "--base-iri", base, "--port", "0"]
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            [sys.executable, "-m", "smartgraph", "serve", *where],
            stdout=subprocess.PIPE,
            stderr=stream,
            text=True,
            env=_environ(settings),
        )
    assert process.stdout
    try:
        address = urlsplit(process.stdout.readline().strip())
        if not address.hostname or not address.port:
            raise RuntimeError(f"the server does not start: {log.read_text('utf-8')}")
        yield RealServer(process, address.hostname, address.port, log)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def _environ(settings: Mapping[str, object]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SMARTGRAPH_", "LC_"))}
    chosen = {f"SMARTGRAPH_{name.upper()}": str(value) for name, value in settings.items()}
    return kept | chosen | {"LANG": "en_GB.UTF-8", "PYTHONPATH": str(SRC)}
