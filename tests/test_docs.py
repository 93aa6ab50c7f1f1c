"""What is undocumented is red, and what is documented is true."""

from __future__ import annotations

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from generator import layers
from generator.__main__ import PAGES, generated
from generator.markdown import Words, first_paragraph

from smartgraph import cli, formats
from smartgraph.read.store import Query, Store
from smartgraph.release import Release
from smartgraph.settings import Settings
from smartgraph.vocab import PLACEHOLDER

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
REPAIR = "run 'make docs' and commit what it writes"


# ---- What is generated


@cache
def _generated() -> tuple[dict[str, str], tuple[str, ...]]:
    words = Words()
    return generated(words), tuple(words.gaps)


@pytest.mark.parametrize("place", PAGES)
def test_a_generated_page_is_current(place: str) -> None:
    committed = (ROOT / place).read_text("utf-8") if (ROOT / place).is_file() else ""
    assert committed == _generated()[0][place], f"{place} is out of date: {REPAIR}"


def test_everything_is_documented_in_german_and_english() -> None:
    gaps = _generated()[1]
    assert not gaps, "\n".join(gaps)


def test_nothing_stands_among_the_generated_pages_that_is_not_generated() -> None:
    strangers = {path.relative_to(ROOT).as_posix() for path in (ROOT / "docs" / "reference").iterdir()} - PAGES.keys()
    # Written by hand, because a protocol and a way of writing are more than their tables.
    assert strangers <= {"docs/reference/context.md", "docs/reference/sparql.md"}


def test_what_has_no_text_or_no_german_is_named() -> None:
    words = Words()
    assert words.both(None, "the setting colour") == ("–", "–")
    assert words.both("No such text in any catalogue.", "the flag --colour")[1] == "No such text in any catalogue."
    assert words.gaps == [
        "the setting colour has no text",
        "the flag --colour: no German for msgid 'No such text in any catalogue.' in messages.po",
    ]


def test_a_docstring_becomes_one_line_of_markdown() -> None:
    assert first_paragraph("A :class:`thing` of\n    ``two`` lines.\n\n    And more.") == "A `thing` of `two` lines."
    assert first_paragraph(None) == ""


# ---- The drawings


def test_the_drawing_of_the_layers_leaves_out_what_follows_from_the_rest() -> None:
    graph = {"a": frozenset({"b", "c"}), "b": frozenset({"c"}), "c": frozenset[str]()}
    assert layers.direct(graph, graph) == [("a", "b"), ("b", "c")]
    assert layers.direct(graph, ["a", "c"]) == [("a", "c")]


def test_no_line_of_the_drawing_goes_up_and_no_module_stands_on_another() -> None:
    more = {f"web.{letter * 9}": frozenset({"web.replies"}) for letter in "abcdefghijkl"}
    graph = {**layers.real_imports(), **more}
    at = layers.Drawing(graph).at
    assert at.keys() >= more.keys()
    for name, target in layers.direct(graph, [name for name in at if name.startswith("web")]):
        assert at[name][1] < at[target][1]
    for top in {y for _, y, _ in at.values()}:
        line = sorted((x, x + width) for x, y, width in at.values() if y == top)
        assert all(end < start for (_, end), (start, _) in pairwise(line))
        assert line[0][0] > 0
        assert line[-1][1] < 1200


def test_the_wings_of_the_drawing_have_no_arrow_between_them() -> None:
    pairs = {
        (layers.room_of(name).name, layers.room_of(target).name)
        for name, targets in layers.real_imports().items()
        for target in targets
    }
    assert {("cli", "build"), ("web", "read"), ("read", "floor"), ("build", "floor")} <= pairs
    assert not pairs & {("build", "read"), ("read", "build"), ("build", "web"), ("web", "build")}


def test_every_file_in_the_drawing_of_the_path_is_there(real_release: Release) -> None:
    drawn = re.findall(r"<text[^>]*>\s*([\w./]+)", (ROOT / "docs" / "architecture" / "path.svg").read_text("utf-8"))
    folders = [name for name in drawn if re.fullmatch(r"(data|ontology|shapes)/", name)]
    files = [name for name in drawn if re.fullmatch(r"[\w]+\.\w+|SHA256SUMS|current", name)]
    assert len(folders) == 3
    assert len(files) == 7
    state = real_release.folder.parent.parent
    assert all((ROOT / folder).is_dir() for folder in folders)
    assert [name for name in files if not (real_release.folder / name).exists() and not (state / name).exists()] == []


# ---- The README


@pytest.mark.parametrize(("variable", "shown"), re.findall(r"^\| `SMARTGRAPH_(\w+)` \| (.*?) \|", README, re.MULTILINE))
def test_a_setting_in_the_readme_has_its_default(variable: str, shown: str) -> None:
    default = next(item.default for item in fields(Settings) if item.name == variable.lower())
    assert shown == f"`{default}`" or default == ""


def test_a_command_in_the_readme_exists() -> None:
    (commands,) = (a for a in cli.make_parser()._actions if isinstance(a, argparse._SubParsersAction))
    named = set(re.findall(r"`smartgraph (\w+)", README))
    assert len(named) > 3
    assert named <= set(commands.choices)


def test_the_first_query_of_the_readme_has_the_answer_that_stands_there(real_release: Release) -> None:
    text = re.search(r"'query=\n(.*?)'\n```", README, re.DOTALL)
    answer = re.search(r"```csv\n(.*?)```", README, re.DOTALL)
    assert text
    assert answer
    query = text[1].replace("http://127.0.0.1:8000/", PLACEHOLDER)
    found = Store.load(real_release).answer(Query(query, formats.CSV, None)).body.decode()
    assert found.replace("\r\n", "\n") == answer[1]


# ---- Links, names, lists


def _prose(document: Path) -> str:
    """The text without its code."""
    return re.sub(r"```.*?```", "", document.read_text("utf-8"), flags=re.DOTALL)


@cache
def _anchors(document: Path) -> frozenset[str]:
    """The anchors of a document: those of its headings, as GitHub makes them, and those written down."""
    text = _prose(document)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    slugs = [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings]
    numbered = [f"{slug}-{n}" for slug, count in Counter(slugs).items() for n in range(1, count)]
    return frozenset([*slugs, *numbered, *re.findall(r'<a id="([^"]+)">', text)])


def _links(document: Path) -> Iterator[tuple[Path, str]]:
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", _prose(document)):
        path, _, anchor = target.partition("#")
        yield (document.parent / path).resolve() if path else document, anchor


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_lead_to_files_and_to_places_in_them(document: Path) -> None:
    for file, anchor in _links(document):
        assert file.exists(), f"no {file}"
        assert not anchor or anchor in _anchors(file), f"no #{anchor} in {file}"


@pytest.mark.parametrize("folder", [".", "how-to", "reference"])
def test_each_page_is_listed_in_the_index(folder: str) -> None:
    index = (ROOT / "docs" / "README.md").resolve()
    listed = {file for file, _ in _links(index)} | {index}
    assert {path.resolve() for path in (ROOT / "docs" / folder).glob("*.md")} - listed == set()


def test_each_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({page.name})" in listed


@pytest.mark.parametrize("page", sorted((ROOT / "docs" / "how-to").glob("*.md")), ids=lambda path: path.stem)
def test_a_how_to_speaks_both_languages_and_names_files_that_are_there(page: Path) -> None:
    text = page.read_text("utf-8")
    assert text.index("## Deutsch") < text.index("## English")
    named = re.findall(r"`((?:src|tests|data|ontology|shapes)/[\w./-]*)`", text)
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_module_and_test_of_the_threat_model_is_there() -> None:
    rows = re.findall(
        r"^\|.*\| (.+?) \| `(test_\w+)` \|$", (ROOT / "docs" / "threat-model.md").read_text("utf-8"), re.MULTILINE
    )
    assert len(rows) > 20
    tests = "\n".join(path.read_text("utf-8") for path in (ROOT / "tests").rglob("test_*.py"))
    for module, name in rows:
        path = module.strip("`")
        assert module == "–" or (ROOT / "src" / "smartgraph" / path).is_file() or (ROOT / path).is_file(), f"no {path}"
        assert f"def {name}(" in tests, f"no {name}"


@pytest.mark.parametrize("file", ["requirements.lock", "tests/bench/requirements.lock"])
def test_lock_file_and_documents_name_no_download_address(file: str) -> None:
    lock = (ROOT / file).read_text("utf-8")
    assert "http" not in lock.replace("httptools", "").replace("httpx", "")
    assert "--hash=sha256:" in lock
