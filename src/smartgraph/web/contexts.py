"""The JSON-LD context and frames of the release, and documents in compact JSON-LD.

Spec: JSON-LD 1.1, section C (media type, profiles); JSON-LD 1.1 Framing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from flask import Blueprint, Response, current_app, request

from smartgraph.errors import UnknownFrame, UnknownThing
from smartgraph.formats import JSONLD, Format, profile_of
from smartgraph.jsonld import EXPANDED, Compactor
from smartgraph.licences import licence_of
from smartgraph.release import CONTEXT, FRAMES
from smartgraph.serialize import write_graph
from smartgraph.vocab import prefixes
from smartgraph.web.replies import Caching, Link, Site, current_site, known, reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from flask.blueprints import BlueprintSetupState

    from smartgraph.release import Release

blueprint = Blueprint("contexts", __name__)

_EXTENSION: Final = "smartgraph-contexts"


@dataclass(frozen=True, slots=True)
class _Contexts:
    """Context and frames as they are sent; no compactor where the release was made without a context."""

    context: bytes
    frames: Mapping[str, bytes]
    compactor: Compactor | None


@blueprint.record
def _open(state: BlueprintSetupState) -> None:
    site: Site = state.app.extensions["smartgraph"]
    state.app.extensions[_EXTENSION] = _read(site.reader.release)


def _read(release: Release) -> _Contexts:
    if not {CONTEXT, FRAMES} <= {file.name for file in release.files}:
        return _Contexts(b"", {}, None)
    context = (release.folder / CONTEXT).read_bytes()
    frames = json.loads((release.folder / FRAMES).read_bytes())
    written = {kind: json.dumps(frame, ensure_ascii=False, indent=1).encode() for kind, frame in frames.items()}
    return _Contexts(context, written, Compactor(release.manifest.base + CONTEXT, json.loads(context)))


def _contexts() -> _Contexts:
    found: _Contexts = current_app.extensions[_EXTENSION]
    return found


@blueprint.get(f"/{CONTEXT}")
def context() -> Response:
    """The context that all our JSON-LD documents name."""
    if not _contexts().context:
        raise UnknownThing(request.path)
    return _sent(_contexts().context)


@blueprint.get("/frames/<name>")
def frame(name: str) -> Response:
    """The frame of one kind of thing.

    Raises:
        UnknownFrame: there is no such kind.
    """
    kind, _, extension = name.partition(".")
    frames = _contexts().frames
    if kind not in frames or extension != JSONLD.extension:
        raise UnknownFrame(request.path, name, tuple(f"{known}.{JSONLD.extension}" for known in frames))
    return _sent(frames[kind])


def _sent(body: bytes) -> Response:
    links = (Link(licence_of("ontology").iri, "license"),)
    caching = Caching(hashlib.sha256(body).hexdigest()[:32], vary=(), links=links)
    return known(caching) or reply(body, JSONLD.content_type, caching)


# ---- Documents


def written(ntriples: bytes, form: Format) -> bytes:
    """The triples in ``form``; JSON-LD in compact form, unless the client asks for the expanded one."""
    compactor = _compactor(form)
    return compactor.compact(ntriples) if compactor else write_graph(ntriples, form, prefixes(current_site().base))


def content_type(form: Format) -> str:
    """The Content-Type header of what :func:`written` gives."""
    expanded = form == JSONLD and not _compactor(form)
    return f'{form.media_type};profile="{EXPANDED}"' if expanded else form.content_type


def tags(form: Format) -> tuple[str, ...]:
    """What tells representations in ``form`` apart: the context, and whether it was used."""
    return (hashlib.sha256(_contexts().context).hexdigest(),) if _compactor(form) else ()


def _compactor(form: Format) -> Compactor | None:
    """Who writes ``form`` for this request, ``None`` for the engine."""
    if form != JSONLD or EXPANDED in profile_of(request.headers.get("Accept", ""), JSONLD):
        return None
    return _contexts().compactor
