"""A release that becomes current is taken over while requests are being answered."""

from __future__ import annotations

import asyncio
import json
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit
from urllib.request import Request, urlopen

import pytest
from plain_http import Connection, get, query
from real_server import real_server
from releases_for_tests import BASE, tiny_release
from servers_for_tests import running
from soak.releases import marked_releases

from smartgraph.build.publish import fingerprint
from smartgraph.read.sandbox import Sandbox
from smartgraph.release import Refusal, Releases
from smartgraph.web.server import address_of, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release
    from smartgraph.settings import Settings

_MARK = "SELECT ?mark { <urn:soak:release> <urn:soak:release> ?mark }"
_LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r }"


class House:
    """A server that follows a state folder with two releases; the first is served."""

    def __init__(self, address: str, releases: Releases, both: tuple[Release, ...]) -> None:
        self.address, self.releases = address, releases
        self.first, self.second = both

    def get(self, path: str, accept: str = "*/*") -> str:
        with urlopen(Request(f"{self.address}{path}", headers={"Accept": accept}), timeout=30) as reply:
            return str(reply.read().decode())

    @property
    def ready(self) -> dict[str, object]:
        found: dict[str, object] = json.loads(self.get("readyz"))
        return found

    def mark(self) -> str:
        rows = json.loads(self.get(f"sparql?query={quote_plus(_MARK)}", "application/sparql-results+json"))
        return str(rows["results"]["bindings"][0]["mark"]["value"])

    def wait(self, is_so: Callable[[], bool]) -> None:
        until = time.monotonic() + 15
        while not is_so():
            assert time.monotonic() < until, self.ready
            time.sleep(0.05)

    def use(self, release: Release) -> None:
        self.releases.use(release.id)
        self.wait(lambda: self.ready["release"] == release.id)


@pytest.fixture
def house(settings: Settings, tmp_path: Path) -> Iterator[House]:
    releases = Releases(tmp_path)
    first, second = marked_releases(tiny_release(tmp_path), releases, 2)
    with (
        bind(settings) as listener,
        Sandbox.start(first, settings) as reader,
        running(listener, settings, reader, releases=releases),
    ):
        yield House(address_of(listener), releases, (first, second))


def test_a_release_that_becomes_current_is_served_from_then_on(house: House) -> None:
    assert [house.mark(), house.mark(), house.mark()] == ["0", "0", "0"]
    page = house.get("about", "text/html")
    house.use(house.second)
    assert house.mark() == "1"
    assert house.second.id in house.get("about", "text/html")
    assert house.second.id not in page
    house.use(house.first)
    assert house.mark() == "0"


def test_no_request_is_lost_and_each_is_answered_by_a_release_that_is_current(house: House) -> None:
    ends = threading.Event()

    def asks() -> set[str]:
        found = set()
        while not ends.is_set():
            found.add(house.mark())
            assert "<html" in house.get("", "text/html")
        return found

    with ThreadPoolExecutor(4) as clients:
        asked = [clients.submit(asks) for _ in range(4)]
        for release in (house.second, house.first, house.second):
            house.use(release)
        ends.set()
        assert set().union(*(each.result() for each in asked)) == {"0", "1"}


def test_what_began_with_a_release_ends_with_it(house: House) -> None:
    with ThreadPoolExecutor(1) as client:
        address = f"sparql?timeout=1.5&query={quote_plus(_LONG)}"
        long = client.submit(lambda: asyncio.run(_status(house.address, address)))
        time.sleep(0.3)
        house.use(house.second)
        assert long.result() == (503, "QueryTimeout")


async def _status(address: str, path: str) -> tuple[int, str]:
    place = urlsplit(address)
    async with Connection((place.hostname or "", place.port or 0)) as connection:
        reply = await connection.ask(get(f"/{path}", "Accept: */*"))
    return reply.status, json.loads(reply.body)["error"]


def test_a_damaged_release_is_not_taken_over_and_pages_say_so(house: House) -> None:
    core = house.second.core
    core.write_bytes(core.read_bytes() + b"\n")
    (house.releases.state / "current").write_text(house.second.id)
    house.wait(lambda: house.ready["refused"] is not None)
    assert house.ready["release"] == house.first.id
    assert house.mark() == "0"
    assert "smartgraph.nq" in house.get("about", "text/html")
    assert str(house.releases.state) not in str(house.ready)


def test_a_release_under_another_base_needs_a_new_start(house: House, tmp_path: Path) -> None:
    other = tiny_release(tmp_path, "https://other.example/")
    assert other.manifest.base != BASE
    house.wait(lambda: "https://other.example/" in str(house.ready["refused"]))
    assert house.mark() == "0"


def test_that_newer_input_was_refused_is_told_as_soon_as_it_is_known(house: House) -> None:
    house.releases.note_refusal(Refusal("Drei Fehler", "Three errors"))
    house.wait(lambda: house.ready["refused"] == {"de": "Drei Fehler", "en": "Three errors"})
    assert "Drei Fehler" in house.get("", "text/html")
    assert house.mark() == "0"
    house.releases.note_input("mended")
    house.wait(lambda: house.ready["refused"] is None)


def test_the_metrics_count_takeovers_and_go_on_counting(house: House) -> None:
    house.mark()
    house.use(house.second)
    metrics = house.get("metrics")
    assert "smartgraph_takeovers_total 1.0" in metrics
    assert f'release="{house.second.id}"' in metrics
    assert 'smartgraph_answers_total{source="found"} 1.0' in metrics


def test_a_server_that_is_told_to_stop_answers_what_it_was_asked(
    fixture_bundle: Bundle, fixture_release: Release, tmp_path: Path
) -> None:
    releases = Releases(tmp_path / "state")
    releases.prepare()
    base = fixture_release.manifest.base
    marked_releases(fixture_release, releases, 1)
    releases.note_input(fingerprint(fixture_bundle, base))
    with real_server(fixture_bundle, releases.state, base, tmp_path / "log", {"query_timeout_s": 2}) as server:

        async def stopped() -> tuple[int, float]:
            async with Connection(server.place) as connection:
                await connection.send(query(_LONG, "Accept: */*"))
                await asyncio.sleep(0.3)
                start = time.monotonic()
                server.process.send_signal(signal.SIGTERM)
                return (await connection.reply()).status, time.monotonic() - start

        status, seconds = asyncio.run(stopped())
        assert (status, seconds > 1) == (503, True), "it got its time, and its answer"
        assert server.process.wait(timeout=10) == 0
