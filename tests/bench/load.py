"""wrk as the load generator, and a client beside it who looks at what comes."""

from __future__ import annotations

import socket
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from bench.work import Work

_TIMEOUT_S: Final = 60
_REPLY: Final = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
_END: Final = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run of the generator found: answers a second, p99 in seconds, refused requests, broken ones."""

    per_s: float
    p99_s: float
    refused: int = 0
    broken: int = 0


def load(place: tuple[str, int], work: Work, clients: int, seconds: int, first: int, folder: Path) -> Measured:
    """So many clients ask for so long, in whole seconds; ``first``: serial number of the first request.

    Only answers with status 200 count.
    """
    requests, script = folder / "requests", folder / "script.lua"
    requests.write_bytes("\0".join(work.requests).encode())
    script.write_text(work.script(str(requests)), "utf-8")
    command = ["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "--timeout", f"{_TIMEOUT_S}s", "-s", str(script)]
    address = "http://{}:{}/".format(*place)
    found = subprocess.run([*command, address, "--", str(first)], capture_output=True, text=True, check=True)
    line = next(line for line in found.stdout.splitlines() if line.startswith("FOUND"))
    answers, microseconds, refused, broken, p99 = map(int, line.split()[1:])
    return Measured((answers - refused) / microseconds * 1e6, p99 / 1e6, refused, broken)


def rehearse(work: Work, count: int, first: int, folder: Path) -> tuple[str, ...]:
    """The first requests that wrk sends for this work: to a listener of our own."""
    heads: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_listen, args=(listener, count, heads))
        thread.start()
        load(listener.getsockname(), work, 1, 1, first, folder)
        thread.join()
    return tuple(heads)


def _listen(listener: socket.socket, count: int, heads: list[str]) -> None:
    """Takes so many requests; wrk ends after its time, whether or not there are answers."""
    while len(heads) < count:
        connection, _ = listener.accept()
        with connection:
            data = b""
            while len(heads) < count and (more := connection.recv(1 << 16)):
                data += more
                if data.endswith(_END):
                    heads.append(data.decode())
                    data = b""
                    connection.sendall(_REPLY)
