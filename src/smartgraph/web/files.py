"""Files as they lie on the disk, whole or in parts, with tags made from their bytes.

Spec: RFC 9110, sections 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import hashlib
import re
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Response, request
from werkzeug.utils import send_from_directory

from smartgraph.errors import UnknownAddress

if TYPE_CHECKING:
    from flask import Flask

_RANGE: Final = re.compile(r"bytes=(?:(?P<first>[0-9]{1,18})-(?P<last>[0-9]{0,18})|-(?P<suffix>[0-9]{1,18}))")
_FOLDER: Final = Path(__file__).parent / "static"


def serve(app: Flask) -> None:
    """Adds the style and the pictures of the pages to the application, as the endpoint ``static``."""
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(_FOLDER.iterdir())}

    def view(filename: str) -> Response:
        if filename not in sums:
            raise UnknownAddress(request.path, tuple(sums))
        return send(_FOLDER, filename, sums[filename], _type(filename))

    app.add_url_rule("/static/<filename>", "static", view)


def _type(name: str) -> str:
    found = guess_type(name)[0] or "application/octet-stream"
    return f"{found}; charset=utf-8" if found.startswith("text/") else found


def send(folder: Path, name: str, tag: str, content_type: str) -> Response:
    """The file called ``name``, or the part that the request asks for, or 304.

    A file's time is that of the copy, not of the content, so no answer depends on it.
    """
    environ = dict(request.environ)
    if not _asks_for_part((folder / name).stat().st_size):
        environ.pop("HTTP_RANGE", None)
    response = send_from_directory(
        folder, name, environ, mimetype="application/octet-stream", etag=tag, response_class=Response
    )
    assert isinstance(response, Response)
    # The server in front gives the date of the answer.
    for name in ("Last-Modified", "Date"):
        response.headers.pop(name, None)
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-cache"
    return response


def _asks_for_part(size: int) -> bool:
    """True for one range of bytes. Of other units, malformed ranges and other methods than GET nothing is read.

    More bytes from the end than there are is the whole file.

    Spec: RFC 9110, sections 14.1.1 and 14.2.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or found is None:
        return False
    if found["suffix"] and int(found["suffix"]) > size:
        return False
    first, last = found["first"], found["last"]
    return not (first and last) or int(first) <= int(last)
