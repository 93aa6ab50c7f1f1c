"""The door: what does not match its sums is refused, and what is published is whole."""

from __future__ import annotations

import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path
from threading import Barrier

import pytest
from bundles_for_tests import contents

from smartgraph.errors import (
    DamagedRelease,
    NoRelease,
    SmartgraphError,
    StateError,
    UnknownRelease,
    UsageError,
)
from smartgraph.release import (
    Manifest,
    Publication,
    Refusal,
    Release,
    ReleaseFile,
    Releases,
    open_release,
    release_id,
)

MANIFEST = Manifest("https://data.example.org/", "2026-11-22", 1, (("essen", 1),))
FILES = ("SHA256SUMS", "manifest.json", "report.json", "smartgraph.nq", "smartgraph.ttl")


def core(number: int = 1) -> bytes:
    return f"<urn:a> <urn:b> <urn:{number}> <urn:graph/essen> .\n".encode()


def add(releases: Releases, number: int = 1, dump: bytes = b"<urn:a> <urn:b> <urn:1> .\n") -> Release:
    return releases.add(core(number), MANIFEST, {"conforms": True, "findings": []}, {"smartgraph.ttl": dump})


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    return Releases(tmp_path / "state")


# ---- Whole or not at all ----


def test_what_was_added_comes_back(releases: Releases) -> None:
    release = add(releases)
    assert release == releases.open(release.id) == open_release(releases.folder / release.id)
    assert release.manifest == MANIFEST
    assert release.id == release_id(core()) == release.folder.name
    assert release.core.read_bytes() == core()
    assert release.report() == {"conforms": True, "findings": []}
    assert sorted(contents(release.folder)) == list(FILES)
    assert [file.name for file in release.files] == [name for name in FILES if name != "SHA256SUMS"]
    assert all(
        file == ReleaseFile(file.name, file.sha256, len(contents(release.folder)[file.name])) for file in release.files
    )


def test_the_sums_are_those_that_sha256sum_reads(releases: Releases) -> None:
    release = add(releases)
    lines = (release.folder / "SHA256SUMS").read_text("ascii").splitlines()
    assert lines == [f"{file.sha256}  {file.name}" for file in release.files]


@pytest.mark.parametrize("name", FILES)
def test_a_flipped_byte_in_any_place_of_any_file_is_refused(name: str, releases: Releases) -> None:
    release = add(releases)
    path = release.folder / name
    good = path.read_bytes()
    # 0x01 turns a line break into another one, 0x20 a small letter into a capital.
    for mask in (0x01, 0x20, 0xFF):
        for at in range(len(good)):
            path.write_bytes(good[:at] + bytes([good[at] ^ mask]) + good[at + 1 :])
            with pytest.raises(DamagedRelease):
                open_release(release.folder)
    path.write_bytes(good)
    assert open_release(release.folder) == release


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(name: str, releases: Releases) -> None:
    release = add(releases)
    (release.folder / name).unlink()
    with pytest.raises(DamagedRelease, match=name.replace(".", r"\.")) as refused:
        open_release(release.folder)
    assert refused.value.folder == release.folder
    assert "It is not served. Run 'smartgraph build'" in str(refused.value)


@pytest.mark.parametrize("name", FILES)
def test_a_truncated_file_is_refused(name: str, releases: Releases) -> None:
    release = add(releases)
    path = release.folder / name
    good = path.read_bytes()
    for length in (0, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:length])
        with pytest.raises(DamagedRelease):
            open_release(release.folder)


@pytest.mark.parametrize("foreign", ["notes.txt", ".hidden", "folder"])
def test_a_foreign_file_is_refused(foreign: str, releases: Releases) -> None:
    release = add(releases)
    path = release.folder / foreign
    path.mkdir() if foreign == "folder" else path.write_text("", "utf-8")
    with pytest.raises(DamagedRelease, match=rf"missing or foreign \({foreign}\)"):
        open_release(release.folder)


def test_a_folder_in_the_place_of_a_file_is_refused(releases: Releases) -> None:
    release = add(releases)
    (release.folder / "smartgraph.ttl").unlink()
    (release.folder / "smartgraph.ttl").mkdir()
    with pytest.raises(DamagedRelease, match=r"smartgraph\.ttl with other content"):
        open_release(release.folder)


def test_a_release_under_another_name_is_refused(releases: Releases) -> None:
    release = add(releases)
    for name in ("0123456789abcdef", release.id[:8]):
        other = releases.folder / name
        shutil.copytree(release.folder, other)
        with pytest.raises(DamagedRelease, match=f"data with the id {release.id}"):
            open_release(other)


def test_other_data_under_honest_sums_are_refused(releases: Releases) -> None:
    """Whoever changes the data and the sums alike still has the wrong id."""
    one, two = add(releases, 1), add(releases, 2)
    for path in two.folder.iterdir():
        shutil.copy(path, one.folder)
    with pytest.raises(DamagedRelease, match=f"data with the id {two.id}"):
        open_release(one.folder)


@pytest.mark.parametrize("manifest", [b"", b"[]", b'{"name": "an extension"}', b'{"base": 1, "graphs": 2}'])
def test_a_manifest_of_somebody_else_is_refused(manifest: bytes, releases: Releases) -> None:
    folder = add(releases).folder
    own = (folder / "manifest.json").read_bytes()
    (folder / "manifest.json").write_bytes(manifest)
    sums = (folder / "SHA256SUMS").read_text("ascii")
    honest = sums.replace(sha256(own).hexdigest(), sha256(manifest).hexdigest())
    (folder / "SHA256SUMS").write_text(honest, "ascii")
    with pytest.raises(DamagedRelease, match=r"no readable manifest\.json"):
        open_release(folder)


@pytest.mark.parametrize("name", FILES)
def test_publishing_again_repairs_a_damaged_folder(name: str, releases: Releases) -> None:
    release = add(releases)
    before = contents(release.folder)
    (release.folder / name).write_bytes(b"spoilt")
    assert add(releases) == release
    assert contents(release.folder) == before
    assert [path.name for path in releases.folder.iterdir()] == [release.id]


def test_publishing_the_same_again_writes_nothing(releases: Releases) -> None:
    release = add(releases)
    before = {path: path.stat().st_mtime_ns for path in releases.state.rglob("*")}
    assert add(releases) == release
    assert {path: path.stat().st_mtime_ns for path in releases.state.rglob("*")} == before


def test_the_same_data_with_other_files_beside_them_take_the_place_of_the_old(releases: Releases) -> None:
    first = add(releases)
    second = add(releases, dump=b"# another spelling\n")
    assert second.id == first.id
    assert (second.folder / "smartgraph.ttl").read_bytes() == b"# another spelling\n"
    assert [path.name for path in releases.folder.iterdir()] == [first.id]


def test_the_same_content_can_be_published_by_many_at_the_same_time(releases: Releases) -> None:
    together = Barrier(8)

    def publish(number: int) -> Release:
        together.wait()
        return add(releases, number)

    switching = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(8) as pool:
            for number in range(12):
                made = list(pool.map(publish, [number] * 8))
                assert made == [releases.open(release_id(core(number)))] * 8
    finally:
        sys.setswitchinterval(switching)
    assert {path.name for path in releases.folder.iterdir()} == {release_id(core(n)) for n in range(12)}
    assert sorted(path.name for path in releases.state.iterdir()) == ["current", "history.jsonl", "releases"]


# ---- Which one is served ----


def test_the_newest_is_the_current_one(releases: Releases) -> None:
    one, two = add(releases, 1), add(releases, 2)
    assert releases.newest() == (two, ())
    releases.use(one.id)
    assert releases.newest() == (one, ())
    assert releases.current_id() == one.id


def test_what_current_names_is_served_even_if_nobody_noted_it(releases: Releases) -> None:
    """A person may write the id there by hand."""
    one, _ = add(releases, 1), add(releases, 2)
    (releases.state / "current").write_text(f"{one.id}\n", "utf-8")
    assert releases.newest() == (one, ())


def test_a_damaged_release_gives_way_to_the_newest_undamaged_one(releases: Releases) -> None:
    one, two, three = (add(releases, number) for number in (1, 2, 3))
    (three.folder / "smartgraph.nq").write_bytes(b"")
    (two.folder / "manifest.json").unlink()
    release, damages = releases.newest()
    assert release == one
    assert [damage.folder for damage in damages] == [three.folder, two.folder]


def test_without_an_undamaged_release_there_is_none(releases: Releases) -> None:
    with pytest.raises(NoRelease, match=r"there is no release to open\. Run 'smartgraph build' first"):
        releases.newest()
    (add(releases).folder / "smartgraph.nq").write_bytes(b"")
    with pytest.raises(NoRelease) as refused:
        releases.newest()
    assert refused.value.folder == releases.folder


def test_half_written_folders_are_not_seen(releases: Releases) -> None:
    release = add(releases)
    shutil.copytree(release.folder, releases.folder / ".writing-abc")
    (releases.folder / ".writing-abc" / "manifest.json").unlink()
    assert releases.ids() == (release.id,)
    assert releases.newest() == (release, ())


def test_a_copied_folder_is_a_replica(releases: Releases, tmp_path: Path) -> None:
    """Also without a history: it is found, and it can be used."""
    release = add(releases)
    replica = Releases(tmp_path / "replica")
    shutil.copytree(release.folder, replica.folder / release.id)
    assert replica.newest()[0].files == release.files
    replica.use(release.id)
    assert replica.current_id() == release.id


def test_using_what_is_unknown_or_damaged_changes_nothing(releases: Releases) -> None:
    one, two = add(releases, 1), add(releases, 2)
    (one.folder / "manifest.json").write_bytes(b"{}")
    before = contents(releases.state)
    with pytest.raises(UnknownRelease) as unknown:
        releases.use("0123456789abcdef")
    assert unknown.value.exit_status == 2
    assert unknown.value.known == (two.id, one.id)
    with pytest.raises(UnknownRelease):
        releases.use(f"../releases/{two.id}")
    with pytest.raises(DamagedRelease):
        releases.use(one.id)
    assert contents(releases.state) == before


# ---- What happened when ----


def test_the_history_tells_what_followed_what(releases: Releases) -> None:
    assert releases.history() == ()
    one, two = add(releases, 1), add(releases, 2)
    add(releases, 2)
    releases.use(one.id)
    history = releases.history()
    assert [(item.release, item.previous) for item in history] == [
        (one.id, None),
        (two.id, one.id),
        (one.id, two.id),
    ]
    assert [item.at for item in history] == sorted(item.at for item in history)
    assert all(item.at.endswith("Z") and len(item.at) == 20 for item in history)
    assert releases.ids() == (one.id, two.id)


def test_a_line_that_a_crash_left_unfinished_does_not_spoil_the_history(releases: Releases) -> None:
    one = add(releases, 1)
    path = releases.state / "history.jsonl"
    path.write_bytes(path.read_bytes() + b'{"at": "2026-')
    two = add(releases, 2)
    assert [item.release for item in releases.history()] == [one.id, two.id]
    assert isinstance(releases.history()[0], Publication)


def test_pruning_keeps_the_newest_and_always_the_current_one(releases: Releases) -> None:
    made = [add(releases, number).id for number in range(4)]
    releases.use(made[0])
    assert releases.ids() == (made[0], made[3], made[2], made[1])
    assert releases.prune(2) == (made[2], made[1])
    assert releases.ids() == (made[0], made[3])
    assert releases.prune(2) == ()
    releases.use(made[3])
    assert releases.prune(0) == (made[0],)
    assert releases.newest()[0].id == made[3]


def test_pruning_removes_what_servers_made_of_releases_that_are_gone(releases: Releases) -> None:
    one, two = add(releases, 1), add(releases, 2)
    unfinished = one.store.parent / ".making"
    for folder in (one.store, two.store, two.store.with_name("0123456789abcdef"), unfinished):
        folder.mkdir(parents=True)
        (folder / "000001.sst").write_bytes(b"")
    assert releases.prune(1) == (one.id,)
    assert sorted(path.name for path in two.store.parent.iterdir()) == [".making", two.id]
    assert contents(two.store) == {"000001.sst": b""}


def test_a_number_of_releases_below_none_cannot_be_kept(releases: Releases) -> None:
    add(releases)
    before = contents(releases.state)
    with pytest.raises(UsageError, match="-1 releases cannot be kept"):
        releases.prune(-1)
    assert contents(releases.state) == before


# ---- Notes of the builds ----


def test_the_notes_of_a_build_come_back_and_a_good_one_forgets_the_refusal(releases: Releases) -> None:
    releases.prepare()
    assert (releases.built_from(), releases.frozen_base(), releases.refusal()) == (None, None, None)
    releases.freeze_base("https://data.example.org/")
    releases.note_refusal(Refusal("weil", "because"))
    assert releases.frozen_base() == "https://data.example.org/"
    assert releases.refusal() == Refusal("weil", "because")
    releases.note_input("fingerprint")
    assert releases.built_from() == "fingerprint"
    assert releases.refusal() is None


@pytest.mark.parametrize("spoilt", [b"", b"{", b"[]", b'{"a": 1}', b"\xff"])
def test_a_spoilt_note_counts_as_none(spoilt: bytes, releases: Releases) -> None:
    releases.prepare()
    for name in ("input", "refused.json"):
        (releases.state / name).write_bytes(spoilt)
    assert releases.built_from() != "the fingerprint of some input"
    assert releases.refusal() is None


# ---- A machine that refuses ----


def test_a_state_folder_below_a_file_is_told_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    releases = Releases(tmp_path / "file" / "state")
    for attempt in (releases.prepare, lambda: add(releases)):
        with pytest.raises(StateError) as refused:
            attempt()
        assert refused.value.exit_status == 3
        assert str(refused.value) == (
            f"{releases.state}: cannot write there (Not a directory). Give this user the right to write, "
            "or choose another folder with --state-dir or SMARTGRAPH_STATE_DIR."
        )
    assert releases.ids() == ()
    assert releases.current_id() is None


@pytest.mark.parametrize("name", ["current", "history.jsonl"])
def test_a_note_that_cannot_be_written_is_told(name: str, releases: Releases) -> None:
    """A folder in its place stands for a full disk: both refuse the write."""
    one = add(releases, 1)
    before = sorted(path.name for path in releases.state.iterdir())
    (releases.state / name).unlink()
    (releases.state / name / "x").mkdir(parents=True)
    with pytest.raises(StateError, match=rf"{name}: cannot be written \(.+\)") as refused:
        add(releases, 2)
    assert isinstance(refused.value, SmartgraphError)
    assert sorted(path.name for path in releases.state.iterdir()) == before
    assert one.id in releases.ids()
