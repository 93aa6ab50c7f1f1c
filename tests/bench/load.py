"""wrk as the load generator."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from bench.peers import Peer
    from bench.work import Work

_TIMEOUT_S: Final = 60


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the generator found: answers a second, p99 in seconds, refused requests, broken ones."""

    per_s: float
    p99_s: float
    refused: int
    broken: int


def load(peer: Peer, work: Work, clients: int, seconds: float, first: int, folder: Path) -> Measured:
    """So many clients ask for so long; ``first``: serial number of the first request."""
    requests, script = folder / "requests", folder / "script.lua"
    requests.write_bytes("\0".join(work.requests).encode())
    script.write_text(work.script(str(requests)), "utf-8")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds:g}s", "--timeout", f"{_TIMEOUT_S}s", "-s", str(script)]
    address = f"http://{peer.server.host}:{peer.server.port}/"
    found = subprocess.run([*command, address, "--", str(first)], capture_output=True, text=True, check=True)
    line = next(line for line in found.stdout.splitlines() if line.startswith("FOUND"))
    answers, microseconds, refused, broken, p99 = map(int, line.split()[1:])
    return Measured((answers - refused) / microseconds * 1e6, p99 / 1e6, refused, broken)
