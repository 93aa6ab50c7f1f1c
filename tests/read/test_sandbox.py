"""The sandbox: whatever a query does to its process, the next one gets its answer."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from processes_for_tests import children_of, wait_until_gone
from releases_for_tests import BASE, TRIPLES
from scale.synthetic import synthetic_release

from smartgraph.errors import (
    AnswerTooLarge,
    NotAcceptable,
    QueryError,
    QueryRefused,
    QuerySyntaxError,
    QueryTimeout,
    QueryTooDeep,
    QueryTooLarge,
    SmartgraphError,
    StoreUnavailable,
)
from smartgraph.formats import GRAPH_FORMATS, JSON_RESULTS, RESULT_FORMATS, TURTLE
from smartgraph.read.causes import why_it_broke
from smartgraph.read.sandbox import Sandbox, _Worker
from smartgraph.read.store import Query, Store
from smartgraph.read.worker import answer_all
from smartgraph.serialize import Term, parse_rows
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.release import Release

SETTINGS = Settings(query_timeout_s=1.0, query_memory_mb=256, query_workers=2)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s . ?t ?u ?v }"
DEEP = "ASK { " + "FILTER EXISTS { " * 3_000 + "?s ?p ?o" + " }" * 3_000 + " }"
#: Each step makes the text 64 times as long.
BOMB = "SELECT (STRLEN(?f) AS ?n) { BIND('aaaaaaaaaaaaaaaa' AS ?a) " + " ".join(
    f"BIND(CONCAT({','.join([f'?{old}'] * 64)}) AS ?{new})" for old, new in zip("abcde", "bcdef", strict=True)
) + " }"  # fmt: skip
WIDE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o }"


@pytest.fixture(scope="module")
def in_memory(tiny: Release) -> Iterator[Sandbox]:
    with Sandbox.start(tiny, SETTINGS) as reader:
        yield reader


@pytest.fixture(scope="module")
def on_disk(tiny: Release) -> Iterator[Sandbox]:
    with Sandbox.start(tiny, replace(SETTINGS, max_triples_in_memory=0)) as reader:
        yield reader


@pytest.fixture(params=["in_memory", "on_disk"])
def sandbox(request: pytest.FixtureRequest) -> Sandbox:
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Sandbox)
    return found


def ask(reader: Sandbox, text: str, *, trusted: bool = False) -> bytes:
    return reader.answer(Query(text, JSON_RESULTS, TURTLE), trusted=trusted).body


@contextmanager
def nobody() -> Iterator[tuple[int, list[None]]]:
    """A port of the loopback that should hear nothing, and who called it."""
    calls: list[None] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1], calls
        server.setblocking(False)
        while True:
            try:
                server.accept()[0].close()
            except BlockingIOError:
                return
            calls.append(None)


def test_it_answers_what_the_store_answers(sandbox: Sandbox, store: Store) -> None:
    for text in ("SELECT * { ?s ?p ?o } ORDER BY ?s ?p ?o", "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", "ASK {}"):
        for results, graph in zip(RESULT_FORMATS, GRAPH_FORMATS, strict=True):
            query = Query(text, results, graph, (f"{BASE}graph/duisburg", f"{BASE}graph/joint"))
            assert sandbox.answer(query) == store.answer(query)


def test_it_is_a_reader(sandbox: Sandbox, tiny: Release) -> None:
    assert sandbox.release == tiny
    assert sandbox.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"].value == str(TRIPLES)
    assert sandbox.ask("ASK { ?s ?p ?o }")
    assert len(sandbox.construct("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }")) == TRIPLES


def test_a_large_answer_comes_through_whole(sandbox: Sandbox, store: Store) -> None:
    text = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
    assert len(ask(sandbox, text)) == len(store.answer(Query(text, JSON_RESULTS, None)).body) > 5_000_000


def test_values_are_bound_on_the_other_side(sandbox: Sandbox) -> None:
    name = Term("literal", "Beispielhausen", language="de")
    query = Query("SELECT ?name ?s { ?s ?p ?name }", JSON_RESULTS, None, bindings={"name": name})
    assert b"id/area/beispielhausen" in sandbox.answer(query).body


def test_errors_arrive_with_their_evidence_and_in_both_languages(sandbox: Sandbox) -> None:
    with pytest.raises(QuerySyntaxError, match="line 2") as syntax:
        ask(sandbox, "SELECT *\n{ ?s }")
    assert (syntax.value.line, syntax.value.column) == (2, 7)
    with pytest.raises(NotAcceptable) as format_:
        sandbox.answer(Query("ASK {}", None, None))
    assert format_.value.offered == tuple(form.media_type for form in RESULT_FORMATS)
    with pytest.raises(QueryRefused, match="DROP") as refused:
        ask(sandbox, "DROP ALL")
    assert refused.value.text.translated(lambda text: f"«{text}»").startswith("«This endpoint only reads")


def test_a_query_over_its_time_is_ended_and_the_next_one_answers(sandbox: Sandbox) -> None:
    before = children_of(sandbox.zygote.pid)
    start = time.monotonic()
    with pytest.raises(QueryTimeout, match="1 s"):
        ask(sandbox, ENDLESS)
    assert time.monotonic() - start < 10
    assert ask(sandbox, "ASK {}")
    after = children_of(sandbox.zygote.pid)
    assert len(before) == len(after) == SETTINGS.query_workers
    assert before != after


@pytest.mark.parametrize(
    ("text", "errors"),
    [(DEEP, QueryTooDeep), (BOMB, QueryTooLarge), (WIDE, (QueryTooLarge, QueryTimeout, AnswerTooLarge))],
    ids=["deep", "bomb", "wide"],
)
def test_a_query_that_breaks_its_process_is_told_so_and_the_next_one_answers(
    sandbox: Sandbox, text: str, errors: type[SmartgraphError] | tuple[type[SmartgraphError], ...]
) -> None:
    for _ in range(3):
        with pytest.raises(errors):
            ask(sandbox, text)
        assert ask(sandbox, "ASK {}")


def test_an_answer_larger_than_the_limit_is_refused(tiny: Release) -> None:
    with Sandbox.start(tiny, replace(SETTINGS, max_answer_mb=8, query_timeout_s=20.0)) as reader:
        with pytest.raises(AnswerTooLarge, match="8 MiB"):
            ask(reader, "SELECT ?a ?d ?g { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l } LIMIT 90000")
        assert ask(reader, "ASK {}")


FEDERATED = "SELECT * {{ SERVICE {silent} <http://{host}:{port}/> {{ ?s ?p ?o }} }}"


@pytest.mark.parametrize("silent", ["", "SILENT"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_federation_reaches_nobody(sandbox: Sandbox, host: str, silent: str) -> None:
    with nobody() as (port, calls), pytest.raises(QueryRefused, match="SERVICE is not offered"):
        ask(sandbox, FEDERATED.format(silent=silent, host=host, port=port))
    assert not calls


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_federation_that_the_search_of_the_text_missed_reaches_nobody(sandbox: Sandbox, host: str) -> None:
    """Trusted texts are not searched, so these go straight to the engine in the worker."""
    with nobody() as (port, calls):
        with pytest.raises(QueryRefused, match="The engine does not evaluate"):
            ask(sandbox, FEDERATED.format(silent="", host=host, port=port), trusted=True)
        # One empty row stands for the answer that could not be fetched.
        answer = ask(sandbox, FEDERATED.format(silent="SILENT", host=host, port=port), trusted=True)
        assert len(parse_rows(answer)) == 1
    assert not calls


def test_the_count_of_calls_would_notice_one() -> None:
    with nobody() as (port, calls):
        socket.create_connection(("127.0.0.1", port)).close()
    assert len(calls) == 1


def test_loading_reaches_nobody(sandbox: Sandbox) -> None:
    with nobody() as (port, calls):
        for trusted in (False, True):
            with pytest.raises(QueryError):
                ask(sandbox, f"LOAD <http://127.0.0.1:{port}/>", trusted=trusted)
    assert not calls


def limits_of(pid: int) -> dict[str, list[str]]:
    lines = Path(f"/proc/{pid}/limits").read_text("ascii").splitlines()
    return {line[:26].strip(): line[26:].split() for line in lines}


def descriptors_of(pid: int) -> dict[int, str]:
    """The number of each, and what it is."""
    return {int(path.name): str(path.readlink()) for path in Path(f"/proc/{pid}/fd").iterdir()}


def test_a_worker_has_no_core_file_bounded_memory_and_no_way_to_more(sandbox: Sandbox) -> None:
    for pid in children_of(sandbox.zygote.pid):
        limits = limits_of(pid)
        assert limits["Max core file size"][:2] == ["0", "0"]
        assert int(limits["Max address space"][0]) < 3 << 29
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        assert "NoNewPrivs:\t1\n" in status
        assert "Seccomp:\t2\n" in status


def test_a_worker_with_a_copy_has_no_free_descriptor_and_no_thread(in_memory: Sandbox) -> None:
    for pid in children_of(in_memory.zygote.pid):
        assert limits_of(pid)["Max open files"][:2] == ["5", "5"]
        assert sorted(descriptors_of(pid)) == [0, 1, 2, 3, 4]
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1


def test_a_worker_that_reads_from_disk_has_open_what_it_reads_and_nothing_else(on_disk: Sandbox) -> None:
    for pid in children_of(on_disk.zygote.pid):
        own = {number: place for number, place in descriptors_of(pid).items() if number > 4}
        assert own
        assert {Path(place).parent for place in own.values()} == {on_disk.release.store}
        assert int(limits_of(pid)["Max open files"][1]) < 200


@pytest.mark.parametrize(("memory_mb", "leaves"), [(20, True), (1024, False)])
def test_a_worker_that_has_taken_as_much_as_a_query_may_leaves(tmp_path: Path, memory_mb: int, leaves: bool) -> None:
    """One that looks at all data writes into them, so that it has a copy of almost all."""
    release = synthetic_release(tmp_path, 100_000)
    with Sandbox.start(release, replace(SETTINGS, query_memory_mb=memory_mb, query_workers=1)) as reader:
        before = children_of(reader.zygote.pid)
        assert b"100000" in ask(reader, "SELECT (COUNT(?o) AS ?n) { ?s ?p ?o }")
        assert ask(reader, "ASK {}")
        assert (children_of(reader.zygote.pid) != before) is leaves


def test_many_threads_are_served_at_once_and_none_gets_the_answer_of_another(sandbox: Sandbox) -> None:
    wrong = []

    def work(number: int) -> None:
        for step in range(20):
            value = str(number * 100 + step)
            if value.encode() not in ask(sandbox, f"SELECT ({value} AS ?x) {{}}", trusted=number % 2 == 0):
                wrong.append(value)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_strangers_leave_a_worker_to_the_pages_and_wait_no_longer_than_the_limit(sandbox: Sandbox) -> None:
    assert sandbox._strangers.acquire(timeout=5)
    try:
        with pytest.raises(StoreUnavailable, match="busy"):
            ask(sandbox, "ASK {}")
        assert ask(sandbox, "ASK {}", trusted=True)
    finally:
        sandbox._strangers.release()
    assert ask(sandbox, "ASK {}")


def test_without_a_free_worker_a_page_waits_no_longer_than_the_limit(tiny: Release) -> None:
    with Sandbox.start(tiny, replace(SETTINGS, query_workers=1, query_timeout_s=0.2)) as reader:
        worker = reader._idle.get()
        with pytest.raises(StoreUnavailable, match="busy"):
            reader.ask("ASK {}")
        reader._idle.put(worker)
        assert reader.ask("ASK {}")


def test_a_worker_that_was_killed_while_it_was_idle_costs_nobody_an_error(sandbox: Sandbox) -> None:
    for pid in children_of(sandbox.zygote.pid):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.2)
    for _ in range(SETTINGS.query_workers + 1):
        assert ask(sandbox, "ASK {}")


def test_a_zygote_that_was_killed_is_started_again(sandbox: Sandbox) -> None:
    old = [sandbox.zygote.pid, *children_of(sandbox.zygote.pid)]
    os.kill(sandbox.zygote.pid, signal.SIGKILL)
    wait_until_gone(old)
    for _ in range(SETTINGS.query_workers + 1):
        assert ask(sandbox, "ASK {}")
    assert sandbox.zygote.pid not in old


def test_closing_leaves_no_process_and_later_questions_are_told(tiny: Release) -> None:
    with Sandbox.start(tiny, SETTINGS) as reader:
        pids = [reader.zygote.pid, *children_of(reader.zygote.pid)]
        assert len(pids) == 3
    wait_until_gone(pids)
    for _ in range(SETTINGS.query_workers + 1):
        with pytest.raises(StoreUnavailable):
            ask(reader, "ASK {}")


def test_a_release_that_cannot_be_read_is_no_sandbox(tiny: Release, tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="cannot be started"):
        Sandbox.start(replace(tiny, folder=tmp_path / "gone"), SETTINGS)


def test_when_the_server_is_killed_its_processes_end(tiny: Release) -> None:
    code = (
        "import sys, time; from pathlib import Path\n"
        "from smartgraph.read.sandbox import Sandbox; from smartgraph.settings import Settings\n"
        "from smartgraph.release import open_release\n"
        "reader = Sandbox.start(open_release(Path(sys.argv[1])), Settings())\n"
        "print(reader.zygote.pid, flush=True)\n"
        "time.sleep(60)"
    )
    environment = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-c", code, str(tiny.folder)]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        zygote = int(server.stdout.readline())
        pids = [zygote, *children_of(zygote)]
        assert len(pids) == 1 + Settings().workers
        server.kill()
    wait_until_gone(pids)


def test_the_loop_of_a_worker_answers_until_the_other_side_is_gone(store: Store) -> None:
    """The same loop that runs in the processes, here where its lines are counted."""
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=answer_all, args=(store, theirs, 1))
    thread.start()
    worker = _Worker(0, ours)
    with ours, theirs:
        assert worker.is_alive()
        assert worker.ask(Query("ASK {}", JSON_RESULTS, None), trusted=False, limit_s=5).format == JSON_RESULTS
        with pytest.raises(QueryRefused):
            worker.ask(Query("LOAD <x>", JSON_RESULTS, None), trusted=False, limit_s=5)
        with pytest.raises(AnswerTooLarge):
            wide = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
            worker.ask(Query(wide, JSON_RESULTS, None), trusted=True, limit_s=5)
        ours.shutdown(socket.SHUT_WR)
        thread.join(timeout=5)
        assert not thread.is_alive()
    assert not worker.is_alive()


def test_of_a_process_that_left_no_trace_memory_is_the_likeliest_end() -> None:
    assert why_it_broke(2**22 + 1, 5).text.values == {"limit": 5}
