"""The files of the release, to take away."""

from __future__ import annotations

import hashlib
from typing import Final

from flask import Blueprint, Response, jsonify, request

from smartgraph.errors import UnknownAddress, UnknownRelease
from smartgraph.formats import FORMATS, HTML
from smartgraph.licences import licence_of
from smartgraph.release import SUMS, ReleaseFile
from smartgraph.web import pages
from smartgraph.web.files import send
from smartgraph.web.replies import (
    BY_LANGUAGE,
    Caching,
    Link,
    current_site,
    known,
    language,
    reply,
    tag_of,
    wants_page,
)

blueprint = Blueprint("downloads", __name__)

_OTHER_TYPES: Final = {"json": "application/json", "gz": "application/gzip", "zst": "application/zstd"}


@blueprint.get("/downloads/", strict_slashes=False)
def listing() -> Response:
    """What there is: a page for browsers, JSON for all others."""
    if wants_page():
        chosen = language()
        caching = Caching(tag_of("downloads", HTML.name, chosen), BY_LANGUAGE, links=pages.page_links("/downloads/"))
        return known(caching) or reply(pages.downloads_page(chosen), HTML.content_type, caching, chosen)
    caching = Caching(tag_of("downloads", "json"), BY_LANGUAGE)
    return known(caching) or caching.put_on(_listed())


def _listed() -> Response:
    release = current_site().reader.release
    files = [
        {
            "name": file.name,
            "url": f"{request.script_root}/releases/{release.id}/{file.name}",
            "mediaType": _media_type(file.name),
            "size": file.size,
            "sha256": file.sha256,
        }
        for file in release.files
    ]
    return jsonify(release=release.id, referenceDate=release.manifest.reference_date, files=files)


@blueprint.get("/downloads/<name>")
def newest(name: str) -> Response:
    """A file of the release that is served now."""
    return _sent(name)


@blueprint.get("/releases/<id_>/<name>")
def fixed(id_: str, name: str) -> Response:
    """A file of one certain release; for now only the one that is served has its files here."""
    current = current_site().reader.release.id
    if id_ != current:
        raise UnknownRelease(id_, (current,))
    return _sent(name)


def _sent(name: str) -> Response:
    """The file. Its name must be one of the release's own, so that no path leads out of the folder."""
    release = current_site().reader.release
    files = (*release.files, _sums())
    file = next((file for file in files if file.name == name), None)
    if file is None:
        raise UnknownAddress(request.path, tuple(file.name for file in files))
    response = send(release.folder, file.name, file.sha256, _media_type(file.name))
    for licence in sorted({licence_of(graph).iri for graph, _ in release.manifest.graphs}):
        response.headers.add("Link", str(Link(licence, "license")))
    return response


def _sums() -> ReleaseFile:
    """The file with the sums, which holds none of itself."""
    content = (current_site().reader.release.folder / SUMS).read_bytes()
    return ReleaseFile(SUMS, hashlib.sha256(content).hexdigest(), len(content))


def _media_type(name: str) -> str:
    extension = name.rpartition(".")[2]
    known_types = {form.extension: form.content_type for form in FORMATS} | _OTHER_TYPES
    return known_types.get(extension, "text/plain; charset=utf-8")
