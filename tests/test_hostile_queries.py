"""The quick ones of the attacks, on a real server with a short deadline."""

from __future__ import annotations

import http.client
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import pytest
from hostile.cases import Case, read_cases
from hostile.listener import Listener, listening
from hostile.report import page, row
from hostile.run import Arena, Outcome, arena

from smartgraph.build.publish import fingerprint
from smartgraph.release import Releases
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

SETTINGS: Final = {"query_timeout_s": 1, "query_memory_mb": 256, "answer_cache_mb": 8}
#: Far more than an idle machine needs, so that a busy one does not fail, in seconds.
P99_S: Final = 1.0
NAMES: Final = [(case.group, case.name) for case in read_cases({}) if case.is_quick]


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    with listening() as found:
        yield found


@pytest.fixture(scope="module")
def place(
    fixture_bundle: Bundle,
    fixture_release: Release,
    listener: Listener,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Arena]:
    releases = Releases(fixture_release.folder.parent.parent)
    releases.note_input(fingerprint(fixture_bundle, PLACEHOLDER))
    log = tmp_path_factory.mktemp("hostile") / "log"
    with arena(fixture_bundle, releases.state, PLACEHOLDER, log, SETTINGS, listener, p99_s=P99_S, watch_s=0.2) as found:
        yield found


@pytest.fixture(scope="module")
def cases(listener: Listener) -> dict[tuple[str, str], Case]:
    return {(case.group, case.name): case for case in read_cases(listener.names)}


@pytest.mark.parametrize("name", NAMES, ids=": ".join)
def test_an_attack_is_refused_in_time_and_harms_nobody(
    place: Arena, cases: dict[tuple[str, str], Case], name: tuple[str, str]
) -> None:
    outcome = place.run(cases[name])
    assert outcome.faults == (), row(outcome)


def test_the_listener_would_hear_who_calls_it() -> None:
    with listening() as other:
        for address in ("listener", "listener_redirect"):
            caller = http.client.HTTPConnection(urlsplit(other.names[address]).netloc)
            caller.request("GET", "/")
            assert caller.getresponse().status == 302
            caller.close()
        assert other.calls == 2


def test_what_came_of_each_case_stands_in_both_languages(cases: dict[tuple[str, str], Case]) -> None:
    ended = Outcome(cases["query", "a product, in order"], Counter({"503": 2, "broken": 1}), 1.5, 200, 100, 0.02, ())
    harmful = replace(ended, faults=("the server is not the process it was",))
    text = page([ended, harmful], SETTINGS, 100, 0, date(2026, 11, 24))
    assert "**1 von 2 abgewehrt.**" in text
    assert "**1 of 2 repelled.**" in text
    assert "| a product, in order | 2 × 503, abgebrochen | 1.50 | 200 | 100 | 20 |" in text
    assert text.count("- a product, in order: the server is not the process it was") == 2
