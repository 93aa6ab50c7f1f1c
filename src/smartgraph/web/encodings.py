"""Replies made smaller for the way.

Spec: RFC 9110, section 12.5.3 (Accept-Encoding); RFC 8878 (zstd), RFC 7932 (brotli), RFC 1952 (gzip).
"""

from __future__ import annotations

import zlib
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol

import brotli
import zstandard

from smartgraph.preferences import wishes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

#: What is smaller is not worth it, in bytes.
SMALLEST: Final = 1_000
#: Higher levels cost more time than they save.
_ZSTD_LEVEL: Final = 3
_BROTLI_LEVEL: Final = 4
_GZIP_LEVEL: Final = 5
_GZIP_FRAME: Final = 31


class Encoder(Protocol):
    """Takes bytes piece by piece."""

    def compress(self, data: bytes, /) -> bytes: ...

    def flush(self) -> bytes: ...


class _Brotli:
    def __init__(self) -> None:
        self._compressor = brotli.Compressor(quality=_BROTLI_LEVEL)

    def compress(self, data: bytes, /) -> bytes:
        return bytes(self._compressor.process(data))

    def flush(self) -> bytes:
        return bytes(self._compressor.finish())


def _zstd() -> Encoder:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()


def _gzip() -> Encoder:
    return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_FRAME)


#: In order of preference: the first costs the least time.
_ENCODERS: Final[Mapping[str, Callable[[], Encoder]]] = {"zstd": _zstd, "br": _Brotli, "gzip": _gzip}
ENCODINGS: Final = tuple(_ENCODERS)


@lru_cache(maxsize=128)  # clients repeat themselves
def encoding_for(accept_encoding: str) -> str:
    """The encoding that a client wants most; empty for none."""
    if not accept_encoding:
        return ""
    given = {wish.value: wish.quality for wish in wishes(accept_encoding)}
    rest = given.get("*", 0.0)
    wanted = {name: given.get(name, rest) for name in ENCODINGS}
    best = max(ENCODINGS, key=lambda name: wanted[name])
    return best if wanted[best] > 0 and wanted[best] >= given.get("identity", 0.0) else ""


def encoder(encoding: str) -> Encoder:
    """A fresh encoder for one of :data:`ENCODINGS`."""
    return _ENCODERS[encoding]()


def encoded(body: bytes, encoding: str) -> bytes:
    """A whole body in one of :data:`ENCODINGS`."""
    making = encoder(encoding)
    return making.compress(body) + making.flush()
