"""``smartgraph.open()``: the current release as an rdflib dataset for people who work with data."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pyshacl
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.plugins.sparql import prepareQuery
from releases_for_tests import BASE, STRATEGY, TRIPLES, tiny_release

import smartgraph
from smartgraph.errors import DamagedRelease, NoRelease, UnknownRelease, UsageError
from smartgraph.release import Release, Releases
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from pathlib import Path

SMG = rdflib.Namespace(f"{BASE}ns#")
COUNT = "SELECT (COUNT(*) AS ?n) WHERE { ?s smg:targetYear ?year }"


@pytest.fixture(scope="module")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("state")
    tiny_release(folder)
    return folder


@pytest.fixture
def dataset(state: Path) -> rdflib.Dataset:
    return smartgraph.open(state_dir=state)


def number(graph: rdflib.Graph, query: str = COUNT) -> int:
    ((found,),) = graph.query(query)
    return int(found)


def another_release(state: Path) -> Release:
    """A second release, which becomes the current one: the first with one line less."""
    releases = Releases(state)
    first, _ = releases.newest()
    core = first.core.read_bytes().split(b"\n", 1)[1]
    return releases.add(core, first.manifest, {"conforms": True}, {})


# ---- What is in it


def test_a_triple_in_two_graphs_counts_once(dataset: rdflib.Dataset) -> None:
    assert number(dataset) == 1
    assert number(dataset, "SELECT (COUNT(*) AS ?n) WHERE { GRAPH ?g { ?s smg:targetYear ?year } }") == 2
    assert len(list(dataset.default_graph.triples((None, SMG.targetYear, None)))) == 1
    assert number(dataset, COUNT.replace("smg:targetYear", "?p")) == TRIPLES
    assert len(dataset) == len(dataset.default_graph) == TRIPLES


def test_a_named_graph_says_what_its_source_says(dataset: rdflib.Dataset) -> None:
    joint = dataset.graph(rdflib.URIRef(f"{BASE}graph/joint"))
    assert len(joint) == number(joint, "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }") == 5
    assert set(joint.objects(rdflib.URIRef(f"{BASE}id/project/folge"), SMG.implements)) == {rdflib.URIRef(STRATEGY)}
    names = {str(graph.identifier).removeprefix(f"{BASE}graph/") for graph in dataset.graphs()}
    assert names >= {"derived", "duisburg", "joint", "ontology", "reference", "shapes", "vocabulary"}


def test_every_prefix_of_the_project_is_bound(dataset: rdflib.Dataset) -> None:
    bound = {name: str(namespace) for name, namespace in dataset.namespaces()}
    assert bound.items() >= prefixes(BASE).items()
    assert dataset.query("ASK { strategy:beispiel smg:theme theme:mobilitaet }").askAnswer


def test_a_constructed_graph_can_be_used_on_its_own(dataset: rdflib.Dataset) -> None:
    found = dataset.query("CONSTRUCT WHERE { ?s a smg:Project }").graph
    assert found is not None
    assert set(found) == {(rdflib.URIRef(f"{BASE}id/project/folge"), rdflib.RDF.type, SMG.Project)}


def test_what_it_writes_as_turtle_says_the_same_as_the_release(fixture_release: Release) -> None:
    dataset = smartgraph.open(state_dir=fixture_release.folder.parent.parent)
    written = rdflib.Graph().parse(data=dataset.default_graph.serialize(format="ox-turtle"), format="turtle")
    dump = rdflib.Graph().parse(fixture_release.folder / "smartgraph.nt", format="nt")
    assert isomorphic(written, dump)
    assert isomorphic(dataset.default_graph, dump)
    assert len(dataset) == len(dump) == fixture_release.manifest.triples


def test_a_string_equals_the_one_that_rdflib_itself_reads(dataset: rdflib.Dataset) -> None:
    dataset.default_graph.add((SMG.a, SMG.code, rdflib.Literal("001")))
    wanted = rdflib.Literal("001")
    assert dataset.value(SMG.a, SMG.code) == wanted
    assert [row.code for row in dataset.query("SELECT ?code WHERE { ?s smg:code ?code }")] == [wanted]
    assert list(dataset.query("CONSTRUCT WHERE { ?s smg:code ?code }").graph or ()) == [(SMG.a, SMG.code, wanted)]
    assert (None, SMG.code, wanted) in dataset
    assert (None, SMG.code, rdflib.Literal("001", datatype=rdflib.XSD.string)) in dataset


# ---- Its length


def test_the_length_is_counted_once_and_anew_after_each_kind_of_change(dataset: rdflib.Dataset) -> None:
    joint = dataset.graph(rdflib.URIRef(f"{BASE}graph/joint"))
    triple = (SMG.a, SMG.b, SMG.c)
    changes = (
        (lambda: joint.add(triple), 6),
        (lambda: joint.add(triple), 6),
        (lambda: joint.remove(triple), 5),
        (lambda: joint.addN([(*triple, joint)]), 6),
        (lambda: dataset.update(f"DELETE DATA {{ GRAPH <{BASE}graph/joint> {{ smg:a smg:b smg:c }} }}"), 5),
        (lambda: joint.parse(data="<a:a> <a:b> <a:c> .", format="turtle"), 6),
        (lambda: joint.parse(data="<a:a> <a:b> <a:d> .", format="ox-turtle"), 7),
        (lambda: dataset.remove_graph(joint), 0),
    )
    for change, length in changes:
        change()
        assert len(joint) == len(list(joint)) == length


def test_the_length_costs_nothing_while_the_graph_is_only_read(dataset: rdflib.Dataset) -> None:
    counts = []

    class Counting(type(dataset.store)):  # type: ignore[misc]
        def _count(self, *args: object) -> int:
            counts.append(args)
            return int(super()._count(*args))

    dataset.store.__class__ = Counting
    for _ in range(10):
        assert len(dataset.default_graph) == TRIPLES
        assert (rdflib.URIRef(STRATEGY), rdflib.RDF.type, SMG.Strategy) in dataset.default_graph
        assert number(dataset) == 1
        assert len(list(dataset.graphs())) == 8
    assert len(counts) == 1


# ---- What can be done with it


def test_a_change_stays_in_the_copy(dataset: rdflib.Dataset, state: Path) -> None:
    dataset.remove((None, None, None))
    assert len(dataset) == 0
    assert len(smartgraph.open(state_dir=state)) == TRIPLES


def test_a_prepared_query_is_answered_with_a_warning(dataset: rdflib.Dataset) -> None:
    prepared = prepareQuery("SELECT ?s WHERE { ?s a smg:Strategy }", initNs={"smg": SMG})
    with pytest.warns(UserWarning, match="Pass the query as text") as told:
        rows = list(dataset.query(prepared))
    assert rows == [(rdflib.URIRef(STRATEGY),)]
    assert __file__ in {warning.filename for warning in told}, "the warning points at the caller"


def test_a_variable_that_is_selected_can_be_given_a_value(dataset: rdflib.Dataset) -> None:
    rows = dataset.query("SELECT ?s ?c WHERE { ?s a ?c }", initBindings={"c": SMG.Strategy})
    assert [row[0] for row in rows] == [rdflib.URIRef(STRATEGY)]


def test_pyshacl_validates_it(dataset: rdflib.Dataset) -> None:
    shapes = rdflib.Graph().parse(
        data=f"""
        @prefix sh: <http://www.w3.org/ns/shacl#> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        [] a sh:NodeShape ; sh:targetClass <{SMG.Strategy}>, <{SMG.Project}> ;
           sh:property [ sh:path skos:prefLabel ; sh:maxCount 1 ] .
        """,
        format="turtle",
    )
    for graph in (dataset.default_graph, dataset):
        conforms, report, _ = pyshacl.validate(graph, shacl_graph=shapes)
        assert not conforms
        focus = set(report.objects(None, rdflib.SH.focusNode))
        assert focus == {rdflib.URIRef(f"{BASE}id/project/folge")}, "the only thing with two names"


def test_pyshacl_finds_nothing_wrong_with_a_release_by_its_own_shapes(fixture_release: Release) -> None:
    dataset = smartgraph.open(state_dir=fixture_release.folder.parent.parent)
    base = fixture_release.manifest.base
    shapes = rdflib.Graph().parse(data=dataset.graph(f"{base}graph/shapes").serialize(format="nt"), format="nt")
    wanted = set(shapes.subjects(rdflib.SH.targetClass, rdflib.URIRef(f"{base}ns#Strategy")))
    conforms, _, text = pyshacl.validate(dataset.default_graph, shacl_graph=shapes, use_shapes=sorted(map(str, wanted)))
    assert wanted
    assert conforms, text


# ---- Which release


def test_a_release_can_be_named(tmp_path: Path) -> None:
    first = tiny_release(tmp_path)
    second = another_release(tmp_path)
    assert len(smartgraph.open(state_dir=str(tmp_path))) == len(smartgraph.open(second.id, state_dir=tmp_path))
    assert len(smartgraph.open(first.id, state_dir=tmp_path)) == len(smartgraph.open(state_dir=tmp_path)) + 1


def test_the_environment_names_the_folder(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTGRAPH_STATE_DIR", str(state))
    assert len(smartgraph.open()) == TRIPLES


def test_without_a_release_it_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NoRelease, match="smartgraph build"):
        smartgraph.open(state_dir=tmp_path)


def test_an_unknown_release_is_told_with_those_there_are(state: Path) -> None:
    known, _ = Releases(state).newest()
    with pytest.raises(UnknownRelease, match=known.id):
        smartgraph.open("0123456789abcdef", state_dir=state)


def test_a_damaged_release_is_never_opened(tmp_path: Path) -> None:
    first, second = tiny_release(tmp_path), another_release(tmp_path)
    second.core.write_bytes(b"")
    with pytest.raises(DamagedRelease):
        smartgraph.open(second.id, state_dir=tmp_path)
    with pytest.warns(UserWarning, match=second.id) as told:
        dataset = smartgraph.open(state_dir=tmp_path)
    assert len(dataset) == first.manifest.triples
    assert told[0].filename == __file__
    first.core.write_bytes(b"")
    with pytest.raises(NoRelease):
        smartgraph.open(state_dir=tmp_path)


def test_a_setting_that_does_not_exist_is_told_as_by_the_commands(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTGRAPH_STATEDIR", str(state))
    with pytest.raises(UsageError, match="SMARTGRAPH_STATEDIR is no setting"):
        smartgraph.open()


# ---- The package itself


def test_the_package_shows_its_version_and_open_and_nothing_else() -> None:
    assert smartgraph.__all__ == ("__version__", "open")


def test_importing_the_package_loads_none_of_its_libraries() -> None:
    code = "import sys, typing; before = set(sys.modules); import smartgraph; print(*sorted(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) <= {"__future__", "smartgraph"}
