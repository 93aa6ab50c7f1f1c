"""The tiny release, a sandbox over it, and clients of the application, with and without a network between."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from releases_for_tests import tiny_release
from servers_for_tests import running, served

from smartgraph.read.sandbox import Sandbox
from smartgraph.settings import Settings
from smartgraph.web import create_app
from smartgraph.web.server import address_of, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask
    from flask.testing import FlaskClient

    from smartgraph.release import Release


@pytest.fixture(scope="session")
def settings() -> Settings:
    return Settings(host="127.0.0.1", port=0, query_timeout_s=2.0, query_memory_mb=256, max_query_bytes=20_000)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Release:
    return tiny_release(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def sandbox(tiny: Release, settings: Settings) -> Iterator[Sandbox]:
    with Sandbox.start(tiny, settings) as reader:
        yield reader


@pytest.fixture(scope="session")
def app(sandbox: Sandbox, settings: Settings) -> Flask:
    return create_app(settings, sandbox)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="session")
def address(sandbox: Sandbox, settings: Settings) -> Iterator[str]:
    """The address of a real server on a free loopback port, ending with a slash."""
    with served(settings, sandbox) as url:
        yield url


@pytest.fixture(scope="session")
def home(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a real server whose identifiers begin with that address, so that all of them lead to it."""
    with bind(settings) as listener:
        release = tiny_release(tmp_path_factory.mktemp("home"), address_of(listener))
        with Sandbox.start(release, settings) as reader, running(listener, settings, reader):
            yield address_of(listener)
