"""The context and the frames over HTTP, and documents that name the context."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest
from in_process_reader import InProcessReader
from releases_for_tests import BASE, STRATEGY, tiny_release

from smartgraph.jsonld import COMPACTED, EXPANDED
from smartgraph.release import CONTEXT, FRAMES, Releases
from smartgraph.settings import Settings
from smartgraph.vocab import ID_TYPES
from smartgraph.web import create_app

if TYPE_CHECKING:
    from pathlib import Path

    from flask.testing import FlaskClient

    from smartgraph.release import Release

DOCUMENT = "/doc/strategy/beispiel"
LICENCE = '<https://creativecommons.org/licenses/by/4.0/>; rel="license"'
FILES = ("/context.jsonld", "/frames/strategy.jsonld")


# ---- Context and frames


@pytest.mark.parametrize("path", FILES)
def test_context_and_frames_are_there_for_everybody(client: FlaskClient, path: str) -> None:
    response = client.get(path, headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert response.content_type == "application/ld+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert LICENCE in response.headers.getlist("Link")
    assert "@context" in json.loads(response.data)


@pytest.mark.parametrize("path", FILES)
def test_who_has_them_already_gets_them_not_again(client: FlaskClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]


@pytest.mark.parametrize("path", FILES)
def test_head_equals_get_without_the_body(client: FlaskClient, path: str) -> None:
    head, get = client.head(path), client.get(path)
    assert (head.status_code, head.data) == (200, b"")
    unlike = {"Date"}
    assert {k: v for k, v in head.headers if k not in unlike} == {k: v for k, v in get.headers if k not in unlike}


@pytest.mark.parametrize("path", FILES)
def test_they_are_only_read(client: FlaskClient, path: str) -> None:
    assert client.post(path).status_code == 405


def test_the_context_is_the_file_of_the_release(client: FlaskClient, tiny: Release) -> None:
    body = client.get("/context.jsonld").data
    assert body == (tiny.folder / CONTEXT).read_bytes()
    with client.get(f"/downloads/{CONTEXT}") as download:
        assert (download.data, download.mimetype) == (body, "application/ld+json")
    assert hashlib.sha256(body).hexdigest() == {file.name: file.sha256 for file in tiny.files}[CONTEXT]
    with client.get(f"/downloads/{FRAMES}") as download:
        assert download.mimetype == "application/json"


@pytest.mark.parametrize("kind", [*ID_TYPES, "concept", "scheme"])
def test_each_kind_of_thing_has_a_frame_that_names_our_context(client: FlaskClient, kind: str) -> None:
    frame = json.loads(client.get(f"/frames/{kind}.jsonld").data)
    assert frame["@context"] == f"{BASE}context.jsonld"
    assert frame["type"]


@pytest.mark.parametrize("name", ["rocket.jsonld", "strategy", "strategy.json", "strategy.jsonld.jsonld", "%3Cb%3E"])
def test_an_unknown_frame_is_not_found_and_the_known_ones_are_named(client: FlaskClient, name: str) -> None:
    response = client.get(f"/frames/{name}", headers={"Accept-Language": "de"})
    problem = json.loads(response.data)
    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert problem["error"] == "UnknownFrame"
    assert "strategy.jsonld" in problem["offered"]
    assert "Es gibt keinen Frame" in problem["detail"]


def test_a_release_from_before_has_no_context_and_speaks_expanded(tmp_path: Path) -> None:
    made = tiny_release(tmp_path / "new")
    nt = (made.folder / "smartgraph.nt").read_bytes()
    old = Releases(tmp_path / "old").add(
        made.core.read_bytes(), made.manifest, {"conforms": True}, {"smartgraph.nt": nt}
    )
    visitor = create_app(Settings(), InProcessReader(old)).test_client()
    assert visitor.get("/context.jsonld").status_code == visitor.get("/frames/strategy.jsonld").status_code == 404
    document = visitor.get(f"{DOCUMENT}.jsonld")
    assert document.content_type == f'application/ld+json;profile="{EXPANDED}"'
    assert isinstance(json.loads(document.data), list)


# ---- Documents


@pytest.mark.parametrize("path", [DOCUMENT, "/ns", "/shapes", "/doc/concept/theme/mobilitaet"])
def test_documents_are_compact_and_name_the_context(client: FlaskClient, path: str) -> None:
    for response in (
        client.get(f"{path}.jsonld"),
        client.get(path, headers={"Accept": "application/ld+json"}),
        client.get(path, headers={"Accept": f'application/ld+json;profile="{COMPACTED}"'}),
    ):
        assert response.status_code == 200
        assert response.content_type == "application/ld+json"
        assert json.loads(response.data)["@context"] == f"{BASE}context.jsonld"
        assert "Accept" in response.vary


def test_a_thing_is_written_with_short_keys(client: FlaskClient) -> None:
    nodes = {node["id"]: node for node in json.loads(client.get(f"{DOCUMENT}.jsonld").data)["@graph"]}
    thing = nodes[STRATEGY]
    assert thing["type"] == ["Strategy"]
    assert thing["prefLabel"] == {"de": "Beispielstrategie „Straße“"}
    assert thing["targetYear"] == "2030"
    assert thing["theme"] == [f"{BASE}concept/theme/mobilitaet"]


@pytest.mark.parametrize("path", [DOCUMENT, f"{DOCUMENT}.jsonld"])
def test_who_asks_for_it_gets_the_expanded_form(client: FlaskClient, path: str) -> None:
    wish = {"Accept": f'application/ld+json;profile="{EXPANDED}", text/turtle;q=0.5'}
    response = client.get(path, headers=wish)
    assert response.content_type == f'application/ld+json;profile="{EXPANDED}"'
    assert isinstance(json.loads(response.data), list)
    compact = client.get(path, headers={"Accept": "application/ld+json"})
    assert compact.headers["ETag"] != response.headers["ETag"]
    assert client.get(path, headers=wish | {"If-None-Match": response.headers["ETag"]}).status_code == 304
    assert client.get(path, headers=wish | {"If-None-Match": compact.headers["ETag"]}).status_code == 200


def test_another_context_is_another_representation(tmp_path: Path) -> None:
    """The same triples may be read with a context that says more; caches must not mix the two up."""
    made = tiny_release(tmp_path / "one")
    files = {name: (made.folder / name).read_bytes() for name in ("smartgraph.nt", CONTEXT, FRAMES)}
    files[CONTEXT] = files[CONTEXT].replace(b'"targetYear"', b'"aimedAt"')
    other = Releases(tmp_path / "two").add(made.core.read_bytes(), made.manifest, {"conforms": True}, files)
    assert other.id == made.id
    tags = {
        create_app(Settings(), InProcessReader(release)).test_client().get(f"{DOCUMENT}.jsonld").headers["ETag"]
        for release in (made, other)
    }
    assert len(tags) == 2


def test_answers_to_queries_stay_expanded(client: FlaskClient) -> None:
    """A stranger decides how long they are, and PyLD takes its time."""
    response = client.get("/sparql?query=CONSTRUCT WHERE {?s ?p ?o}", headers={"Accept": "application/ld+json"})
    assert response.status_code == 200
    assert isinstance(json.loads(response.data), list)
