"""The files that are made from the model are what the model gives, and one command makes them so."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from bundles_for_tests import ROOT, contents

from smartgraph.build.generated import stale_files, write_files
from smartgraph.bundle import Bundle
from smartgraph.cli import main

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def copy(tmp_path: Path) -> Bundle:
    """A copy of ontology and shapes."""
    for name in ("ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    return Bundle(tmp_path)


def test_context_and_frames_are_current(bundle: Bundle) -> None:
    stale = [path.relative_to(ROOT).as_posix() for path in stale_files(bundle)]
    assert not stale, f"run 'smartgraph format' to make {', '.join(stale)}"


def test_a_changed_model_a_lost_frame_and_one_too_many_are_noticed_and_mended(
    copy: Bundle, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(copy.ontology)
    frames = copy.ontology / "frames"
    (frames / "strategy.jsonld").unlink()
    (frames / "rocket.jsonld").write_text("{}", "utf-8")
    (copy.ontology / "context.jsonld").write_text("{}", "utf-8")
    arguments = ["format", "--source", str(copy.root), "--state-dir", str(copy.root / "state")]
    assert main([*arguments, "--check"]) == 1
    said = capsys.readouterr().err
    for name in ("context.jsonld", "rocket.jsonld", "strategy.jsonld"):
        assert name in said
    assert said.count("smartgraph format") == 3
    assert main(arguments) == 0
    assert main([*arguments, "--check"]) == 0
    assert contents(copy.ontology) == before
    assert write_files(copy) == []


def test_a_new_property_changes_the_context(copy: Bundle) -> None:
    (copy.ontology / "more.ttl").write_text(
        "<https://smartgraph.example/ns#novelty> a <http://www.w3.org/2002/07/owl#ObjectProperty> .", "utf-8"
    )
    assert [path.name for path in write_files(copy)] == ["context.jsonld"]
    assert '"novelty"' in (copy.ontology / "context.jsonld").read_text("utf-8")


def test_named_files_are_all_that_is_looked_at(copy: Bundle) -> None:
    (copy.ontology / "context.jsonld").unlink()
    one = str(copy.ontology / "smartgraph.ttl")
    assert main(["format", "--check", "--source", str(copy.root), one]) == 0
