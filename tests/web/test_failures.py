"""The table of errors: each problem has an address of its own, and that address says what it means."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from releases_for_tests import BASE

from smartgraph import errors
from smartgraph.language import LANGUAGES, translation
from smartgraph.web.failures import FAILURES, headers_of, problem

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_problems_explains_each_in_both_languages(client: FlaskClient, language: str) -> None:
    response = client.get("/problems", headers={"Accept-Language": language})
    assert response.status_code == 200
    assert response.headers["Content-Language"] == language
    said = translation(language).gettext
    for kind, failure in FAILURES.items():
        section = re.search(rf'<section[^>]* id="{kind.__name__}">(.*?)</section>', response.text, re.DOTALL)
        assert section, kind
        assert f"HTTP {failure.status.value}" in section[1]
        for text in (failure.title, failure.meaning, failure.remedy):
            assert said(text).replace("'", "&#39;") in section[1]


def test_the_type_of_a_problem_is_an_address_of_our_own(client: FlaskClient) -> None:
    found = client.get("/sparql?query=nonsense").get_json(force=True)
    assert found["type"] == f"{BASE}problems#QuerySyntaxError"
    path = found["type"].removeprefix(BASE.rstrip("/")).partition("#")[0]
    assert 'id="QuerySyntaxError"' in client.get(path).text


def test_a_problem_that_is_only_a_status_has_no_type_of_its_own(client: FlaskClient) -> None:
    for found in (client.get("/nothing-here"), client.put("/sparql")):
        assert found.get_json(force=True)["type"] == "about:blank"


def test_a_kind_of_error_that_has_no_row_takes_that_of_its_family() -> None:
    class OddCall(errors.UsageError):
        pass

    found = json.loads(problem(OddCall("odd"), "de", BASE).body)
    assert (found["type"], found["error"], found["status"]) == (f"{BASE}problems#UsageError", "OddCall", 400)
    assert found["title"] == "Die Anfrage passt nicht"


def test_an_unsupported_body_is_told_what_is_taken(client: FlaskClient) -> None:
    response = client.post("/sparql", data="ASK {}", content_type="text/plain")
    assert response.status_code == 415
    assert response.headers["Accept-Post"] == "application/x-www-form-urlencoded, application/sparql-query"
    assert response.get_json(force=True)["accepted"] == response.headers["Accept-Post"].split(", ")


def test_no_error_is_kept_by_a_cache() -> None:
    for error in (errors.QueryTimeout(1, 1), errors.MalformedRequest("x"), errors.UnsupportedBody((), "x")):
        assert ("Cache-Control", "no-store") in headers_of(error)


# ---- In the browser


def test_a_query_that_gets_no_answer_stays_in_the_form_with_its_fault_marked(client: FlaskClient) -> None:
    query = 'SELECT *\r\nWHERE { ?s ex:p "ä<b>" . ?x }'
    for language, said in (("de", "Die Abfrage ist kein SPARQL"), ("en", "The query is not SPARQL")):
        headers = {"Accept": BROWSER, "Accept-Language": language}
        response = client.get("/sparql", query_string={"query": query}, headers=headers)
        assert response.status_code == 400
        assert response.headers["Content-Language"] == language
        assert response.headers["Cache-Control"] == "no-store"
        assert {"accept", "accept-language"} <= response.vary.as_set()
        assert said in response.text
        assert response.text.index(said) < response.text.index("<form")
        assert "WHERE { ?s ex:p &#34;ä&lt;b&gt;&#34; . ?x }</textarea>" in response.text
        assert '<span class="faint">2</span>  WHERE { ?s ex:p <mark>&#34;</mark>ä&lt;b&gt;&#34;' in response.text
        assert "<b>" not in response.text


@pytest.mark.parametrize(
    ("parameters", "status", "said"),
    [
        ({"query": "DROP ALL <script>"}, 400, "only reads"),
        ({"query": "ASK {"}, 400, "<mark> </mark>"),
        ({"query": ""}, 400, "The query is not SPARQL"),
        ({"query": "ASK {}<script>", "format": "csv"}, 400, "ASK {}&lt;script&gt;</textarea>"),
        ({"query": "ASK {}", "default-graph-uri": "<script>"}, 400, "absolute IRI"),
    ],
)
def test_every_fault_of_a_query_is_told_above_the_form(
    client: FlaskClient, parameters: dict[str, str], status: int, said: str
) -> None:
    headers = {"Accept": BROWSER, "Accept-Language": "en"}
    response = client.get("/sparql", query_string=parameters, headers=headers)
    assert response.status_code == status
    assert said in response.text
    assert 'id="query"' in response.text
    assert "<script>" not in response.text


def test_a_query_over_its_time_stays_in_the_form_too(client: FlaskClient) -> None:
    triples = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(8))
    query = f"SELECT (COUNT(*) AS ?n) {{ {triples} }}"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": BROWSER})
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "60"
    assert triples in response.text


def test_a_request_without_a_readable_query_gets_a_page_of_its_own(client: FlaskClient) -> None:
    response = client.get("/sparql?query=%FF", headers={"Accept": BROWSER, "Accept-Language": "en"})
    assert response.status_code == 400
    assert "The request cannot be read" in response.text


def test_a_triple_as_a_value_is_shown(client: FlaskClient) -> None:
    query = "SELECT (<<( <a> <b> 'c' )>> AS ?t) {}"
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": BROWSER})
    assert response.status_code == 200
    assert f"&lt;&lt;( {BASE}a {BASE}b c )&gt;&gt;" in response.text


def test_a_page_may_be_named_as_the_format_by_a_browser(client: FlaskClient) -> None:
    response = client.get("/sparql?query=ASK{}&format=html", headers={"Accept": BROWSER})
    assert response.mimetype == "text/html"
