"""The SPARQL endpoint: the protocol, its formats, its refusals, and what a cache may do."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, ClassVar
from urllib.parse import urlencode

import pyoxigraph
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.query import Result
from releases_for_tests import BASE, STRATEGY, TRIPLES

from smartgraph import errors
from smartgraph.formats import GRAPH_FORMATS, RESULT_FORMATS, Format
from smartgraph.licences import licence_of
from smartgraph.read.store import Reader
from smartgraph.settings import Settings
from smartgraph.web import create_app
from smartgraph.web.failures import FAILURES

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from smartgraph.read.store import Answer, Query
    from smartgraph.release import Release

# rdflib's own JSON-LD parser uses its own deprecated class.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")

SELECT = "SELECT ?s ?label WHERE { ?s <http://www.w3.org/2004/02/skos/core#prefLabel> ?label }"
CONSTRUCT = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o FILTER(isIRI(?s)) }"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
SD = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")


def get(client: FlaskClient, query: str, accept: str = "*/*", **parameters: str) -> TestResponse:
    return client.get(f"/sparql?{urlencode({'query': query} | parameters)}", headers={"Accept": accept})


def problem(response: TestResponse, status: int) -> dict[str, object]:
    assert response.status_code == status
    assert response.content_type == "application/problem+json"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    found: dict[str, object] = json.loads(response.data)
    assert found["status"] == status
    assert found["type"]
    assert found["title"]
    return found


# ---- Answers


@pytest.mark.parametrize("form", RESULT_FORMATS, ids=lambda form: form.name)
def test_every_result_format_says_the_same_to_two_parsers(client: FlaskClient, form: Format) -> None:
    response = get(client, SELECT, form.media_type)
    assert response.status_code == 200
    assert response.content_type == form.content_type
    wanted = {
        ("Beispielstrategie „Straße“", "de"),
        ('Follow-up, "one" <two>\tthree', "en"),
        ("Mobilität", "de"),
    }
    known = Result.parse(io.BytesIO(response.data), format=form.name, content_type=form.media_type)
    labels = {(str(row["label"]), getattr(row["label"], "language", None)) for row in known}
    if form.name == "csv":
        assert {text for text, _ in wanted} <= {text for text, _ in labels}
        return  # CSV has values only, and the engine reads none of it.
    assert wanted <= labels
    engine = pyoxigraph.QueryResultsFormat.from_media_type(form.media_type)
    found = pyoxigraph.parse_query_results(response.data, engine)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    assert wanted <= {(row["label"].value, row["label"].language) for row in found}


@pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
def test_every_graph_format_says_the_same_to_two_parsers(client: FlaskClient, form: Format) -> None:
    response = get(client, CONSTRUCT, form.media_type)
    assert response.status_code == 200
    assert response.content_type == form.content_type
    wanted = rdflib.Graph().parse(data=get(client, CONSTRUCT, "application/n-triples").data, format="nt")
    name = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}[form.name]
    assert isomorphic(rdflib.Graph().parse(data=response.data, format=name), wanted)
    engine = pyoxigraph.RdfFormat.from_media_type(form.media_type)
    assert len(list(pyoxigraph.parse(response.data, engine))) == len(wanted) == TRIPLES - 2


def test_ask_is_answered_in_json_and_xml(client: FlaskClient) -> None:
    assert get(client, "ASK {}", "application/json").get_json(force=True)["boolean"] is True
    body = get(client, "ASK { <x> ?p ?o }", "application/sparql-results+xml").data
    assert Result.parse(io.BytesIO(body), format="xml").askAnswer is False


def test_describe_says_what_the_thing_is(client: FlaskClient) -> None:
    graph = rdflib.Graph().parse(data=get(client, f"DESCRIBE <{STRATEGY}>", "text/turtle").data, format="turtle")
    assert len(graph) == 6


def test_all_three_ways_to_ask_get_the_same_answer(client: FlaskClient) -> None:
    by_get = get(client, SELECT)
    by_form = client.post("/sparql", data={"query": SELECT})
    direct = client.post("/sparql", data=SELECT, content_type="application/sparql-query; charset=UTF-8")
    assert by_get.data == by_form.data == direct.data
    assert by_get.headers["ETag"] == by_form.headers["ETag"] == direct.headers["ETag"]


def test_the_dataset_of_the_request_holds_in_all_three_ways(client: FlaskClient) -> None:
    text = "SELECT (COUNT(*) AS ?n) { ?s <ns#targetYear> ?o }"
    graphs = [("default-graph-uri", f"{BASE}graph/duisburg"), ("default-graph-uri", f"{BASE}graph/joint")]
    query = urlencode([("query", text), *graphs])
    for response in (
        client.get(f"/sparql?{query}"),
        client.post("/sparql", data=query, content_type="application/x-www-form-urlencoded"),
        client.post(f"/sparql?{urlencode(graphs)}", data=text, content_type="application/sparql-query"),
    ):
        assert response.get_json(force=True)["results"]["bindings"][0]["n"]["value"] == "1"
    named = urlencode({"query": "ASK { GRAPH ?g { ?s ?p ?o } }", "named-graph-uri": f"{BASE}graph/none"})
    assert client.get(f"/sparql?{named}").get_json(force=True)["boolean"] is False


def test_a_format_can_be_named_in_the_address(client: FlaskClient) -> None:
    assert get(client, SELECT, BROWSER, format="csv").mimetype == "text/csv"
    assert get(client, CONSTRUCT, BROWSER, format="nt").mimetype == "application/n-triples"
    assert get(client, CONSTRUCT, BROWSER, format="csv").mimetype == "text/turtle"
    assert get(client, SELECT, BROWSER, format="application/sparql-results+json").mimetype.endswith("json")


def test_a_format_that_we_do_not_know_by_its_name_leaves_the_choice_to_accept(client: FlaskClient) -> None:
    """SPARQLWrapper sends such names beside its Accept header."""
    assert get(client, CONSTRUCT, "application/rdf+xml", format="rdf+xml").mimetype == "application/rdf+xml"
    assert get(client, SELECT, "text/csv", format="").mimetype == "text/csv"


def test_a_graph_without_a_name_is_refused(client: FlaskClient) -> None:
    problem(get(client, SELECT, **{"default-graph-uri": ""}), 400)


# ---- Refusals


def test_a_syntax_error_is_told_with_line_and_column(client: FlaskClient) -> None:
    found = problem(get(client, "SELECT *\nWHERE { ?s ex:p ?o }"), 400)
    assert found["error"] == "QuerySyntaxError"
    assert found["line"] == 2
    assert found["column"]


def test_a_browser_reads_of_an_error_on_a_page_that_repeats_nothing_as_markup(client: FlaskClient) -> None:
    response = get(client, "SELECT * { ?s <script>alert(1)</script> }", BROWSER)
    assert response.status_code == 400
    assert response.mimetype == "text/html"
    assert b"<script>alert" not in response.data


def test_an_error_speaks_the_language_that_is_asked_for(client: FlaskClient) -> None:
    for language in ("de", "en"):
        headers = {"Accept-Language": language}
        response = client.get("/sparql?query=DROP+ALL", headers=headers)
        assert response.headers["Content-Language"] == language
        assert "Accept-Language" in response.vary
    assert client.get("/sparql?query=DROP+ALL").headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    "text", ["SELECT * { SERVICE <http://127.0.0.1:9/> {} }", "LOAD <http://127.0.0.1:9/>", "DROP ALL"]
)
def test_federation_and_updates_are_refused(client: FlaskClient, text: str) -> None:
    assert problem(get(client, text), 400)["error"] == "QueryRefused"
    assert problem(client.post("/sparql", data={"query": text}), 400)["error"] == "QueryRefused"


def test_an_update_is_refused_in_each_way_it_can_come(client: FlaskClient) -> None:
    problem(client.post("/sparql", data={"update": "DROP ALL"}), 400)
    problem(client.post("/sparql", data={"update": "DROP ALL", "query": "ASK {}"}), 400)
    problem(client.get("/sparql?update=DROP+ALL"), 400)
    problem(client.post("/sparql", data="DROP ALL", content_type="application/sparql-update"), 415)


def test_no_query_and_more_than_one_are_refused(client: FlaskClient) -> None:
    problem(client.get("/sparql", headers={"Accept": "application/sparql-results+json"}), 400)
    problem(client.post("/sparql", data={"a": "b"}), 400)
    problem(client.get("/sparql?query=ASK{}&query=ASK{}"), 400)
    problem(client.post("/sparql?query=ASK{}", data={"query": "ASK {}"}), 400)
    problem(client.post("/sparql?query=ASK{}", data="ASK {}", content_type="application/sparql-query"), 400)
    problem(client.get("/sparql?query="), 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
def test_other_methods_are_told_which_there_are(client: FlaskClient, method: str) -> None:
    response = client.open("/sparql", method=method)
    problem(response, 405)
    assert {"GET", "HEAD", "POST", "OPTIONS"} == set(response.headers["Allow"].split(", "))


def test_a_client_that_takes_nothing_we_have_is_told_what_there_is(client: FlaskClient) -> None:
    assert "text/csv" in problem(get(client, SELECT, "image/png"), 406)["offered"]
    assert "text/turtle" in problem(get(client, CONSTRUCT, "text/csv"), 406)["offered"]


def test_a_body_of_another_type_is_refused(client: FlaskClient) -> None:
    for content_type in ("text/plain", "application/json", "", "multipart/form-data; boundary=x"):
        problem(client.post("/sparql", data="ASK {}", content_type=content_type), 415)
    latin = client.post("/sparql", data="ASK {}", content_type="application/sparql-query; charset=latin-1")
    problem(latin, 415)


def test_a_body_that_is_no_utf_8_is_refused(client: FlaskClient) -> None:
    problem(client.post("/sparql", data=b"ASK { ?s ?p '\xe4' }", content_type="application/sparql-query"), 400)


def test_a_query_that_is_too_long_is_refused_in_each_way_it_can_come(client: FlaskClient, settings: Settings) -> None:
    text = "ASK {} #" + "ä" * (settings.max_query_bytes // 2)
    assert problem(get(client, text), 413)["limit"] == settings.max_query_bytes
    problem(client.post("/sparql", data={"query": text}), 413)
    for factor in (1, 20):
        problem(client.post("/sparql", data=text * factor, content_type="application/sparql-query"), 413)
    assert problem(client.post("/sparql", data={"query": text * 20}), 413)["error"] == "QueryTooLong"
    assert get(client, "ASK {} #" + "ä" * (settings.max_query_bytes // 2 - 4)).status_code == 200


def test_a_query_over_its_time_is_told_to_come_back_later(client: FlaskClient, settings: Settings) -> None:
    triples = " . ".join(f"?a{n} ?b{n} ?c{n}" for n in range(8))
    response = get(client, f"SELECT (COUNT(*) AS ?n) {{ {triples} }}")
    assert problem(response, 503)["limit"] == settings.query_timeout_s
    assert int(response.headers["Retry-After"]) > 0
    assert get(client, "ASK {}").status_code == 200


def test_a_query_that_breaks_its_process_does_not_break_the_server(client: FlaskClient) -> None:
    text = "ASK " + "{" * 9_000 + "}" * 9_000
    response = client.post("/sparql", data={"query": text})
    assert problem(response, 422)["error"] == "QueryTooDeep"
    assert "Retry-After" not in response.headers
    assert get(client, "ASK {}").status_code == 200


class Failing(Reader):
    """A reader that has only one answer to everything."""

    release: Release

    def __init__(self, release: Release, error: Exception) -> None:
        self.release, self.error = release, error

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        raise self.error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.QuerySyntaxError("odd", 1, 2), 400),
        (errors.QueryRefused("no"), 400),
        (errors.QueryTooLong(5, 6), 413),
        (errors.QueryTimeout(2.5, 2.51), 503),
        (errors.QueryTooLarge(7), 503),
        (errors.QueryTooDeep(), 422),
        (errors.AnswerTooLarge(7, 7), 422),
        (errors.TooManyAtOnce(errors.Text("busy"), 2, "s", 2), 503),
        (errors.StoreUnavailable("gone"), 503),
        (errors.NotAcceptable(("text/csv",)), 406),
        (errors.UnknownThing("http://e.example/{x}\r\nX-Odd: 1"), 404),
        (errors.UnknownRelease("x", ()), 404),
        (errors.UsageError("wrong"), 400),
        (errors.StateError("/secret/path: disk full"), 500),
        (errors.QueryError("/secret/path"), 500),
        (RuntimeError("/secret/path"), 500),
        (MemoryError("/secret/path"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_status_and_tells_nothing_of_this_machine(
    tiny: Release, error: Exception, status: int
) -> None:
    client = create_app(Settings(), Failing(tiny, error)).test_client()
    found = problem(get(client, "ASK {}"), status)
    assert "/secret" not in str(found)
    assert "Traceback" not in str(found)
    page = get(client, "ASK {}", BROWSER)
    assert page.status_code == status
    assert page.mimetype == "text/html"
    assert b"/secret" not in page.data


def test_every_503_says_when_to_come_back() -> None:
    assert all((row.status == 503) == bool(row.retry_after_s) for row in FAILURES.values())


# ---- Caching and CORS


def test_a_client_that_has_the_answer_is_spared_it_without_a_query(client: FlaskClient, tiny: Release) -> None:
    first = get(client, SELECT, "text/csv")
    tag = first.headers["ETag"]
    asleep = create_app(Settings(), Failing(tiny, RuntimeError())).test_client()
    second = asleep.get(
        f"/sparql?{urlencode({'query': SELECT})}",
        headers={"Accept": "text/csv", "If-None-Match": f'"other", {tag}'},
    )
    assert second.status_code == 304
    assert second.data == b""
    assert second.headers["ETag"] == tag
    assert second.vary.as_set() == first.vary.as_set() == {"accept"}
    assert second.headers["Access-Control-Allow-Origin"] == "*"


def test_the_tag_differs_with_all_that_the_answer_depends_on(client: FlaskClient) -> None:
    tags = [
        get(client, SELECT).headers["ETag"],
        get(client, SELECT + " ").headers["ETag"],
        get(client, SELECT, "text/csv").headers["ETag"],
        get(client, SELECT, **{"default-graph-uri": f"{BASE}graph/joint"}).headers["ETag"],
        get(client, SELECT, **{"named-graph-uri": f"{BASE}graph/joint"}).headers["ETag"],
    ]
    assert len(set(tags)) == len(tags)
    assert get(client, SELECT).headers["ETag"] == tags[0]


def test_a_star_spares_nobody_an_answer_that_is_an_error(client: FlaskClient) -> None:
    assert client.get("/sparql?query=nonsense", headers={"If-None-Match": "*"}).status_code == 400


@pytest.mark.parametrize("function", ["NOW()", "RAND()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_differs_each_time_has_no_tag(client: FlaskClient, function: str) -> None:
    response = get(client, f"SELECT ({function} AS ?x) {{}}")
    assert response.status_code == 200
    assert "ETag" not in response.headers
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["application/json", "text/turtle", BROWSER])
@pytest.mark.parametrize("query", ["", "?query=ASK{}", "?query=nonsense"])
def test_head_is_get_without_the_body(client: FlaskClient, accept: str, query: str) -> None:
    got = client.get(f"/sparql{query}", headers={"Accept": accept})
    head = client.head(f"/sparql{query}", headers={"Accept": accept})
    assert head.status_code == got.status_code
    assert dict(head.headers) == dict(got.headers)
    assert head.data == b""


def test_scripts_of_any_site_may_ask(client: FlaskClient) -> None:
    preflight = client.options(
        "/sparql", headers={"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    )
    assert preflight.status_code in (200, 204)
    assert preflight.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in preflight.headers["Access-Control-Allow-Methods"]
    assert "Content-Type" in preflight.headers["Access-Control-Allow-Headers"]
    assert get(client, "ASK {}").headers["Access-Control-Allow-Origin"] == "*"
    exposed = get(client, "ASK {}").headers["Access-Control-Expose-Headers"].split(", ")
    assert {"Accept-Post", "Allow", "Content-Language", "ETag", "Link", "Retry-After"} <= set(exposed)


def test_every_answer_is_open_to_scripts_of_any_site(client: FlaskClient) -> None:
    tag = get(client, "ASK {}").headers["ETag"]
    for response, status in (
        (client.get("/sparql?query=ASK+{}", headers={"If-None-Match": tag}), 304),
        (client.get("/sparql?query=%FF"), 400),
        (client.put("/sparql"), 405),
        (get(client, "ASK {}", "image/png"), 406),
        (client.post("/sparql", data="x" * 1_000_000, content_type="application/sparql-query"), 413),
        (client.post("/sparql", data="x"), 415),
        (client.open("/sparql", method="OPTIONS"), 200),
    ):
        assert response.status_code == status
        assert response.headers["Access-Control-Allow-Origin"] == "*"


# ---- Without a query


def test_a_browser_gets_the_form_in_its_language(client: FlaskClient) -> None:
    for language in ("de", "en"):
        response = client.get("/sparql", headers={"Accept": BROWSER, "Accept-Language": language})
        assert response.mimetype == "text/html"
        assert response.headers["Content-Language"] == language
        assert b"<form" in response.data
        assert {"accept", "accept-language"} <= response.vary.as_set()


class TestServiceDescription:
    """Every statement in the description is tried out."""

    MEDIA_TYPES: ClassVar = {
        "SPARQL_Results_JSON": "application/sparql-results+json",
        "SPARQL_Results_XML": "application/sparql-results+xml",
        "SPARQL_Results_CSV": "text/csv",
        "SPARQL_Results_TSV": "text/tab-separated-values",
        "Turtle": "text/turtle",
        "N-Triples": "application/n-triples",
        "RDF_XML": "application/rdf+xml",
        "JSON-LD": "application/ld+json",
    }

    @pytest.fixture
    def described(self, client: FlaskClient) -> rdflib.Graph:
        return rdflib.Graph().parse(data=client.get("/sparql", headers={"Accept": "text/turtle"}).data)

    @pytest.mark.parametrize("form", GRAPH_FORMATS, ids=lambda form: form.name)
    def test_it_comes_in_every_format(self, client: FlaskClient, described: rdflib.Graph, form: Format) -> None:
        response = client.get("/sparql", headers={"Accept": form.media_type})
        assert response.content_type == form.content_type
        name = {"ttl": "turtle", "nt": "nt", "rdf": "xml", "jsonld": "json-ld"}[form.name]
        assert isomorphic(rdflib.Graph().parse(data=response.data, format=name), described)

    #: All terms of the vocabulary. Source: SPARQL 1.1 Service Description, section 3.
    VOCABULARY: ClassVar = {
        "Service", "Language", "Function", "Aggregate", "EntailmentRegime", "EntailmentProfile", "GraphCollection",
        "Dataset", "Graph", "NamedGraph", "Feature", "SPARQL10Query", "SPARQL11Query", "SPARQL11Update",
        "DereferencesURIs", "UnionDefaultGraph", "RequiresDataset", "EmptyGraphs", "BasicFederatedQuery", "endpoint",
        "feature", "defaultEntailmentRegime", "entailmentRegime", "defaultSupportedEntailmentProfile",
        "supportedEntailmentProfile", "extensionFunction", "extensionAggregate", "languageExtension",
        "supportedLanguage", "propertyFeature", "defaultDataset", "availableGraphs", "resultFormat", "inputFormat",
        "defaultGraph", "namedGraph", "name", "graph",
    }  # fmt: skip

    def test_it_uses_only_terms_that_the_vocabulary_has(self, described: rdflib.Graph) -> None:
        used = {str(term).removeprefix(SD) for triple in described for term in triple if str(term).startswith(SD)}
        assert "endpoint" in used
        assert used <= self.VOCABULARY

    def test_everything_in_it_has_a_type_and_the_service_has_titles(self, described: rdflib.Graph) -> None:
        own = {term for triple in described for term in triple if str(term).startswith(f"{BASE}sparql")}
        assert own == {node for node in own if described.value(node, rdflib.RDF.type)}
        for node in (rdflib.URIRef(f"{BASE}sparql"), rdflib.URIRef(f"{BASE}sparql#dataset")):
            assert {title.language for title in described.objects(node, rdflib.DCTERMS.title)} == {"de", "en"}

    def test_each_feature_it_names_is_true_and_those_it_does_not_are_not(
        self, client: FlaskClient, described: rdflib.Graph
    ) -> None:
        assert set(described.objects(None, SD.feature)) == {SD.UnionDefaultGraph}
        together = "ASK { ?s ?p ?o FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"
        apart = "ASK { GRAPH ?g { ?s ?p ?o } FILTER NOT EXISTS { ?s ?p ?o } }"
        for query in (together, apart):
            assert get(client, query).get_json(force=True)["boolean"] is False
        problem(get(client, "ASK { SERVICE <http://e.example/> {} }"), 400)

    def test_each_language_extension_it_names_is_read(self, client: FlaskClient, described: rdflib.Graph) -> None:
        texts = {
            "triple-terms": "ASK { FILTER(isTRIPLE(<<( <a> <b> <c> )>>)) }",
            "directions": 'ASK { FILTER(LANGDIR("a"@ar--rtl) = "rtl") }',
            "version": 'VERSION "1.2" ASK {}',
            "lateral": "ASK { VALUES ?x { 1 } LATERAL { BIND(?x AS ?y) } FILTER(?y = 1) }",
            "adjust": 'ASK { FILTER(ADJUST("2020-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>, '
            '"PT1H"^^<http://www.w3.org/2001/XMLSchema#dayTimeDuration>) = '
            '"2020-01-01T01:00:00+01:00"^^<http://www.w3.org/2001/XMLSchema#dateTime>) }',
        }
        assert {str(iri).partition("#")[2] for iri in described.objects(None, SD.languageExtension)} == set(texts)
        for text in texts.values():
            assert get(client, text).get_json(force=True)["boolean"] is True

    def test_the_counts_it_gives_are_those_of_a_query(self, client: FlaskClient, described: rdflib.Graph) -> None:
        union = rdflib.URIRef(f"{BASE}sparql#union")
        for name, pattern in (("classes", "?s a ?x"), ("properties", "?s ?x ?o")):
            query = f"SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {pattern} }}"
            count = get(client, query).get_json(force=True)["results"]["bindings"][0]["n"]["value"]
            assert str(described.value(union, rdflib.VOID[name])) == count

    def test_each_graph_has_its_licence(self, described: rdflib.Graph) -> None:
        for named in described.objects(None, SD.namedGraph):
            name = str(described.value(named, SD.name)).rpartition("/")[2]
            graph = described.value(named, SD.graph)
            assert str(described.value(graph, rdflib.DCTERMS.license)) == licence_of(name).iri

    def test_it_is_spared_who_has_it_and_head_tells_the_same(self, client: FlaskClient) -> None:
        first = client.get("/sparql", headers={"Accept": "*/*"})
        assert first.mimetype == "text/turtle"
        assert {"accept", "accept-language"} <= first.vary.as_set()
        assert client.get("/sparql", headers={"If-None-Match": first.headers["ETag"]}).status_code == 304
        assert client.head("/sparql", headers={"Accept": "*/*"}).headers == first.headers

    def test_the_endpoint_it_names_is_this_one(self, described: rdflib.Graph) -> None:
        assert set(described.objects(None, SD.endpoint)) == {rdflib.URIRef(f"{BASE}sparql")}

    def test_each_result_format_it_names_is_given(self, client: FlaskClient, described: rdflib.Graph) -> None:
        named = {str(iri).rpartition("/")[2] for iri in described.objects(None, SD.resultFormat)}
        assert named == set(self.MEDIA_TYPES)
        for name in named:
            query = SELECT if name.startswith("SPARQL") else CONSTRUCT
            assert get(client, query, self.MEDIA_TYPES[name]).mimetype == self.MEDIA_TYPES[name]

    def test_the_graphs_it_names_are_those_there_are_with_their_sizes(
        self, client: FlaskClient, described: rdflib.Graph
    ) -> None:
        void = rdflib.Namespace("http://rdfs.org/ns/void#")
        query = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
        rows = get(client, query).get_json(force=True)["results"]["bindings"]
        sizes = {row["g"]["value"]: int(row["n"]["value"]) for row in rows}
        described_sizes = {
            str(described.value(graph, SD.name)): described.value(described.value(graph, SD.graph), void.triples)
            for graph in described.objects(None, SD.namedGraph)
        }
        assert {name: int(str(size)) for name, size in described_sizes.items()} == sizes
        dataset = next(described.objects(None, SD.defaultDataset))
        default = described.value(dataset, SD.defaultGraph)
        assert int(str(described.value(default, void.triples))) == TRIPLES


def test_the_endpoint_works_under_a_mount(client: FlaskClient) -> None:
    response = client.get("/sparql?query=ASK{}", environ_overrides={"SCRIPT_NAME": "/mount"})
    assert response.status_code == 200
