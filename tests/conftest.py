"""What every test may ask for: the authored sources, and the releases built from them once per run."""

from __future__ import annotations

from pathlib import Path

import pytest

from smartgraph.build.publish import Checked, check, publish
from smartgraph.bundle import Bundle
from smartgraph.release import Release, Releases
from smartgraph.vocab import PLACEHOLDER

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def bundle() -> Bundle:
    """The project's own sources."""
    return Bundle(ROOT)


@pytest.fixture(scope="session")
def fixture_bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    """The project's ontology and shapes with the small artificial data of ``tests/fixtures/data``."""
    root = tmp_path_factory.mktemp("fixture-bundle")
    for name in ("ontology", "shapes"):
        (root / name).symlink_to(ROOT / name)
    (root / "data").symlink_to(ROOT / "tests" / "fixtures" / "data")
    return Bundle(root)


@pytest.fixture(scope="session")
def real_checked(bundle: Bundle) -> Checked:
    """The real data, validated once."""
    return check(bundle, PLACEHOLDER)


@pytest.fixture(scope="session")
def real_release(real_checked: Checked, bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the real data under the placeholder base."""
    return publish(real_checked, bundle, Releases(tmp_path_factory.mktemp("real-state")))


@pytest.fixture(scope="session")
def fixture_release(fixture_bundle: Bundle, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of the artificial data under the placeholder base."""
    checked = check(fixture_bundle, PLACEHOLDER)
    return publish(checked, fixture_bundle, Releases(tmp_path_factory.mktemp("fixture-state")))
