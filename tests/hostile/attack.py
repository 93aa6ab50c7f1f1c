"""The clients of an attack, and what becomes of each.

What becomes of one is a word: a status (``503``); ``broken``, if the connection ended within a reply;
``closed``, if it ended without one; ``hanging``, if neither came in time.
"""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from plain_http import Broken, Connection

from hostile.cases import CLIENT

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from hostile.cases import Case

#: Between two bytes of a client that drips, in seconds.
_DRIP_S: Final = 0.25
#: How long a client that reads nothing stays, in seconds.
_STAY_S: Final = 6.0
_SIP_BYTES: Final = 256
#: How little a client's system takes before the client reads.
_SMALL_BUFFER: Final = 4096


def ask(request: bytes, place: tuple[str, int]) -> tuple[int, bytes]:
    """Status and body of the reply to one who means no harm; 0 if there is none."""

    async def one() -> tuple[int, bytes]:
        async with Connection(place) as connection:
            reply = await connection.ask(request)
            return reply.status, reply.body

    try:
        return asyncio.run(one())
    except (Broken, ConnectionError):
        return 0, b""


def attack(case: Case, place: tuple[str, int], limit_s: float) -> list[str]:
    """What became of each client."""

    async def all_at_once() -> list[str]:
        return list(await asyncio.gather(*(_client(case, number, place, limit_s) for number in range(case.clients))))

    return asyncio.run(all_at_once())


async def _client(case: Case, number: int, place: tuple[str, int], limit_s: float) -> str:
    request = case.request.replace(CLIENT, b"%0*d" % (len(CLIENT), number))
    try:
        async with asyncio.timeout(limit_s):
            return await _MANNERS[case.manner](request, place)
    except TimeoutError:
        return "hanging"
    except Broken as error:
        return "broken" if error.status else "closed"
    except ConnectionError:
        return "closed"


async def _reads(request: bytes, place: tuple[str, int]) -> str:
    async with Connection(place) as connection:
        return str((await connection.ask(request)).status)


async def _reads_all(request: bytes, place: tuple[str, int]) -> str:
    """Several requests in one go: the last status, once as many replies have come."""
    async with Connection(place) as connection:
        sending = asyncio.create_task(connection.send(request))
        for _ in range(request.count(b"HTTP/1.1\r\n")):
            reply = await connection.reply()
        await sending
        return str(reply.status)


async def _reads_nothing(request: bytes, place: tuple[str, int]) -> str:
    """The answer piles up wherever it may."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SMALL_BUFFER)
    client.setblocking(False)
    loop = asyncio.get_running_loop()
    with client:
        await loop.sock_connect(client, place)
        with suppress(TimeoutError):
            async with asyncio.timeout(_STAY_S):
                await loop.sock_sendall(client, request)
        await asyncio.sleep(_STAY_S)
    return "left"


async def _sips(request: bytes, place: tuple[str, int]) -> str:
    """Reads a little now and then, so that something is always taken."""
    async with Connection(place) as connection:
        await connection.send(request)
        with suppress(TimeoutError, ConnectionError):
            async with asyncio.timeout(_STAY_S):
                while await connection.reader.read(_SIP_BYTES):
                    await asyncio.sleep(_DRIP_S)
    return "left"


async def _leaves(request: bytes, place: tuple[str, int]) -> str:
    async with Connection(place) as connection:
        await connection.send(request)
        await asyncio.sleep(0.05)
    return "left"


async def _waits(request: bytes, place: tuple[str, int]) -> str:
    """Sends no more, and waits until the server has had enough."""
    async with Connection(place) as connection:
        await connection.send(request)
        status = str((await connection.reply()).status)
        with suppress(ConnectionError):
            await connection.reader.read()
        return status


async def _drips(request: bytes, place: tuple[str, int]) -> str:
    """One byte after the other, so that something is always on its way."""
    async with Connection(place) as connection:

        async def drip() -> None:
            with suppress(ConnectionError):
                for byte in request:
                    await connection.send(bytes([byte]))
                    await asyncio.sleep(_DRIP_S)

        dripping = asyncio.create_task(drip())
        try:
            return str((await connection.reply()).status)
        finally:
            dripping.cancel()


_MANNERS: Final[dict[str, Callable[[bytes, tuple[str, int]], Awaitable[str]]]] = {
    "reads": _reads,
    "reads all": _reads_all,
    "reads nothing": _reads_nothing,
    "sips": _sips,
    "leaves": _leaves,
    "waits": _waits,
    "drips": _drips,
}
