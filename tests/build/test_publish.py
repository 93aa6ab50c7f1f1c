"""From sources to a release: the same facts give the same bytes, anywhere and always."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE, contents, editable_bundle
from rdflib import Graph
from rdflib.compare import isomorphic

from smartgraph.build.explain import Finding, Report
from smartgraph.build.publish import (
    Checked,
    build,
    canonical_nquads,
    check,
    choose_base,
    is_up_to_date,
    publish,
)
from smartgraph.bundle import Bundle
from smartgraph.errors import NotConforming, StateError
from smartgraph.release import Manifest, Release, Releases
from smartgraph.vocab import PLACEHOLDER

SRC = Path(__file__).parents[2] / "src"
LOOPBACK = "http://127.0.0.1:8000/"


def graph(turtle: str) -> frozenset[ox.Triple]:
    return frozenset(quad.triple for quad in ox.parse(PROLOGUE + turtle, ox.RdfFormat.TURTLE))


def published(state: Path, *, base: str = PLACEHOLDER, **graphs: str) -> Release:
    """A release of a few triples, which nobody has to validate."""
    checked = Checked(base, {name: graph(turtle) for name, turtle in graphs.items()}, Report(base))
    return publish(checked, Bundle(state), Releases(state))


# ---- The same bytes ----


def test_two_builds_of_one_input_in_two_processes_give_the_same_bytes(
    tmp_path: Path, fixture_bundle: Bundle, fixture_release: Release
) -> None:
    """Nothing in a release depends on the order of sets, on the folder or on the clock."""
    code = (
        "import sys; from pathlib import Path; from smartgraph.bundle import Bundle;"
        "from smartgraph.build.publish import build; from smartgraph.release import Releases;"
        f"print(build(Bundle(Path(sys.argv[1])), Releases(Path(sys.argv[2])), {PLACEHOLDER!r})[0].folder)"
    )
    running = []
    for seed in ("1", "2"):
        elsewhere = editable_bundle(tmp_path / f"bundle-{seed}")
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SRC)}
        command = [sys.executable, "-c", code, str(elsewhere.root), str(tmp_path / f"state-{seed}")]
        running.append(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True))
    folders = [Path(process.communicate()[0].strip()) for process in running]
    assert [process.returncode for process in running] == [0, 0]
    assert contents(folders[0]) == contents(folders[1]) == contents(fixture_release.folder)
    assert folders[0].name == folders[1].name == fixture_release.id


def test_nodes_without_a_name_get_the_same_names_whatever_they_were_called() -> None:
    one = graph("<urn:a> <urn:p> _:x , _:y . _:x <urn:p> 1 . _:y <urn:p> 2 .")
    two = graph("<urn:a> <urn:p> _:y , _:q . _:q <urn:p> 1 . _:y <urn:p> 2 .")
    assert canonical_nquads({"shapes": one}, PLACEHOLDER) == canonical_nquads({"shapes": two}, PLACEHOLDER)
    assert b"_:" not in canonical_nquads({"shapes": one}, PLACEHOLDER)


def test_the_lines_of_the_core_are_sorted_and_each_names_its_graph(fixture_release: Release) -> None:
    lines = fixture_release.core.read_bytes().splitlines(keepends=True)
    assert lines == sorted(lines)
    assert len(lines) == len(set(lines)) == sum(size for _, size in fixture_release.manifest.graphs)
    assert all(f"<{PLACEHOLDER}graph/".encode() in line and line.endswith(b"> .\n") for line in lines)


def test_the_id_is_the_hash_of_the_core(fixture_release: Release) -> None:
    digest = hashlib.sha256(fixture_release.core.read_bytes()).hexdigest()
    assert fixture_release.id == digest[:16] == fixture_release.folder.name


def test_another_base_is_another_release_with_the_same_facts(tmp_path: Path) -> None:
    here = published(tmp_path / "a", essen="strategy:x a smg:Strategy .")
    moved = published(tmp_path / "b", base=LOOPBACK, essen="strategy:x a smg:Strategy .")
    assert here.id != moved.id
    assert (here.manifest.triples, moved.manifest.base) == (1, LOOPBACK)


def test_another_fact_is_another_release(tmp_path: Path) -> None:
    one = published(tmp_path, essen="strategy:x a smg:Strategy .")
    assert published(tmp_path, essen="strategy:y a smg:Strategy .").id != one.id
    assert published(tmp_path, essen="strategy:x a smg:Strategy .").id == one.id


# ---- What a release says of itself ----


def test_a_triple_in_two_graphs_is_counted_once(tmp_path: Path) -> None:
    shared = "area:x a smg:AdministrativeArea . "
    release = published(
        tmp_path, essen=f"{shared} strategy:x a smg:Strategy .", reference=f"{shared} area:y smg:ags '1' ."
    )
    assert release.manifest == Manifest(PLACEHOLDER, "", 3, (("essen", 2), ("reference", 2)))
    assert len((release.folder / "smartgraph.nt").read_text("utf-8").splitlines()) == 3
    assert len(release.core.read_text("utf-8").splitlines()) == 4


def test_the_reference_date_is_the_newest_day_of_retrieval(tmp_path: Path) -> None:
    release = published(
        tmp_path,
        reference="""source:a smg:retrieved "2026-11-22"^^xsd:date .
                     source:b smg:retrieved "2025-12-31"^^xsd:date .""",
        essen='strategy:x smg:date "2027-01-01"^^xsd:date .',
    )
    assert release.manifest.reference_date == "2026-11-22"


def test_the_report_is_published_without_the_machines_paths(fixture_release: Release, fixture_bundle: Bundle) -> None:
    report = fixture_release.report()
    assert report["conforms"] is True
    assert report["findings"]
    assert all(entry["severity"] != "violation" for entry in report["findings"])
    raw = (fixture_release.folder / "report.json").read_text("utf-8")
    assert str(fixture_bundle.root) not in raw
    assert '"file": "data/' in raw


def test_what_does_not_conform_is_not_published(tmp_path: Path) -> None:
    report = Report(PLACEHOLDER, (Finding(rule="r", focus="f", de="d", en="e"),))
    with pytest.raises(NotConforming) as refused:
        publish(Checked(PLACEHOLDER, {}, report), Bundle(tmp_path), Releases(tmp_path / "state"))
    assert refused.value.report is report
    assert not (tmp_path / "state").exists()


# ---- The dumps ----


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(("name", "syntax"), [("ttl", "turtle"), ("rdf", "xml"), ("jsonld", "json-ld")])
def test_the_dumps_hold_the_same_facts_for_a_reader_of_others(name: str, syntax: str, fixture_release: Release) -> None:
    union = _parsed(fixture_release, "nt", "nt")
    other = _parsed(fixture_release, name, syntax)
    assert len(union) == fixture_release.manifest.triples == len(other)
    assert isomorphic(union, other)


def _parsed(release: Release, name: str, syntax: str) -> Graph:
    return Graph().parse(data=(release.folder / f"smartgraph.{name}").read_bytes(), format=syntax)


def test_the_dump_of_named_graphs_holds_each_graph_in_full(fixture_release: Release) -> None:
    quads = ox.parse(path=fixture_release.folder / "smartgraph.trig")
    sizes = Counter(quad.graph_name.value.removeprefix(f"{PLACEHOLDER}graph/") for quad in quads)
    assert sizes == dict(fixture_release.manifest.graphs)


@pytest.mark.parametrize("name", ["ttl", "trig", "nt"])
def test_a_dump_under_a_loopback_base_says_so(tmp_path: Path, name: str) -> None:
    told = b"# Identifiers under http://127.0.0.1:8000/ resolve on one machine only.\n"
    local = published(tmp_path / "a", base=LOOPBACK, essen="strategy:x a smg:Strategy .")
    assert (local.folder / f"smartgraph.{name}").read_bytes().startswith(told)
    public = published(tmp_path / "b", essen="strategy:x a smg:Strategy .")
    assert b"one machine only" not in (public.folder / f"smartgraph.{name}").read_bytes()


def test_the_dump_of_lines_is_sorted(fixture_release: Release) -> None:
    """So that a difference between two dumps shows what changed."""
    lines = (fixture_release.folder / "smartgraph.nt").read_text("utf-8").splitlines()
    facts = [line.removesuffix(" .") for line in lines]
    assert facts == sorted(facts)


def test_the_turtle_dump_uses_our_prefixes(fixture_release: Release) -> None:
    text = (fixture_release.folder / "smartgraph.ttl").read_text("utf-8")
    assert f"@prefix strategy: <{PLACEHOLDER}id/strategy/> ." in text
    assert "\nstrategy:musterstadt-digital " in text


# ---- Which base, and is a build needed ----


def test_the_base_is_the_configured_one_else_the_frozen_one_else_this_machine(tmp_path: Path) -> None:
    releases = Releases(tmp_path)
    assert choose_base("", releases, 9000) == "http://127.0.0.1:9000/"
    assert choose_base("", releases, 0) == LOOPBACK
    releases.freeze_base("https://frozen.example/")
    assert choose_base("", releases, 9000) == "https://frozen.example/"
    assert choose_base("https://wanted.example/", releases, 9000) == "https://wanted.example/"


def test_a_build_freezes_the_first_base_and_is_not_needed_again_until_something_changes(
    tmp_path: Path,
) -> None:
    bundle, releases = editable_bundle(tmp_path / "bundle"), Releases(tmp_path / "state")
    assert not is_up_to_date(bundle, LOOPBACK, releases)
    stages: list[str] = []
    release, report = build(bundle, releases, LOOPBACK, stages.append)
    assert stages == ["read", "derive", "validate", "publish"]
    assert report.conforms
    assert releases.frozen_base() == LOOPBACK
    assert releases.current_id() == release.id
    assert is_up_to_date(bundle, LOOPBACK, releases)
    assert not is_up_to_date(bundle, PLACEHOLDER, releases)
    # A comment is a change of the input, not of the facts.
    path = bundle.data / "musterstadt.ttl"
    path.write_text(path.read_text("utf-8") + "# a comment\n", "utf-8")
    assert not is_up_to_date(bundle, LOOPBACK, releases)
    again, _ = build(bundle, releases, LOOPBACK)
    assert again.id == release.id
    assert len(releases.history()) == 1
    assert is_up_to_date(bundle, LOOPBACK, releases)
    # Which release is current is the operator's choice: going back must not be undone by the next start.
    other = published(releases.state, essen="strategy:x a smg:Strategy .")
    assert releases.current_id() == other.id
    assert is_up_to_date(bundle, LOOPBACK, releases)


def test_an_edit_made_during_a_build_makes_the_next_start_build_again(tmp_path: Path) -> None:
    bundle, releases = editable_bundle(tmp_path / "bundle"), Releases(tmp_path / "state")
    path = bundle.data / "musterstadt.ttl"

    def edit(stage: str) -> None:
        if stage == "publish":
            path.write_text(path.read_text("utf-8") + "# an edit\n", "utf-8")

    build(bundle, releases, LOOPBACK, edit)
    assert not is_up_to_date(bundle, LOOPBACK, releases)


def test_a_later_base_does_not_replace_the_frozen_one(tmp_path: Path, fixture_bundle: Bundle) -> None:
    releases = Releases(tmp_path)
    releases.freeze_base(LOOPBACK)
    build(fixture_bundle, releases, PLACEHOLDER)
    assert releases.frozen_base() == LOOPBACK


def test_a_state_folder_that_cannot_be_written_is_told_before_the_work_begins(
    tmp_path: Path, fixture_bundle: Bundle
) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    stages: list[str] = []
    with pytest.raises(StateError, match="cannot write there"):
        build(fixture_bundle, Releases(tmp_path / "file" / "state"), PLACEHOLDER, stages.append)
    assert not stages


def test_checking_alone_writes_nothing(tmp_path: Path) -> None:
    bundle = editable_bundle(tmp_path / "bundle")
    before = contents(tmp_path)
    assert check(bundle, PLACEHOLDER).report.conforms
    assert contents(tmp_path) == before
