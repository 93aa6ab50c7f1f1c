"""The named graphs by address and by name, and the nodes without a document of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import rdflib
from in_process_reader import InProcessReader
from rdflib.compare import isomorphic
from releases_for_tests import BASE, STRATEGY, TRIPLES, tiny_release

from smartgraph.formats import GRAPH_FORMATS
from smartgraph.read.store import Store
from smartgraph.settings import Settings
from smartgraph.web import create_app

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from smartgraph.release import Release

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
NAMES = ("derived", "duisburg", "joint", "ontology", "reference", "shapes", "vocabulary")
NODE = "0123456789abcdef01234567"


def get(client: FlaskClient, path: str, accept: str = "text/turtle", **headers: str) -> TestResponse:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers={"Accept": accept} | more)


def graph(client: FlaskClient, path: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=get(client, path, "application/n-triples").data, format="nt")


def named(name: str) -> str:
    return f"/graph?graph={BASE}graph/{name}"


# ---- One graph


@pytest.mark.parametrize("name", NAMES)
def test_a_graph_comes_whole_under_its_own_name(client: FlaskClient, tiny: Release, name: str) -> None:
    found = graph(client, f"/graph/{name}")
    assert len(found) == dict(tiny.manifest.graphs)[name]
    query = f"/sparql?query=CONSTRUCT%7B%3Fs%3Fp%3Fo%7DWHERE%7BGRAPH%3C{BASE}graph/{name}%3E%7B%3Fs%3Fp%3Fo%7D%7D"
    assert isomorphic(found, graph(client, query))


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_a_graph_comes_in_each_format_by_accept_by_extension_and_by_its_iri(client: FlaskClient, form: object) -> None:
    media_type, extension = form.media_type, form.extension  # type: ignore[attr-defined]
    first = get(client, "/graph/duisburg", media_type)
    assert first.mimetype == media_type
    for other in (get(client, f"/graph/duisburg.{extension}", BROWSER), get(client, named("duisburg"), media_type)):
        assert (other.data, list(other.headers)) == (first.data, list(first.headers))
    assert get(client, "/graph/duisburg", media_type, If_None_Match=first.headers["ETag"]).status_code == 304


@pytest.mark.parametrize("language", ["de", "en"])
def test_the_page_of_a_graph_says_size_licence_and_whom_to_name(client: FlaskClient, language: str) -> None:
    page = get(client, "/graph/reference", BROWSER, Accept_Language=language)
    assert page.headers["Content-Language"] == language
    for said in ("Destatis", "Datenlizenz Deutschland", f"{BASE}graph/reference", "/graph/reference.ttl"):
        assert said in page.text
    assert "Beispielhausen" not in page.text
    assert "Destatis" not in get(client, "/graph/duisburg", BROWSER).text


def test_a_graph_links_to_its_licence_and_to_whom_to_name(client: FlaskClient) -> None:
    links = get(client, "/graph/reference").headers.getlist("Link")
    assert '<http://dcat-ap.de/def/licenses/dl-by-de/2.0>; rel="license"' in links
    assert '</about#licences>; rel="copyright"' in links
    assert f'<{BASE}graph/reference>; rel="canonical"' in links
    assert 'id="licences"' in get(client, "/about", BROWSER).text


@pytest.mark.parametrize("path", ["/graph?default", "/graph?default=", "/graph/default", "/graph/default.nt"])
def test_the_default_graph_is_the_union_with_each_triple_once(client: FlaskClient, path: str) -> None:
    found = get(client, path, "application/n-triples")
    assert len(found.data.splitlines()) == TRIPLES
    assert f'<{BASE}graph/default>; rel="canonical"' in found.headers.getlist("Link")
    assert found.headers["ETag"] == get(client, "/graph?default", "application/n-triples").headers["ETag"]


# ---- All graphs


def test_the_list_of_graphs_has_each_with_size_title_and_licence(client: FlaskClient, tiny: Release) -> None:
    found = graph(client, "/graph")
    sd, void = (
        rdflib.Namespace(f"http://{n}#") for n in ("www.w3.org/ns/sparql-service-description", "rdfs.org/ns/void")
    )
    listed = set(found.objects(rdflib.URIRef(f"{BASE}graph"), sd.namedGraph))
    assert {str(iri) for iri in listed} == {f"{BASE}graph/{name}" for name in NAMES}
    for name, size in tiny.manifest.graphs:
        iri = rdflib.URIRef(f"{BASE}graph/{name}")
        assert int(found.value(iri, void.triples)) == size
        assert found.value(iri, rdflib.DCTERMS.license)
        assert {title.language for title in found.objects(iri, rdflib.DCTERMS.title)} == {"de", "en"}
    for path in ("/graph", "/graph?default"):
        page = get(client, path, BROWSER).text
        assert all(f'href="/graph/{name}"' in page for name in NAMES)


@pytest.mark.parametrize("path", ["/graph/unbekannt", "/graph/unbekannt.ttl", named("unbekannt"), "/graph?graph=urn:x"])
def test_an_unknown_graph_is_told_the_known(client: FlaskClient, path: str) -> None:
    for accept in ("application/json", "text/turtle"):
        response = get(client, path, accept)
        assert response.status_code == 404
        assert response.get_json(force=True)["known"] == [f"{BASE}graph/{name}" for name in NAMES]


@pytest.mark.parametrize(
    "query",
    ["graph=duisburg", "graph=", "graph=urn:a%3E%20b", "graph=urn:a&graph=urn:b", "graph=urn:a&default", "graph=%00"],
)
def test_an_unclear_name_is_a_bad_request(client: FlaskClient, query: str) -> None:
    assert get(client, f"/graph?{query}").status_code == 400


@pytest.mark.parametrize("path", ["/graph", "/graph/duisburg", "/graph?default", named("duisburg"), "/graph/neu"])
@pytest.mark.parametrize("method", ["put", "post", "delete", "patch"])
def test_graphs_are_only_read(client: FlaskClient, path: str, method: str) -> None:
    response = getattr(client, method)(path, data=b"<urn:a> <urn:b> 1 .", content_type="text/turtle")
    assert response.status_code == 405
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


# ---- Nodes


@pytest.fixture(scope="module")
def noded(tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    lines = "smgsh:StrategyShape sh:not genid:{0} graph:shapes\ngenid:{0} sh:minCount smg:Strategy graph:shapes\n"
    release = tiny_release(tmp_path_factory.mktemp("noded"), more=lines.format(NODE))
    return create_app(Settings(), InProcessReader(release)).test_client()


def test_a_node_leads_to_the_graph_it_stands_in(noded: FlaskClient) -> None:
    for accept in ("text/turtle", BROWSER):
        response = get(noded, f"/.well-known/genid/{NODE}", accept, Host="evil.example")
        assert (response.status_code, response.headers["Location"]) == (303, "/graph/shapes")
    assert rdflib.URIRef(f"{BASE}.well-known/genid/{NODE}") in set(graph(noded, "/graph/shapes").subjects())
    under = noded.get(f"/.well-known/genid/{NODE}", environ_overrides={"SCRIPT_NAME": "/mount"})
    assert under.headers["Location"] == "/mount/graph/shapes"


@pytest.mark.parametrize(
    "name", ["ffffffffffffffffffffffff", "0123", "0123456789ABCDEF01234567", "%3E%20%7B%7D", "a.ttl"]
)
def test_an_unknown_node_is_not_found(noded: FlaskClient, name: str) -> None:
    assert get(noded, f"/.well-known/genid/{name}").status_code == 404


def test_every_node_of_a_release_can_be_looked_up(fixture_release: Release) -> None:
    base = fixture_release.manifest.base
    store = Store.load(fixture_release)
    client = create_app(Settings(), store).test_client()
    assert not store.ask("ASK { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) }")
    nodes = store.select(
        f'SELECT DISTINCT ?n {{ {{ ?n ?p ?o }} UNION {{ ?s ?q ?n }} FILTER(STRSTARTS(STR(?n), "{base}.well-known/")) }}'
    )
    assert len(nodes) > 100
    for row in nodes[::10]:
        response = client.get(f"/{row['n'].value.removeprefix(base)}")
        assert response.status_code == 303
        assert client.get(response.headers["Location"]).status_code == 200
    assert row["n"].value in get(client, "/graph/shapes", "application/n-triples").text


def test_blank_nodes_that_a_query_makes_stay_blank(client: FlaskClient) -> None:
    made = get(client, "/sparql?query=CONSTRUCT%7B%5B%5D%3Fp%3Fo%7DWHERE%7B%3C" + STRATEGY + "%3E%3Fp%3Fo%7D")
    assert made.status_code == 200
    assert "genid" not in made.text
