"""The store on disk: it says what the release says, and what is not whole is not opened but made anew."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from bundles_for_tests import contents
from processes_for_tests import children_of, is_running, wait_until_gone
from releases_for_tests import BASE, TRIPLES, tiny_release

from smartgraph.errors import QueryError, QueryTimeout, StateError, StoreUnavailable
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.read.disk import SEAL, is_large, is_whole, open_or_load
from smartgraph.read.making import provide
from smartgraph.read.sandbox import Sandbox
from smartgraph.read.store import Query, Store
from smartgraph.read.zygote import Zygote
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.errors import Text
    from smartgraph.release import Release

SETTINGS = Settings(query_workers=1, max_triples_in_memory=0)
IMPATIENT = replace(SETTINGS, query_timeout_s=1.0)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s . ?t ?u ?v }"
EVERYTHING = Query("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", None, NTRIPLES)


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release that a test may spoil."""
    return tiny_release(tmp_path / "state")


def made(release: Release) -> list[Text]:
    """What is said when the store is provided."""
    said: list[Text] = []
    provide(release, said.append)
    assert is_whole(release)
    return said


def in_a_process(release: Release, code: str) -> subprocess.Popen[str]:
    """Python with the release at hand."""
    head = (
        "import sys, time; from pathlib import Path\n"
        "from smartgraph.read import making, worker; from smartgraph.release import open_release\n"
        "release = open_release(Path(sys.argv[1]))\n"
    )
    environ = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(
        [sys.executable, "-c", head + code, str(release.folder)],
        env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


# ---- What is in it


@pytest.mark.parametrize(
    ("text", "default", "named"),
    [
        ("SELECT * { ?s ?p ?o }", (), ()),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", (), ()),
        ("SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g", (), ()),
        (f"SELECT * FROM <{BASE}graph/joint> {{ ?s ?p ?o }}", (), ()),
        (f"SELECT * FROM <{BASE}graph/joint> FROM <{BASE}graph/duisburg> {{ ?s ?p ?o }}", (), ()),
        (f"SELECT * FROM NAMED <{BASE}graph/joint> {{ GRAPH ?g {{ ?s ?p ?o }} }}", (), ()),
        ("SELECT * { ?s ?p ?o }", (f"{BASE}graph/joint", f"{BASE}graph/duisburg"), ()),
        ("SELECT * { GRAPH ?g { ?s ?p ?o } }", (f"{BASE}graph/joint",), (f"{BASE}graph/reference",)),
        ("SELECT * { ?s <ns#implements>+ ?o OPTIONAL { ?o <ns#targetYear> ?year } }", (), ()),
        ("SELECT * { ?s ?p ?o FILTER(isBlank(?s)) }", (), ()),
        ("SELECT DISTINCT ?p { ?s ?p ?o FILTER EXISTS { ?o ?q ?x } } ORDER BY ?p LIMIT 3", (), ()),
        ("ASK { ?s <ns#targetYear> '2030'^^<http://www.w3.org/2001/XMLSchema#gYear> }", (), ()),
    ],
)
def test_it_answers_what_a_store_in_memory_answers(
    text: str, default: tuple[str, ...], named: tuple[str, ...], tiny: Release
) -> None:
    provide(tiny, lambda _: None)
    query = Query(text, JSON_RESULTS, None, default, named)
    one, other = (json.loads(store.answer(query).body) for store in (Store.load(tiny), Store.open(tiny)))
    for answer in (one, other):
        if "results" in answer:
            answer["results"]["bindings"].sort(key=lambda row: json.dumps(row, sort_keys=True))
            assert answer["results"]["bindings"]
    assert one == other


def test_larger_releases_than_the_setting_says_are_on_disk(release: Release) -> None:
    assert not is_large(release, replace(SETTINGS, max_triples_in_memory=TRIPLES))
    assert is_large(release, replace(SETTINGS, max_triples_in_memory=TRIPLES - 1))
    assert is_large(release, SETTINGS)
    assert not is_large(release, Settings())


def test_a_few_questions_go_to_the_store_that_is_there_and_else_into_memory(release: Release) -> None:
    answer = open_or_load(release).answer(EVERYTHING)
    made(release)
    release.core.rename(release.core.with_suffix(".gone"))
    found = open_or_load(release).answer(EVERYTHING)
    assert sorted(found.body.splitlines()) == sorted(answer.body.splitlines())
    (release.store / SEAL).unlink()
    with pytest.raises(FileNotFoundError):
        open_or_load(release)


# ---- How it is made


def test_it_is_made_once_and_that_is_said(release: Release) -> None:
    assert not is_whole(release)
    (said,) = made(release)
    assert (
        str(said) == f"The store on disk for release {release.id} is being made, once: 25 triples. This takes a while."
    )
    before = contents(release.store)
    assert made(release) == []
    assert contents(release.store) == before
    assert sorted(path.name for path in release.store.parent.iterdir()) == [".lock", release.id]


def test_it_is_written_down_what_it_is_made_of(release: Release) -> None:
    made(release)
    seal = json.loads((release.store / SEAL).read_text("utf-8"))
    assert seal["maker"].startswith("pyoxigraph 0.")
    assert set(seal["sums"]) == set(contents(release.store)) - {SEAL}


def test_a_making_that_was_interrupted_leaves_no_store_and_is_started_anew(release: Release) -> None:
    slow = "making.seal_of = lambda _: print('sealing', flush=True) or time.sleep(60)\nmaking.provide(release, print)"
    with in_a_process(release, slow) as maker:
        assert maker.stdout
        assert [maker.stdout.readline().strip()[-8:], maker.stdout.readline().strip()] == ["a while.", "sealing"]
        maker.kill()
    assert (release.store.parent / ".making").is_dir()
    assert not release.store.exists()
    assert len(made(release)) == 1
    assert not (release.store.parent / ".making").exists()


def test_many_who_want_it_at_once_wait_for_one_who_makes_it(release: Release) -> None:
    code = "print('ready', flush=True); sys.stdin.read(1); making.provide(release, print)"
    makers = [in_a_process(release, code) for _ in range(4)]
    for maker in makers:
        assert maker.stdout
        assert maker.stdout.readline() == "ready\n"
    for maker in makers:
        assert maker.stdin
        maker.stdin.write("!")
        maker.stdin.flush()
    said = [maker.communicate(timeout=60) for maker in makers]
    assert [maker.returncode for maker in makers] == [0] * 4, said
    assert sum(out.count("is being made") for out, _ in said) == 1
    assert made(release) == []


@pytest.mark.parametrize("how", ["flipped", "missing", "foreign", "other maker", "no seal", "torn seal"])
def test_one_that_is_not_as_it_was_written_is_made_anew(how: str, release: Release) -> None:
    made(release)
    seal = release.store / SEAL
    table = max(release.store.glob("*.sst"))
    match how:
        case "flipped":
            table.write_bytes(table.read_bytes()[:-1] + bytes([table.read_bytes()[-1] ^ 1]))
        case "missing":
            table.unlink()
        case "foreign":
            (release.store / "notes.txt").write_text("", "utf-8")
        case "other maker":
            seal.write_text(seal.read_text("utf-8").replace("pyoxigraph 0.", "pyoxigraph 9."), "utf-8")
        case "no seal":
            seal.unlink()
        case "torn seal":
            seal.write_text(seal.read_text("utf-8")[:-9], "utf-8")
    assert not is_whole(release)
    assert len(made(release)) == 1
    assert len(Store.open(release).construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == TRIPLES


def test_where_it_cannot_be_written_that_is_said_with_the_reason(release: Release) -> None:
    release.store.parent.write_text("no folder", "utf-8")
    with pytest.raises(StateError, match=f"{release.store}: the store on disk cannot be made .*File exists"):
        provide(release, lambda _: None)


# ---- How it is served


def is_answered(reader: Sandbox) -> bool:
    try:
        return reader.ask("ASK { ?s ?p ?o }")
    except QueryError:
        return False


def test_a_server_makes_it_says_so_in_the_language_of_its_terminal_and_finds_it_again(
    release: Release, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    for said in (f"Der Speicher auf der Platte für die Ausgabe {release.id} wird angelegt", ""):
        with Sandbox.start(release, SETTINGS) as reader:
            assert len(reader.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == TRIPLES
        assert capfd.readouterr().err.startswith(said)


def test_queries_that_are_killed_do_not_harm_it(release: Release) -> None:
    with Sandbox.start(release, IMPATIENT) as reader:
        before = contents(release.store)
        for _ in range(3):
            with pytest.raises(QueryTimeout):
                reader.answer(Query(ENDLESS, JSON_RESULTS, None))
            assert reader.ask("ASK { ?s ?p ?o }")
        assert contents(release.store) == before
    assert made(release) == []


@pytest.mark.parametrize("what", ["*", "*.sst"])
def test_one_that_cannot_be_opened_any_more_is_made_anew_for_the_next_worker(what: str, release: Release) -> None:
    with Sandbox.start(release, IMPATIENT) as reader:
        zygote = reader.zygote.pid
        assert is_answered(reader)
        for path in release.store.glob(what):
            path.unlink()
        if what == "*":
            release.store.rmdir()
        with pytest.raises(QueryTimeout):
            reader.answer(Query(ENDLESS, JSON_RESULTS, None))
        deadline = time.monotonic() + 20
        while not is_answered(reader):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        assert reader.zygote.pid != zygote
        assert is_whole(release)


def test_damage_under_a_running_server_is_no_fault_of_the_query(release: Release) -> None:
    made(release)
    store = Store.open(release)
    for table in release.store.glob("*.sst"):
        with table.open("r+b") as stream:
            stream.write(b"\xff" * 200)
    with pytest.raises(StoreUnavailable, match="data on disk are damaged"):
        store.answer(EVERYTHING)


def test_a_release_that_cannot_be_put_on_disk_is_not_served_and_says_why(
    release: Release, capfd: pytest.CaptureFixture[str]
) -> None:
    release.store.parent.write_text("no folder", "utf-8")
    with pytest.raises(StoreUnavailable, match="cannot be started"):
        Sandbox.start(release, SETTINGS)
    assert "the store on disk cannot be made" in capfd.readouterr().err


def test_who_waits_no_longer_ends_the_making(release: Release) -> None:
    code = (
        "import os, socket\n"
        "worker.provide = lambda *_: print(os.getpid(), flush=True) or time.sleep(60)\n"
        "ours, theirs = socket.socketpair()\n"
        "if not os.fork():\n"
        "    ours.close()\n"
        "    worker._provide(release, theirs)\n"
        "theirs.close()\n"
        "sys.stdin.read(1)\n"
        "ours.close()\n"
        "print(os.waitstatus_to_exitcode(os.wait()[1]))"
    )
    with in_a_process(release, code) as server:
        assert server.stdin
        assert server.stdout
        maker = int(server.stdout.readline())
        assert is_running(maker)
        server.stdin.write("!")
        server.stdin.close()
        assert server.stdout.readline() == "1\n"
    wait_until_gone([maker])


def test_closing_does_not_wait_for_the_making(release: Release) -> None:
    release.store.parent.mkdir()
    with (release.store.parent / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        zygote = Zygote(release, SETTINGS)
        with ThreadPoolExecutor(1) as pool:
            worker = pool.submit(zygote.fork)
            deadline = time.monotonic() + 20
            while not children_of(zygote.pid):
                assert time.monotonic() < deadline
                time.sleep(0.02)
            pids = [zygote.pid, *children_of(zygote.pid)]
            zygote.close()
            with pytest.raises(StoreUnavailable):
                worker.result(timeout=20)
        wait_until_gone(pids)
    assert not release.store.exists()


def test_where_sockets_cannot_be_forbidden_nothing_is_read_from_disk(release: Release) -> None:
    code = (
        "import platform, socket\n"
        "platform.machine = lambda: 'pdp11'\n"
        "worker.run_zygote(str(socket.socketpair()[0].detach()), str(release.folder), '64', '64', 'disk')"
    )
    with in_a_process(release, code) as zygote:
        said = zygote.communicate(timeout=60)[1]
    assert zygote.returncode == 3
    assert said.strip().endswith("set SMARTGRAPH_MAX_TRIPLES_IN_MEMORY to 25 or more.")
    assert not release.store.exists()
