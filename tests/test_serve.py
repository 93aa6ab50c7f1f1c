"""``smartgraph serve`` as an operator meets it: it builds what changed, and never serves what is bad."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from bundles_for_tests import editable_bundle

from smartgraph.bundle import Bundle
from smartgraph.release import Releases


@dataclass(frozen=True, slots=True)
class Running:
    """A server: its address, and all that it said on the error stream so far."""

    url: str
    log: Path

    def get(self, path: str, accept: str = "*/*") -> str:
        wish = urllib.request.Request(self.url + path, headers={"Accept": accept, "Accept-Language": "de"})
        with urllib.request.urlopen(wish) as answer:
            return str(answer.read().decode())

    @property
    def ready(self) -> dict[str, object]:
        state: dict[str, object] = json.loads(self.get("readyz"))
        return state


@dataclass(frozen=True, slots=True)
class House:
    """Sources that a test may spoil, and the state folder beside them."""

    bundle: Bundle
    state: Path

    @property
    def file(self) -> Path:
        return self.bundle.data / "musterstadt.ttl"

    @property
    def releases(self) -> Releases:
        return Releases(self.state)

    def command(self, *flags: str, name: str = "serve") -> list[str]:
        where = ["--source", str(self.bundle.root), "--state-dir", str(self.state)]
        return [sys.executable, "-m", "smartgraph", name, *where, *flags]

    @contextmanager
    def served(self, **settings: str) -> Iterator[Running]:
        log = self.state.with_suffix(".log")
        with log.open("w") as stream:
            server = subprocess.Popen(
                self.command("--port", "0"), stdout=subprocess.PIPE, stderr=stream, text=True, env=_environ(**settings)
            )
        assert server.stdout
        try:
            url = server.stdout.readline().strip()
            assert url, log.read_text()
            yield Running(url, log)
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=30) == 0
            server.stdout.close()

    def refused(self, *flags: str) -> tuple[int, str]:
        """Exit status and message of a server that does not start."""
        command = self.command("--port", "0", *flags)
        done = subprocess.run(command, capture_output=True, text=True, env=_environ(), timeout=120, check=False)
        return done.returncode, done.stderr


def _environ(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SMARTGRAPH_", "LC_"))}
    return kept | {"LANG": "en_GB.UTF-8"} | {f"SMARTGRAPH_{name.upper()}": value for name, value in settings.items()}


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(editable_bundle(tmp_path / "sources"), tmp_path / "state")


def test_a_start_builds_serves_and_the_next_start_serves_an_edit(house: House) -> None:
    with house.served() as running:
        first = running.ready["release"]
        assert running.ready["ready"] is True
        assert running.ready["refused"] is None
        assert "Musterstadt" in running.get("initiatives", "text/html")
    with house.served() as running:
        assert running.ready["release"] == first
        assert "Reading the sources" not in running.log.read_text(), "nothing had changed"
    text = house.file.read_text()
    house.file.write_text(text.replace("Musterstadt", "Musterburg"))
    with house.served() as running:
        assert running.ready["release"] != first
        assert "Musterburg" in running.get("initiatives", "text/html")
    assert len(house.releases.ids()) == 2


def test_a_large_release_is_served_from_disk_and_its_store_found_at_the_next_start(house: House) -> None:
    for has_store in (False, True):
        with house.served(max_triples_in_memory="0") as running:
            assert "Musterstadt" in running.get("initiatives", "text/html")
            answer = running.get("sparql?query=ASK{?s%20?p%20?o}", "application/sparql-results+json")
            assert json.loads(answer)["boolean"] is True
            assert ("is being made" in running.log.read_text()) is not has_store


def test_refused_input_leaves_the_last_good_release_and_is_told_everywhere(house: House) -> None:
    with house.served() as running:
        good = running.ready["release"]
    house.file.write_text(house.file.read_text() + "\nthis is no Turtle\n")
    for _ in range(2):  # a second start must not forget it
        with house.served() as running:
            assert running.ready["release"] == good
            refused = running.ready["refused"]
            assert isinstance(refused, dict)
            assert refused["de"].startswith("data/musterstadt.ttl:")
            assert refused["en"].startswith("data/musterstadt.ttl:")
            for page in ("", "initiatives", "places", "about", "sparql", "downloads/"):
                assert "data/musterstadt.ttl:" in running.get(page, "text/html"), page
            log = running.log.read_text()
            assert "musterstadt.ttl:" in log
            assert f"Not the newest input is served, but release {good}." in log
            assert str(house.bundle.root) not in running.get("", "text/html"), "a path of the machine"
    house.file.write_text(house.file.read_text().replace("\nthis is no Turtle\n", ""))
    with house.served() as running:
        assert running.ready["refused"] is None


def test_data_that_break_a_rule_are_refused_with_place_and_rule(house: House) -> None:
    with house.served() as running:
        good = running.ready["release"]
    house.file.write_text(house.file.read_text().replace("smg:responsibleBody", "smg:responsibleBoddy", 1))
    with house.served() as running:
        assert running.ready["release"] == good
        refused = running.ready["refused"]
        assert isinstance(refused, dict)
        assert "data/musterstadt.ttl:" in refused["de"]
        assert "verantwortliche Stelle" in refused["de"]
        assert "smg:responsibleBoddy" in running.log.read_text(), "the log has the whole report"


def test_without_a_good_release_refused_input_ends_with_the_status_of_the_build(house: House) -> None:
    house.file.write_text("this is no Turtle")
    status, message = house.refused()
    assert status == 1
    assert "musterstadt.ttl:1" in message
    assert not house.releases.ids()


def test_a_damaged_release_is_not_served_but_the_newest_undamaged_one_is(house: House) -> None:
    with house.served() as running:
        older = str(running.ready["release"])
    house.file.write_text(house.file.read_text().replace("Musterstadt", "Musterburg"))
    with house.served() as running:
        newer = str(running.ready["release"])
    core = house.releases.folder / newer / "smartgraph.nq"
    spoilt = bytearray(core.read_bytes())
    spoilt[100] ^= 1
    core.write_bytes(spoilt)
    with house.served() as running:
        assert running.ready["release"] == older
        assert "damaged" in running.log.read_text()
        assert newer in str(running.ready["refused"])


def test_if_every_release_is_damaged_the_input_is_built_anew(house: House) -> None:
    with house.served() as running:
        only = str(running.ready["release"])
    (house.releases.folder / only / "smartgraph.nq").write_bytes(b"")
    with house.served() as running:
        assert running.ready == running.ready | {"ready": True, "release": only, "refused": None}


def test_a_port_in_use_ends_with_3_before_anything_is_built(house: House) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        status, message = house.refused("--port", port)
    assert status == 3
    assert f"Port {port} is in use" in message
    assert "--port" in message
    assert not house.releases.ids()


def test_a_state_folder_that_cannot_be_written_ends_with_3(house: House) -> None:
    house.state.write_text("a file where the folder should be")
    status, message = house.refused()
    assert status == 3
    assert "cannot write there" in message
    assert "--state-dir" in message


def test_a_base_configured_later_makes_another_release(house: House) -> None:
    with house.served() as running:
        first = running.ready["release"]
    subprocess.run(
        house.command("--base-iri", "https://data.example.org/", name="build"),
        check=True, capture_output=True, env=_environ(),
    )  # fmt: skip
    assert house.releases.current_id() != first
    release, _ = house.releases.newest()
    assert release.manifest.base == "https://data.example.org/"
    assert b"smartgraph.example" not in release.core.read_bytes()
