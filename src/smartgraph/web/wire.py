"""The reader of requests on the wire: what is none is told so as every other error is."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

#: The longest address that the parser takes, in bytes.
LONGEST_ADDRESS: Final = 65_535
_TOO_LONG: Final = "The address is longer than {limit} bytes. Send the query by POST."


class Http(HttpToolsProtocol):
    """uvicorn's own reader, which would answer with bare text that no script of another site may read."""

    def send_400_response(self, msg: str) -> None:
        """Ends a connection on which no request can be read."""
        is_too_long = len(getattr(self, "url", b"")) > LONGEST_ADDRESS
        status = HTTPStatus.REQUEST_URI_TOO_LONG if is_too_long else HTTPStatus.BAD_REQUEST
        detail = _TOO_LONG.format(limit=LONGEST_ADDRESS) if is_too_long else msg
        headers, body = refusal(status, detail)
        lines = [f"HTTP/1.1 {status.value} {status.phrase}".encode(), *(b": ".join(header) for header in headers)]
        self.transport.write(b"\r\n".join([*lines, b"", body]))
        self.transport.close()


def refusal(status: HTTPStatus, detail: str = "") -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of a problem document for a request that never reaches the application."""
    problem = {"type": "about:blank", "title": status.phrase, "status": status.value}
    body = json.dumps(problem | ({"detail": detail} if detail else {})).encode()
    headers = [
        (b"content-type", b"application/problem+json"),
        (b"content-length", str(len(body)).encode()),
        (b"access-control-allow-origin", b"*"),
        (b"connection", b"close"),
    ]
    return headers, body
