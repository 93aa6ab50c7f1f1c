"""The texts that the project began with: each of their statements stands in the graph, triple by triple."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final

import pyoxigraph as ox
import pytest

from smartgraph.build.lift import Lifter
from smartgraph.build.publish import Checked
from smartgraph.vocab import PREFIXES

SEED: Final = {path.stem: path for path in sorted((Path(__file__).parent / "seed").glob("*.toml"))}
STATEMENTS: Final = tuple(
    (owner, statement)
    for owner, path in SEED.items()
    for statement in tomllib.loads(path.read_text("utf-8"))["statement"]
)
#: The cities and the district that the texts speak of, and what they do together.
OWNERS: Final = frozenset(
    {
        "bochum", "duisburg", "essen", "gelsenkirchen", "hagen", "hamm", "herne", "joint",
        "kreis-recklinghausen", "oberhausen",
    }
)  # fmt: skip
_PROLOGUE: Final = "".join(f"PREFIX {name}: <{namespace}>\n" for name, namespace in PREFIXES.items())


def triples_of(turtle: str) -> list[ox.Triple]:
    """The triples of a statement, with values spelt as a release spells them."""
    lifter = Lifter()
    return [
        ox.Triple(
            quad.subject,
            quad.predicate,
            lifter.lift(quad.object) if isinstance(quad.object, ox.Literal) else quad.object,
        )
        for quad in ox.parse(_PROLOGUE + turtle, ox.RdfFormat.TURTLE)
    ]


@pytest.fixture(scope="session")
def union(real_checked: Checked) -> frozenset[ox.Triple]:
    return frozenset(triple for triples in real_checked.graphs.values() for triple in triples)


def test_every_text_has_its_file() -> None:
    assert set(SEED) == OWNERS


def test_no_two_statements_share_an_id() -> None:
    ids = [statement["id"] for _, statement in STATEMENTS]
    assert sorted(ids) == sorted(set(ids))


def test_every_statement_is_told_in_german_and_in_english_and_has_triples() -> None:
    silent = [
        f"{owner}: {statement.get('id')}"
        for owner, statement in STATEMENTS
        if not statement["de"].strip() or not statement["en"].strip() or not triples_of(statement["triples"])
    ]
    assert not silent


@pytest.mark.parametrize("owner", sorted(OWNERS))
def test_the_graph_holds_every_statement(owner: str, union: frozenset[ox.Triple]) -> None:
    own = [statement for name, statement in STATEMENTS if name == owner]
    missing = {
        statement["id"]: absent
        for statement in own
        if (absent := [str(triple) for triple in triples_of(statement["triples"]) if triple not in union])
    }
    told = f"{owner}: {len(missing)} of {len(own)} statements ({len(STATEMENTS)} in all) are not in the graph"
    assert not missing, told


def test_a_statement_that_is_not_in_the_graph_is_noticed(union: frozenset[ox.Triple]) -> None:
    wrong = 'decision:duisburg-2018-05-07-masterplan smg:date "2018-05-08"^^xsd:date .'
    assert [triple for triple in triples_of(wrong) if triple not in union]
