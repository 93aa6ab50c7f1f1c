"""What the server counts of itself."""

from __future__ import annotations

import re
import socket
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from plain_client import ask

from smartgraph.web.metrics import OTHER, Metrics

if TYPE_CHECKING:
    from collections.abc import Iterator

_LINE = re.compile(r"(?P<name>\w+)(?:\{(?P<labels>[^}]*)\})? (?P<value>\S+)")


def read(body: bytes) -> dict[tuple[str, str], float]:
    """Each sample by name and labels."""
    found = {}
    for line in body.decode().splitlines():
        if not line.startswith("#"):
            match = _LINE.fullmatch(line)
            assert match, line
            found[match["name"], match["labels"] or ""] = float(match["value"])
    return found


def counted(address: str) -> dict[tuple[str, str], float]:
    return read(ask(address, "/sg/metrics", {})[2])


def grown(before: dict[tuple[str, str], float], after: dict[tuple[str, str], float]) -> Iterator[tuple[str, str]]:
    return (key for key, value in after.items() if value > before.get(key, 0.0))


def test_each_request_is_counted_by_route_method_and_status(address: str) -> None:
    before = counted(address)
    ask(address, "/sg/places", {"Accept": "text/html"})
    ask(address, "/sg/nix/../x", {})
    ask(address, "/sg/sparql?query=ASK", {})
    ask(address, "/sg/doc/strategy/beispiel", {"Accept": "text/turtle"}, "HEAD")
    time.sleep(0.1)  # a reply is there a moment before it is counted
    found = set(grown(before, counted(address)))
    for route, method, status in (
        ("/places", "GET", 200), (OTHER, "GET", 404), ("/sparql", "GET", 400), ("/doc", "HEAD", 200),
    ):  # fmt: skip
        assert ("smartgraph_http_requests_total", f'method="{method}",route="{route}",status="{status}"') in found
        assert ("smartgraph_http_request_seconds_count", f'route="{route}"') in found


def test_answers_are_counted_by_where_they_came_from(address: str) -> None:
    path, accept = "/sg/sparql?query=ASK%7B%7D%23counted", {"Accept": "text/csv"}
    for source in ("found", "kept", "head"):
        before = counted(address)
        ask(address, path, accept)
        assert ("smartgraph_answers_total", f'source="{source}"') in set(grown(before, counted(address)))


def test_queries_that_got_no_answer_are_counted_by_cause(address: str) -> None:
    before = counted(address)
    product = "SELECT(COUNT(*)AS?n)%7B" + "".join(f"?a{n} ?b{n} ?c{n} .".replace(" ", "%20") for n in range(7)) + "%7D"
    for accept in ("text/csv", "text/html"):  # by the loop, and by a thread
        ask(address, f"/sg/sparql?timeout=0.1&query={product.replace('?', '%3F')}", {"Accept": accept})
    after = counted(address)
    key = ("smartgraph_queries_ended_total", 'cause="time"')
    assert after[key] == before[key] + 2


def test_requests_that_are_none_are_counted_too(address: str) -> None:
    before = counted(address)
    place = urlsplit(address)
    with socket.create_connection((place.hostname or "", place.port or 0)) as client:
        client.sendall(b"no request at all\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 400")
    assert ("smartgraph_http_requests_total", f'method="",route="{OTHER}",status="400"') in set(
        grown(before, counted(address))
    )


def test_buckets_are_cumulative_and_end_with_all() -> None:
    metrics = Metrics()
    metrics.know(["/", "/x/<path:rest>", "/<path:any>"])
    for seconds in (0.0005, 0.02, 0.02, 99.0):
        metrics.note(metrics.route("/x/y"), "GET", 200, seconds)
    metrics.at_once["/x", "GET"] += 2
    found = read(metrics.exposition("").body)
    assert found["smartgraph_http_request_seconds_bucket", 'le="0.001",route="/x"'] == 3
    assert found["smartgraph_http_request_seconds_bucket", 'le="0.025",route="/x"'] == 5
    assert found["smartgraph_http_request_seconds_bucket", 'le="+Inf",route="/x"'] == 6
    assert found["smartgraph_http_request_seconds_sum", 'route="/x"'] == 99.0405
    assert found["smartgraph_http_requests_total", 'method="GET",route="/x",status="200"'] == 6
    assert [metrics.route(path) for path in ("/", "/x", "/zzz/x", "*")] == ["/", "/x", OTHER, OTHER]


def test_who_asks_for_openmetrics_gets_it() -> None:
    reply = Metrics().exposition("application/openmetrics-text; version=1.0.0")
    assert dict(reply.headers)["Content-Type"].startswith("application/openmetrics-text")
    assert reply.body.endswith(b"# EOF\n")
