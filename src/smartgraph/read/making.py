"""Makes the store on disk of a large release: one at a time, under another name until it is whole."""

from __future__ import annotations

import fcntl
import json
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pyoxigraph

from smartgraph.errors import StateError, Text
from smartgraph.read.disk import SEAL, is_whole, seal_of
from smartgraph.read.store import has_shared, pieces

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smartgraph.release import Release

_MAKING: Final = "The store on disk for release {id} is being made, once: {triples} triples. This takes a while."
_NOT_MADE: Final = "{folder}: the store on disk cannot be made ({reason})."
#: The engine's bulk loader takes 2 GB with a million triples if it is given everything at once, with this 0.5 GB.
_AT_ONCE: Final = 250_000


def provide(release: Release, say: Callable[[Text], None]) -> None:
    """Returns when the release has a store that is whole; says so if it has to be made.

    Takes memory and starts threads, so it is for a process that ends afterwards. Whoever wants the same at
    the same time waits.

    Raises:
        StateError: the disk or its permissions refuse; nothing is left half written.
    """
    stores = release.store.parent
    temporary = stores / ".making"
    try:
        stores.mkdir(exist_ok=True)
        with _alone(stores / ".lock"), _cleared(temporary):
            if not is_whole(release):
                say(Text(_MAKING, id=release.id, triples=release.manifest.triples))
                _make(release, temporary)
    except (OSError, RuntimeError) as error:
        raise StateError(Text(_NOT_MADE, folder=release.store, reason=error)) from error


@contextmanager
def _alone(lock: Path) -> Iterator[None]:
    """Only one process at a time; the kernel lets the next one in, however this one ends."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


@contextmanager
def _cleared(folder: Path) -> Iterator[None]:
    """Without what another left there that was ended, and leaving nothing."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _make(release: Release, temporary: Path) -> None:
    engine = pyoxigraph.Store(str(temporary))
    for piece in pieces(release, _AT_ONCE, with_union=has_shared(release)):
        engine.bulk_extend(piece)
    engine.optimize()
    del engine  # closes its files
    (temporary / SEAL).write_text(json.dumps(seal_of(temporary), indent=1), "utf-8")
    shutil.rmtree(release.store, ignore_errors=True)  # damaged, or of another maker
    temporary.rename(release.store)
