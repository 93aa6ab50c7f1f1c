"""Identifiers that can be looked up: the 303, the document in each format, the ontology and the shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import rdflib
from in_process_reader import Gone
from rdflib.compare import isomorphic
from releases_for_tests import BASE, STRATEGY, with_context

from smartgraph.formats import DOCUMENT_FORMATS, GRAPH_FORMATS, JSONLD, Format
from smartgraph.iris import document_path
from smartgraph.read.store import Store
from smartgraph.release import Refusal
from smartgraph.settings import Settings
from smartgraph.web import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from smartgraph.read.sandbox import Sandbox
    from smartgraph.release import Release

# rdflib's own JSON-LD parser uses its own deprecated class.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
DOCUMENT = "/doc/strategy/beispiel"
PATHS = {
    "/id/strategy/beispiel": DOCUMENT,
    "/id/project/folge": "/doc/project/folge",
    "/concept/theme/mobilitaet": "/doc/concept/theme/mobilitaet",
    "/concept/theme": "/doc/concept/theme",
}
NAMES = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}
LABEL = rdflib.SKOS.prefLabel


def get(client: FlaskClient, path: str, accept: str = "*/*", **headers: str) -> TestResponse:
    return client.get(path, headers={"Accept": accept} | {name.replace("_", "-"): v for name, v in headers.items()})


def graph(client: FlaskClient, path: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=get(client, path, "application/n-triples").data, format="nt")


# ---- From the thing to its document


@pytest.mark.parametrize(("path", "document"), PATHS.items())
@pytest.mark.parametrize("accept", ["*/*", BROWSER, "text/turtle", "image/png"])
def test_a_thing_leads_to_its_document(client: FlaskClient, path: str, document: str, accept: str) -> None:
    response = get(client, path, accept, Host="evil.example")
    assert response.status_code == 303
    assert response.headers["Location"] == document
    assert "accept" in response.vary.as_set()
    assert get(client, document).status_code == 200


def test_under_a_mount_the_document_is_under_the_mount(client: FlaskClient) -> None:
    for path, document in PATHS.items():
        response = client.get(path, environ_overrides={"SCRIPT_NAME": "/mount"})
        assert response.headers["Location"] == f"/mount{document}"


@pytest.mark.parametrize(
    "path",
    [
        "/id/strategy/unbekannt", "/id/strategie/beispiel", "/id/strategy/Beispiel",
        "/id/strategy/beispiel.ttl",
        "/id/strategy/", "/id/strategy", "/id/strategy/beispiel/mehr", "/id/strategy/a%0d%0aX-Odd:%20b",
        "/id/strategy/%3E%20%7B%7D", "/id/strategy/beispiel%22", "/id/strategy/..%2f..%2fns",
        "/concept/theme/unbekannt", "/concept/thema", "/concept/role", "/concept/theme/mobilitaet/mehr",
        "/doc/strategy/unbekannt", "/doc/strategy/unbekannt.ttl", "/doc/strategy/beispiel.pdf",
        "/doc/strategy/beispiel.",
        "/doc/strategy/beispiel.ttl.nt", "/doc/strategie/beispiel", "/doc/concept/theme/unbekannt",
        "/doc/concept/thema",
        "/doc/strategy/beispiel%22%20.%20%7D%23", "/ns.pdf", "/shapes.", "/ns/Strategy",
    ],
)  # fmt: skip
def test_what_nobody_knows_is_not_found(client: FlaskClient, path: str) -> None:
    for accept in ("text/turtle", BROWSER):
        response = get(client, path, accept)
        assert response.status_code == 404
        assert "X-Odd" not in response.headers
        assert (response.mimetype == "text/html") == (accept == BROWSER)


# ---- The document


@pytest.mark.parametrize("form", DOCUMENT_FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("path", [*PATHS.values(), "/ns", "/shapes"])
def test_a_document_comes_in_each_format_by_accept_and_by_extension(
    client: FlaskClient, path: str, form: Format
) -> None:
    by_accept, by_extension = get(client, path, form.media_type), get(client, f"{path}.{form.extension}")
    for response in (by_accept, by_extension):
        assert response.status_code == 200
        assert response.content_type == form.content_type
        assert response.headers["ETag"]
    assert by_accept.headers["ETag"] == by_extension.headers["ETag"]
    if form.name != "html":
        assert by_accept.data == by_extension.data
        body = by_accept.data
        if form == JSONLD:
            body = with_context(body, client.get("/context.jsonld").data)
        found = rdflib.Graph().parse(data=body, format=NAMES[form.name])
        assert isomorphic(found, graph(client, path))


def test_an_extension_wins_over_accept(client: FlaskClient) -> None:
    assert get(client, f"{DOCUMENT}.ttl", BROWSER).mimetype == "text/turtle"
    assert get(client, f"{DOCUMENT}.ttl", "image/png").mimetype == "text/turtle"


def test_the_document_has_the_thing_its_nodes_who_speaks_of_it_and_the_names_of_both(
    client: FlaskClient,
) -> None:
    found = graph(client, DOCUMENT)
    thing, period = rdflib.URIRef(STRATEGY), rdflib.URIRef(f"{STRATEGY}#period")
    project, theme = (
        rdflib.URIRef(f"{BASE}id/project/folge"),
        rdflib.URIRef(f"{BASE}concept/theme/mobilitaet"),
    )
    assert len(set(found.predicate_objects(thing))) == 6
    assert (period, rdflib.RDF.type, rdflib.DCTERMS.PeriodOfTime) in found
    assert (project, rdflib.URIRef(f"{BASE}ns#implements"), thing) in found
    assert set(found.objects(theme, LABEL)) == {rdflib.Literal("Mobilität", lang="de")}
    assert len(set(found.objects(project, LABEL))) == 2
    # What is said about its neighbours otherwise is to be read there.
    assert (theme, rdflib.RDF.type, None) not in found
    assert (project, rdflib.RDF.type, None) not in found


def test_a_thing_whose_name_begins_with_that_of_another_has_a_document_of_its_own(
    client: FlaskClient,
) -> None:
    assert rdflib.URIRef(f"{BASE}concept/theme/mobilitaet") in set(graph(client, "/doc/concept/theme").subjects())
    assert (rdflib.URIRef(STRATEGY), None, None) not in graph(client, "/doc/concept/theme")


def test_the_ontology_and_the_shapes_are_their_graphs(client: FlaskClient) -> None:
    assert len(graph(client, "/ns")) == 2
    assert len(graph(client, "/shapes")) == 5


@pytest.mark.parametrize("path", [DOCUMENT, "/ns", "/shapes"])
@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_another_start_gives_the_same_bytes(
    client: FlaskClient, store_client: FlaskClient, path: str, form: Format
) -> None:
    ours, others = (get(c, path, form.media_type) for c in (client, store_client))
    assert ours.data == others.data
    assert ours.headers["ETag"] == others.headers["ETag"]


@pytest.fixture
def store_client(tiny: Release, settings: Settings) -> FlaskClient:
    """The same release in a store that was loaded anew."""
    return create_app(settings, Store.load(tiny)).test_client()


@pytest.mark.parametrize("accept", ["image/png", "text/csv", "text/html;q=0"])
def test_a_client_that_takes_nothing_we_have_is_told_what_there_is(client: FlaskClient, accept: str) -> None:
    for path in (DOCUMENT, "/ns"):
        response = get(client, path, accept)
        assert response.status_code == 406
        assert set(response.get_json(force=True)["offered"]) == {form.media_type for form in DOCUMENT_FORMATS}


def test_unknown_comes_before_not_acceptable(client: FlaskClient) -> None:
    assert get(client, "/doc/strategy/unbekannt", "image/png").status_code == 404


@pytest.mark.parametrize("path", [*PATHS, *PATHS.values(), "/ns", "/shapes"])
def test_a_store_that_is_down_is_never_a_404(tiny: Release, path: str) -> None:
    client = create_app(Settings(), Gone(tiny)).test_client()
    for accept in ("text/turtle", BROWSER):
        response = get(client, path, accept)
        assert response.status_code == 503
        assert response.headers["Retry-After"]


# ---- Headers


@pytest.mark.parametrize("form", DOCUMENT_FORMATS, ids=lambda form: form.name)
@pytest.mark.parametrize("path", [*PATHS.values(), "/ns", "/shapes"])
def test_head_is_get_without_the_body(client: FlaskClient, path: str, form: Format) -> None:
    got, head = get(client, path, form.media_type), client.head(path, headers={"Accept": form.media_type})
    assert head.status_code == 200
    assert head.data == b""
    assert list(head.headers) == list(got.headers)


@pytest.mark.parametrize("form", DOCUMENT_FORMATS, ids=lambda form: form.name)
def test_a_client_that_has_the_document_is_spared_it(client: FlaskClient, form: Format) -> None:
    first = get(client, DOCUMENT, form.media_type)
    second = get(client, DOCUMENT, form.media_type, If_None_Match=first.headers["ETag"])
    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == first.headers["ETag"]
    assert second.vary.as_set() == first.vary.as_set()
    assert get(client, DOCUMENT, form.media_type, If_None_Match='"other"').status_code == 200


def test_the_tag_differs_with_format_language_thing_mount_and_refusal(
    client: FlaskClient, sandbox: Sandbox, settings: Settings
) -> None:
    refused = create_app(settings, sandbox, refused=Refusal("nein", "no")).test_client()
    tags = [get(client, DOCUMENT, form.media_type).headers["ETag"] for form in DOCUMENT_FORMATS]
    tags += [
        get(client, DOCUMENT, "text/html", Accept_Language="en").headers["ETag"],
        get(client, "/doc/project/folge", "text/html").headers["ETag"],
        get(refused, DOCUMENT, "text/html").headers["ETag"],
        client.get(DOCUMENT, headers={"Accept": "text/html"}, environ_overrides={"SCRIPT_NAME": "/mount"}).headers[
            "ETag"
        ],
    ]
    assert len(set(tags)) == len(tags)


@pytest.mark.parametrize(
    ("headers", "query", "language"),
    [
        ({}, "", "de"),
        ({"Accept-Language": "en"}, "", "en"),
        ({"Accept-Language": "en-GB,en;q=0.9,de;q=0.1"}, "", "en"),
        ({"Accept-Language": "de-AT"}, "", "de"),
        ({"Accept-Language": "fr"}, "", "de"),
        ({"Accept-Language": "de"}, "?lang=en", "en"),
        ({"Accept-Language": "en"}, "?lang=de", "de"),
        ({"Accept-Language": "en"}, "?lang=fr", "en"),
    ],
)
def test_a_page_speaks_the_language_that_is_asked_for(
    client: FlaskClient, headers: dict[str, str], query: str, language: str
) -> None:
    response = client.get(f"{DOCUMENT}{query}", headers={"Accept": "text/html"} | headers)
    assert response.headers["Content-Language"] == language
    assert f'<html lang="{language}"' in response.text
    assert response.vary.as_set() == {"accept", "accept-language"}


def test_data_vary_by_accept_only_and_name_no_language(client: FlaskClient) -> None:
    response = get(client, DOCUMENT, "text/turtle")
    assert response.vary.as_set() == {"accept"}
    assert "Content-Language" not in response.headers


@pytest.mark.parametrize("path", [*PATHS.values(), "/ns", "/shapes"])
def test_links_lead_to_the_document_itself_and_to_each_format(client: FlaskClient, path: str) -> None:
    for form in DOCUMENT_FORMATS:
        links = get(client, path, form.media_type).headers.getlist("Link")
        assert f'<{BASE}{path[1:]}>; rel="canonical"' in links
        for other in DOCUMENT_FORMATS:
            assert f'<{path}.{other.extension}>; rel="alternate"; type="{other.media_type}"' in links
            assert get(client, f"{path}.{other.extension}").status_code == 200


@pytest.mark.parametrize(
    ("path", "licence"),
    [
        (DOCUMENT, "http://dcat-ap.de/def/licenses/dl-zero-de/2.0"),
        ("/doc/area/beispielhausen", "http://dcat-ap.de/def/licenses/dl-by-de/2.0"),
        ("/doc/concept/theme", "https://creativecommons.org/licenses/by/4.0/"),
        ("/ns", "https://creativecommons.org/licenses/by/4.0/"),
        ("/shapes", "https://creativecommons.org/licenses/by/4.0/"),
    ],
)
def test_a_document_names_the_licence_of_the_graph_it_comes_from(client: FlaskClient, path: str, licence: str) -> None:
    for form in DOCUMENT_FORMATS:
        links = get(client, path, form.media_type).headers.getlist("Link")
        licences = [link for link in links if 'rel="license"' in link]
        assert set(licences) >= {f'<{licence}>; rel="license"'}


def test_links_stay_under_the_mount_and_the_canonical_one_under_the_base(client: FlaskClient) -> None:
    response = client.get(DOCUMENT, headers={"Accept": "text/turtle"}, environ_overrides={"SCRIPT_NAME": "/mount"})
    links = response.headers.getlist("Link")
    assert f'<{BASE}doc/strategy/beispiel>; rel="canonical"' in links
    assert f'</mount{DOCUMENT}.nt>; rel="alternate"; type="application/n-triples"' in links


def test_every_own_iri_of_a_document_leads_somewhere(client: FlaskClient) -> None:
    for iri in {str(term) for triple in graph(client, DOCUMENT) for term in triple if str(term).startswith(BASE)}:
        path = document_path(iri.partition("#")[0], BASE)
        assert get(client, f"/{path or iri.removeprefix(BASE)}").status_code == 200
