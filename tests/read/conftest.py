"""The tiny release for the tests of the reading room."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from releases_for_tests import tiny_release

from smartgraph.read.store import Store

if TYPE_CHECKING:
    from smartgraph.release import Release


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def store(tiny: Release) -> Store:
    return Store.load(tiny)
