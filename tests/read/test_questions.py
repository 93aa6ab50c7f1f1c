"""Questions are read from files that say everything about themselves; what is not understood is refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smartgraph.bundle import Bundle
from smartgraph.errors import SourceError, UsageError
from smartgraph.read.questions import Parameter, Question, bind, load_questions
from smartgraph.release import Manifest
from smartgraph.serialize import Term

XSD = "http://www.w3.org/2001/XMLSchema#"
BASE = "https://daten.example.org/ruhr/"
MANIFEST = Manifest(BASE, "2026-11-22", 0, ())
HEADER = """\
# title@de: Wer?
# title@en: Who?
# description@de: Alle, die
#   dabei sind.
# description@en: All who take part.
"""
QUERY = """
PREFIX smg: <https://smartgraph.example/ns#>

SELECT ?who (COUNT(?x) AS ?n) ?since
WHERE {
  # A comment for readers of the query.
  ?who smg:involves ?x .
}
GROUP BY ?who ?since
"""
WHO = '# parameter who iri <https://smartgraph.example/id/authority/herne> @de "Wer" @en "who"\n'


def read(folder: Path, text: str, name: str = "who-takes-part") -> Question:
    (folder / f"{name}.rq").write_text(text, "utf-8")
    (question,) = load_questions(folder)
    return question


def test_a_file_gives_its_name_its_wording_its_parameters_and_its_query(tmp_path: Path) -> None:
    question = read(tmp_path, HEADER + WHO + QUERY)
    assert question.name == "who-takes-part"
    assert question.titles == {"de": "Wer?", "en": "Who?"}
    assert question.descriptions == {"de": "Alle, die dabei sind.", "en": "All who take part."}
    herne = "https://smartgraph.example/id/authority/herne"
    assert question.parameters == (Parameter("who", "iri", herne, {"de": "Wer", "en": "who"}),)
    assert question.text == QUERY.lstrip()


def test_questions_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "a", "a-c"):
        (tmp_path / f"{name}.rq").write_text(HEADER + QUERY, "utf-8")
    assert [question.name for question in load_questions(tmp_path)] == ["a", "a-c", "b"]


def test_a_folder_without_questions_has_none(tmp_path: Path) -> None:
    assert load_questions(tmp_path) == ()


def test_the_projects_own_questions_are_readable(bundle: Bundle) -> None:
    assert len(load_questions(bundle.questions)) >= 20


LABELS = '@de "Seit" @en "since"'


@pytest.mark.parametrize(
    ("header", "row", "found"),
    [
        (HEADER.replace("# title@en: Who?\n", ""), 4, "title in these languages: de"),
        (HEADER + "# title@de: Noch einmal\n", 6, "title@de"),
        (HEADER + "# title@fr: Qui?\n", 6, "title in these languages: de, en, fr"),
        (HEADER + "# Just a comment.\n", 6, "Just a comment"),
        (HEADER + "#\n", 6, "found '#'"),
        ("#   Continues nothing.\n" + HEADER, 1, "Continues nothing"),
        (HEADER + f"# parameter since day 2018-05-07 {LABELS}\n", 6, "the type 'day'"),
        (HEADER + f"# parameter since date 2018-02-30 {LABELS}\n", 6, "2018-02-30"),
        (HEADER + f"# parameter since date <https://example.org/> {LABELS}\n", 6, "the default <https"),
        (HEADER + f'# parameter since date "2018-05-07" {LABELS}\n', 6, "the default"),
        (HEADER + f"# parameter since year reference-date {LABELS}\n", 6, "reference-date"),
        (HEADER + f"# parameter since iri herne {LABELS}\n", 6, "the default herne"),
        (HEADER + f"# parameter since concept <https://example.org/theme/x> {LABELS}\n", 6, "the default"),
        (HEADER + f"# parameter since string text {LABELS}\n", 6, "the default text"),
        (HEADER + f"# parameter since year {LABELS}\n", 6, "# parameter since year @de"),
        (HEADER + '# parameter since year 2022 @de "Seit"\n', 6, "the labels"),
        (HEADER + f"# parameter since year 2022 {LABELS} and more\n", 6, "the labels"),
        (HEADER + f"# parameter since year 2022 {LABELS}\n" * 2, 7, "'since' for the second time"),
        (HEADER + f"# parameter x integer 1 {LABELS}\n", 6, "does not select"),
        (HEADER + f"# parameter n integer 1 {LABELS}\n", 6, "does not select"),
    ],
)
def test_a_header_that_is_not_understood_is_refused_with_its_row(
    tmp_path: Path, header: str, row: int, found: str
) -> None:
    with pytest.raises(SourceError) as refused:
        read(tmp_path, header + QUERY)
    assert refused.value.row == row
    assert refused.value.path == tmp_path / "who-takes-part.rq"
    assert found in str(refused.value)


def test_a_name_that_cannot_stand_in_an_address_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="Wer_"):
        read(tmp_path, HEADER + QUERY, "Wer_macht_mit")


def test_a_query_that_selects_nothing_cannot_have_parameters(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="does not select"):
        read(tmp_path, HEADER + WHO + "\nASK { ?who ?p ?o }\n")


def asked(kind: str, default: str) -> Question:
    return Question("q", {}, {}, (Parameter("p", kind, default, {"de": "P", "en": "p"}),), "SELECT ?p WHERE {}")


HERNE = "https://smartgraph.example/id/authority/herne"
MOBILITY = "https://smartgraph.example/concept/theme/mobility"


@pytest.mark.parametrize(
    ("kind", "default", "value", "term"),
    [
        ("iri", HERNE, None, Term("iri", f"{BASE}id/authority/herne")),
        ("iri", HERNE, "id/authority/hamm", Term("iri", f"{BASE}id/authority/hamm")),
        ("iri", HERNE, "id/authority/hamm#c1", Term("iri", f"{BASE}id/authority/hamm#c1")),
        ("iri", HERNE, "http://example.org/x?y=1", Term("iri", "http://example.org/x?y=1")),
        ("concept", MOBILITY, None, Term("iri", f"{BASE}concept/theme/mobility")),
        ("concept", MOBILITY, "energy-environment", Term("iri", f"{BASE}concept/theme/energy-environment")),
        ("concept", MOBILITY, "concept/theme/climate", Term("iri", f"{BASE}concept/theme/climate")),
        ("concept", MOBILITY, "https://example.org/c", Term("iri", "https://example.org/c")),
        ("date", "reference-date", None, Term("literal", "2026-11-22", datatype=f"{XSD}date")),
        ("date", "2018-05-07", "reference-date", Term("literal", "2026-11-22", datatype=f"{XSD}date")),
        ("date", "2018-05-07", "2020-02-29", Term("literal", "2020-02-29", datatype=f"{XSD}date")),
        ("year", "2022", "2023", Term("literal", "2023", datatype=f"{XSD}gYear")),
        ("integer", "2", "-3", Term("literal", "-3", datatype=f"{XSD}integer")),
        ("integer", "2", "007", Term("literal", "7", datatype=f"{XSD}integer")),
        ("string", "a", 'b" } #', Term("literal", 'b" } #')),
    ],
)
def test_a_value_becomes_a_term_of_its_type(kind: str, default: str, value: str | None, term: Term) -> None:
    _, bindings = bind(asked(kind, default), {} if value is None else {"p": value}, MANIFEST)
    assert bindings == {"p": term}


@pytest.mark.parametrize(
    ("kind", "default", "value"),
    [
        ("iri", HERNE, "herne"),
        ("iri", HERNE, "https://example.org/a b"),
        ("iri", HERNE, "https://example.org/> . ?s ?p ?o"),
        ("iri", HERNE, "javascript:alert(1)"),
        ("iri", HERNE, "id/../authority"),
        ("concept", MOBILITY, "Mobilität"),
        ("date", "2018-05-07", "2019-02-29"),
        ("date", "2018-05-07", "7.5.2018"),
        ("date", "2018-05-07", "20180507"),
        ("date", "2018-05-07", "2018-05"),
        ("year", "2022", "22"),
        ("year", "2022", "２０２２"),
        ("integer", "2", "2.0"),
        ("integer", "2", "1" * 30),
        ("string", "a", " "),
        ("string", "a", ""),
    ],
)
def test_a_value_of_another_type_is_refused_and_the_message_says_what_to_do(
    kind: str, default: str, value: str
) -> None:
    with pytest.raises(UsageError) as refused:
        bind(asked(kind, default), {"p": value}, MANIFEST)
    message = str(refused.value)
    assert f"'{value}'" in message
    assert "Wanted: " in message
    assert "use its default" in message


def test_an_unknown_parameter_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError, match=re.escape("no parameter 'q'. It has: p.")):
        bind(asked("year", "2022"), {"q": "1"}, MANIFEST)
    with pytest.raises(UsageError, match="It has: none"):
        bind(Question("q", {}, {}, (), ""), {"q": "1"}, MANIFEST)


def test_the_reference_date_of_a_release_without_sources_has_to_be_given() -> None:
    empty = Manifest(BASE, "", 0, ())
    with pytest.raises(UsageError, match="reference-date"):
        bind(asked("date", "reference-date"), {}, empty)
    assert bind(asked("date", "reference-date"), {"p": "2026-01-01"}, empty)[1]["p"].value == "2026-01-01"


def test_the_query_is_moved_to_the_base_of_the_release_and_holds_no_value(tmp_path: Path) -> None:
    question = read(tmp_path, HEADER + WHO + QUERY)
    text, _ = bind(question, {"who": "https://example.org/somebody"}, MANIFEST)
    assert f"PREFIX smg: <{BASE}ns#>" in text
    assert "smartgraph.example" not in text
    assert "somebody" not in text
