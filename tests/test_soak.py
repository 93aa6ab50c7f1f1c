"""A short soak: full load with attacks beside, and every answer compared."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from soak.plot import drawing
from soak.run import Plan, soak

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

#: Without a change of the release, until the server takes a new one over while it runs.
PLAN = Plan(seconds=15.0, swap_s=0.0, askers=6, readers=2, attackers=3)


def test_under_full_load_with_attacks_no_answer_is_wrong_and_no_request_lost(
    fixture_bundle: Bundle, fixture_release: Release, tmp_path: Path
) -> None:
    found = soak(fixture_bundle, fixture_release, tmp_path, PLAN)
    assert found.faults == ()
    assert found.tally.requests["query"] > 100
    assert found.tally.requests["page"] > 10
    assert found.tally.requests["attack"] > 10
    assert ET.fromstring(drawing(found)).tag.endswith("svg")
