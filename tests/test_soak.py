"""A short soak: full load with attacks beside, a release changed now and then, and every answer compared."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from soak.plot import drawing
from soak.run import Plan, soak

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

PLAN = Plan(seconds=30.0, swap_s=7.0, askers=6, readers=2, attackers=3)


def test_while_releases_change_under_full_load_with_attacks_no_answer_is_wrong_and_no_request_lost(
    fixture_bundle: Bundle, fixture_release: Release, tmp_path: Path
) -> None:
    found = soak(fixture_bundle, fixture_release, tmp_path, PLAN)
    assert found.faults == ()
    assert found.tally.requests["query"] > 100
    assert found.tally.requests["page"] > 10
    assert found.tally.requests["attack"] > 10
    assert len(found.swaps) >= 3
    assert ET.fromstring(drawing(found)).tag.endswith("svg")
