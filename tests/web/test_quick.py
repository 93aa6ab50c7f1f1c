"""Which requests share a reply, and which go past."""

from __future__ import annotations

import pytest

from smartgraph.web.quick import Quick, Ready, asked, asked_by_head

ROOM = 100_000
HEAD = b"GET /sparql?query=ASK%7B%7D HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: text/csv\r\n\r\n"


def head(*lines: str, method: str = "GET", version: str = "HTTP/1.1", target: str = "/x") -> bytes:
    return "\r\n".join((f"{method} {target} {version}", "Host: h", *lines, "", "")).encode()


def keep(quick: Quick, request: bytes, body: bytes) -> None:
    wish = asked_by_head(request)
    assert wish
    quick.put(wish.key, None, Ready(b"", body))


def body_of(quick: Quick, request: bytes) -> bytes:
    ready, _ = quick.find(request)
    assert ready
    return ready.body


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (head("User-Agent: a"), head("User-Agent: b")),
        (head("Cookie: a=1"), head()),
        (head("Accept: text/csv", "Cookie: a"), head("Cookie: b", "accept:text/csv")),
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
        head(target="/x#y"),
        head("Host: g"),
        head("X: a\nContent-Length: 3"),
        head("X: a\rContent-Length: 3"),
        head("Content-Length\0: 3"),
        head("Content-Length\x0b: 3"),
        head("X: a\0"),
        head(target="/x y"),
        head(target="/ä"),
        head(target="/\x00"),
        HEAD.replace(b"Host: a\r\n", b""),
        HEAD.replace(b"Host: a", b"Host: <a>"),
        HEAD.replace(b"GET ", b"GET  "),
        b"\r\n" + HEAD,
        HEAD + HEAD,
    ],
)
def test_an_unusual_request_goes_past(unusual: bytes) -> None:
    assert asked_by_head(unusual) is None
    quick = Quick(1_000)
    assert quick.find(unusual) == (None, None)


def test_a_reply_is_found_by_its_head_whatever_the_client_calls_itself() -> None:
    quick = Quick(ROOM)
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
    quick = Quick(ROOM)
    german = head("Accept-Language: de-DE, en;q=0.5")
    wish = asked_by_head(german)
    assert wish
    quick.put(wish.key, wish.language, Ready(b"h", b"Hallo"))
    assert body_of(quick, head("Accept-Language: de")) == b"Hallo"
    assert quick.find(head("Accept-Language: en"))[0] is None
    assert quick.find(head())[0] is None


def test_room_is_bounded_and_the_latest_used_stay() -> None:
    quick = Quick(ROOM)
    body = b"x" * (ROOM // 4 - 600)
    for target in ("/a", "/b", "/c", "/d"):
        keep(quick, head(target=target), body)
    assert quick.find(head(target="/a"))[0]
    assert (len(quick), quick.size <= ROOM) == (4, True)
    keep(quick, head(target="/e"), body)
    assert (len(quick), quick.size <= ROOM) == (4, True)
    assert quick.find(head(target="/a"))[0]
    assert quick.find(head(target="/b"))[0] is None
    keep(quick, head(target="/e"), body + b"x" * 600)
    assert body_of(quick, head(target="/e")) == body


def test_room_holds_what_replies_are_found_by_as_well() -> None:
    quick = Quick(ROOM)
    for number in range(100):
        request = head(f"Accept: {'x' * 3_000}", target=f"/{number:05}" + "x" * 3_000)
        keep(quick, request, b"")
        assert quick.find(request)[0]
        assert quick.find(request.replace(b"Host: h", f"Host: {number}".encode()))[0]
    assert len(quick) * 6_000 < quick.size <= ROOM
    assert sum(map(len, quick._heads)) < ROOM // 8


def test_heads_that_have_no_reply_are_not_remembered() -> None:
    quick = Quick(ROOM)
    for number in range(100):
        assert quick.find(head(target=f"/{number}"))[0] is None
    assert not quick._heads
