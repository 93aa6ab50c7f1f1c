"""The small release that the examples in docstrings speak about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from releases_for_tests import tiny_release

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def example_state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    state = tmp_path_factory.mktemp("example-state")
    tiny_release(state)
    return state


@pytest.fixture(autouse=True)
def _example_release(example_state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opens the current release in an example opens the small one."""
    monkeypatch.setenv("SMARTGRAPH_STATE_DIR", str(example_state))
