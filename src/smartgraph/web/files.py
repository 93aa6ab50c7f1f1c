"""Files as they lie on the disk, whole or in parts, with tags made from their bytes.

Spec: RFC 9110, sections 13 (conditional requests) and 14 (ranges).
"""

from __future__ import annotations

import hashlib
from mimetypes import guess_type
from pathlib import Path
from typing import TYPE_CHECKING, Final

from flask import Response, request, send_from_directory

from smartgraph.errors import UnknownAddress

if TYPE_CHECKING:
    from flask import Flask

_FOLDER: Final = Path(__file__).parent / "static"


def serve(app: Flask) -> None:
    """Adds the style and the pictures of the pages to the application, as the endpoint ``static``."""
    sums = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(_FOLDER.iterdir())}

    def view(filename: str) -> Response:
        if filename not in sums:
            raise UnknownAddress(request.path, tuple(sums))
        return send(_FOLDER, filename, sums[filename], guess_type(filename)[0] or "application/octet-stream")

    app.add_url_rule("/static/<filename>", "static", view)


def send(folder: Path, name: str, tag: str, content_type: str) -> Response:
    """The file called ``name``, or the part that the request asks for, or 304.

    A file's time is that of the copy, not of the content, so no answer depends on it.
    """
    response = send_from_directory(
        folder, name, mimetype="application/octet-stream", etag=tag, last_modified=None, conditional=True, max_age=None
    )
    response.last_modified = None
    response.headers["Content-Type"] = content_type
    response.headers["Cache-Control"] = "no-cache"
    return response
