"""The files of the release: whole, with their sums, and none but these."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from smartgraph.release import SUMS

if TYPE_CHECKING:
    from flask.testing import FlaskClient

    from smartgraph.release import Release

# Responses are buffered, so that the client closes the files behind them as a server does.
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


def test_a_program_gets_the_list_with_addresses_that_work(client: FlaskClient, tiny: Release) -> None:
    listing = client.get("/downloads/", buffered=True)
    assert listing.mimetype == "application/json"
    content = listing.get_json()
    assert content["release"] == tiny.id
    assert content["referenceDate"] == tiny.manifest.reference_date
    assert {file["name"] for file in content["files"]} == {file.name for file in tiny.files}
    for file in content["files"]:
        body = client.get(file["url"], buffered=True)
        assert body.status_code == 200
        assert body.content_type == file["mediaType"]
        assert body.content_length == file["size"] == len(body.data)
        assert hashlib.sha256(body.data).hexdigest() == file["sha256"]


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_browser_gets_a_page_in_its_language(client: FlaskClient, language: str) -> None:
    page = client.get("/downloads/", headers={"Accept": BROWSER, "Accept-Language": language}, buffered=True)
    assert page.mimetype == "text/html"
    assert page.headers["Content-Language"] == language
    assert {"accept", "accept-language"} <= page.vary.as_set()


def test_the_list_is_found_with_and_without_a_slash(client: FlaskClient) -> None:
    assert client.get("/downloads", buffered=True).data == client.get("/downloads/", buffered=True).data


@pytest.mark.parametrize(
    ("name", "content_type"),
    [
        ("smartgraph.nq", "application/n-quads"),
        ("smartgraph.nt", "application/n-triples"),
        ("manifest.json", "application/json"),
        ("report.json", "application/json"),
        (SUMS, "text/plain; charset=utf-8"),
    ],
)
def test_each_file_comes_whole_with_its_type(client: FlaskClient, tiny: Release, name: str, content_type: str) -> None:
    for path in (f"/downloads/{name}", f"/releases/{tiny.id}/{name}"):
        response = client.get(path, buffered=True)
        assert response.status_code == 200
        assert response.content_type == content_type
        assert response.data == (tiny.folder / name).read_bytes()
        head = client.head(path, buffered=True)
        assert head.data == b""
        assert head.content_length == len(response.data)
        assert head.headers["ETag"] == response.headers["ETag"]


def test_the_tag_of_a_file_is_its_sum_and_spares_a_second_transfer(client: FlaskClient, tiny: Release) -> None:
    for file in tiny.files:
        tag = f'"{file.sha256}"'
        assert client.get(f"/downloads/{file.name}", buffered=True).headers["ETag"] == tag
        second = client.get(f"/downloads/{file.name}", headers={"If-None-Match": tag}, buffered=True)
        assert second.status_code == 304
        assert second.data == b""


def test_a_broken_transfer_can_be_taken_up_again(client: FlaskClient, tiny: Release) -> None:
    whole = tiny.core.read_bytes()
    rest = client.get("/downloads/smartgraph.nq", headers={"Range": "bytes=100-"}, buffered=True)
    assert rest.status_code == 206
    assert rest.data == whole[100:]


def test_no_header_of_a_file_depends_on_when_it_was_copied(client: FlaskClient, tiny: Release) -> None:
    """Replicas give the same tags: they are made from the bytes."""
    for path in (f"/downloads/{SUMS}", "/downloads/smartgraph.nq", "/static/style.css", "/static/mark.svg"):
        response = client.get(path, buffered=True)
        assert response.headers["ETag"] == f'"{hashlib.sha256(response.data).hexdigest()}"'
        assert "Last-Modified" not in response.headers
        again = client.get(path, headers={"If-None-Match": response.headers["ETag"]}, buffered=True)
        assert (again.status_code, again.data) == (304, b"")
        assert again.headers["ETag"] == response.headers["ETag"]


@pytest.mark.parametrize("path", ["/downloads/smartgraph.nq", "/static/style.css"])
def test_a_part_of_a_file_comes_if_the_file_is_still_the_same(client: FlaskClient, path: str) -> None:
    whole = client.get(path, buffered=True)
    size, tag = len(whole.data), whole.headers["ETag"]
    assert whole.headers["Accept-Ranges"] == "bytes"
    for wanted, part in {"0-9": whole.data[:10], "-7": whole.data[-7:], f"5-{size * 2}": whole.data[5:]}.items():
        response = client.get(path, headers={"Range": f"bytes={wanted}", "If-Range": tag}, buffered=True)
        assert (response.status_code, response.data) == (206, part)
        first = 0 if wanted == "0-9" else size - len(part)
        assert response.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{size}"
    for odd in ("lines=1-2", "bytes=x", "bytes=9-5", "bytes=0-1,4-5", "bytes=" + "9" * 5000 + "-"):
        assert client.get(path, headers={"Range": odd}, buffered=True).data == whole.data
    head = client.head(path, headers={"Range": "bytes=0-9"}, buffered=True)
    assert (head.status_code, head.content_length) == (200, size)
    changed = client.get(path, headers={"Range": "bytes=0-9", "If-Range": '"other"'}, buffered=True)
    assert (changed.status_code, changed.data) == (200, whole.data)


def test_a_part_that_the_file_does_not_have_is_refused_with_its_length(client: FlaskClient, tiny: Release) -> None:
    size = len(tiny.core.read_bytes())
    response = client.get("/downloads/smartgraph.nq", headers={"Range": f"bytes={size}-"}, buffered=True)
    assert response.status_code == 416
    assert response.headers["Content-Range"] == f"bytes */{size}"


def test_a_file_names_the_licence_of_every_part(client: FlaskClient, tiny: Release) -> None:
    for path in ("/downloads/smartgraph.nq", f"/releases/{tiny.id}/smartgraph.nt"):
        links = client.get(path, buffered=True).headers.getlist("Link")
        assert len([link for link in links if 'rel="license"' in link]) == 3


def test_an_unknown_file_is_told_the_known(client: FlaskClient, tiny: Release) -> None:
    for path in ("/downloads/unknown.ttl", f"/releases/{tiny.id}/unknown.ttl"):
        response = client.get(path)
        assert response.status_code == 404
        assert set(response.get_json(force=True)["known"]) == {SUMS, *(file.name for file in tiny.files)}
    assert client.get("/releases/0123456789abcdef/smartgraph.nq").get_json(force=True)["known"] == [tiny.id]


@pytest.mark.parametrize(
    "name",
    [
        "unknown.ttl", "..", "../current",
        "..%2fcurrent", "%2e%2e%2fcurrent", "..%5ccurrent", "%2fetc%2fpasswd",
        "./smartgraph.nq", "smartgraph.nq/", "smartgraph.nq%00", ".", "//etc/passwd", "SMARTGRAPH.NQ",
        ".%2fsmartgraph.nq",
    ],
)  # fmt: skip
def test_nothing_else_comes_out_of_the_folder(client: FlaskClient, tiny: Release, name: str) -> None:
    for path in (f"/downloads/{name}", f"/releases/{tiny.id}/{name}"):
        response = client.get(path, headers={"Accept": "application/json"}, buffered=True)
        if response.status_code == 200:  # a client that tidies the path up gets what that names
            assert response.data in (client.get("/downloads/", buffered=True).data, tiny.core.read_bytes())
        else:
            assert response.status_code == 404
            assert str(tiny.folder).encode() not in response.data


def test_another_release_is_not_found(client: FlaskClient, tiny: Release) -> None:
    for id_ in ("0123456789abcdef", "..", tiny.id[:8]):
        assert client.get(f"/releases/{id_}/smartgraph.nq", buffered=True).status_code == 404


def test_files_are_only_read(client: FlaskClient) -> None:
    for path in ("/downloads/", "/downloads/smartgraph.nq"):
        response = client.post(path)
        assert response.status_code == 405
        assert "GET" in response.headers["Allow"]
