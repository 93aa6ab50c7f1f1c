"""All sources as named graphs, each thing in one home."""

from __future__ import annotations

from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE, editable_bundle

from smartgraph.build.assemble import Assembly, assemble, fingerprint, input_files, read_sources
from smartgraph.build.sources.turtle import Source
from smartgraph.bundle import Bundle
from smartgraph.errors import SourceError
from smartgraph.vocab import PLACEHOLDER, SH, SKOS, VANN

BASE = "https://data.example.org/sg/"


@pytest.fixture
def sources(tmp_path: Path) -> Bundle:
    return editable_bundle(tmp_path / "bundle")


def source(graph: str, turtle: str, name: str = "") -> Source:
    text = PROLOGUE + turtle
    triples = tuple(quad.triple for quad in ox.parse(text, ox.RdfFormat.TURTLE))
    return Source(Path(f"/bundle/data/{name or graph}.ttl"), graph, triples, text)


def rules(assembly: Assembly) -> list[tuple[str, str]]:
    return [(finding.rule, finding.focus.removeprefix(BASE)) for finding in assembly.findings]


# ---- Which file goes where ----


def test_each_folder_and_each_authority_has_its_graph(sources: Bundle) -> None:
    graphs = {path.relative_to(sources.root).as_posix(): graph for path, graph in input_files(sources)}
    assert graphs["ontology/smartgraph.ttl"] == "ontology"
    assert graphs["ontology/schemes/theme.ttl"] == "vocabulary"
    assert graphs["ontology/imports/sdg.ttl"] == "vocabulary"
    assert graphs["data/musterstadt.ttl"] == "musterstadt"
    assert graphs["data/joint.ttl"] == "joint"
    assert graphs["data/reference/authorities.ttl"] == graphs["data/reference/sources.ttl"] == "reference"
    assert graphs["shapes/dates.ttl"] == "shapes"


@pytest.mark.parametrize(
    "name",
    ["Mülheim.ttl", "Essen.ttl", "essen stadt.ttl", "derived.ttl", "catalog.ttl", "shapes.ttl", "a_b.ttl"],
)
def test_a_file_that_is_not_named_after_an_authority_is_refused(sources: Bundle, name: str) -> None:
    path = sources.data / name
    path.write_text("", "utf-8")
    with pytest.raises(SourceError) as refused:
        list(input_files(sources))
    assert refused.value.path == path
    assert str(refused.value) == (
        f"{path}: found the name '{path.stem}'; wanted: the name of an authority such as "
        "'muelheim-an-der-ruhr'. Use lower-case ASCII letters, digits and hyphens; write ä as ae."
    )


def test_a_folder_below_data_with_a_name_of_ours_is_refused(sources: Bundle) -> None:
    (sources.data / "derived").mkdir()
    (sources.data / "derived" / "x.ttl").write_text("", "utf-8")
    with pytest.raises(SourceError, match="found the name 'derived'"):
        list(input_files(sources))


@pytest.mark.parametrize("folder", ["ontology", "data", "shapes"])
@pytest.mark.parametrize("state", ["missing", "empty"])
def test_a_folder_without_files_is_refused(tmp_path: Path, folder: str, state: str) -> None:
    for name in ("ontology", "data", "shapes"):
        if name != folder or state == "empty":
            (tmp_path / name).mkdir()
        if name != folder:
            (tmp_path / name / "essen.ttl").write_text("", "utf-8")
    with pytest.raises(SourceError) as refused:
        list(input_files(Bundle(tmp_path)))
    assert str(refused.value) == (
        f"{tmp_path / folder}: found no .ttl file; wanted: at least one. Is this the right folder? "
        "Point to one that has ontology/, data/ and shapes/."
    )


def test_a_file_given_besides_is_a_graph_of_its_own_and_one_that_is_a_source_changes_nothing(
    sources: Bundle, tmp_path: Path
) -> None:
    # Named like a graph of ours: it must neither join that graph nor be mistaken for what is derived.
    beside = [tmp_path / "musterstadt.ttl", tmp_path / "derived.ttl"]
    for path in beside:
        path.write_text("<urn:a> <urn:b> <urn:c> .", "utf-8")
    plain = [item.path for item in read_sources(sources)]
    assert [item.path for item in read_sources(sources, (sources.data / "musterstadt.ttl",))] == plain
    more = read_sources(sources, tuple(beside))
    assert [item.path for item in more] == [*plain, *beside]
    known = {item.graph for item in more[: len(plain)]} | {"derived"}
    assert len({item.graph for item in more[len(plain) :]} - known) == 2


# ---- Moving to the base ----


def test_every_own_identifier_moves_and_those_of_others_stay() -> None:
    moved = assemble((source("essen", "strategy:x smg:theme theme:mobility ; foaf:page <urn:p> ."),), BASE)
    assert moved.graphs == {
        "essen": frozenset(
            ox.Triple(ox.NamedNode(f"{BASE}id/strategy/x"), ox.NamedNode(predicate), ox.NamedNode(value))
            for predicate, value in (
                (f"{BASE}ns#theme", f"{BASE}concept/theme/mobility"),
                ("http://xmlns.com/foaf/0.1/page", "urn:p"),
            )
        )
    }
    assert set(moved.homes) == {f"{BASE}id/strategy/x"}


def test_a_namespace_that_is_written_as_text_moves_too_and_other_texts_stay() -> None:
    turtle = f"""[] sh:namespace "{PLACEHOLDER}ns#"^^xsd:anyURI .
                 <urn:x> vann:preferredNamespaceUri "{PLACEHOLDER}ns#" ; skos:note "{PLACEHOLDER}ns#"@en ."""
    graph = assemble((source("shapes", turtle),), BASE).graphs["shapes"]
    assert {t.predicate.value: getattr(t.object, "value", "") for t in graph} == {
        f"{SH}namespace": f"{BASE}ns#",
        f"{VANN}preferredNamespaceUri": f"{BASE}ns#",
        f"{SKOS}note": f"{PLACEHOLDER}ns#",
    }


def test_files_of_one_graph_join_and_a_triple_in_both_is_there_once() -> None:
    one = source("reference", "area:x a smg:AdministrativeArea .", "areas")
    two = source("reference", "area:x a smg:AdministrativeArea ; smg:ags '05' .", "more")
    assembly = assemble((one, two), BASE)
    assert len(assembly.graphs["reference"]) == 2
    assert not assembly.findings
    assert assembly.homes[f"{BASE}id/area/x"] == one


# ---- What no shape can see ----


def test_a_thing_in_two_graphs_is_found_in_each_of_its_files() -> None:
    one = source("essen", "strategy:x a smg:Strategy .")
    two = source("joint", "strategy:x smg:theme theme:mobility . strategy:y smg:partOf strategy:x .")
    found = assemble((one, two), BASE).findings
    assert [(f.rule, f.focus, f.file, f.value, f.severity) for f in found] == [
        ("one-home", f"{BASE}id/strategy/x", path, "essen, joint", "violation") for path in (one.path, two.path)
    ]
    assert "Beschreiben Sie es an einer Stelle" in found[0].de
    assert "other files may only link to it" in found[0].en


def test_a_node_that_belongs_to_a_thing_lives_where_the_thing_lives() -> None:
    one = source("essen", "strategy:x a smg:Strategy .")
    two = source("joint", f"<{PLACEHOLDER}id/strategy/x#c1> a smg:Citation .")
    assert rules(assemble((one, two), BASE)) == [("one-home", "id/strategy/x")] * 2


def test_terms_of_one_document_are_things_of_their_own() -> None:
    one = source("ontology", "smg:Strategy a owl:Class .")
    two = source("vocabulary", "smg:Project a owl:Class .")
    assert not assemble((one, two), BASE).findings


def test_a_node_without_a_name_is_found_in_data_and_allowed_in_the_model() -> None:
    turtle = "strategy:x dcterms:temporal [ dcat:startDate '2021'^^xsd:gYear ] ."
    (found,) = assemble((source("essen", turtle),), BASE).findings
    assert (found.rule, found.path) == ("no-blank-node", "http://purl.org/dc/terms/temporal")
    assert found.file == Path("/bundle/data/essen.ttl")
    assert "Give it one, for example <…#period>" in found.en
    assert "Geben Sie ihm einen" in found.de
    assert not assemble((source("shapes", turtle),), BASE).findings


def test_a_nameless_node_that_nothing_points_to_is_found_as_well() -> None:
    ((rule, focus),) = rules(assemble((source("essen", "[] a smg:Strategy ."),), BASE))
    assert (rule, focus[:2]) == ("no-blank-node", "_:")


@pytest.mark.parametrize(
    ("value", "shown", "datatype", "wanted"),
    [
        ('"2021-02-30"^^xsd:date', "2021-02-30", "date", "a day such as 2022-03-29"),
        ('"Maerz 2021"^^xsd:gYearMonth', "Maerz 2021", "gYearMonth", "a month such as 2022-03"),
        ('"5"^^xsd:int', "5", "int", "a datatype out of: xsd:string, xsd:date"),
    ],
)
def test_a_value_that_does_not_fit_its_datatype_is_found(value: str, shown: str, datatype: str, wanted: str) -> None:
    (found,) = assemble((source("essen", f"decision:x smg:date {value} ."),), BASE).findings
    assert (found.rule, found.focus, found.path) == (
        "well-formed-value",
        f"{BASE}id/decision/x",
        f"{BASE}ns#date",
    )
    assert found.en.startswith(f"The value “{shown}” ({datatype}) does not fit its datatype. Wanted: {wanted}")
    assert found.de.startswith(f"Der Wert „{shown}“ ({datatype}) passt nicht zu seinem Datentyp. Erwartet wird")
    assert found.file == Path("/bundle/data/essen.ttl")


# ---- Has anything changed? ----


def test_the_fingerprint_tells_every_change_of_the_input(sources: Bundle) -> None:
    before = fingerprint(sources, BASE)
    assert fingerprint(sources, BASE) == before
    assert fingerprint(sources, "https://other.example/") != before
    path = sources.data / "musterstadt.ttl"
    text = path.read_text("utf-8")
    path.write_text(text + "#\n", "utf-8")
    assert fingerprint(sources, BASE) != before
    path.write_text(text, "utf-8")
    assert fingerprint(sources, BASE) == before
    path.rename(path.with_name("essen.ttl"))
    assert fingerprint(sources, BASE) != before


def test_the_fingerprint_does_not_depend_on_where_the_input_lies(sources: Bundle, tmp_path: Path) -> None:
    assert fingerprint(editable_bundle(tmp_path / "elsewhere"), BASE) == fingerprint(sources, BASE)
