"""Bytes between a quick maker and a slow taker: a little in memory, the rest in a file without a name."""

from __future__ import annotations

import tempfile
from collections import deque
from typing import IO, Final

#: So many bytes are held in memory, so many are taken at once.
_IN_MEMORY: Final = 1 << 20
_AT_ONCE: Final = 1 << 18
#: All spools of this process together may fill so much of the disk, in bytes.
ON_DISK: Final = 1 << 32


class Spool:
    """First in, first out. The file is gone with the process, however it ends."""

    _filled = 0

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._file: IO[bytes] | None = None
        self._read = self._written = 0

    @property
    def size(self) -> int:
        """Bytes that were put and not taken."""
        return self._held + self._written - self._read

    def put(self, data: bytes) -> None:
        """Adds bytes.

        Raises:
            OSError: there is no room left for them.
        """
        if self._file is None and self._held + len(data) <= _IN_MEMORY:
            self._chunks.append(data)
            self._held += len(data)
            return
        if Spool._filled + len(data) > ON_DISK:
            raise OSError("the spools are full")
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as this
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        Spool._filled += len(data)

    def take(self) -> bytes:
        """Some of the bytes, at least one if there are any."""
        if self._chunks:
            return self._from_memory()
        if self._file is None:
            return b""
        self._file.seek(self._read)
        data = self._file.read(_AT_ONCE)
        self._read += len(data)
        if self._read == self._written:
            self.close()
        return data

    def _from_memory(self) -> bytes:
        taken, size = [], 0
        while self._chunks and size < _AT_ONCE:
            taken.append(self._chunks.popleft())
            size += len(taken[-1])
        self._held -= size
        return b"".join(taken) if len(taken) > 1 else taken[0]

    def close(self) -> None:
        """Forgets what is left."""
        self._chunks.clear()
        self._held = 0
        if self._file:
            Spool._filled -= self._written
            self._file.close()
            self._file = None
        self._read = self._written = 0
