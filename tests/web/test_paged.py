"""Pages, documents and files on their way out: compressed copies, and those that are kept."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import brotli
import pytest
import zstandard
from plain_client import ask

if TYPE_CHECKING:
    from collections.abc import Callable

_UNPACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "br": lambda body: bytes(brotli.decompress(body)),
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
}
_PAGE = ("/sg/", {"Accept": "text/html"})
_DOCUMENT = ("/sg/context.jsonld", {"Accept": "*/*"})


@pytest.mark.parametrize(("path", "headers"), [_PAGE, _DOCUMENT])
@pytest.mark.parametrize("encoding", _UNPACKED)
def test_a_compressed_copy_says_the_same_under_a_weak_tag(
    address: str, path: str, headers: dict[str, str], encoding: str
) -> None:
    _, plain, body = ask(address, path, headers)
    for _ in range(3):  # made, remembered, known
        status, packed, smaller = ask(address, path, {**headers, "Accept-Encoding": encoding})
        assert status == 200
        assert packed["content-encoding"] == encoding
        assert _UNPACKED[encoding](smaller) == body
        assert len(smaller) < len(body)
        assert packed["content-length"] == str(len(smaller))
        assert packed["etag"] == f"W/{plain['etag']}"
        assert "Accept-Encoding" in packed["vary"]
    again = ask(address, path, {**headers, "Accept-Encoding": encoding, "If-None-Match": packed["etag"]})
    assert (again[0], again[2]) == (304, b"")


def test_who_takes_no_encoding_gets_none_but_is_told_that_there_are_some(address: str) -> None:
    for wish in ({}, {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip;q=0"}):
        _, told, _ = ask(address, "/sg/", {"Accept": "text/html", **wish})
        assert "content-encoding" not in told
        assert "Accept-Encoding" in told["vary"]
        assert not told["etag"].startswith("W/")


def test_files_of_which_parts_can_be_had_stay_as_they_are(address: str) -> None:
    _, told, body = ask(address, "/sg/downloads/smartgraph.nq", {"Accept-Encoding": "gzip"})
    assert "content-encoding" not in told
    assert told["content-length"] == str(len(body))


def test_a_page_that_is_known_is_sent_again_in_the_language_that_is_wanted(address: str) -> None:
    for _ in range(3):
        for language in ("de", "en"):
            _, told, body = ask(address, "/sg/about", {"Accept": "text/html", "Accept-Language": language})
            assert told["content-language"] == language
            assert f'<html lang="{language}"'.encode() in body
        assert ask(address, "/sg/about", {"Accept": "text/html"})[1]["content-language"] == "de"
        assert ask(address, "/sg/about?lang=en", {"Accept": "text/html"})[1]["content-language"] == "en"


def test_head_of_a_known_page_has_no_body(address: str) -> None:
    for _ in range(3):
        status, told, body = ask(address, "/sg/places", {"Accept": "text/html"}, "HEAD")
        assert (status, body) == (200, b"")
        assert int(told["content-length"]) > 1000


def test_from_the_third_time_a_page_needs_no_thread(address: str) -> None:
    def known() -> float:
        body = ask(address, "/sg/metrics", {})[2].decode()
        line = next(line for line in body.splitlines() if line.startswith('smartgraph_cache_entries{cache="replies"'))
        return float(line.split()[1])

    before = known()
    ask(address, "/sg/themes", {"Accept": "text/html", "Accept-Encoding": "br"})
    assert known() == before, "a crawl keeps nothing"
    ask(address, "/sg/themes", {"Accept": "text/html", "Accept-Encoding": "br"})
    assert known() == before + 1
