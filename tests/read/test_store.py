"""The store: the union counts once, datasets are as the protocol says, and only reading is offered."""

from __future__ import annotations

import gc
import sys
import threading
from time import monotonic
from typing import TYPE_CHECKING

import pytest
from releases_for_tests import BASE, STRATEGY, TRIPLES

from smartgraph.errors import NotAcceptable, QueryRefused, QuerySyntaxError
from smartgraph.formats import JSON_RESULTS, NTRIPLES, TURTLE
from smartgraph.read.making import provide
from smartgraph.read.store import Query, Store
from smartgraph.read.tokens import read_tokens
from smartgraph.serialize import Term, parse_rows

if TYPE_CHECKING:
    from smartgraph.release import Release

DUISBURG, JOINT = f"{BASE}graph/duisburg", f"{BASE}graph/joint"
COUNT = "SELECT (COUNT(*) AS ?n) {clauses} WHERE {{ {pattern} }}"
YEARS = "?s smg:targetYear ?year"


@pytest.fixture(scope="module", params=["memory", "disk"])
def store(tiny: Release, request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return Store.load(tiny)
    provide(tiny, lambda _: None)
    return Store.open(tiny)


def count(
    store: Store,
    pattern: str = "?s ?p ?o",
    clauses: str = "",
    default: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
) -> int:
    text = f"PREFIX smg: <{BASE}ns#> PREFIX graph: <{BASE}graph/> " + COUNT.format(clauses=clauses, pattern=pattern)
    answer = store.answer(Query(text, JSON_RESULTS, None, default, named))
    return int(parse_rows(answer.body)[0]["n"].value)


def test_the_default_graph_is_the_union_with_each_triple_once(store: Store) -> None:
    assert count(store) == TRIPLES
    assert count(store, YEARS) == 1
    assert count(store, f"GRAPH ?g {{ {YEARS} }}") == 2


@pytest.mark.parametrize(
    "clauses",
    [
        f"FROM <{DUISBURG}> FROM <{JOINT}>",
        "FROM graph:duisburg FROM graph:joint",
        f"FROM <graph/duisburg> FROM <{JOINT}>",
        f"FROM<{DUISBURG}>FROM<{BASE}graph/join\\u0074>",
        f"from <{DUISBURG}> # FROM <{BASE}graph/reference>\n from <{JOINT}>",
        f"FROM <{DUISBURG}> FROM NAMED <{DUISBURG}> FROM <{JOINT}> FROM <{JOINT}>",
    ],
)
def test_several_from_clauses_count_a_triple_once(store: Store, clauses: str) -> None:
    assert count(store, YEARS, clauses) == 1
    assert count(store, clauses=clauses) == 10


def test_several_default_graphs_of_the_protocol_count_a_triple_once(store: Store) -> None:
    assert count(store, YEARS, default=(DUISBURG, JOINT)) == 1
    assert count(store, default=(DUISBURG, JOINT)) == 10


def test_from_works_in_each_form_of_query(store: Store) -> None:
    graphs = f"FROM <{DUISBURG}> FROM <{JOINT}>"
    for text in (
        f"CONSTRUCT {{ ?s ?p ?o }} {graphs} WHERE {{ ?s ?p ?o }}",
        f"CONSTRUCT {graphs} WHERE {{ ?s ?p ?o }}",
    ):
        assert len(store.construct(text)) == 10
    assert store.ask(f"ASK {graphs} {{ <{STRATEGY}> a ?type }}")
    assert not store.ask(f"ASK {graphs} {{ <{BASE}concept/theme> a ?type }}")
    assert len(store.construct(f"DESCRIBE <{STRATEGY}> {graphs}")) == 5


def test_one_from_clause_is_that_graph(store: Store) -> None:
    assert count(store, clauses=f"FROM <{JOINT}>") == 5
    assert count(store, clauses=f"FROM <{JOINT}>", pattern="GRAPH ?g { ?s ?p ?o }") == 0


def test_from_named_alone_leaves_the_default_graph_empty(store: Store) -> None:
    assert count(store, clauses=f"FROM NAMED <{JOINT}>") == 0
    assert count(store, "GRAPH ?g { ?s ?p ?o }", f"FROM NAMED <{JOINT}>") == 5


def test_named_graphs_beside_merged_ones_are_those_named(store: Store) -> None:
    clauses = f"FROM <{DUISBURG}> FROM <{JOINT}> FROM NAMED <{BASE}graph/reference> FROM NAMED <{BASE}graph/none>"
    assert count(store, "GRAPH ?g { ?s ?p ?o }", clauses) == 2
    assert count(store, "GRAPH ?g { ?s ?p ?o }", default=(DUISBURG, JOINT), named=(JOINT,)) == 5


def test_the_dataset_of_the_protocol_replaces_that_in_the_text(store: Store) -> None:
    clauses = f"FROM <{DUISBURG}> FROM NAMED <{DUISBURG}>"
    assert count(store, clauses=clauses, default=(JOINT,)) == 5
    assert count(store, "GRAPH ?g { ?s ?p ?o }", clauses, default=(JOINT,)) == 0
    assert count(store, clauses=clauses, named=(JOINT,)) == 0
    assert count(store, "GRAPH ?g { ?s ?p ?o }", clauses, named=(JOINT,)) == 5


def test_an_unknown_graph_is_empty(store: Store) -> None:
    nowhere = "https://elsewhere.example/graph"
    assert count(store, clauses=f"FROM <{nowhere}>") == 0
    assert count(store, default=(nowhere,)) == 0
    assert count(store, default=(nowhere, JOINT)) == 5
    assert count(store, f"GRAPH <{nowhere}> {{ ?s ?p ?o }}") == 0


def test_a_graph_that_is_no_absolute_iri_is_refused(store: Store) -> None:
    for odd in ("graph/joint", "no iri", ""):
        with pytest.raises(QueryRefused, match="absolute IRI"):
            count(store, default=(odd,))


def test_a_merged_dataset_does_not_touch_the_store(store: Store) -> None:
    count(store, default=(DUISBURG, JOINT), named=(JOINT,))
    assert count(store) == TRIPLES
    assert len(store.select("SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }")) == 7


def test_relative_iris_are_resolved_against_the_base_of_the_release(store: Store) -> None:
    assert store.ask("ASK { <id/strategy/beispiel> a <ns#Strategy> }")
    assert store.ask(f"BASE <{BASE}id/> ASK {{ <strategy/beispiel> a ?type }}")


def test_blank_nodes_keep_their_canonical_names(tiny: Release) -> None:
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{BASE}graph/shapes> {{ ?s ?p ?o }} }}"
    bodies = {Store.load(tiny).answer(Query(text, None, NTRIPLES)).body for _ in range(2)}
    assert len(bodies) == 1
    assert b"_:c14n0" in bodies.pop()


def test_bound_values_are_values_and_no_text(store: Store) -> None:
    text = "SELECT ?label { ?s ?p ?label }"
    for value, number in (("Beispielhausen", 1), ('" } DROP ALL', 0)):
        query = Query(text, JSON_RESULTS, None, bindings={"label": Term("literal", value, language="de")})
        assert len(parse_rows(store.answer(query).body)) == number


def test_the_wanted_format_fits_the_kind_of_query_or_is_refused(store: Store) -> None:
    assert store.answer(Query("ASK {}", JSON_RESULTS, TURTLE)).format == JSON_RESULTS
    assert store.answer(Query("CONSTRUCT {} {}", JSON_RESULTS, TURTLE)).format == TURTLE
    with pytest.raises(NotAcceptable, match="text/csv"):
        store.answer(Query("ASK {}", None, TURTLE))
    with pytest.raises(NotAcceptable, match="text/turtle"):
        store.answer(Query("DESCRIBE <x>", JSON_RESULTS, None))


def test_what_an_error_holds_may_be_dropped_by_another_thread(store: Store) -> None:
    kept, unraisable = [], []

    def work() -> None:
        with pytest.raises(NotAcceptable) as caught:
            store.answer(Query("SELECT * { ?s ?p ?o }", None, TURTLE))
        kept.append(caught.value)

    hook, sys.unraisablehook = sys.unraisablehook, unraisable.append
    try:
        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        kept.clear()
        gc.collect()
    finally:
        sys.unraisablehook = hook
    assert not unraisable


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("SELECT * {\n  ?s ?p ex:foo }", 2, "the prefix ex: is not declared"),
        ("prefix ex: <x> ASK { ?s ex:a foo:b . :c foo:d _:e }", 1, "the prefix foo:, : is not declared"),
        ("PREFIX ex: <x> ASK { ?s ex:a 'no:prefix' . FILTER(MEDIAN(?s)) }", 1, "cannot end or go on"),
        ("SELEC * {}", 1, "expected|cannot"),
        ("", 1, "expected|cannot"),
        ("SELECT * { ?s ?p ?o ", 1, ""),
        ("SELECT * {} ORDER BY", 1, "expected"),
        ("SELECT (COUNT(?x) AS ?c) ?y {?x ?y ?z}", 1, "unbound"),
        ("SELECT * { ?s <a b> ?o }", 1, "IRI parsing failed"),
        ("SELECT * {} ; SELECT * {}", 1, ""),
        ("SELECT * { \\u0053ERVICE <http://127.0.0.1:9> {} }", 1, ""),
        ("ASK { ?s ?p '\\ud800' }", 1, ""),
        ("PREFIX a: <x> SELECT * FROM b:c FROM b:d {}", 1, "the prefix b: is not declared"),
    ],
)
def test_a_text_that_is_no_sparql_is_told_where(store: Store, text: str, line: int, said: str) -> None:
    with pytest.raises(QuerySyntaxError, match=f"line {line}, column .*(?:{said})") as error:
        store.answer(Query(text, JSON_RESULTS, TURTLE))
    assert error.value.line == line
    assert error.value.column
    assert "..=" not in str(error.value)


def test_a_text_that_cannot_be_written_in_utf_8_is_refused(store: Store) -> None:
    with pytest.raises(QueryRefused):
        store.answer(Query("ASK { ?s ?p '\ud800' }", JSON_RESULTS, None))


def test_a_function_that_nobody_knows_is_refused(store: Store) -> None:
    with pytest.raises(QueryRefused, match=r"http://e\.example/f"):
        store.answer(Query("SELECT (<http://e.example/f>() AS ?x) {}", JSON_RESULTS, None))


@pytest.mark.parametrize(
    "text",
    [
        "INSERT DATA { <a> <b> <c> }",
        "insert { ?s ?p 1 } where { ?s ?p ?o }",
        "DELETE WHERE { ?s ?p ?o }",
        "PREFIX a: <http://e.example/> # comment\n BASE <http://e/> WITH a:g DELETE { ?s ?p 1 } WHERE {}",
        "LOAD <http://127.0.0.1:9/x>",
        "LOAD SILENT <http://127.0.0.1:9/x>",
        "CLEAR ALL", "DROP GRAPH <g>", "CREATE GRAPH <g>",
        "ADD <a> TO <b>", "MOVE <a> TO <b>", "COPY <a> TO <b>",
        "SELECT * {} ; DROP ALL",
    ],
)  # fmt: skip
def test_updates_are_refused_by_name(store: Store, text: str) -> None:
    with pytest.raises(QueryRefused, match="only reads"):
        store.answer(Query(text, JSON_RESULTS, TURTLE))


SERVICE = "SERVICE <http://127.0.0.1:9/> { ?x ?y ?z }"


@pytest.mark.parametrize(
    "text",
    [
        f"SELECT * {{ {SERVICE} }}",
        "SELECT * { service silent ?x { ?x ?y ?z } }",
        "SELECT*{SERVICE<http://127.0.0.1:9/>{?x ?y ?z}}",
        f"SELECT * {{ OPTIONAL {{ {{ SELECT * {{ {SERVICE} }} }} }} }}",
        f"CONSTRUCT {{ ?x ?y ?z }} WHERE {{ {SERVICE} }}",
        f"ASK {{ FILTER EXISTS {{ {SERVICE} }} }}",
        "PREFIX : <http://127.0.0.1:9/> SELECT * { SERVICE:x { ?x ?y ?z } }",
        "PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICEe:x { ?x ?y ?z } }",
        "PREFIX e: <http://127.0.0.1:9/> SELECT * { SERVICESILENTe:x { ?x ?y ?z } }",
        "PREFIX service: <http://e.example/> PREFIX : <http://e/> SELECT * { ?s ?p 1 . service:x { } }",
        f"SELECT * {{ ?s ?p 1{SERVICE} }}",
        f"SELECT * {{ ?s ?p 1e5{SERVICE} }}",
        f"SELECT * {{ ?s ?p true{SERVICE} }}",
        f"SELECT * {{ ?s ?p 'x'{SERVICE} }}",
        f"PREFIX e: <http://e.example/> SELECT * {{ ?s ?p e:a\\'b . {SERVICE} FILTER(?s != 'x') }}",
        f"PREFIX e: <http://e.example/> SELECT * {{ ?s ?p e:a\\#b . {SERVICE} }}",
        # Where "less than" looks like the beginning of an IRI that hides that of a string or a comment.
        f"SELECT * {{ ?s ?p ?a FILTER(?a<'b>') {SERVICE} FILTER(?s != ' ') }}",
        f"SELECT * {{ ?s ?p ?a FILTER(?a<?p#>'''\n) {SERVICE} FILTER('''' = '')}}",
        f"SELECT * {{ # \n {SERVICE} }}",
        f"SELECT * {{ ?s ?p '''a''' . {SERVICE} ?s ?p '''b''' }}",
        f"SELECT * {{ ?s ?p 'a\\'' . {SERVICE} ?s ?p 'b' }}",
    ],
)
def test_federation_is_refused_wherever_it_stands(store: Store, text: str) -> None:
    with pytest.raises(QueryRefused, match="SERVICE is not offered"):
        store.answer(Query(text, JSON_RESULTS, TURTLE))


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * { ?service ?load $insert } # SERVICE <http://127.0.0.1:9/> {",
        "SELECT * { ?s ?p 'SERVICE <x> {', '''it's\n SERVICE <x> {''' }",
        'SELECT * { ?s ?p "DROP ALL", """a"" SERVICE <x> { """ }',
        "SELECT * { ?s <http://e.example/SERVICE> <http://e.example/#LOAD> }",
        "PREFIX service: <http://e.example/> SELECT * { ?s service:SERVICE service:load ; a service:X }",
        "PREFIX cpsv: <http://e.example/> SELECT * { ?s a cpsv:PublicService, _:SERVICE }",
        "PREFIX service: <http://e.example/> SELECT * { GRAPH service:g { ?s ?p ?o } }",
        "PREFIX service: <http://e.example/> DESCRIBE service:x { ?s ?p ?o }",
        "SELECT * { ?s ?p 'x'@service }",
        "SELECT (COUNT(*) AS ?delete) { ?s ?p ?o FILTER(?o<5&&?s>?p) }",
        "SELECT * { ?s ?p ?o FILTER(?o < 'b' && ?o > 'a') }",
        'PREFIX load: <http://e.example/> SELECT * { load:insert load:with "DELETE" }',
        "SELECT * { <#frag> ?p <o'clock> }",
    ],
)
def test_the_words_are_free_where_they_are_no_operation(store: Store, text: str) -> None:
    assert store.answer(Query(text, JSON_RESULTS, TURTLE)).format in (JSON_RESULTS, TURTLE)


def test_reading_the_tokens_of_a_long_text_takes_no_long_time() -> None:
    """Not through the engine: some of these texts end its process."""
    for text in ("a-" * 50_000, "'" * 99_999, "<" * 100_000, "SERVICE:" * 12_000, '"""\\' * 25_000):
        start = monotonic()
        assert sum(len(token.text) for token in read_tokens(text)) == len(text)
        assert monotonic() - start < 20
