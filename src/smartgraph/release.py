"""The door between the wings: a release is a folder of files with checksums, and nothing else.

    <state>/releases/<id>/smartgraph.nq     canonical N-Quads of all graphs; the id is its hash
                          smartgraph.*      the same facts in the other formats
                          report.json       what validation had to say
                          context.jsonld    the JSON-LD context for identifiers under the base
                          frames.json       the JSON-LD frame of each kind of thing, by its name
                          manifest.json     base, reference date, sizes of the graphs
                          SHA256SUMS        sums of all of these, as ``sha256sum -c`` reads them
    <state>/current                         the id that is served
    <state>/history.jsonl                   when which release was published, newest last
    <state>/base                            the base IRI that the first build froze
    <state>/input                           fingerprint of the input of the newest build
    <state>/refused.json                    why the newest input was refused, until a build succeeds
    <state>/stores/<id>/                    a large release as its server reads it (:mod:`smartgraph.read.disk`)

A folder is written under another name and renamed when it is whole. Whatever does not match its
sums is refused (:class:`smartgraph.errors.DamagedRelease`).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from smartgraph.errors import DamagedRelease, NoRelease, StateError, Text, UnknownRelease, UsageError
from smartgraph.language import LANGUAGES, translation

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from smartgraph.errors import SmartgraphError

CORE: Final = "smartgraph.nq"
MANIFEST: Final = "manifest.json"
REPORT: Final = "report.json"
CONTEXT: Final = "context.jsonld"
FRAMES: Final = "frames.json"
SUMS: Final = "SHA256SUMS"
STORES: Final = "stores"
_ID_LENGTH: Final = 16


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release says about itself. Nothing in it comes from a clock.

    ``reference_date`` is the newest ``smg:retrieved`` (ISO date, empty without sources); ``graphs``
    are pairs of graph name and number of triples; ``triples`` counts each triple once.
    """

    base: str
    reference_date: str
    triples: int
    graphs: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """One file of a release; ``size`` in bytes."""

    name: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Release:
    """An undamaged release."""

    id: str
    folder: Path
    manifest: Manifest
    files: tuple[ReleaseFile, ...]

    @property
    def core(self) -> Path:
        return self.folder / CORE

    @property
    def store(self) -> Path:
        """Where a server keeps the release as its engine wants it, if it does; nothing of it is in the sums."""
        return self.folder.parent.parent / STORES / self.id

    def report(self) -> dict[str, Any]:
        """The validation report as published (see :mod:`smartgraph.build.explain`)."""
        content: dict[str, Any] = json.loads((self.folder / REPORT).read_text("utf-8"))
        return content


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why newer input was refused, in German and English."""

    de: str
    en: str


def refusal_of(error: SmartgraphError, root: Path) -> Refusal:
    """The refusal that an error stands for. It is shown to the public: files are called as they are below ``root``."""
    said = {code: error.text.translated(translation(code).gettext) for code in LANGUAGES}
    return Refusal(**{code: text.replace(f"{root}{os.sep}", "") for code, text in said.items()})


@dataclass(frozen=True, slots=True)
class Publication:
    """One line of the history: when (ISO, UTC) which release became current, and after which."""

    release: str
    at: str
    previous: str | None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def release_id(core: bytes) -> str:
    """The id of the release whose canonical N-Quads are ``core``."""
    return hashlib.sha256(core).hexdigest()[:_ID_LENGTH]


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def _sums(folder: Path) -> dict[str, str]:
    try:
        *lines, rest = (folder / SUMS).read_bytes().decode("utf-8").split("\n")
        if rest:
            raise ValueError(rest)
        return {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError):
        raise DamagedRelease(folder, Text("no readable {file}", file=SUMS), Text("the sums of all files")) from None


def open_release(folder: Path) -> Release:
    """The release in ``folder``, every byte of it checked.

    Raises:
        DamagedRelease: a file is missing, foreign or changed, or the id is not the hash of the data.
    """
    sums = _sums(folder)
    found = {path.name for path in folder.iterdir()} - {SUMS}
    if found != set(sums) or not {CORE, MANIFEST, REPORT} <= found:
        odd = ", ".join(sorted(found ^ (set(sums) | {CORE, MANIFEST, REPORT})))
        raise DamagedRelease(
            folder,
            Text("files that are missing or foreign ({odd})", odd=odd),
            Text("those in {file}", file=SUMS),
        )
    for name, digest in sums.items():
        if not (folder / name).is_file() or _sha256(folder / name) != digest:
            raise DamagedRelease(
                folder,
                Text("{file} with other content", file=name),
                Text("the content with sha256 {digest}…", digest=digest[:12]),
            )
    if not sums[CORE].startswith(folder.name) or len(folder.name) != _ID_LENGTH:
        raise DamagedRelease(
            folder,
            Text("data with the id {found}", found=sums[CORE][:_ID_LENGTH]),
            Text("data with the id that the folder is named after"),
        )
    files = tuple(ReleaseFile(name, digest, (folder / name).stat().st_size) for name, digest in sorted(sums.items()))
    return Release(folder.name, folder, _manifest(folder), files)


def _manifest(folder: Path) -> Manifest:
    try:
        raw = json.loads((folder / MANIFEST).read_text("utf-8"))
        graphs = tuple((name, size) for name, size in raw["graphs"])
        return Manifest(raw["base"], raw["reference_date"], raw["triples"], graphs)
    except (ValueError, KeyError, TypeError):
        raise DamagedRelease(
            folder,
            Text("no readable {file}", file=MANIFEST),
            Text("base, reference date and sizes of the graphs"),
        ) from None


def _write(path: Path, content: bytes) -> None:
    with path.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _replace(path: Path, content: bytes) -> None:
    """Writes ``path`` so that a reader sees the old content or the new, never a part.

    Raises:
        StateError: it cannot be written; the old content stays.
    """
    temporary = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        _write(temporary, content)
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise _not_written(path, error) from error


def _not_written(path: Path, error: OSError) -> StateError:
    return StateError(Text("{path}: cannot be written ({reason}).", path=path, reason=error.strerror))


def _publications(lines: list[bytes]) -> Iterator[Publication]:
    """The lines that can be read; a crash may have left half of one."""
    for line in lines:
        with suppress(ValueError, TypeError):
            yield Publication(**json.loads(line))


class Releases:
    """The releases of one state folder."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.folder = state / "releases"

    def prepare(self) -> None:
        """Makes the state folder and proves that it can be written to.

        Raises:
            StateError: it cannot.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.state):
                pass
        except OSError as error:
            raise StateError(
                Text(
                    "{folder}: cannot write there ({reason}). Give this user the right to write, "
                    "or choose another folder with --state-dir or SMARTGRAPH_STATE_DIR.",
                    folder=self.state, reason=error.strerror,
                )
            ) from error  # fmt: skip

    def ids(self) -> tuple[str, ...]:
        """The ids of all folders, published last first; folders without history come last."""
        if not self.folder.is_dir():
            return ()
        there = {path.name for path in self.folder.iterdir() if not path.name.startswith(".")}
        published = [p.release for p in reversed(self.history()) if p.release in there]
        return tuple(dict.fromkeys([*published, *sorted(there)]))

    def history(self) -> tuple[Publication, ...]:
        """What was published, oldest first."""
        path = self.state / "history.jsonl"
        if not path.is_file():
            return ()
        return tuple(_publications(path.read_bytes().split(b"\n")))

    def current_id(self) -> str | None:
        """The id that ``current`` points to, undamaged or not."""
        with suppress(OSError):
            return (self.state / "current").read_text("utf-8").strip() or None
        return None

    def open(self, wanted: str) -> Release:
        """The release with this id, checked.

        Raises:
            UnknownRelease: there is none.
            DamagedRelease: it does not match its sums.
        """
        if wanted not in self.ids():
            raise UnknownRelease(wanted, self.ids())
        return open_release(self.folder / wanted)

    def undamaged(self) -> Iterator[tuple[Release | None, DamagedRelease | None]]:
        """Each release, the current first, then newest first: opened, or the damage that was found."""
        current = self.current_id()
        for name in sorted(self.ids(), key=lambda name: name != current):
            try:
                yield open_release(self.folder / name), None
            except DamagedRelease as damage:
                yield None, damage

    def newest(self) -> tuple[Release, tuple[DamagedRelease, ...]]:
        """The current release, or the newest undamaged one, and the damage met on the way.

        Raises:
            NoRelease: none is undamaged.
        """
        damages: list[DamagedRelease] = []
        for release, damage in self.undamaged():
            if release:
                return release, tuple(damages)
            if damage:
                damages.append(damage)
        raise NoRelease(self.folder, tuple(damages))

    def add(self, core: bytes, manifest: Manifest, report: Mapping[str, Any], dumps: Mapping[str, bytes]) -> Release:
        """Publishes: writes the folder if it is new (or was damaged), then points ``current`` to it.

        Returns:
            the release, opened and checked.
        Raises:
            StateError: the disk or its permissions refuse; nothing is left half written.
        """
        self.prepare()
        name = release_id(core)
        content = {CORE: core, MANIFEST: _json(asdict(manifest)), REPORT: _json(report), **dumps}
        sums = "".join(f"{hashlib.sha256(content[file]).hexdigest()}  {file}\n" for file in sorted(content))
        content[SUMS] = sums.encode()
        target = self.folder / name
        if not self._holds(target, content):
            self._write_folder(target, content)
        release = open_release(target)
        self.use(name)
        return release

    @staticmethod
    def _holds(target: Path, content: Mapping[str, bytes]) -> bool:
        try:
            return (target / SUMS).read_bytes() == content[SUMS] and bool(open_release(target))
        except (OSError, DamagedRelease):
            return False

    def _write_folder(self, target: Path, content: Mapping[str, bytes]) -> None:
        temporary = Path(tempfile.mkdtemp(prefix=".writing-", dir=self.folder))
        replaced = temporary.with_name(f".replaced-{temporary.name}")
        try:
            for name, data in content.items():
                _write(temporary / name, data)
            temporary.chmod(0o755)
            self._rename(temporary, target, content, replaced)
        except OSError as error:
            raise StateError(
                Text(
                    "{folder}: cannot be written ({reason}). Nothing was published.",
                    folder=target, reason=error.strerror,
                )
            ) from error  # fmt: skip
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            shutil.rmtree(replaced, ignore_errors=True)

    def _rename(self, temporary: Path, target: Path, content: Mapping[str, bytes], replaced: Path) -> None:
        try:
            temporary.rename(target)
        except OSError:
            if self._holds(target, content):
                return  # somebody else published the same in the meantime
            # Damaged, or the same data with other files beside them: the old folder makes room.
            target.rename(replaced)
            temporary.rename(target)

    def use(self, wanted: str) -> Release:
        """Points ``current`` to a release and notes it in the history.

        Raises:
            UnknownRelease, DamagedRelease: as :meth:`open`.
        """
        release = self.open(wanted)
        previous = self.current_id()
        if previous != wanted:
            _replace(self.state / "current", f"{wanted}\n".encode())
            now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            self._note(Publication(wanted, now, previous))
        return release

    def _note(self, publication: Publication) -> None:
        path = self.state / "history.jsonl"
        line = json.dumps(asdict(publication), sort_keys=True).encode()
        try:
            noted = path.read_bytes() if path.is_file() else b""
            # A line that a crash left unfinished must not spoil this one.
            gap = b"\n" if noted and not noted.endswith(b"\n") else b""
            with path.open("ab") as stream:
                stream.write(gap + line + b"\n")
        except OSError as error:
            raise _not_written(path, error) from error

    def prune(self, keep: int) -> tuple[str, ...]:
        """Removes all but the ``keep`` newest releases (the current one always stays); the ids removed.

        What a server made of a release that is gone goes as well.


        Raises:
            UsageError: ``keep`` is negative.
        """
        if keep < 0:
            raise UsageError(Text("{count} releases cannot be kept. Wanted: 0 or more.", count=keep))
        current = self.current_id()
        removed = tuple(name for name in self.ids()[keep:] if name != current)
        for name in removed:
            shutil.rmtree(self.folder / name)
        for store in (self.state / STORES).glob("[!.]*"):
            if not (self.folder / store.name).is_dir():
                shutil.rmtree(store)
        return removed

    def frozen_base(self) -> str | None:
        """The base IRI that the first build froze."""
        with suppress(OSError):
            return (self.state / "base").read_text("utf-8").strip() or None
        return None

    def freeze_base(self, base: str) -> None:
        """Remembers ``base`` for all later builds without a configured one."""
        _replace(self.state / "base", f"{base}\n".encode())

    def built_from(self) -> str | None:
        """Fingerprint of the newest built input."""
        with suppress(OSError, UnicodeDecodeError):
            return (self.state / "input").read_text("utf-8").strip() or None
        return None

    def note_input(self, fingerprint: str) -> None:
        """Remembers the input that was built, so that a start without an edit need not build."""
        _replace(self.state / "input", f"{fingerprint}\n".encode())
        (self.state / "refused.json").unlink(missing_ok=True)

    def note_refusal(self, refusal: Refusal) -> None:
        """Remembers why the newest input was refused; the next good build forgets it."""
        _replace(self.state / "refused.json", _json(asdict(refusal)))

    def refusal(self) -> Refusal | None:
        """Why the newest input was refused, ``None`` if it was published."""
        with suppress(OSError, ValueError, TypeError):
            return Refusal(**json.loads((self.state / "refused.json").read_text("utf-8")))
        return None
