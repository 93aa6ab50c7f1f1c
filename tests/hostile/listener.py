"""Whoever the server must never call: a port of this machine that counts."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_HOST: Final = "127.0.0.1"
_REDIRECT: Final = "HTTP/1.1 302 Found\r\nLocation: http://{host}:{port}/again\r\nContent-Length: 0\r\n\r\n"


class Listener:
    """Counts calls, and sends each to itself once more."""

    def __init__(self) -> None:
        self.calls = 0
        self._socket = socket.create_server((_HOST, 0))
        self.port: int = self._socket.getsockname()[1]

    @property
    def names(self) -> dict[str, str]:
        """The address in all its spellings, by what stands for them in the cases."""
        number = int.from_bytes(socket.inet_aton(_HOST))
        return {
            "listener": f"http://{_HOST}:{self.port}/sparql",
            "listener_name": f"http://localhost:{self.port}/sparql",
            "listener_hexadecimal": f"http://{number:#x}:{self.port}/sparql",
            "listener_decimal": f"http://{number}:{self.port}/sparql",
            "listener_octal": f"http://0177.0.0.1:{self.port}/sparql",
            "listener_short": f"http://127.1:{self.port}/sparql",
            "listener_ipv6": f"http://[::ffff:{_HOST}]:{self.port}/sparql",
            "listener_redirect": f"http://{_HOST}:{self.port}/redirect",
            "listener_port": str(self.port),
            "listener_host": f"{_HOST}:{self.port}",
        }

    def listen(self) -> None:
        with suppress(OSError):
            while True:
                caller = self._socket.accept()[0]
                self.calls += 1
                with caller, suppress(OSError):
                    caller.sendall(_REDIRECT.format(host=_HOST, port=self.port).encode())

    def close(self) -> None:
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


@contextmanager
def listening() -> Iterator[Listener]:
    """A listener at work."""
    listener = Listener()
    thread = threading.Thread(target=listener.listen)
    thread.start()
    try:
        yield listener
    finally:
        listener.close()
        thread.join()
