"""What stands in the log, and what does not."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from dataclasses import replace

import pytest

from smartgraph.settings import Settings
from smartgraph.web.journal import REQUEST_ID, Journal, Lines
from smartgraph.web.metrics import Metrics
from smartgraph.web.records import Record, Recorder

FINE = Record("r-1", "GET", "/sparql", "/sparql", "192.0.2.7", status=200, size=12, seconds=0.01234567)
FAILED = replace(FINE, status=503)
BROKEN = replace(FINE, broken="time")


def logged(settings: Settings, record: Record, caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    caplog.clear()
    with caplog.at_level(logging.INFO, "smartgraph.requests"):
        Journal(settings).note(record)
    return [json.loads(Lines().format(entry)) for entry in caplog.records]


@pytest.mark.parametrize(
    ("choice", "record", "is_logged"),
    [
        ("none", FAILED, False),
        ("failed", FINE, False),
        ("failed", FAILED, True),
        ("failed", BROKEN, True),
        ("all", FINE, True),
    ],
)
def test_the_setting_decides_which_requests_are_logged(
    choice: str, record: Record, is_logged: bool, caplog: pytest.LogCaptureFixture
) -> None:
    assert bool(logged(Settings(log_requests=choice), record, caplog)) == is_logged


def test_a_line_is_json_with_the_request_and_without_an_address(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = logged(Settings(log_requests="all"), FINE, caplog)
    time = line.pop("time")
    assert isinstance(time, str)
    assert time.endswith("Z")
    assert line == {
        "level": "info", "logger": "smartgraph.requests", "message": "request", "request": "r-1", "method": "GET",
        "path": "/sparql", "status": 200, "seconds": 0.0123, "bytes": 12,
    }  # fmt: skip


def test_addresses_are_logged_if_the_operator_wants_that(caplog: pytest.LogCaptureFixture) -> None:
    (line,) = logged(Settings(log_requests="all", log_addresses="yes"), FINE, caplog)
    assert line["client"] == "192.0.2.7"


def test_what_is_logged_meanwhile_names_the_request_and_the_fault() -> None:
    token = REQUEST_ID.set("r-2")
    try:
        try:
            raise ValueError("odd")
        except ValueError:
            entry = logging.LogRecord("x", logging.ERROR, __file__, 1, "%s went wrong", ("it",), sys.exc_info())
        line = json.loads(Lines().format(entry))
    finally:
        REQUEST_ID.reset(token)
    assert (line["request"], line["message"]) == ("r-2", "it went wrong")
    assert "ValueError: odd" in line["exception"]
    assert "\n" not in Lines().format(entry)


def test_ids_are_told_apart_and_only_a_plain_one_is_taken_over() -> None:
    recorder = Recorder(Metrics(), Journal(Settings()), lambda peer, _: peer)
    assert recorder.next_id() != recorder.next_id()
    assert recorder.next_id(b"abc-1.2:3_4") == "abc-1.2:3_4"
    for odd in (b"a b", b"a\r\nX: y", b"x" * 65, "ü".encode()):
        assert recorder.next_id(odd) not in (odd.decode("latin1"), odd.decode())


@pytest.mark.parametrize("fault", [RuntimeError("of ours")])
def test_a_fault_of_ours_is_counted_and_logged(fault: Exception, caplog: pytest.LogCaptureFixture) -> None:
    metrics = Metrics()

    async def app(*_: object) -> None:
        raise fault

    async def nothing(*_: object) -> None: ...

    recorder = Recorder(metrics, Journal(Settings()), lambda peer, _: peer)
    scope = {"type": "http", "headers": [], "path": "/x", "method": "GET", "client": None}
    with caplog.at_level(logging.INFO, "smartgraph.requests"), pytest.raises(RuntimeError, match="of ours"):
        asyncio.run(recorder.around(app)(scope, nothing, nothing))  # type: ignore[arg-type]
    assert b'status="500"} 1.0' in metrics.exposition("").body
    assert len(caplog.records) == 1
