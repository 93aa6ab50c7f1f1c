"""What is undocumented is red, and what is documented is true."""

from __future__ import annotations

import argparse
import re
from dataclasses import fields
from pathlib import Path

import pytest

from smartgraph import cli, formats
from smartgraph.read.store import Query, Store
from smartgraph.release import Release
from smartgraph.settings import Settings
from smartgraph.vocab import PLACEHOLDER

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")


@pytest.mark.parametrize("setting", [item.name for item in fields(Settings)])
def test_each_setting_stands_in_the_readme_with_its_default(setting: str) -> None:
    row = re.search(rf"^\| `SMARTGRAPH_{setting.upper()}` \| (.*?) \|", README, re.MULTILINE)
    assert row, f"SMARTGRAPH_{setting.upper()} is missing in README.md"
    default = next(item.default for item in fields(Settings) if item.name == setting)
    if default != "":
        assert f"`{default:g}`" == row[1] if isinstance(default, float) else f"`{default}`" == row[1]


def test_each_command_stands_in_the_readme_and_no_other() -> None:
    parser = cli.make_parser()
    (commands,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    documented = set(re.findall(r"^\| `smartgraph (\w+)", README, re.MULTILINE))
    assert documented == set(commands.choices)


def test_the_first_query_of_the_readme_has_the_answer_that_stands_there(real_release: Release) -> None:
    text = re.search(r"'query=\n(.*?)'\n```", README, re.DOTALL)
    answer = re.search(r"```csv\n(.*?)```", README, re.DOTALL)
    assert text
    assert answer
    query = text[1].replace("http://127.0.0.1:8000/", PLACEHOLDER)
    found = Store.load(real_release).answer(Query(query, formats.CSV, None)).body.decode()
    assert found.replace("\r\n", "\n") == answer[1]


def test_links_in_the_documents_lead_to_files() -> None:
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", document.read_text("utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"


def test_each_decision_is_listed() -> None:
    listed = (ROOT / "docs" / "decisions" / "README.md").read_text("utf-8")
    for page in (ROOT / "docs" / "decisions").glob("0*.md"):
        assert f"({page.name})" in listed


def test_lock_file_and_documents_name_no_download_address() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    assert "http" not in lock.replace("httptools", "").replace("httpx", "")
    assert "--hash=sha256:" in lock
