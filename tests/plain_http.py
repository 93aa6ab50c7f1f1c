"""HTTP/1.1 as bytes over a connection of one's own: what clients do that no library would let them do."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import quote_plus

_KEPT_BYTES: Final = 1 << 22
_READ_BYTES: Final = 1 << 16


class Broken(Exception):
    """The connection ended before the reply did. ``status``: that of the reply, 0 before it."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(f"the connection ended within a reply of status {status}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply; of a body above 4 MiB only the beginning. Header names are in small letters."""

    status: int
    headers: dict[str, str]
    body: bytes
    size: int = field(default=0)


def head(line: str, *headers: str) -> bytes:
    """The head of a request."""
    return ("\r\n".join((f"{line} HTTP/1.1", "Host: x", *headers)) + "\r\n\r\n").encode("latin-1")


def get(path: str, *headers: str) -> bytes:
    """A GET request."""
    return head(f"GET {path}", *headers)


def post(path: str, content_type: str, body: bytes, *headers: str) -> bytes:
    """A POST request."""
    return head(f"POST {path}", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *headers) + body


def query(text: str, *headers: str) -> bytes:
    """A SPARQL query in the address, as programs send it."""
    return get(f"/sparql?query={quote_plus(text)}", *headers)


class Connection:
    """One connection. Use it as an asynchronous context manager."""

    def __init__(self, place: tuple[str, int]) -> None:
        self._place = place
        self.reader: asyncio.StreamReader
        self.writer: asyncio.StreamWriter

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection(*self._place, limit=1 << 20)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, request: bytes) -> None:
        self.writer.write(request)
        await self.writer.drain()

    async def ask(self, request: bytes) -> Reply:
        """Sends a request and reads the reply.

        Raises:
            Broken: the connection ended before.
        """
        with suppress(ConnectionError):  # the server has heard enough; what it said before counts
            await self.send(request)
        return await self.reply()

    async def reply(self) -> Reply:
        """The next reply.

        Raises:
            Broken: the connection ended before.
        """
        status = 0
        try:
            lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            status = int(lines[0].split(" ")[1])
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
            body, size = await self._body(status, headers)
        except (asyncio.IncompleteReadError, ConnectionError):
            raise Broken(status) from None
        return Reply(status, headers, body, size)

    async def _body(self, status: int, headers: dict[str, str]) -> tuple[bytes, int]:
        if headers.get("transfer-encoding") != "chunked":
            length = 0 if status in (204, 304) else int(headers.get("content-length", "0"))
            return await self._exactly(length), length
        kept, size = bytearray(), 0
        while length := int(await self.reader.readuntil(b"\r\n"), 16):
            piece = await self._exactly(length)
            await self.reader.readexactly(2)
            size += length
            if len(kept) < _KEPT_BYTES:
                kept += piece
        await self.reader.readuntil(b"\r\n")
        return bytes(kept), size

    async def _exactly(self, length: int) -> bytes:
        kept = bytearray()
        left = length
        while left:
            piece = await self.reader.readexactly(min(left, _READ_BYTES))
            left -= len(piece)
            if len(kept) < _KEPT_BYTES:
                kept += piece
        return bytes(kept)
