"""The comparison with other servers, without them: its data, its requests, its judgement and its page."""

from __future__ import annotations

import re
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice
from threading import Event, Thread
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree as ET

import pyoxigraph
import pytest
from bench.__main__ import main
from bench.answers import Known, content, differences, known_answers, watching
from bench.data import TRIPLES_EACH, initiative, lines, publish, write_triples
from bench.endless import Ended
from bench.load import Measured
from bench.peers import NAMES, OURS, PYTHON, RUST, Peer
from bench.plot import drawing
from bench.report import as_text, page
from bench.results import Bench, Cell, Cost, Plan
from bench.work import KINDS, SEEN, UNSEEN, light, mixed, never_seen, repeated

from smartgraph.bundle import find_bundle
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.read.store import Query, Store

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from bench.work import Kind, Work
    from real_server import RealServer

SIZE: Final = 200_000
DAY: Final = date(2026, 11, 28)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("bench")
    write_triples(SIZE, folder / "data.nt")
    return Store.load(publish(folder / "data.nt", SIZE, find_bundle(), folder / "state"))


def answer(store: Store, text: str) -> bytes:
    return store.answer(Query(text, JSON_RESULTS, NTRIPLES)).body


def text_of(request: str) -> str:
    """The query that a request asks."""
    (found,) = parse_qs(urlsplit(request.split(" ")[1]).query)["query"]
    return found


def headers_of(request: str) -> dict[str, str]:
    """Its headers, in their order."""
    return dict(line.split(": ", 1) for line in request.rstrip().split("\r\n")[1:])


# ---- Data


def test_the_data_are_the_same_each_time_and_as_many_as_asked_for() -> None:
    some = list(lines(2_000))
    assert some == list(lines(2_000))
    assert some == list(islice(lines(SIZE), 2_000))
    triples = set(pyoxigraph.parse("".join(some), pyoxigraph.RdfFormat.N_TRIPLES))
    assert len(triples) == 2_000
    assert set(Counter(str(triple.subject) for triple in triples).values()) == {TRIPLES_EACH}


@pytest.mark.parametrize(
    ("name", "size"), [("look-up", 20), ("100 rows", 100), ("aggregate", 15), ("50,000 rows", 50_000)]
)
def test_each_kind_of_query_has_as_many_rows_as_it_says(store: Store, name: str, size: int) -> None:
    kind = next(kind for kind in KINDS if kind.name == name)
    for number in {0, kind.middle(SIZE), kind.variants(SIZE) - 1}:
        rows = content(answer(store, kind.about(number, 1)), kind.accept)
        assert isinstance(rows, Counter)
        assert rows.total() == size


def test_an_ask_may_be_true_or_false_and_a_construct_has_a_thousand_triples(store: Store) -> None:
    ask, construct = KINDS[0], KINDS[4]
    assert {content(answer(store, ask.about(number)), ask.accept) for number in range(40)} == {True, False}
    triples = content(answer(store, construct.about(3)), construct.accept)
    assert isinstance(triples, frozenset)
    assert len(triples) == 1_000


# ---- Requests


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_a_query_never_seen_is_new_each_time_and_about_something_that_is_there(kind: Kind) -> None:
    work = never_seen(kind, "/sparql", SIZE)
    requests = [work.at(serial) for serial in range(5, 405)]
    texts = {text_of(request) for request in requests}
    numbers = {serial * 7919 % kind.variants(SIZE) for serial in range(5, 405)}
    assert len(texts) == 400
    assert {text.partition(" # ")[0] for text in texts} == {kind.about(number) for number in numbers}
    assert all(headers_of(request)["Accept"] == kind.accept for request in requests)


def test_a_repeated_query_is_one_text_from_clients_that_differ_in_what_decides_nothing() -> None:
    work = repeated(KINDS[1], "/query", SIZE)
    requests = [work.at(serial) for serial in range(100)]
    headers = [headers_of(request) for request in requests]
    assert {text_of(request) for request in requests} == {KINDS[1].about(KINDS[1].middle(SIZE))}
    assert {head["Accept"] for head in headers} == {"application/sparql-results+json"}
    assert len({head["User-Agent"] for head in headers}) == 4
    assert len({head["Accept-Language"] for head in headers}) == 4
    assert len({tuple(head) for head in headers}) == 2


def test_in_the_mix_each_kind_has_its_share_and_the_first_text_is_asked_twice_as_often_as_the_second() -> None:
    work = mixed("/sparql", SIZE, "mix-8")
    assert work == mixed("/sparql", SIZE, "mix-8")
    texts = Counter(map(text_of, work.requests))
    (_, first), (_, second), *_ = texts.most_common()
    assert 1.7 < first / second < 2.3
    for kind in KINDS:
        start = kind.text.partition("$n")[0]
        drawn = sum(count for text, count in texts.items() if text.startswith(start))
        assert drawn / texts.total() * 100 == pytest.approx(kind.share, abs=1.5)
    assert not texts.keys() & set(map(text_of, mixed("/sparql", SIZE, "mix-32").requests))


def test_light_queries_are_of_two_kinds_in_turn() -> None:
    work = light("/sparql", SIZE)
    assert [text_of(work.at(serial)).split(" ")[0] for serial in range(4)] == ["ASK", "SELECT"] * 2


@pytest.mark.parametrize("work", [never_seen(KINDS[3], "/", SIZE), repeated(KINDS[0], "/", SIZE)])
def test_the_script_takes_a_request_apart_where_its_marks_stand(work: Work) -> None:
    """As Lua does: ``head, middle, tail``, or the whole request where there are none."""
    script = work.script("FILE")
    assert 'io.open("FILE", "rb")' in script
    assert f"serial * 7919 % {work.variants} .." in script
    for serial in (0, 7, 123_456_789):
        request = work.requests[serial % len(work.requests)]
        marked = re.fullmatch(r"(.*?)\$n(.*?)\$s(.*)", request, re.DOTALL)
        parts = (
            (marked[1], str(serial * 7919 % work.variants), marked[2], str(serial), marked[3]) if marked else (request,)
        )
        assert "".join(parts) == work.at(serial)
        assert "$" not in work.at(serial)


# ---- Answers


def rows(*pairs: str) -> bytes:
    return f'{{"head": {{"vars": ["a"]}}, "results": {{"bindings": [{", ".join(pairs)}]}}}}'.encode()


ONE: Final = '{"a": {"type": "literal", "value": "1"}}'
TWO: Final = '{"a": {"type": "uri", "value": "urn:2"}}'


def test_an_answer_is_the_same_in_another_order_and_with_the_datatype_of_strings() -> None:
    known = Known(KINDS[1], 0, content(rows(ONE, TWO), JSON_RESULTS.media_type))
    typed = ONE.replace('"1"}', '"1", "datatype": "http://www.w3.org/2001/XMLSchema#string"}')
    assert known.fault("other", rows(TWO, typed)) == ""
    triples = content(b'<urn:a> <urn:b> "\\u00FC" .\n<urn:a> <urn:b> <urn:c> .\n', NTRIPLES.media_type)
    other = '<urn:a> <urn:b> <urn:c> .\n<urn:a> <urn:b> "ü"^^<http://www.w3.org/2001/XMLSchema#string> .\n'
    assert Known(KINDS[4], 0, triples).fault("other", other.encode()) == ""


@pytest.mark.parametrize(
    "body",
    [
        rows(ONE),
        rows(ONE, TWO, TWO),
        rows(ONE, TWO.replace("urn:2", "urn:3")),
        rows(ONE, TWO.replace("uri", "literal")),
        rows(ONE, TWO)[:-3],
        b"<html>",
        b'{"head": {}, "boolean": true}',
    ],
)
def test_a_wrong_answer_is_found(body: bytes) -> None:
    known = Known(KINDS[1], 7, content(rows(ONE, TWO), JSON_RESULTS.media_type))
    assert known.fault("other", body).startswith("other, look-up 7: ")


def test_the_other_truth_is_found() -> None:
    known = Known(KINDS[0], 0, content(b'{"head": {}, "boolean": true}', JSON_RESULTS.media_type))
    assert known.fault("other", b'{"head": {}, "boolean": true}') == ""
    assert known.fault("other", b'{"head": {}, "boolean": false}')


RIGHT: Final = b'{"head": {}, "boolean": true}'


@contextmanager
def answering(status: int, body: bytes, length: int) -> Iterator[Peer]:
    """A server that gives everybody this reply, and the times it did."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length))
            self.end_headers()
            self.wfile.write(body)
            asked.set()

        def log_message(self, *_: object) -> None: ...

    asked = Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield Peer("other", cast("RealServer", SimpleNamespace(place=server.server_address)), "/", 0.0)
        assert asked.wait(10)
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("status", "body", "more", "wrong"),
    [
        (200, RIGHT, 0, 0),
        (200, RIGHT.replace(b"true", b"false"), 0, 1),
        (500, b"no", 0, 1),
        (503, b"later", 0, 0),
        (200, RIGHT, 1, 0),
    ],
    ids=["right", "wrong", "failed", "refused", "broken off"],
)
def test_who_looks_on_during_the_load_finds_what_is_wrong(status: int, body: bytes, more: int, wrong: int) -> None:
    known = Known(KINDS[0], 3, True)
    with answering(status, body, len(body) + more) as peer, watching(peer, [known], is_new=True) as faults:
        time.sleep(0.4)
    assert [fault.startswith("other, ASK 3: ") for fault in faults] == [True] * wrong


def test_who_says_something_else_before_the_load_is_named() -> None:
    wrong = RIGHT.replace(b"true", b"false")
    with answering(200, RIGHT, len(RIGHT)) as first, answering(200, wrong, len(wrong)) as other:
        known = known_answers(first, KINDS[0], SIZE)
        assert [one.number for one in known] == [0, 5_000, 9_999]
        assert len(differences([first, other], known)) == 3


# ---- What came of it


def cell(mode: str, kind: str, ours: tuple[float, ...], rust: tuple[float, ...], **more: float) -> Cell:
    runs = {OURS: tuple(Measured(one, 0.01) for one in ours), RUST: tuple(Measured(one, 0.01) for one in rust)}
    return Cell(SIZE, 8, mode, kind, runs | {name: (Measured(one, 0.01),) for name, one in more.items()})


def measured() -> Bench:
    return Bench(
        Plan(sizes=(SIZE,), clients=(8,)),
        cells=[
            cell(UNSEEN, "aggregate", (8, 9, 10), (10, 10, 10)),
            cell(SEEN, "ASK", (140, 10, 160), (100, 10, 100), **{PYTHON: 2.0}),
            cell(SEEN, "100 rows", (60, 60, 60), (10, 10, 10)),
        ],
        costs=[Cost(1_000_000, OURS, 2.5, 150, 170), Cost(1_000_000, RUST, 1.5, 100, 100)],
        releases=[(SIZE, 0.7)],
        quiet={OURS: [0.002, 0.001]},
        besieged={OURS: [0.004, 0.003]},
        kills=[Ended(0.01, 0.03)],
    )


def test_a_target_is_reached_missed_or_not_measured_in_both_languages() -> None:
    text = page(measured(), DAY, "bench.svg")
    assert "| wiederholt: ASK, Nachschlagen | ≥ 1,5 | 1,40 (1,00–1,60) – ASK, 200.000 | **verfehlt** |" in text
    assert "| repeated: ASK, look-up | ≥ 1.5 | 1.40 (1.00–1.60) – ASK, 200,000 | **missed** |" in text
    assert "| repeated: 100 rows | ≥ 5 | 6.00 – 100 rows, 200,000 | reached |" in text
    assert "| never seen: aggregate, CONSTRUCT, 50,000 rows | ≥ 0.9 | 0.90 (0.80–1.00)" in text
    assert "| mix | ≥ 3 | – | not measured |" in text
    assert "| anything, to rdflib-endpoint | ≥ 10 | 70.0 (5.0–80.0) – ASK, 200,000 | reached |" in text
    assert "| kill: 503 after the deadline | ≤ 50 ms | 10.0 ms | reached |" in text
    assert "| kill: the next answer after it | ≤ 20 ms | 30.0 ms | **missed** |" in text
    assert "| memory at 1,000,000 triples, loaded | ≤ 1.6 | 1.50 | reached |" in text
    assert "| memory at 1,000,000 triples, after all runs | ≤ 1.6 | 1.70 | **missed** |" in text
    assert "p99 of light queries beside four endless ones" in as_text(measured())


def test_what_was_wrong_refused_or_broken_off_is_said() -> None:
    found = measured()
    runs = (Measured(10, 0.01, refused=3), Measured(10, 0.01, broken=2), Measured(10, 0.01))
    found.cells[0] = replace(found.cells[0], runs=found.cells[0].runs | {OURS: runs})
    found.faults.append("rdflib-endpoint, ASK 3: says something else")
    text = page(found, DAY, "bench.svg")
    assert "1,00, 3 abgelehnt, 2 abgebrochen |" in text
    assert "1.00, 3 refused, 2 broken off |" in text
    assert text.count("- rdflib-endpoint, ASK 3: says something else") == 2
    assert "says something else" in as_text(found)
    assert "no wrong answer" in as_text(measured())


def test_who_has_no_answer_in_time_has_no_ratio_to_be_compared_with() -> None:
    found = cell(SEEN, "aggregate", (8, 8, 8), (10, 10, 10), **{PYTHON: 0.0})
    assert found.ratio(OURS, PYTHON) is None
    assert found.ratio(PYTHON) is not None
    assert found.ratio("nginx") is None


def test_the_drawing_shows_each_query_with_each_server_that_was_asked() -> None:
    root = ET.fromstring(drawing(measured()))
    assert root.tag.endswith("svg")
    texts = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert {"nie gesehen Aggregat / never seen aggregate", "wiederholt ASK / repeated ASK"} <= set(texts)
    dots = list(root.iter("{http://www.w3.org/2000/svg}circle"))
    assert len(dots) == 3 + 4


# ---- The call


def test_only_part_is_measured_if_asked_for() -> None:
    assert [kind and kind.name for _, kind in Plan(only="ask").modes] == ["ASK", "ASK"]
    assert Plan(only="mix").modes == (("mix", None),)
    assert Plan(only="mix").kinds == KINDS
    assert not Plan(only="ask").has_endless
    assert Plan(only="endless").modes == ()
    assert Plan(only="endless").has_endless
    assert Plan().who(1_000_000, 8) == NAMES[:3]
    assert Plan().who(200_000, 8) == NAMES
    assert Plan(names=(OURS,)).who(200_000, 8) == (OURS, RUST)


def test_a_program_that_is_lacking_is_named_with_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(["--programs", str(tmp_path)]) == 2
    assert "apt install wrk" in capsys.readouterr().err
    (tmp_path / "wrk").touch(0o755)
    assert main(["--programs", str(tmp_path), "--peers", "smartgraph"]) == 2
    assert "make bench" in capsys.readouterr().err


def test_the_initiatives_are_named_under_the_base_of_the_authored_data() -> None:
    assert initiative(7) == "<https://smartgraph.example/id/project/p7>"
