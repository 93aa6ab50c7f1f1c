"""What a request has to be before it is one: how much of it is read, whom it names, and what is said if not.

Spec: RFC 9112 (HTTP/1.1), sections 3.2 and 6; RFC 9457 (problem details).
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from http import HTTPStatus

Headers = list[tuple[bytes, bytes]]

#: The longest address that the parser takes, and the longest headers of a request together, in bytes.
LONGEST_ADDRESS: Final = 65_535
LONGEST_HEADERS: Final = 32_768
LONG_ADDRESS: Final = f"The address is longer than {LONGEST_ADDRESS} bytes. Send the query by POST."
LONG_HEADERS: Final = f"The headers are longer than {LONGEST_HEADERS} bytes together."
#: A name or an address, and perhaps a port.
_HOST: Final = re.compile(rb"(?:[\w.~!$&'()*+,;=%-]*|\[[\da-fA-FvV.:]+\])(?::\d*)?")


def names_a_host(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """True for one Host header with a host in it.

    Spec: RFC 9112, section 3.2; RFC 3986, section 3.2.2.
    """
    hosts = [value for name, value in headers if name == b"host"]
    return len(hosts) == 1 and _HOST.fullmatch(hosts[0]) is not None


def body_length(headers: Headers) -> int | None:
    """How long the body is, in bytes, if the head says so. The parser has checked that it makes sense."""
    for name, value in headers:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            return int(value)
    return 0


def refusal(
    status: HTTPStatus, detail: str = "", limit: object = None, unit: object = None, reached: object = None
) -> tuple[Headers, bytes]:
    """Headers and body of a problem document for a request that never reaches the application."""
    content = {
        "type": "about:blank", "title": status.phrase, "status": status.value, "detail": detail,
        "limit": limit, "unit": unit, "reached": reached,
    }  # fmt: skip
    body = json.dumps({name: value for name, value in content.items() if value not in (None, "")}).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"access-control-allow-origin", b"*"),
        (b"cache-control", b"no-store"),
    ]
    return last(headers, body)


def last(headers: Headers, body: bytes) -> tuple[Headers, bytes]:
    """The reply behind which the connection ends."""
    return [*headers, (b"content-length", str(len(body)).encode()), (b"connection", b"close")], body
