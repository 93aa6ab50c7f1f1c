"""The releases of the run, opened for asking."""

from __future__ import annotations

import pytest

from smartgraph.build.publish import check, publish
from smartgraph.bundle import Bundle
from smartgraph.read.store import Store
from smartgraph.release import Release, Releases


@pytest.fixture(scope="session")
def fixture_store(fixture_release: Release) -> Store:
    return Store.load(fixture_release)


@pytest.fixture(scope="session")
def real_store(real_release: Release) -> Store:
    return Store.load(real_release)


@pytest.fixture(scope="session")
def moved_store(fixture_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """The artificial data under a base that has nothing in common with the one they are authored under."""
    checked = check(fixture_bundle, "http://127.0.0.1:8000/graph/")
    return Store.load(publish(checked, fixture_bundle, Releases(tmp_path_factory.mktemp("moved-state"))))
