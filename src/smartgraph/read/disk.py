"""The store on disk of a large release: what there is of it, and whether it is whole.

    <state>/stores/<id>/            what the engine writes, under names of its own choice
                        seal.json   who made it, and the sums of all these files; written last

It says nothing that the release does not say, so it is no part of one: it is made when a server needs it
(:mod:`smartgraph.read.making`), may be removed while none runs, and is made anew if it is not as it was.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph

from smartgraph.read.store import Store

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.release import Release
    from smartgraph.settings import Settings

SEAL: Final = "seal.json"
#: Another engine may read these files otherwise. The number is that of what we put in: named graphs and union.
_MAKER: Final = f"pyoxigraph {pyoxigraph.__version__}, 1"


def is_large(release: Release, settings: Settings) -> bool:
    """True if a server reads the release from disk."""
    return release.manifest.triples > settings.max_triples_in_memory


def is_whole(release: Release) -> bool:
    """True if the release has a store, of our making, in which every byte is as it was written."""
    try:
        seal = json.loads((release.store / SEAL).read_text("utf-8"))
        return bool(seal == seal_of(release.store))
    except (OSError, ValueError):
        return False


def seal_of(folder: Path) -> dict[str, Any]:
    """What the seal of a store has to say."""
    sums = {path.name: _sha256(path) for path in sorted(folder.iterdir()) if path.name != SEAL}
    return {"maker": _MAKER, "sums": sums}


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def open_or_load(release: Release) -> Store:
    """The release for a few questions: from its store on disk if it has one, else read into memory."""
    return Store.open(release) if is_whole(release) else Store.load(release)
