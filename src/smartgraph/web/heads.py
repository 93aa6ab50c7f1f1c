"""The heads of replies that go out past the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.web.exchange import OPEN_TO_ALL, SAFE
from smartgraph.web.quick import Ready

if TYPE_CHECKING:
    Headers = tuple[tuple[str, str], ...]


def _bytes(pairs: Headers) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode("latin1")) for name, value in pairs]


_ALWAYS: Final = (*_bytes((*OPEN_TO_ALL, *SAFE)), (b"vary", b"Accept-Encoding"))


def encoded_headers(pairs: Headers, encoding: str = "") -> list[tuple[bytes, bytes]]:
    found = [*_bytes(pairs), *_ALWAYS]
    if encoding:
        found.append((b"content-encoding", encoding.encode()))
    return found


def length_of(body: bytes) -> Headers:
    return (("Content-Length", str(len(body))),)


def whole_reply(headers: Headers, body: bytes, encoding: str, counted: tuple[str, str]) -> Ready:
    """An answer as it goes out. ``encoding`` is that of ``body``; it is counted by route and method."""
    head = encoded_headers((*headers, *length_of(body)), encoding)
    lines = b"".join(b"%b: %b\r\n" % pair for pair in head) + b"\r\n"
    return Ready(lines, b"" if counted[1] == "HEAD" else body, counted)
