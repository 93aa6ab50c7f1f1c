"""What holds on every route: HEAD is GET, a fault is no 404, one address for each thing, links that lead on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
import rdflib
from in_process_reader import Gone, InProcessReader
from releases_for_tests import BASE, STRATEGY, tiny_release

from smartgraph.formats import DOCUMENT_FORMATS, GRAPH_FORMATS
from smartgraph.settings import Settings
from smartgraph.web import create_app

if TYPE_CHECKING:
    from flask import Flask
    from flask.testing import FlaskClient
    from werkzeug.routing import Rule
    from werkzeug.test import TestResponse

    from smartgraph.release import Release

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DOCUMENT = "/doc/strategy/beispiel"
ASK = "/sparql?query=ASK%7B%7D"
#: A value for each part of an address; a rule below wins.
VALUES = {
    "kind": "strategy", "slug": "beispiel", "scheme": "theme", "code": "mobilitaet", "extension": "ttl",
    "filename": "style.css",
}  # fmt: skip
NAMES = {
    "/doc/<kind>/<name>": "beispiel",
    "/doc/concept/<scheme>/<name>": "mobilitaet",
    "/graph/<name>": "duisburg",
    "/frames/<name>": "strategy.jsonld",
    "/.well-known/genid/<name>": "0123456789abcdef01234567",
    "/downloads/<name>": "smartgraph.nq",
    "/releases/<id_>/<name>": "smartgraph.nq",
}
#: What asks the store, and has to say so when it is gone.
ASKING = {
    "/id/<kind>/<slug>", "/concept/<scheme>", "/concept/<scheme>/<code>", "/doc/<kind>/<name>",
    "/doc/concept/<scheme>/<name>", "/ns", "/ns.<extension>", "/shapes", "/shapes.<extension>", "/graph",
    "/graph.<extension>", "/graph/<name>", "/.well-known/genid/<name>", "/", "/initiatives", "/places", "/themes",
    "/decisions", "/about", "/readyz",
}  # fmt: skip


def get(client: FlaskClient, path: str, accept: str = "*/*", **headers: str) -> TestResponse:
    """The answer, buffered, so that the client closes files as a server does."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Accept": accept} | more, buffered=True)


def addresses(app: Flask, release: Release) -> dict[str, str]:
    """For each rule of the application one address that it answers."""
    return {rule.rule: _address(rule, release) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}


def _address(rule: Rule, release: Release) -> str:
    values = VALUES | {"id_": release.id, "name": NAMES.get(rule.rule, "beispiel")}
    return re.sub(r"<(?:\w+:)?(\w+)>", lambda part: values.get(part[1], "beispiel"), rule.rule)


# ---- Every route

#: How long the metrics are depends on what they count, and that is each request.
_COUNTING = ("/metrics", "Content-Length")


@pytest.mark.parametrize("accept", ["*/*", BROWSER, "text/turtle", "application/json", "image/png"])
def test_head_is_get_without_the_body_on_every_route(
    app: Flask, client: FlaskClient, tiny: Release, accept: str
) -> None:
    paths = addresses(app, tiny)
    assert set(paths) >= ASKING
    for path in (*paths.values(), ASK, "/nowhere", "/graph/nowhere", "/sparql?query=x"):
        got, head = (
            getattr(client, method)(path, headers={"Accept": accept}, buffered=True) for method in ("get", "head")
        )
        assert head.status_code == got.status_code, path
        assert head.data == b"", path
        told = [[pair for pair in each.headers if (path, pair[0]) != _COUNTING] for each in (head, got)]
        assert told[0] == told[1], path


def test_every_route_says_what_may_be_done_there_and_refuses_the_rest(
    app: Flask, client: FlaskClient, tiny: Release
) -> None:
    for path in addresses(app, tiny).values():
        options = client.options(path)
        assert options.status_code in (200, 204), path
        for response in (options, client.put(path), client.delete(path), client.patch(path)):
            assert {"GET", "HEAD", "OPTIONS"} <= set(response.headers["Allow"].split(", ")), path
            assert not {"PUT", "DELETE", "PATCH"} & set(response.headers["Allow"].split(", ")), path
        assert client.put(path).status_code == 405, path


@pytest.mark.parametrize("accept", ["*/*", BROWSER, "text/turtle"])
def test_a_store_that_is_down_is_a_404_on_no_route(tiny: Release, accept: str) -> None:
    app = create_app(Settings(), Gone(tiny))
    client = app.test_client()
    for rule, path in addresses(app, tiny).items():
        response = get(client, path, accept)
        assert response.status_code in (200, 503), path
        if rule in ASKING:
            assert response.status_code == 503, path
            assert response.headers["Retry-After"], path
    for path in ("/id/strategy/unbekannt", "/doc/strategy/unbekannt", "/doc/strategy/unbekannt.pdf"):
        assert get(client, path, accept).status_code == 503


def test_what_a_client_says_of_hosts_changes_nothing(app: Flask, client: FlaskClient, tiny: Release) -> None:
    lies = {
        "Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "ftp",
        "X-Forwarded-Prefix": "/evil", "X-Forwarded-For": "192.0.2.1", "X-Script-Name": "/evil",
        "Forwarded": "host=evil.example;proto=ftp",
    }  # fmt: skip
    for path in addresses(app, tiny).values():
        for accept in (BROWSER, "text/turtle"):
            told, plain = (client.get(path, headers={"Accept": accept} | more, buffered=True) for more in (lies, {}))
            assert "evil" not in told.text + str(told.headers), path
            assert told.status_code == plain.status_code, path
            assert told.data == plain.data or path == "/metrics", path  # which counts this, too


# ---- One address for each thing


@pytest.mark.parametrize(
    "path",
    [
        "/id/strategy/beispiel/", "/doc/strategy/beispiel/", "/doc/strategy/beispiel.ttl/", "/ns/", "/shapes/",
        "/graph/", "/graph/duisburg/", "/concept/theme/", "/ID/strategy/beispiel", "/id/Strategy/beispiel",
        "/doc/strategy/BEISPIEL",
        "/doc/strategy/beispiel.TTL", "/NS", "/graph/Duisburg", "//id/strategy/beispiel", "/id//strategy/beispiel",
        "/doc/strategy//beispiel", "/doc/strategy/beispiel%2Ettl%00", "/id/strategy%2Fbeispiel/x",
        "/doc/concept//mobilitaet", "/graph//duisburg", "/.well-known/genid/", "/.well-known/genid/0123",
    ],
)  # fmt: skip
def test_another_address_is_another_address(client: FlaskClient, path: str) -> None:
    response = get(client, path, "text/turtle")
    assert response.status_code == 404
    assert "Location" not in response.headers


@pytest.mark.parametrize(
    ("path", "same"),
    [
        ("/doc/strategy/bei%73piel", DOCUMENT),
        ("/doc/strategy/beispiel%2Ettl", f"{DOCUMENT}.ttl"),
        ("/%6Es", "/ns"),
        ("/graph/duis%62urg", "/graph/duisburg"),
    ],
)
def test_letters_that_need_no_escape_may_have_one(client: FlaskClient, path: str, same: str) -> None:
    one, other = (get(client, p, "text/turtle") for p in (path, same))
    assert one.status_code == 200
    assert (one.data, list(one.headers)) == (other.data, list(other.headers))


@pytest.mark.parametrize("path", [DOCUMENT, "/ns", "/shapes", "/graph", "/graph/duisburg", "/doc/concept/theme"])
def test_an_unknown_extension_is_told_those_there_are(client: FlaskClient, path: str) -> None:
    response = get(client, f"{path}.pdf", "application/json")
    assert response.status_code == 404
    assert response.get_json(force=True)["known"] == [f"{path}.{form.extension}" for form in DOCUMENT_FORMATS]
    assert f"{path}.ttl" in get(client, f"{path}.pdf", BROWSER).text


@pytest.mark.parametrize("path", [DOCUMENT, "/ns", "/shapes", "/graph", "/graph/duisburg"])
def test_who_takes_none_of_the_formats_gets_links_to_them(client: FlaskClient, path: str) -> None:
    for accept in ("image/png", "text/html;q=0"):
        response = get(client, path, accept)
        assert response.status_code == 406
        for form in DOCUMENT_FORMATS:
            link = f'<{path}.{form.extension}>; rel="alternate"; type="{form.media_type}"'
            assert link in response.headers.getlist("Link")


# ---- Links


def test_a_thing_is_described_by_its_document_and_that_by_the_shapes(client: FlaskClient) -> None:
    see = get(client, "/id/strategy/beispiel")
    assert see.headers.getlist("Link") == [f'<{DOCUMENT}>; rel="describedby"']
    links = get(client, DOCUMENT, "text/turtle").headers.getlist("Link")
    assert f'<{STRATEGY}>; rel="describes"' in links
    assert '</shapes>; rel="describedby"' in links
    assert not [link for link in get(client, "/shapes").headers.getlist("Link") if "describedby" in link]


def test_every_graph_whose_statements_are_in_a_document_gives_its_licence(client: FlaskClient) -> None:
    """Names of concepts come from the vocabulary (CC BY), who speaks of the strategy from our own data."""
    links = get(client, DOCUMENT, "text/turtle").headers.getlist("Link")
    assert sum('rel="license"' in link for link in links) == 2
    assert '<https://creativecommons.org/licenses/by/4.0/>; rel="license"' in links


def test_a_saved_document_still_says_its_thing_and_its_licences(client: FlaskClient) -> None:
    found = rdflib.Graph().parse(data=get(client, DOCUMENT, "text/turtle").data, format="turtle")
    document = rdflib.URIRef(f"{BASE}doc/strategy/beispiel")
    assert found.value(document, rdflib.FOAF.primaryTopic) == rdflib.URIRef(STRATEGY)
    assert len(set(found.objects(document, rdflib.DCTERMS.license))) == 2


@pytest.mark.parametrize("path", [DOCUMENT, "/ns", "/shapes", "/graph", "/graph/duisburg"])
def test_the_head_of_a_page_has_the_links_of_its_headers(client: FlaskClient, path: str) -> None:
    page = get(client, path, "text/html", Accept_Language="en")
    head = page.text.partition("</head>")[0]
    for link in page.headers.getlist("Link"):
        target, _, parameters = link.partition("; ")
        if "hreflang" not in parameters and "copyright" not in parameters:
            assert f'<link {parameters.split(";")[0]} href="{target[1:-1]}"' in head
    for language in ("de", "en"):
        assert f'<{path}.html?lang={language}>; rel="alternate"; type="text/html"; hreflang="{language}"' in [
            *page.headers.getlist("Link")
        ]
        other = re.search(f'<link rel="alternate" hreflang="{language}" href="([^"]+)">', head)
        assert other
        assert get(client, other[1], "text/html").headers["Content-Language"] == language


@pytest.mark.parametrize("path", ["/", "/initiatives", "/places", "/themes", "/decisions", "/about", "/downloads/"])
def test_a_list_names_its_own_address_and_its_languages(client: FlaskClient, path: str) -> None:
    for query in ("", "?lang=en"):
        response = get(client, f"{path}{query}", BROWSER)
        links = response.headers.getlist("Link")
        assert f'<link rel="canonical" href="{BASE}{path[1:]}">' in response.text
        assert links[0] == f'<{BASE}{path[1:]}>; rel="canonical"'
        for language in ("de", "en"):
            assert f'<{path}?lang={language}>; rel="alternate"; type="text/html"; hreflang="{language}"' in links


# ---- For browsers


def test_a_page_runs_nothing_but_its_own_style_and_is_framed_by_nobody(
    app: Flask, client: FlaskClient, tiny: Release
) -> None:
    for path in (*addresses(app, tiny).values(), "/nowhere"):
        response = get(client, path, BROWSER)
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] == "strict-origin-when-cross-origin"
        policy = response.headers.get("Content-Security-Policy", "")
        if response.mimetype == "text/html":
            assert "default-src 'none'" in policy, path
            assert "frame-ancestors 'none'" in policy, path
            assert "unsafe" not in policy, path
            assert not re.search(r"<script|<style|\sstyle=|\son\w+=", response.text), path
        else:
            assert not policy, path


# ---- Things that were taken back

_WITHDRAWN = """
id:strategy/weg rdf:type smg:Tombstone graph:duisburg
id:strategy/weg smg:withdrawnOn "2026-10-02"^^xsd:date graph:duisburg
id:strategy/weg skos:note "Doppelt erfasst."@de graph:duisburg
id:strategy/weg skos:note "Entered twice."@en graph:duisburg
id:project/alt rdf:type smg:Tombstone graph:duisburg
id:project/alt smg:withdrawnOn "2026-10-03"^^xsd:date graph:duisburg
id:project/alt dcterms:isReplacedBy id:project/folge graph:duisburg
concept:theme/alt rdf:type smg:Tombstone graph:vocabulary
concept:theme/alt dcterms:isReplacedBy theme:mobilitaet graph:vocabulary
id:source/fort rdf:type smg:Tombstone graph:reference
id:source/fort dcterms:isReplacedBy rdf:fort graph:reference
"""


@pytest.fixture(scope="module")
def withdrawing(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    release = tiny_release(tmp_path_factory.mktemp("withdrawn"), more=_WITHDRAWN.lstrip("\n"))
    return create_app(Settings(), InProcessReader(release)).test_client()


@pytest.mark.parametrize("path", ["/id/strategy/weg", "/doc/strategy/weg"])
@pytest.mark.parametrize(
    ("language", "day", "reason"),
    [("de", "2. Oktober 2026", "Doppelt erfasst."), ("en", "2 October 2026", "Entered twice.")],
)
def test_what_was_withdrawn_is_gone_with_reason_and_date(
    withdrawing: FlaskClient, path: str, language: str, day: str, reason: str
) -> None:
    for accept in (BROWSER, "application/json", "*/*"):
        response = get(withdrawing, path, accept, Accept_Language=language)
        assert response.status_code == 410
        assert response.headers["Content-Language"] == language
        assert day in response.text
        assert reason in response.text
    problem = get(withdrawing, path, "application/json").get_json(force=True)
    assert problem["withdrawn_on"] == "2026-10-02"
    assert problem["iri"] == f"{BASE}id/strategy/weg"


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_who_asks_for_data_gets_what_is_left(withdrawing: FlaskClient, form: object) -> None:
    media_type, extension = form.media_type, form.extension  # type: ignore[attr-defined]
    by_accept = [get(withdrawing, path, media_type) for path in ("/id/strategy/weg", "/doc/strategy/weg")]
    for response in (*by_accept, get(withdrawing, f"/doc/strategy/weg.{extension}", BROWSER)):
        assert response.status_code == 410
        assert response.mimetype == media_type
        assert b"2026-10-02" in response.data
        assert response.vary.as_set() >= {"accept"}
    assert get(withdrawing, "/doc/strategy/weg.pdf").status_code == 404


@pytest.mark.parametrize(
    ("path", "successor"),
    [
        ("/id/project/alt", "/id/project/folge"),
        ("/doc/project/alt", "/doc/project/folge"),
        ("/doc/project/alt.ttl", "/doc/project/folge.ttl"),
        ("/doc/project/alt.html", "/doc/project/folge.html"),
        ("/concept/theme/alt", "/concept/theme/mobilitaet"),
        ("/doc/concept/theme/alt.nt", "/doc/concept/theme/mobilitaet.nt"),
        ("/id/source/fort", "http://www.w3.org/1999/02/22-rdf-syntax-ns#fort"),
        ("/doc/source/fort.ttl", "http://www.w3.org/1999/02/22-rdf-syntax-ns#fort"),
    ],
)
def test_what_was_replaced_leads_to_its_successor(withdrawing: FlaskClient, path: str, successor: str) -> None:
    response = get(withdrawing, path, Host="evil.example")
    assert (response.status_code, response.headers["Location"]) == (301, successor)
    under = withdrawing.get(path, environ_overrides={"SCRIPT_NAME": "/mount"})
    assert under.headers["Location"] == (successor if "://" in successor else f"/mount{successor}")
