"""The measurement of scale runs, and what it says has the shape of a table."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from scale.__main__ import main
from scale.run import QUERIES
from scale.synthetic import synthetic_release

from smartgraph.read.store import Store


def test_a_small_run_gives_a_line_for_each_kind(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--triples", "2000", "--seconds", "0.01"]) == 0
    head, _, *lines = [line.strip("| ").split(" | ") for line in capsys.readouterr().out.splitlines()]
    assert [line[:2] for line in lines] == [["2,000", "memory"], ["2,000", "disk"]]
    assert all(len(line) == len(head) for line in lines)
    assert all(float(line[-1].removesuffix(" ms")) > 0 for line in lines)


def test_a_synthetic_release_is_as_large_as_wished_and_every_query_finds_something(tmp_path: Path) -> None:
    release = synthetic_release(tmp_path, 2_000)
    assert synthetic_release(tmp_path / "again", 2_000).id == release.id
    store = Store.load(release)
    assert store.select("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }")[0]["n"].value == "2000"
    for name, make in QUERIES.items():
        text = make(random.Random(5), 100)
        assert store.construct(text) if name.startswith("CONSTRUCT") else store.select(text)
