"""The command line: what it prints, where it prints it, and how it ends."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyoxigraph as ox
import pytest
from bundles_for_tests import PROLOGUE, contents, editable_bundle
from rdflib import Dataset, Graph
from rdflib.compare import isomorphic

from smartgraph import __version__, cli
from smartgraph.build.explain import Report
from smartgraph.build.publish import Checked, publish
from smartgraph.bundle import Bundle
from smartgraph.jsonld import Compactor
from smartgraph.language import translation
from smartgraph.release import CONTEXT, Release, Releases
from smartgraph.vocab import PLACEHOLDER, XSD

SRC = Path(__file__).parent.parent / "src"
SPOILT = PROLOGUE + 'strategy:spoilt a smg:Strategy ; smg:statusAsOf "2021-02-30"^^xsd:date .\n'


class Ended(NamedTuple):
    """How a command ended: its status, its answer and what it said besides."""

    status: int
    out: bytes
    err: str

    @property
    def text(self) -> str:
        return self.out.decode()


Run = Callable[..., Ended]


@pytest.fixture
def run(capfdbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command in this process, in English, far from any checkout's state."""
    monkeypatch.setattr(cli, "_LANGUAGE", "en")
    monkeypatch.setattr(cli, "_", translation("en").gettext)
    for name in [name for name in os.environ if name.startswith("SMARTGRAPH_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SMARTGRAPH_STATE_DIR", str(tmp_path / "state"))

    def command(*arguments: str | Path) -> Ended:
        capfdbinary.readouterr()
        try:
            status = cli.main([str(argument) for argument in arguments])
        except SystemExit as end:  # argparse ends the process itself
            status = int(end.code or 0)
        captured = capfdbinary.readouterr()
        return Ended(status, captured.out, captured.err.decode())

    return command


@pytest.fixture
def state(tmp_path: Path, fixture_release: Release) -> Path:
    """A state folder of this test's own, with a release of the artificial data."""
    shutil.copytree(fixture_release.folder.parent.parent, tmp_path / "state")
    return tmp_path / "state"


@pytest.fixture
def second(state: Path) -> Release:
    """A second release of a single fact, published last."""
    graph = frozenset(q.triple for q in ox.parse(PROLOGUE + "strategy:x a smg:Strategy .", ox.RdfFormat.TURTLE))
    return publish(Checked(PLACEHOLDER, {"essen": graph}, Report(PLACEHOLDER)), Bundle(state), Releases(state))


@pytest.fixture
def sources(tmp_path: Path) -> Bundle:
    return editable_bundle(tmp_path / "bundle")


def in_german(*arguments: str | Path, **environment: str) -> Ended:
    """Runs a command in a process of its own, on a German terminal."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "SMARTGRAPH_"))}
    done = subprocess.run(
        [sys.executable, "-m", "smartgraph", *map(str, arguments)],
        env={**kept, "LANG": "de_DE.UTF-8", "PYTHONPATH": str(SRC), **environment},
        capture_output=True,
        check=False,
    )
    return Ended(done.returncode, done.stdout, done.stderr.decode())


# ---- build ----


def test_build_prints_the_id_and_tells_its_stages_besides(run: Run, sources: Bundle, tmp_path: Path) -> None:
    built = run("build", "--source", sources.root)
    assert built.status == 0
    releases = Releases(tmp_path / "state")
    assert built.text.strip() == releases.current_id()
    assert releases.newest()[0].manifest.base == "http://127.0.0.1:8000/"
    said = built.err.splitlines()
    assert said[0] == (
        "The base of all identifiers is now http://127.0.0.1:8000/. Set SMARTGRAPH_BASE_IRI before you publish."
    )
    assert said[1:5] == ["Reading the sources …", "Deriving …", "Validating …", "Publishing …"]
    assert said[5].endswith("warnings and hints; 'smartgraph validate' shows them.")


def test_the_base_of_the_first_build_stays_and_is_announced_once(run: Run, sources: Bundle, tmp_path: Path) -> None:
    run("build", "--source", sources.root, "--port", "9000")
    again = run("build", "--source", sources.root)
    assert "is now" not in again.err
    assert Releases(tmp_path / "state").frozen_base() == "http://127.0.0.1:9000/"
    moved = run("build", "--source", sources.root, "--base-iri", PLACEHOLDER)
    assert moved.status == 0
    assert moved.text != again.text


def test_build_refuses_wrong_data_with_a_report_and_keeps_the_release_before(
    run: Run, sources: Bundle, state: Path
) -> None:
    current = Releases(state).current_id()
    (sources.data / "spoilt.ttl").write_text(SPOILT, "utf-8")
    refused = run("build", "--source", sources.root, "--base-iri", PLACEHOLDER)
    assert refused.status == 1
    assert refused.out == b""
    line = SPOILT.count("\n")
    assert f"data/spoilt.ttl:{line}: strategy strategy:spoilt\n  error, line {line}: " in refused.err
    assert "The value “2021-02-30” (date) does not fit its datatype." in refused.err
    assert "  warning" not in refused.err
    assert "Traceback" not in refused.err
    assert refused.err.splitlines()[-1].startswith("smartgraph: The data do not conform (")
    assert refused.err.rstrip().endswith("Nothing was published.")
    releases = Releases(state)
    assert releases.current_id() == current
    refusal = releases.refusal()
    assert refusal is not None
    assert "Die Daten" in refusal.de
    assert "The data do not conform" in refusal.en
    assert str(sources.root) not in refusal.de + refusal.en
    for text in (refusal.de, refusal.en):
        assert f" data/spoilt.ttl:{line}: " in text
    (sources.data / "spoilt.ttl").unlink()
    assert run("build", "--source", sources.root, "--base-iri", PLACEHOLDER).status == 0
    assert releases.refusal() is None


def test_build_refuses_a_file_that_it_cannot_read(run: Run, sources: Bundle, state: Path) -> None:
    (sources.data / "spoilt.ttl").write_bytes(b"\n<urn:a> <urn:b>")
    refused = run("build", "--source", sources.root)
    assert refused.status == 1
    assert f"smartgraph: {sources.data / 'spoilt.ttl'}:2:" in refused.err
    refusal = Releases(state).refusal()
    assert refusal is not None
    assert refusal.en.startswith("data/spoilt.ttl:2:")


def test_build_fails_where_the_state_cannot_be_written(run: Run, sources: Bundle, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", "utf-8")
    failed = run("build", "--source", sources.root, "--state-dir", tmp_path / "file" / "state")
    assert failed.status == 3
    assert failed.err.startswith(f"smartgraph: {tmp_path / 'file' / 'state'}: cannot write there")


def test_build_fails_without_sources(run: Run, tmp_path: Path) -> None:
    failed = run("build", "--source", tmp_path)
    assert failed.status == 2
    assert failed.err.startswith(f"smartgraph: No folder 'ontology' in {tmp_path}.")


@pytest.mark.parametrize("command", [("query", "mottoes"), ("export",)])
def test_a_damaged_release_is_told_with_its_file_by_whoever_would_read_it(
    run: Run, sources: Bundle, tmp_path: Path, command: tuple[str, ...]
) -> None:
    where = ("--source", sources.root, "--state-dir", tmp_path)
    assert run("build", *where).status == 0
    (core,) = tmp_path.glob("releases/*/smartgraph.nq")
    core.write_bytes(core.read_bytes().replace(b"Musterstadt", b"Musterburg", 1))
    refused = run(*command, *where)
    assert refused.status == 3
    assert not refused.out
    assert "the release is damaged: found smartgraph.nq with other content" in refused.err
    assert "there is no release to open" in refused.err


# ---- validate ----


def test_validate_says_that_good_data_conform_in_the_wanted_language(run: Run, sources: Bundle) -> None:
    path = sources.data / "beispielhausen.ttl"
    german = run("validate", "--source", sources.root, "--lang", "de", path)
    assert (german.status, german.text.splitlines()[-1][:9]) == (0, "0 Fehler,")
    english = run("validate", "--source", sources.root, "--lang", "en", path)
    assert (english.status, english.text.splitlines()[-1][:9]) == (0, "0 errors,")
    assert english.err.splitlines() == ["Reading the sources …", "Deriving …", "Validating …"]


def test_validate_tells_what_is_wrong_and_ends_with_one(run: Run, sources: Bundle, tmp_path: Path) -> None:
    (sources.data / "spoilt.ttl").write_text(SPOILT, "utf-8")
    english = run("validate", "--source", sources.root)
    assert english.status == 1
    assert "data/spoilt.ttl:" in english.text
    assert "strategy strategy:spoilt\n  error, line" in english.text
    assert "\n  warning, line" in english.text
    german = run("validate", "--source", sources.root, "--lang", "de")
    assert german.status == 1
    assert "Strategie strategy:spoilt\n  Fehler, Zeile" in german.text
    assert "Erwartet wird ein Tag wie 2022-03-29." in german.text
    assert not (tmp_path / "state").exists()


def test_validate_reports_on_the_named_files_only(run: Run, sources: Bundle) -> None:
    (sources.data / "spoilt.ttl").write_text(SPOILT, "utf-8")
    other = run("validate", "--source", sources.root, sources.data / "beispielhausen.ttl")
    assert other.status == 0
    assert "spoilt" not in other.text
    spoilt = run("validate", "--source", sources.root, sources.data / "spoilt.ttl")
    assert spoilt.status == 1
    assert "beispielhausen.ttl" not in spoilt.text


def test_validate_judges_a_file_from_elsewhere_together_with_the_sources(
    run: Run, sources: Bundle, tmp_path: Path
) -> None:
    path = tmp_path / "new.ttl"
    path.write_text(PROLOGUE + "project:x a smg:Project ; smg:responsibleBody authority:nirgendwo .", "utf-8")
    judged = run("validate", "--source", sources.root, path)
    assert judged.status == 1
    assert "new.ttl:" in judged.text
    assert "found: authority:nirgendwo" in judged.text
    assert str(tmp_path) not in judged.text


def test_validate_judges_a_document_of_ours_in_json_as_it_does_the_same_in_turtle(
    run: Run, sources: Bundle, tmp_path: Path
) -> None:
    base = "https://data.example.org/"
    path, document = tmp_path / "new.ttl", tmp_path / "new.jsonld"
    path.write_text(SPOILT, "utf-8")
    context = (sources.ontology / CONTEXT).read_text("utf-8").replace(PLACEHOLDER, base)
    lines = ox.serialize(ox.parse(path.read_bytes(), ox.RdfFormat.TURTLE), format=ox.RdfFormat.N_TRIPLES) or b""
    compact = Compactor(f"{base}{CONTEXT}", json.loads(context)).compact(
        lines.replace(PLACEHOLDER.encode(), base.encode())
    )
    document.write_bytes(compact)
    assert b'"Strategy"' in compact
    told = []
    for file in (path, document):
        ended = run("validate", "--source", sources.root, "--base-iri", base, "--format", "json", file)
        assert ended.status == 1
        told.append({(f["rule"], f["focus"], f["severity"]) for f in json.loads(ended.out)["findings"]})
    assert told[0] == told[1] != set()


def test_validate_names_a_file_that_is_not_there(run: Run, sources: Bundle, tmp_path: Path) -> None:
    missing = run("validate", "--source", sources.root, tmp_path / "nowhere.ttl")
    assert missing.status == 2
    assert missing.err == f"smartgraph: There is no file '{tmp_path / 'nowhere.ttl'}'.\n"


@pytest.mark.parametrize("form", ["text", "html", "json", "ttl"])
def test_validate_writes_every_form_to_the_output_and_ends_alike(run: Run, sources: Bundle, form: str) -> None:
    path = sources.data / "spoilt.ttl"
    path.write_text(SPOILT, "utf-8")
    ended = run("validate", "--source", sources.root, "--format", form, "--lang", "de", path)
    assert ended.status == 1
    assert {"text": "Fehler, Zeile", "html": '<html lang="de">', "json": '"conforms": false', "ttl": "sh:Violation"}[
        form
    ] in ended.text
    assert ended.err.splitlines() == ["Reading the sources …", "Deriving …", "Validating …"]


def test_validate_takes_a_file_once_however_often_and_by_whatever_name_it_is_given(
    run: Run, sources: Bundle, tmp_path: Path
) -> None:
    path, link = tmp_path / "new.ttl", tmp_path / "link.ttl"
    path.write_text(SPOILT, "utf-8")
    link.symlink_to(path)
    once, often = (run("validate", "--source", sources.root, *files) for files in ((path,), (path, path, link)))
    assert once == often
    source = run("validate", "--source", sources.root, sources.data / "beispielhausen.ttl")
    assert source.status == 0
    assert "one-home" not in source.text


_RDF = 'xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#"'
#: name → content and what the message says of it; the status is 1 but for a wrong ending.
_HOSTILE: dict[str, tuple[bytes, str]] = {
    "cut.ttl": (b"<urn:a> <urn:b> <urn:", "correct Turtle"),
    "cut.trig": (b"<urn:g> { <urn:a> <urn:b> 1", "correct TriG"),
    "cut.nt": (b"<urn:a> <urn:b> <urn:c", "correct N-Triples"),
    "cut.nq": (b"<urn:a> <urn:b> <urn:c> <urn:g>", "correct N-Quads"),
    "cut.jsonld": (b'{"@id": "urn:a", "urn:b": ["', "correct JSON-LD"),
    "cut.json": (b'[{"@id"', "correct JSON-LD"),
    "cut.rdf": (f"<r:RDF {_RDF}><r:Descr".encode(), "correct RDF/XML"),
    "cut.xml": (f"<r:RDF {_RDF}>".encode(), "correct RDF/XML"),
    "empty.ttl": (b"", "no statement"),
    "empty.rdf": (b"", "no statement"),
    "empty.json": (b"", "correct JSON-LD"),
    "mark.ttl": (b"\xef\xbb\xbf", "no statement"),
    "mark.xml": (b"\xef\xbb\xbf", "no statement"),
    "binary.ttl": (bytes(range(256)) * 64, "text in UTF-8"),
    "zeros.ttl": (b"\x00" * 4096, "correct Turtle"),
    "zeros.xml": (b"\x00" * 4096, "correct RDF/XML"),
    "zeros.json": (b"\x00" * 4096, "correct JSON-LD"),
    "long.ttl": (b"a" * 5_000_000, "correct Turtle"),
    "long.nt": (b'<urn:a> <urn:b> "' + b"a" * 5_000_000, "correct N-Triples"),
    "long.json": (b'{"@id": "' + b"a" * 5_000_000, "correct JSON-LD"),
    "table.xlsx": (b"PK", "cannot be read. Use one of these: .ttl, .trig, .nt, .nq, .jsonld, .json, .rdf, .xml."),
    "nothing": (b"<urn:a> <urn:b> 1 .", "the ending ''"),
}


@pytest.mark.parametrize("name", _HOSTILE)
def test_no_file_makes_validate_stumble(run: Run, sources: Bundle, tmp_path: Path, name: str) -> None:
    content, said = _HOSTILE[name]
    path = tmp_path / name
    path.write_bytes(content)
    ended = run("validate", "--source", sources.root, path)
    assert (ended.status, ended.out) == (2 if path.suffix in (".xlsx", "") else 1, b"")
    assert said in ended.err
    assert "Traceback" not in ended.err
    assert len(ended.err) < 2000


def test_validate_refuses_a_folder(run: Run, sources: Bundle, tmp_path: Path) -> None:
    assert run("validate", "--source", sources.root, tmp_path).status == 2


def test_one_long_line_is_judged(run: Run, sources: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "long.ttl"
    path.write_text(f'<urn:a> <urn:b> "{"a" * 5_000_000}" . <urn:a> <urn:c> "2021-02-30"^^<{XSD}date> .', "utf-8")
    ended = run("validate", "--source", sources.root, path)
    assert ended.status == 1
    assert "long.ttl:1: urn:a" in ended.text
    assert len(ended.text) < 5000


def test_two_thousand_faults_are_told_in_bounded_time(run: Run, sources: Bundle, tmp_path: Path) -> None:
    path = tmp_path / "many.ttl"
    faults = (
        f'project:fault-{n} a smg:Project ; smg:status status:fault-{n} ; smg:statusAsOf "2021-13"^^xsd:gYearMonth .\n'
        for n in range(500)
    )
    path.write_text(PROLOGUE + "".join(faults), "utf-8")
    started = time.process_time()
    ended = run("validate", "--source", sources.root, "--format", "json", path)
    assert ended.status == 1
    assert json.loads(ended.text)["counts"]["violation"] >= 2000
    assert time.process_time() - started < 30


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("x.nt", '<{p}id/project/x> <{t}> <{p}ns#Project> .\n<{p}id/project/x> <{p}ns#status> "{v}" .\n'),
        ("x.nq", '<{p}id/project/x> <{t}> <{p}ns#Project> <urn:g> .\n'
                 '<{p}id/project/x> <{p}ns#status> "{v}" <urn:g> .\n'),
        ("x.trig", '<urn:g> {{ <{p}id/project/x> a <{p}ns#Project> ;\n<{p}ns#status> "{v}" }}'),
        ("X.JSONLD", '{{"@id": "{p}id/project/x", "@type": "{p}ns#Project",\n"{p}ns#status": "{v}"}}'),
        ("x.rdf", '<r:RDF xmlns:r="{r}" xmlns:s="{p}ns#"><s:Project r:about="{p}id/project/x">\n'
                  "<s:status>{v}</s:status></s:Project></r:RDF>"),
    ],
)  # fmt: skip
def test_validate_judges_every_syntax(run: Run, sources: Bundle, tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    rdf = XSD.replace("2001/XMLSchema#", "1999/02/22-rdf-syntax-ns#")
    path.write_text(content.format(p=PLACEHOLDER, t=f"{rdf}type", r=rdf, v="Idee"), "utf-8")
    judged = run("validate", "--source", sources.root, "--format", "json", path)
    assert judged.status == 1
    found = json.loads(judged.text)["findings"]
    (status,) = [entry for entry in found if entry["field"] and entry["field"]["name"] == "smg:status"]
    assert (status["file"], status["replacement"]) == (name, "status:idea")
    assert status["line"] == (1 if name.lower().endswith("jsonld") else 2)
    assert [entry["severity"] for entry in found if entry["rule"] == "own-graph-names"] == (
        ["info"] if name in ("x.nq", "x.trig") else []
    )


# ---- format ----


def test_format_checks_without_changing_then_repairs(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "essen.ttl"
    path.write_text("<urn:b> <urn:p> 1 . <urn:a> <urn:p> 1 .", "utf-8")
    before = path.read_bytes()
    checked = run("format", "--check", path)
    assert (checked.status, checked.out) == (1, b"")
    assert checked.err == f"{path}: not in canonical form; run 'smartgraph format'.\n"
    assert path.read_bytes() == before
    repaired = run("format", path)
    assert (repaired.status, repaired.text) == (0, f"{path}\n")
    assert run("format", path) == (0, b"", "")
    assert run("format", "--check", path) == (0, b"", "")


def test_format_takes_all_of_data_and_ontology_if_nothing_is_named(run: Run, sources: Bundle) -> None:
    shutil.rmtree(sources.data / "reference")
    for path in sources.data.glob("*.ttl"):
        path.write_text(path.read_text("utf-8") + "\n# untidy\n", "utf-8")
    odd = run("format", "--check", "--source", sources.root)
    assert odd.status == 1
    assert sorted(line.partition(":")[0] for line in odd.err.splitlines()) == sorted(
        str(path) for path in sources.data.glob("*.ttl")
    )


@pytest.mark.parametrize("flags", [("--check",), ()])
def test_format_names_a_file_that_cannot_be_read(run: Run, tmp_path: Path, flags: tuple[str, ...]) -> None:
    latin = tmp_path / "latin.ttl"
    latin.write_bytes("# März".encode("latin-1"))
    assert run("format", *flags, latin).err.startswith(f"smartgraph: {latin}:1: found byte 0xe4")
    missing = run("format", *flags, tmp_path / "nowhere.ttl")
    assert missing.status == 2
    assert missing.err == f"smartgraph: There is no file '{tmp_path / 'nowhere.ttl'}'.\n"


# ---- query ----

COUNT = f"SELECT (COUNT(*) AS ?n) {{ ?s a <{PLACEHOLDER}ns#Strategy> }}"


def test_query_answers_a_text_as_a_table_and_in_formats(run: Run, state: Path) -> None:
    asked = run("query", COUNT)
    assert asked.status == 0
    head, rule, number = asked.text.splitlines()
    assert (head, rule) == ("n", "-")
    assert int(number) > 1
    assert run("query", COUNT, "--format", "csv").text == f"n\r\n{number}\r\n"
    found = json.loads(run("query", COUNT, "--format", "json").out)
    assert found["results"]["bindings"][0]["n"]["value"] == number


def test_query_shortens_our_identifiers_in_a_table(run: Run, state: Path) -> None:
    text = f"SELECT ?s {{ ?s <{PLACEHOLDER}ns#ags> '99000001' }}"
    assert run("query", text).text.splitlines() == ["s", "----------------", "area:musterstadt"]


def test_query_answers_yes_or_no(run: Run, state: Path) -> None:
    assert run("query", "ASK { ?s ?p ?o }").text == "true\n"
    assert run("query", "ASK { ?s <urn:nowhere> ?o }").text == "false\n"


def test_query_gives_a_graph(run: Run, state: Path) -> None:
    text = f"CONSTRUCT WHERE {{ <{PLACEHOLDER}id/area/musterstadt> <{PLACEHOLDER}ns#ags> ?key }}"
    graph = Graph().parse(data=run("query", text, "--format", "nt").out, format="nt")
    assert len(graph) == 1
    assert isomorphic(graph, Graph().parse(data=run("query", text).out, format="turtle"))


def test_query_reads_a_file(run: Run, state: Path, tmp_path: Path) -> None:
    path = tmp_path / "count.rq"
    path.write_text(COUNT, "utf-8")
    assert run("query", path) == run("query", COUNT)


def test_query_asks_a_question_by_its_name(run: Run, state: Path, sources: Bundle) -> None:
    asked = run("query", "mottoes", "--source", sources.root, "--format", "csv")
    assert asked.status == 0
    assert asked.text.splitlines()[0].startswith("motto,")
    assert "Gemeinsam – Einfach – Offen" in asked.text


def test_query_gives_a_question_its_values(run: Run, state: Path) -> None:
    body = f"body={PLACEHOLDER}id/body/rat-musterstadt"
    asked = run("query", "decisions-of-day", "--set", body, "--set", "day=2020-05-31", "--format", "csv")
    assert asked.status == 0
    assert "decision/musterstadt-2020-05-31-strategie" in asked.text
    assert "musterstadt-2020-06-01-bericht" not in asked.text
    wrong = run("query", "decisions-of-day", "--set", "day=soon")
    assert wrong.status == 2
    assert "soon" in wrong.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("SELECT * {",), "line 1, column "),
        (("nobody-asked-this",), "nobody-asked-this"),
        (("nowhere.rq",), "nowhere.rq"),
        ((COUNT, "--format", "docx"), "There is no format 'docx'. Choose one of: "),
        ((COUNT, "--set", "a=b"), "a"),
        ((COUNT, "--set", "nothing"), "'nothing' is not of the form name=value"),
        ((COUNT, "--release", "0123456789abcdef"), "There is no release '0123456789abcdef'. Known: "),
    ],
)
def test_a_wrong_query_ends_with_two_and_says_why(run: Run, state: Path, arguments: tuple[str, ...], said: str) -> None:
    asked = run("query", *arguments)
    assert (asked.status, asked.out) == (2, b"")
    assert said in asked.err


def test_a_query_of_a_release_that_was_named_is_put_to_it(run: Run, state: Path, second: Release) -> None:
    older = Releases(state).ids()[1]
    assert run("query", COUNT).text.splitlines()[-1] == "1"
    assert int(run("query", COUNT, "--release", older).text.splitlines()[-1]) > 1


def test_without_a_release_a_query_fails(run: Run) -> None:
    asked = run("query", COUNT)
    assert asked.status == 3
    assert asked.err.rstrip().endswith("there is no release to open. Run 'smartgraph build' first.")


def test_a_damaged_release_is_told_and_the_one_before_it_answers(run: Run, state: Path, second: Release) -> None:
    (second.folder / "smartgraph.nq").write_bytes(b"")
    asked = run("query", COUNT)
    assert asked.status == 0
    assert int(asked.text.splitlines()[-1]) > 1
    assert f"{second.folder}: the release is damaged" in asked.err


# ---- export ----


@pytest.fixture
def union(fixture_release: Release) -> Graph:
    return Graph().parse(data=(fixture_release.folder / "smartgraph.nt").read_bytes(), format="nt")


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(("name", "syntax"), [("ttl", "turtle"), ("nt", "nt"), ("rdf", "xml"), ("jsonld", "json-ld")])
def test_export_writes_all_facts_for_readers_of_others(
    run: Run, state: Path, union: Graph, name: str, syntax: str
) -> None:
    exported = run("export", "--format", name)
    assert exported.status == 0
    graph = Graph().parse(data=exported.out, format=syntax)
    assert len(graph) == len(union)
    assert isomorphic(graph, union)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib")
@pytest.mark.parametrize(("name", "syntax"), [("trig", "trig"), ("nq", "nquads")])
def test_export_writes_the_named_graphs(
    run: Run, state: Path, fixture_release: Release, name: str, syntax: str
) -> None:
    dataset = Dataset()
    dataset.parse(data=run("export", "--format", name).out.decode(), format=syntax)
    sizes = {str(graph.identifier): len(graph) for graph in dataset.graphs() if len(graph)}
    assert sizes == {f"{PLACEHOLDER}graph/{graph}": n for graph, n in fixture_release.manifest.graphs}


def test_export_writes_turtle_if_nothing_is_wished(run: Run, state: Path, fixture_release: Release) -> None:
    assert run("export").out == (fixture_release.folder / "smartgraph.ttl").read_bytes()


@pytest.mark.parametrize(("name", "syntax"), [("ttl", "turtle"), ("nt", "nt")])
def test_export_writes_one_graph(run: Run, state: Path, fixture_release: Release, name: str, syntax: str) -> None:
    exported = run("export", "--graph", "joint", "--format", name)
    graph = Graph().parse(data=exported.out, format=syntax)
    assert len(graph) == dict(fixture_release.manifest.graphs)["joint"]


def test_export_writes_to_a_file_and_leaves_nothing_beside_it(run: Run, state: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    written = run("export", "--output", folder / "all.ttl")
    assert (written.status, written.out) == (0, b"")
    assert contents(folder) == {"all.ttl": run("export").out}
    failed = run("export", "--output", folder / "missing" / "all.ttl")
    assert failed.status == 3
    assert failed.err.startswith(f"smartgraph: {folder / 'missing' / 'all.ttl'}: cannot be written (No such")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--format", "csv"), "There is no format 'csv'. Choose one of: ttl, jsonld, nt, rdf, trig, nq."),
        (("--format", "html"), "There is no format 'html'."),
        (("--graph", "atlantis"), "There is no graph 'atlantis'. Choose one of: beispielhausen, derived, "),
        (("--release", "0123456789abcdef"), "There is no release '0123456789abcdef'."),
    ],
)
def test_a_wrong_export_ends_with_two_and_says_what_there_is(
    run: Run, state: Path, arguments: tuple[str, ...], said: str
) -> None:
    exported = run("export", *arguments)
    assert (exported.status, exported.out) == (2, b"")
    assert said in exported.err


# ---- releases ----


def test_releases_are_listed_the_newest_first_with_a_mark_at_the_current_one(
    run: Run, state: Path, second: Release
) -> None:
    newest, oldest = Releases(state).ids()
    assert newest == second.id
    for command in (("releases",), ("releases", "list")):
        first, last = run(*command).text.splitlines()
        assert first.startswith(f"* {newest}  ")
        assert first.endswith(f"  1 triples, reference date –, base {PLACEHOLDER}")
        assert last.startswith(f"  {oldest}  20")
        assert "reference date 2026-11-22" in last


def test_the_state_folder_may_be_named_before_an_action_or_after_it(run: Run, tmp_path: Path, second: Release) -> None:
    empty = str(tmp_path / "empty")
    assert run("releases", "list").text
    assert run("releases", "list", "--state-dir", empty).text == ""
    assert run("releases", "--state-dir", empty, "list").text == ""


def test_a_damaged_release_is_listed_as_such(run: Run, state: Path, second: Release) -> None:
    (second.folder / "smartgraph.nq").write_bytes(b"")
    assert run("releases").text.splitlines()[0].endswith("  damaged")


def test_without_releases_the_list_is_empty(run: Run) -> None:
    assert run("releases", "list") == (0, b"", "")


def test_another_release_is_used_from_now_on(run: Run, state: Path, second: Release) -> None:
    older = Releases(state).ids()[1]
    used = run("releases", "use", older)
    assert (used.status, used.text) == (0, f"{older}\n")
    assert Releases(state).current_id() == older
    unknown = run("releases", "use", "0123456789abcdef")
    assert unknown.status == 2
    assert Releases(state).current_id() == older
    (second.folder / "smartgraph.nq").write_bytes(b"")
    assert run("releases", "use", second.id).status == 3
    assert Releases(state).current_id() == older


def test_two_releases_differ_in_their_lines(run: Run, state: Path, second: Release) -> None:
    older = Releases(state).ids()[1]
    old, new = (set(Releases(state).open(name).core.read_text("utf-8").splitlines()) for name in (older, second.id))
    lines = run("releases", "diff", older, second.id).text.splitlines()
    assert {line[2:] for line in lines if line.startswith("- ")} == old - new
    assert {line[2:] for line in lines if line.startswith("+ ")} == new - old
    assert len(lines) == len(old ^ new)
    assert run("releases", "diff", older, older) == (0, b"", "")
    assert run("releases", "diff", older, "0123456789abcdef").status == 2


def test_old_releases_are_removed(run: Run, state: Path, second: Release) -> None:
    newest, oldest = Releases(state).ids()
    assert run("releases", "prune").out == b""
    removed = run("releases", "prune", "--keep", "1")
    assert (removed.status, removed.text) == (0, f"{oldest}\n")
    assert Releases(state).ids() == (newest,)
    assert run("releases", "prune", "--keep", "-1").status == 2
    assert Releases(state).ids() == (newest,)


# ---- Wrong calls, and the language ----


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("nonsense",),
        ("build", "--nonsense"),
        ("build", "--port", "http"),
        ("validate", "--lang", "fr"),
        ("query",),
        ("export", "--format"),
        ("releases", "use"),
        ("releases", "diff", "one"),
        ("releases", "prune", "--keep", "many"),
        ("build", "--base-iri", "data.example.org"),
        ("build", "--port", "70000"),
    ],
)
def test_a_wrong_call_ends_with_two(run: Run, arguments: tuple[str, ...]) -> None:
    ended = run(*arguments)
    assert (ended.status, ended.out) == (2, b"")
    assert ended.err


def test_a_variable_that_is_no_setting_ends_with_two(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTGRAPH_PROT", "8000")
    ended = run("releases")
    assert ended.status == 2
    assert "SMARTGRAPH_PROT is no setting." in ended.err


def test_version_and_help_are_answers(run: Run) -> None:
    assert run("--version") == (0, f"smartgraph {__version__}\n".encode(), "")
    told = run("--help")
    assert told.status == 0
    for command in ("serve", "build", "validate", "format", "query", "export", "releases"):
        assert f"\n    {command}" in told.text


def test_a_german_terminal_is_spoken_to_in_german(state: Path) -> None:
    told = in_german("releases", "use", "0123456789abcdef", SMARTGRAPH_STATE_DIR=str(state))
    assert told.status == 2
    assert told.err.startswith("smartgraph: Es gibt keine Ausgabe „0123456789abcdef“. Bekannt sind: ")


def test_a_build_on_a_german_terminal_is_german_and_lc_all_wins(sources: Bundle, tmp_path: Path) -> None:
    (sources.data / "spoilt.ttl").write_bytes(b"\xe4")
    wanted = ("build", "--source", sources.root, "--state-dir", tmp_path / "state")
    german = in_german(*wanted)
    assert german.status == 1
    assert "Quellen werden gelesen …" in german.err
    assert "Reading" not in german.err
    assert "found byte" not in german.err
    english = in_german(*wanted, LC_ALL="C.UTF-8")
    assert "Reading the sources …" in english.err
    assert "found byte 0xe4; wanted: text in UTF-8." in english.err


def test_help_on_a_german_terminal_is_german() -> None:
    told = in_german("--help")
    assert told.status == 0
    assert "Der offene Wissensgraph" in told.text
    assert "ask the release" not in told.text


@pytest.mark.parametrize("command", ["serve", "build", "validate", "format", "query", "export", "releases"])
def test_the_help_of_a_command_is_german_to_the_last_word(command: str) -> None:
    text = in_german(command, "--help").text
    assert text.startswith(f"Aufruf: smartgraph {command} ")
    assert "--state-dir ORDNER" in text
    assert not re.search(r"usage:|options:|arguments:|show this|FOLDER|\bthe\b", text)


def test_a_reader_that_has_seen_enough_is_no_failure(state: Path) -> None:
    """As in ``smartgraph export | head -1``."""
    done = subprocess.run(
        f"'{sys.executable}' -m smartgraph export --format nq | head -1",
        shell=True,
        env={**os.environ, "PYTHONPATH": str(SRC), "SMARTGRAPH_STATE_DIR": str(state)},
        capture_output=True,
        check=False,
    )
    assert done.stderr == b""
    assert done.stdout.count(b"\n") == 1
