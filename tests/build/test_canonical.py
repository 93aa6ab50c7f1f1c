"""One way to write a file."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE, contents
from rdflib import Graph
from rdflib.compare import isomorphic

from smartgraph.build.canonical import canonical_turtle, format_file, formatted_files
from smartgraph.bundle import Bundle
from smartgraph.errors import SourceError

UNTIDY = (
    PROLOGUE
    + """# a comment
strategy:b smg:theme theme:mobility, theme:climate; a smg:Strategy ;
  skos:prefLabel 'Straße'@de; schema:position 7 .
strategy:a a smg:Strategy ."""
)
TIDY = """PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX smg: <https://smartgraph.example/ns#>
PREFIX strategy: <https://smartgraph.example/id/strategy/>
PREFIX theme: <https://smartgraph.example/concept/theme/>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>

strategy:a
    a smg:Strategy ;
.

strategy:b
    a smg:Strategy ;
    skos:prefLabel "Straße"@de ;
    schema:position 7 ;
    smg:theme
        theme:climate ,
        theme:mobility ;
.
"""


@pytest.fixture
def untidy(tmp_path: Path) -> Path:
    path = tmp_path / "essen.ttl"
    path.write_text(UNTIDY, "utf-8")
    return path


def test_things_and_values_stand_in_order_with_our_prefixes(untidy: Path) -> None:
    assert canonical_turtle(untidy) == TIDY


def test_the_same_facts_written_otherwise_come_out_alike(untidy: Path, tmp_path: Path) -> None:
    graph = Graph().parse(untidy)
    other = tmp_path / "other.ttl"
    other.write_text(graph.serialize(format="nt"), "utf-8")
    assert canonical_turtle(other) == canonical_turtle(untidy)


def test_nodes_without_a_name_do_not_depend_on_what_they_were_called(tmp_path: Path) -> None:
    one, two = tmp_path / "one.ttl", tmp_path / "two.ttl"
    one.write_text("<urn:a> <urn:p> _:x , _:y . _:x <urn:p> 1 . _:y <urn:p> 2 .", "utf-8")
    two.write_text("<urn:a> <urn:p> _:y , _:q . _:q <urn:p> 1 . _:y <urn:p> 2 .", "utf-8")
    assert canonical_turtle(one) == canonical_turtle(two)


def test_formatting_says_once_that_it_changed_something_and_keeps_every_fact(untidy: Path) -> None:
    before = Graph().parse(untidy)
    assert format_file(untidy)
    assert not format_file(untidy)
    assert isomorphic(before, Graph().parse(untidy))
    assert [path.name for path in untidy.parent.iterdir()] == ["essen.ttl"]


def test_a_broken_file_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "essen.ttl"
    path.write_text("<urn:a> <urn:b>", "utf-8")
    before = contents(tmp_path)
    with pytest.raises(SourceError):
        format_file(path)
    assert contents(tmp_path) == before


def test_data_and_ontology_are_formatted_and_the_commented_shapes_are_not(bundle: Bundle) -> None:
    folders = {path.relative_to(bundle.root).parts[0] for path in formatted_files(bundle)}
    assert folders == {"data", "ontology"}
    assert set(formatted_files(bundle)) >= set(bundle.data.rglob("*.ttl"))


def test_what_is_canonical_for_us_is_turtle_for_others(untidy: Path) -> None:
    theirs = set(ox.parse(canonical_turtle(untidy), ox.RdfFormat.TURTLE))
    assert len(theirs) == 6
