"""Files made from the model: the JSON-LD context and frames.

They stand in ``ontology/`` so that a change of the model shows what it changes for readers of JSON, and in
each release under its own base.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from smartgraph.build.context import context, terms
from smartgraph.build.frames import frames
from smartgraph.build.model import Model
from smartgraph.build.sources.turtle import read_source
from smartgraph.release import CONTEXT, FRAMES
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.bundle import Bundle

_FOLDER: Final = "frames"


def release_files(model: Model, base: str) -> dict[str, bytes]:
    """Context and frames as files of a release. The model stands under ``base``."""
    words = terms(model, base)
    return {CONTEXT: _json(context(model, words)), FRAMES: _json(frames(model, words.keys, base))}


def authored_model(bundle: Bundle) -> Model:
    """The model as it is authored, under the placeholder.

    Raises:
        SourceError: a file is not correct Turtle.
    """
    files = sorted(path for folder in (bundle.ontology, bundle.shapes) for path in folder.rglob("*.ttl"))
    return Model(triple for path in files for triple in read_source(path, "").triples)


def generated_files(bundle: Bundle) -> dict[Path, bytes | None]:
    """The files in ``ontology/`` that are made from the model, with what they should hold.

    ``None`` stands for a frame that should not be there, because its kind of thing is gone.

    Raises:
        SourceError: a file of the model is not correct Turtle.
    """
    model = authored_model(bundle)
    words = terms(model, PLACEHOLDER)
    folder = bundle.ontology / _FOLDER
    there: dict[Path, bytes | None] = dict.fromkeys(sorted(folder.glob("*.jsonld")))
    made = {folder / f"{kind}.jsonld": _json(frame) for kind, frame in frames(model, words.keys, PLACEHOLDER).items()}
    return {bundle.ontology / CONTEXT: _json(context(model, words)), **there, **made}


def stale_files(bundle: Bundle) -> list[Path]:
    """The files that do not hold what the model gives.

    Raises:
        SourceError: a file of the model is not correct Turtle.
    """
    return [path for path, content in generated_files(bundle).items() if _held(path) != content]


def write_files(bundle: Bundle) -> list[Path]:
    """Brings the files up to date; those that changed.

    Raises:
        SourceError: a file of the model is not correct Turtle; nothing is written.
    """
    made = generated_files(bundle)
    changed = [path for path, content in made.items() if _held(path) != content]
    for path in changed:
        content = made[path]
        if content is None:
            path.unlink()
        else:
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return changed


def _held(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()
