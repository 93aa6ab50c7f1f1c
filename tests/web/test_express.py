"""Queries that never become a request of the framework, and those that begin so and go on in the ordinary way."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING
from urllib.parse import quote_plus, urlsplit

import pytest
from plain_http import Connection, get, query

if TYPE_CHECKING:
    from plain_http import Reply

_JSON = "Accept: application/sparql-results+json"
_LONG = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?n ?o . ?p ?q ?r }"
#: Half a megabyte of rows.
_LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } LIMIT 4000"


def exchanged(address: str, *requests: bytes, together: bool = False) -> list[Reply]:
    """The replies to requests on one connection: each sent when the one before is answered, or all at once."""
    place = urlsplit(address)

    async def exchange() -> list[Reply]:
        async with Connection((place.hostname or "", place.port or 0)) as connection:
            if not together:
                return [await connection.ask(request) for request in requests]
            await connection.send(b"".join(requests))
            return [await connection.reply() for _ in requests]

    return asyncio.run(asyncio.wait_for(exchange(), 30))


def value_of(reply: Reply) -> str:
    return str(json.loads(reply.body)["results"]["bindings"][0]["x"]["value"])


def values(count: int) -> list[bytes]:
    return [query(f"SELECT ?x {{ BIND({number} AS ?x) }} # {count}", _JSON) for number in range(count)]


def test_an_ordinary_query_gets_the_reply_that_it_gets_in_the_ordinary_way(address: str) -> None:
    text = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o LIMIT 3 # express"
    short, kept, ordinary = exchanged(
        address, query(text, _JSON), query(text, _JSON), query(text, _JSON, "Cache-Control: no-cache")
    )
    for other in (kept, ordinary):
        assert (other.status, other.body) == (short.status, short.body)
        hidden = {"date", "x-request-id"}
        assert {n: v for n, v in other.headers.items() if n not in hidden} == {
            n: v for n, v in short.headers.items() if n not in hidden
        }
    assert len({reply.headers["x-request-id"] for reply in (short, kept, ordinary)}) == 3


def test_a_request_keeps_the_id_that_a_proxy_has_given_it(address: str) -> None:
    for given, told in (("abc-1", "abc-1"), ("not one", None), ("x" * 65, None)):
        for more in ((), ("Cache-Control: no-cache",)):
            (reply,) = exchanged(address, query(f"ASK {{}} # {given}", _JSON, f"X-Request-Id: {given}", *more))
            assert (reply.headers["x-request-id"] == given) == (told == given)


def test_requests_that_do_not_wait_for_each_other_are_answered_in_their_order(address: str) -> None:
    replies = exchanged(address, *values(20), together=True)
    assert [value_of(reply) for reply in replies] == [str(number) for number in range(20)]


def test_bytes_behind_a_query_wait_until_it_is_answered(address: str) -> None:
    place = urlsplit(address)

    async def exchange() -> list[int]:
        async with Connection((place.hostname or "", place.port or 0)) as connection:
            found = []
            for number in range(10):
                await connection.send(query(f"ASK {{}} # behind {number}", _JSON))
                await asyncio.sleep(0)  # so that what follows comes in another piece
                await connection.send(get("/sg/healthz"))
                found += [(await connection.reply()).status, (await connection.reply()).status]
            return found

    assert asyncio.run(asyncio.wait_for(exchange(), 30)) == [200] * 20


@pytest.mark.parametrize(
    ("text", "status", "says"),
    [
        ("SELECT ?x {", 400, "QuerySyntaxError"),
        ("LOAD <http://127.0.0.1/>", 400, "QueryRefused"),
        (_LONG, 503, "QueryTimeout"),
        ("CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }", 406, "NotAcceptable"),
    ],
)
def test_what_has_no_answer_goes_on_in_the_ordinary_way_and_the_connection_stays(
    address: str, text: str, status: int, says: str
) -> None:
    wrong, right = exchanged(address, query(f"{text} # express", _JSON), query("ASK {} # after it", _JSON))
    assert (wrong.status, json.loads(wrong.body)["error"]) == (status, says)
    assert wrong.headers["content-type"] == "application/problem+json"
    assert right.status == 200


def test_a_large_answer_goes_on_in_the_ordinary_way(address: str) -> None:
    large, small = exchanged(address, query(_LARGE, _JSON), query("ASK {} # after a large one", _JSON))
    assert large.status == small.status == 200
    assert len(json.loads(large.body)["results"]["bindings"]) == 4000


def test_more_queries_than_processes_are_all_answered(address: str) -> None:
    place = urlsplit(address)

    async def asks(number: int) -> str:
        async with Connection((place.hostname or "", place.port or 0)) as connection:
            return value_of(await connection.ask(query(f"SELECT ?x {{ BIND({number} AS ?x) }} # many", _JSON)))

    async def all_at_once() -> list[str]:
        return list(await asyncio.gather(*map(asks, range(60))))

    assert asyncio.run(asyncio.wait_for(all_at_once(), 30)) == [str(number) for number in range(60)]


def test_who_goes_away_ends_the_query_and_nobody_else_is_disturbed(address: str) -> None:
    place = urlsplit(address)

    async def exchange() -> int:
        for number in range(12):
            async with Connection((place.hostname or "", place.port or 0)) as connection:
                await connection.send(query(f"{_LONG} # gone {number}", _JSON))
                await asyncio.sleep(0.02)
        async with Connection((place.hostname or "", place.port or 0)) as connection:
            return (await connection.ask(query("ASK {} # after those", _JSON))).status

    assert asyncio.run(asyncio.wait_for(exchange(), 30)) == 200


def test_the_same_query_of_two_is_found_once(address: str) -> None:
    text = f"SELECT (COUNT(*) AS ?x) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l FILTER(?a != {quote_plus('1')}) }}"
    place = urlsplit(address)

    async def asks() -> bytes:
        async with Connection((place.hostname or "", place.port or 0)) as connection:
            return (await connection.ask(query(text, _JSON))).body

    async def both() -> list[bytes]:
        return list(await asyncio.gather(asks(), asks(), asks()))

    before = _found(address)
    bodies = asyncio.run(asyncio.wait_for(both(), 30))
    assert len(set(bodies)) == 1
    assert _found(address) == before + 1


def _found(address: str) -> float:
    (reply,) = exchanged(address, get("/sg/metrics"))
    line = next(
        line for line in reply.body.decode().splitlines() if line.startswith('smartgraph_answers_total{source="found"')
    )
    return float(line.split()[1])
