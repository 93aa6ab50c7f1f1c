"""The reference page of SPARQL: each example in it is asked, and has the answer that stands below it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from smartgraph.formats import RESULT_FORMATS, of_kind
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from flask.testing import FlaskClient

PAGE: Final = (Path(__file__).parents[2] / "docs" / "reference" / "sparql.md").read_text("utf-8")
EXAMPLES: Final = re.findall(r"```sparql\n(.*?)```\n```(\w+)\n(.*?)```", PAGE, re.DOTALL)
_ACCEPTS: Final = {"csv": "text/csv", "http": "text/csv", "ntriples": "application/n-triples"}


@pytest.mark.parametrize(("query", "kind", "answer"), EXAMPLES)
def test_an_example_has_the_answer_that_stands_below_it(
    client: FlaskClient, query: str, kind: str, answer: str
) -> None:
    response = client.get("/sparql", query_string={"query": query}, headers={"Accept": _ACCEPTS[kind]})
    if kind == "http":
        assert f"{response.status_code} {response.get_json(force=True)['error']}\n" == answer
    else:
        assert response.status_code == 200
        assert response.text.replace("\r\n", "\n").rstrip("\n") == answer.rstrip("\n")


def test_every_section_has_an_example_with_an_answer() -> None:
    assert PAGE.count("```sparql") == len(EXAMPLES)
    sections = re.split(r"^### ", PAGE, flags=re.MULTILINE)[1:]
    assert not [section.partition("\n")[0] for section in sections if "```sparql" not in section]


def test_the_formats_and_limits_it_names_are_those_there_are() -> None:
    for form in (*RESULT_FORMATS, *of_kind("graph")):
        assert f"`{form.name}`" in PAGE
    settings = Settings()
    for limit in (
        f"{settings.query_timeout_s:g} s, {settings.query_memory_mb} MiB",
        f"{settings.max_query_bytes:,} bytes",
    ):
        assert limit in PAGE
