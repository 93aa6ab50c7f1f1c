"""Many clients with one question: they share the answer, and nobody's haste or size is another's."""

from __future__ import annotations

import http.client
import json
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from urllib.parse import quote, urlsplit


def ask(address: str, text: str, more: str = "", headers: dict[str, str] | None = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    try:
        connection.request("GET", f"/sparql?query={quote(text)}{more}", headers=headers or {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def test_who_is_in_a_hurry_does_not_end_the_query_of_others(address: str) -> None:
    endless = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p . ?q ?r ?s . ?t ?u ?v }"
    with ThreadPoolExecutor(2) as pool:
        hurried = pool.submit(ask, address, endless, "&timeout=0.1")
        patient = pool.submit(ask, address, endless)
        limits = [json.loads(asked.result()[1])["limit"] for asked in (hurried, patient)]
    assert limits == [0.1, 2.0]


def test_an_answer_too_large_to_be_kept_keeps_nobody_waiting_for_another(address: str) -> None:
    endless = f"SELECT ?x {{ BIND('{'x' * 10_000}' AS ?x) ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l . ?m ?o ?p }}"
    with ExitStack() as stack:
        start = time.monotonic()
        for _ in range(4):
            connection = stack.enter_context(closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)))
            connection.request("GET", f"/sparql?query={quote(endless)}")
            stack.enter_context(connection.getresponse())
        assert time.monotonic() - start < 4.0
