"""One request on a connection of its own, with the standard library's client."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit


def ask(address: str, path: str, headers: dict[str, str], method: str = "GET") -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    connection.request(method, path, headers=headers)
    reply = connection.getresponse()
    body = reply.read()
    connection.close()
    told: dict[str, str] = {}
    for name, value in reply.getheaders():
        told[name.lower()] = f"{told[name.lower()]}, {value}" if name.lower() in told else value
    return reply.status, told, body
