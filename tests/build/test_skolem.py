"""Every node gets a name: a function of the facts, and of no more of them than need be."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE
from rdflib import Graph
from rdflib.compare import isomorphic

from smartgraph.build.publish import Checked
from smartgraph.build.skolem import skolemised
from smartgraph.build.validate import rdflib_graph
from smartgraph.vocab import PLACEHOLDER

GENID = f"{PLACEHOLDER}.well-known/genid/"
SRC = Path(__file__).parents[2] / "src"
LIST = "smgsh:A sh:in ( 'one' 'two' 'two' ) ."


def graph(turtle: str, base: str = PLACEHOLDER) -> frozenset[ox.Triple]:
    text = (PROLOGUE + turtle).replace(PLACEHOLDER, base)
    return frozenset(quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE))


def skolem(turtle: str, base: str = PLACEHOLDER) -> frozenset[ox.Triple]:
    return skolemised({"shapes": graph(turtle, base)}, base)["shapes"]


def names(triples: frozenset[ox.Triple], base: str = PLACEHOLDER) -> set[str]:
    ends = {str(getattr(term, "value", "")) for t in triples for term in (t.subject, t.object)}
    start = f"{base}.well-known/genid/"
    return {iri.removeprefix(start) for iri in ends if iri.startswith(start)}


def nameless_again(triples: frozenset[ox.Triple]) -> Graph:
    text = ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES).decode()
    for name in names(triples):
        text = text.replace(f"<{GENID}{name}>", f"_:x{name}")
    return Graph().parse(data=text, format="ox-nt")


SHAPES = (
    f"smgsh:p sh:declare [ sh:prefix 'smg' ; sh:namespace '{PLACEHOLDER}ns#'^^xsd:anyURI ] .",
    "smgsh:A sh:property [ sh:path smg:date ; sh:minCount 1 ] , [ sh:path smg:theme ; sh:minCount 1 ] .",
    LIST,
    "smgsh:A sh:property [ sh:minCount 1 ] , [ sh:minCount 1 ] , [ sh:minCount 1 ] .",
    "smgsh:A sh:or ( [ sh:class smg:A ] [ sh:class smg:A ] ) . smgsh:B sh:or ( [ sh:class smg:A ] ) .",
    "smgsh:A sh:node _:x . smgsh:B sh:node _:x . _:x sh:minCount 1 .",
    "smgsh:A sh:node _:x . _:x sh:node _:y . _:y sh:node _:x .",
    "smgsh:A sh:node _:x , _:y . _:x sh:node _:y ; sh:not _:z . _:y sh:node _:x ; sh:not _:w .",
    "_:x sh:node _:x . _:y sh:node _:y , _:z .",
    "smgsh:A sh:not [] , [] . [] sh:path smg:date .",
    "smgsh:A sh:node _:a , _:b . smgsh:B sh:not _:c . _:a sh:node _:c . _:b sh:node _:d .",
)


@pytest.mark.parametrize("turtle", SHAPES)
def test_nothing_is_lost_merged_or_left_without_a_name(turtle: str) -> None:
    triples = skolem(turtle)
    assert not [t for t in triples if isinstance(t.subject, ox.BlankNode) or isinstance(t.object, ox.BlankNode)]
    assert isomorphic(nameless_again(triples), rdflib_graph(graph(turtle)))


@pytest.mark.parametrize("turtle", SHAPES)
def test_the_labels_in_the_file_change_no_name(turtle: str) -> None:
    renamed = turtle.replace("_:x", "_:q").replace("_:y", "_:a0").replace("_:z", "_:x")
    assert skolem(renamed) == skolem(turtle)


@pytest.mark.parametrize("turtle", SHAPES[:6])
def test_the_base_changes_no_name(turtle: str) -> None:
    elsewhere = "http://127.0.0.1:8000/"
    assert names(skolem(turtle, elsewhere), elsewhere) == names(skolem(turtle))


@pytest.mark.parametrize("turtle", SHAPES[:6])
def test_an_edit_elsewhere_changes_no_name(turtle: str) -> None:
    more = "smgsh:Z sh:property [ sh:path smg:date ; sh:minCount 1 ] ; sh:in ( 'one' ) . smgsh:A sh:name 'new'@en ."
    assert names(skolem(turtle)) < names(skolem(f"{turtle} {more}"))


def test_what_a_node_says_and_whose_it_is_make_its_name() -> None:
    own = names(skolem("smgsh:A sh:property [ sh:path smg:date ] ."))
    others = (
        "smgsh:A sh:property [ sh:path smg:theme ] .",
        "smgsh:B sh:property [ sh:path smg:date ] .",
        "smgsh:A sh:node [ sh:path smg:date ] .",
    )
    assert all(not own & names(skolem(other)) for other in others)


def test_what_is_the_same_thrice_has_three_names_and_keeps_two_when_one_goes() -> None:
    thrice, twice = (", ".join(["[ sh:minCount 1 ]"] * n) for n in (3, 2))
    assert len(names(skolem(f"smgsh:A sh:property {thrice} ."))) == 3
    assert names(skolem(f"smgsh:A sh:property {twice} .")) < names(skolem(f"smgsh:A sh:property {thrice} ."))


def test_two_processes_give_the_same_names() -> None:
    code = (
        "import sys, pyoxigraph as ox; from smartgraph.build.skolem import skolemised\n"
        "triples = frozenset(q.triple for q in ox.parse(sys.argv[1], ox.RdfFormat.TURTLE))\n"
        f"print(*sorted(map(str, skolemised({{'shapes': triples}}, {PLACEHOLDER!r})['shapes'])), sep='\\n')"
    )
    found = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SRC)}
        command = [sys.executable, "-c", code, PROLOGUE + " ".join(SHAPES)]
        found.add(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert len(found) == 1


def test_named_nodes_and_graphs_stay_as_they_are(real_checked: Checked) -> None:
    named = skolemised(real_checked.graphs, PLACEHOLDER)
    assert {name: len(triples) for name, triples in named.items()} == {
        name: len(triples) for name, triples in real_checked.graphs.items()
    }
    assert all(named[name] == triples for name, triples in real_checked.graphs.items() if name != "shapes")
    assert isomorphic(nameless_again(named["shapes"]), rdflib_graph(real_checked.graphs["shapes"]))
