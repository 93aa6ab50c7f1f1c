"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from smartgraph.errors import QueryTimeout, StoreUnavailable
from smartgraph.read.store import Reader
from smartgraph.release import Refusal
from smartgraph.settings import Settings
from smartgraph.web import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from smartgraph.errors import QueryError
    from smartgraph.read.sandbox import Sandbox
    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release


class Failing(Reader):
    def __init__(self, release: Release, error: QueryError) -> None:
        self.release, self.error = release, error

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        raise self.error


def test_a_server_that_can_answer_is_ready_and_says_what_it_serves(client: FlaskClient, tiny: Release) -> None:
    assert client.get("/healthz").text == "ok\n"
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json() == {
        "ready": True,
        "release": tiny.id,
        "referenceDate": tiny.manifest.reference_date,
        "refused": None,
    }


@pytest.mark.parametrize(
    "error", [StoreUnavailable("gone"), QueryTimeout(1, 1)], ids=lambda error: type(error).__name__
)
def test_a_server_that_cannot_answer_lives_but_is_not_ready(tiny: Release, error: QueryError) -> None:
    client = create_app(Settings(), Failing(tiny, error)).test_client()
    assert client.get("/healthz").status_code == 200
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.headers["Retry-After"]
    assert response.get_json()["ready"] is False


def test_a_refusal_of_newer_input_is_told_in_both_languages(sandbox: Sandbox, settings: Settings) -> None:
    client = create_app(settings, sandbox, refused=Refusal("Drei Fehler", "Three errors")).test_client()
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.get_json()["refused"] == {"de": "Drei Fehler", "en": "Three errors"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_nobody_keeps_an_answer_about_health(client: FlaskClient, path: str) -> None:
    assert client.get(path).headers["Cache-Control"] == "no-store"
    assert client.head(path).data == b""
    assert client.post(path).status_code == 405
