"""Which requests share a reply, and which go past."""

from __future__ import annotations

import pytest

from smartgraph.web.answers import OVERHEAD
from smartgraph.web.quick import Quick, Ready, asked, asked_by_head

HEAD = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: text/csv\r\n\r\n"


def head(*lines: str, method: str = "GET", version: str = "HTTP/1.1", target: str = "/x") -> bytes:
    host = () if any(line.lower().startswith("host") for line in lines) else ("Host: h",)
    return "\r\n".join((f"{method} {target} {version}", *lines, *host, "", "")).encode()


def body_of(quick: Quick, request: bytes) -> bytes:
    ready, _ = quick.find(request)
    assert ready
    return ready.body


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (head("User-Agent: a"), head("User-Agent: b")),
        (head("Cookie: a=1"), head()),
        (head("Accept: text/csv", "Host: h"), head("Host: h", "accept:text/csv")),
        (head("Connection: keep-alive"), head("Connection: Keep-Alive", "Origin: http://o")),
    ],
)
def test_requests_that_differ_in_what_decides_nothing_share_a_key(one: bytes, other: bytes) -> None:
    assert asked_by_head(one) == asked_by_head(other) is not None


@pytest.mark.parametrize(
    "other",
    [
        head("Accept: text/csv"),
        head("Accept-Encoding: gzip"),
        head('If-None-Match: "a"'),
        head("Accept-Language: en"),
        head(method="HEAD"),
        head(target="/y"),
    ],
)
def test_requests_that_differ_in_what_decides_do_not(other: bytes) -> None:
    assert asked_by_head(other) is not None
    assert asked_by_head(other) != asked_by_head(head())


@pytest.mark.parametrize(
    "unusual",
    [
        head(method="POST"),
        head(method="get"),
        head(version="HTTP/1.0"),
        head(target="http://h/x"),
        head("Authorization: Bearer x"),
        head("Range: bytes=0-1"),
        head('If-Range: "a"'),
        head("If-Modified-Since: Thu, 01 Jan 1970 00:00:00 GMT"),
        head("Cache-Control: no-cache"),
        head("Connection: close"),
        head("Accept: a/b", "Accept: c/d"),
        head("Content-Length: 3"),
        head("Transfer-Encoding: chunked"),
        head("Expect: 100-continue"),
        head("no colon"),
        head("Accept : a/b"),
        head("Accept: a/b", " folded"),
        head("Accept: a/b\nX: y"),
        head("Accept: a\rb"),
        head("Accept: a\0b"),
        head("Host: a", "Host: a"),
        head("Host: a b"),
        head(target="/x#y"),
        head(target="/x y"),
        b"GET /x HTTP/1.1\r\nAccept: a/b\r\n\r\n",
    ],
)
def test_an_unusual_request_goes_past(unusual: bytes) -> None:
    assert asked_by_head(unusual) is None
    quick = Quick(10_000)
    assert quick.find(unusual) == (None, None)


def test_a_reply_is_found_by_its_head_whatever_the_client_calls_itself() -> None:
    quick = Quick(10_000)
    wish = asked(b"GET", b"/sparql?query=ASK%7B%7D", [(b"accept", b"text/csv")])
    assert wish
    assert quick.find(HEAD)[0] is None
    ready = Ready(b"head", b"body")
    quick.put(wish.key, None, ready)
    assert body_of(quick, HEAD) == b"body"
    assert body_of(quick, HEAD.replace(b"x\r\n", b"y\r\nAccept-Language: de\r\n")) == b"body"
    quick.clear()
    assert quick.find(HEAD)[0] is None


def test_a_reply_in_a_language_is_found_only_by_those_who_want_it() -> None:
    quick = Quick(10_000)
    german = head("Accept-Language: de-DE, en;q=0.5")
    wish = asked_by_head(german)
    assert wish
    quick.put(wish.key, wish.language, Ready(b"h", b"Hallo"))
    assert body_of(quick, head("Accept-Language: de")) == b"Hallo"
    assert quick.find(head("Accept-Language: en"))[0] is None
    assert quick.find(head())[0] is None


def test_room_is_bounded_and_the_latest_used_stay() -> None:
    quick = Quick(4 * (OVERHEAD + 100))
    for target in ("/a", "/b", "/c", "/d"):
        wish = asked_by_head(head(target=target))
        assert wish
        quick.put(wish.key, None, Ready(b"", b"x" * 100))
    assert quick.find(head(target="/a"))[0]
    wish = asked_by_head(head(target="/e"))
    assert wish
    quick.put(wish.key, None, Ready(b"", b"x" * 100))
    assert (len(quick), quick.size) == (4, 4 * (OVERHEAD + 100))
    assert quick.find(head(target="/a"))[0]
    assert quick.find(head(target="/b"))[0] is None
    quick.put(wish.key, None, Ready(b"", b"x" * (OVERHEAD + 100) * 2))
    assert body_of(quick, head(target="/e")) == b"x" * 100
