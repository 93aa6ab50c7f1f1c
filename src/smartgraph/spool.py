"""Bytes between a quick maker and a slow taker: a little in memory, the rest in a file without a name."""

from __future__ import annotations

import tempfile
from collections import deque
from typing import IO, ClassVar, Final

#: So many bytes are held in memory, so many are taken at once.
_IN_MEMORY: Final = 1 << 20
_AT_ONCE: Final = 1 << 18
#: All spools of this process together may fill so much of the disk, in bytes.
ON_DISK: Final = 1 << 32


class Spool:
    """First in, first out. The file is gone with the process, however it ends.

    When all are full, the one that holds most is given up, so that whoever takes nothing is in nobody's way.
    """

    _filled = 0
    _on_disk: ClassVar[set[Spool]] = set()

    def __init__(self) -> None:
        self._chunks: deque[bytes] = deque()
        self._held = 0
        self._file: IO[bytes] | None = None
        self._read = self._written = 0
        self._is_given_up = False

    @property
    def size(self) -> int:
        """Bytes that were put and not taken."""
        return self._held + self._written - self._read

    @property
    def on_disk(self) -> int:
        """Bytes of the disk that it fills, those that were taken included."""
        return self._written

    def put(self, data: bytes) -> None:
        """Adds bytes.

        Raises:
            OSError: there is no room left for them, or the spool was given up.
        """
        self._check()
        if self._file is None and self._held + len(data) <= _IN_MEMORY:
            self._chunks.append(data)
            self._held += len(data)
            return
        self._make_room(len(data))
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  # lives as long as this
            Spool._on_disk.add(self)
        self._file.seek(self._written)
        self._file.write(data)
        self._written += len(data)
        Spool._filled += len(data)

    def _make_room(self, size: int) -> None:
        while Spool._filled + size > ON_DISK:
            largest = max(Spool._on_disk, key=lambda spool: spool.on_disk, default=self)
            if largest.on_disk <= self.on_disk + size:
                raise OSError("the spools are full")
            largest.give_up()

    def give_up(self) -> None:
        """Makes room for others; whoever comes to take or put is told so."""
        self.close()
        self._is_given_up = True

    def _check(self) -> None:
        if self._is_given_up:
            raise OSError("the spool was given up for others")

    def take(self) -> bytes:
        """Some of the bytes, at least one if there are any.

        Raises:
            OSError: the spool was given up.
        """
        self._check()
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
            Spool._on_disk.discard(self)
            self._file.close()
            self._file = None
        self._read = self._written = 0
