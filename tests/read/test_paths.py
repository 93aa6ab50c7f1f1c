"""Shapes that were taken from the server work as those they were made from."""

from __future__ import annotations

import re
from collections import Counter

import pyoxigraph as ox
from rdflib import Graph

from smartgraph.build.assemble import SHAPES
from smartgraph.build.publish import Checked, check
from smartgraph.build.validate import validate
from smartgraph.bundle import Bundle
from smartgraph.formats import TURTLE
from smartgraph.read.paths import with_nameless_paths
from smartgraph.read.store import Query, Store
from smartgraph.release import Release
from smartgraph.settings import Settings
from smartgraph.vocab import PLACEHOLDER
from smartgraph.web import create_app

GENID = f"{PLACEHOLDER}.well-known/genid/"


def found(checked: Checked, shapes: frozenset[ox.Triple]) -> Counter[tuple[str, ...]]:
    """What the shapes say, but for the names of rules that have none of their own."""
    data = frozenset(t for name, triples in checked.graphs.items() if name != SHAPES for t in triples)
    spoilt = ox.parse(_SPOILT, ox.RdfFormat.TURTLE)
    return Counter(
        (f.focus, f.path, f.severity, f.value, f.de, f.en)
        for f in validate({*data, *(quad.triple for quad in spoilt)}, shapes)
    )


#: Breaks rules with a path of more than one step, a list, and a pattern.
_SPOILT = f"""
@prefix smg: <{PLACEHOLDER}ns#> . @prefix org: <http://www.w3.org/ns/org#> .
<{PLACEHOLDER}id/partnership/leer> a smg:Partnership .
<{PLACEHOLDER}id/strategy/leer> a smg:Strategy ; smg:status <{PLACEHOLDER}concept/theme/mobility> .
<{PLACEHOLDER}id/area/leer> a smg:AdministrativeArea ; smg:ags "x" .
"""


def test_the_shapes_that_are_served_judge_as_those_that_were_written(
    fixture_bundle: Bundle, fixture_release: Release
) -> None:
    checked = check(fixture_bundle, PLACEHOLDER)
    client = create_app(Settings(), Store.load(fixture_release)).test_client()
    served = client.get("/shapes.ttl").data
    shapes = frozenset(quad.triple for quad in ox.parse(served, ox.RdfFormat.TURTLE))
    labels = re.findall(r'nodeID="([^"]*)"', client.get("/shapes.rdf").text)
    assert labels
    assert all(label[0].isalpha() for label in labels)
    expected = found(checked, checked.graphs[SHAPES])
    assert any("partnership/leer" in focus for focus, *_ in expected)
    assert found(checked, shapes) == expected


def test_of_all_nodes_only_those_of_paths_lose_their_name(fixture_release: Release) -> None:
    query = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{PLACEHOLDER}graph/shapes> {{ ?s ?p ?o }} }}"
    store = Store.load(fixture_release)
    whole = Graph().parse(data=store.answer(Query(query, None, TURTLE)).body, format="turtle")
    lines = "".join(f"{s.n3()} {p.n3()} {o.n3()} .\n" for s, p, o in whole if not o.n3().startswith('"""')).encode()
    usable = with_nameless_paths(lines, PLACEHOLDER)
    nameless = set(Graph().parse(data=usable, format="nt").query("SELECT ?x { ?x ?p ?o FILTER(isBlank(?x)) }"))
    paths = """PREFIX sh: <http://www.w3.org/ns/shacl#> PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
        SELECT DISTINCT ?x { ?shape sh:path/(sh:alternativePath|sh:inversePath|rdf:first|rdf:rest)* ?x
        FILTER(CONTAINS(STR(?x), "/genid/")) }"""
    assert len(nameless) == len(set(whole.query(paths))) > 0
    assert usable.count(GENID.encode()) > 0


def test_a_text_that_looks_like_a_node_stays_as_it_is() -> None:
    line = f'<urn:a> <http://www.w3.org/ns/shacl#path> "<{GENID}0> ." .\n'.encode()
    assert with_nameless_paths(line, PLACEHOLDER) == line
