"""What every question file has to be, whatever it asks."""

from __future__ import annotations

import re
from random import Random

import pyoxigraph
import pytest
from questions.asking import QUESTIONS, Case, ask, cases, selected
from rdflib.plugins.sparql import prepareQuery

from smartgraph.iris import rebase_text
from smartgraph.read.questions import Question
from smartgraph.read.store import Store
from smartgraph.vocab import PREFIXES

EVERY = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)
BASES = ("https://smartgraph.example/", "http://127.0.0.1:8000/graph/")


@EVERY
@pytest.mark.parametrize("base", BASES)
def test_it_is_sparql_for_two_engines_under_two_bases(question: Question, base: str) -> None:
    text = rebase_text(question.text, base)
    assert selected(question)
    pyoxigraph.Store().query(text)
    prepareQuery(text)


@EVERY
def test_it_brings_exactly_the_prefixes_it_uses_and_calls_them_as_everywhere(question: Question) -> None:
    brought = dict(re.findall(r"PREFIX ([\w-]+): <([^>]+)>", question.text))
    body = question.text.split("SELECT", 1)[1]
    names = re.sub(r'"[^"]*"|<[^>]*>|#[^\n]*', " ", body)
    assert set(brought) == {name for name in PREFIXES if re.search(rf"(?<![\w-]){name}:\w", names)}
    assert brought == {name: PREFIXES[name] for name in brought}


@EVERY
def test_it_keeps_rows_in_one_order(question: Question) -> None:
    assert "ORDER BY" in question.text


@EVERY
def test_it_never_asks_the_clock_or_chance(question: Question) -> None:
    assert not re.search(r"\b(NOW|RAND|UUID|STRUUID|SAMPLE|GROUP_CONCAT)\s*\(", question.text)


@EVERY
def test_it_writes_no_identifier_but_in_prefixes_and_defaults(question: Question) -> None:
    body = question.text.split("SELECT", 1)[1]
    assert "smartgraph.example" not in body


@EVERY
def test_its_labels_come_in_both_languages(question: Question) -> None:
    columns = selected(question)
    german = {name.removesuffix("_de") for name in columns if name.endswith("_de")}
    english = {name.removesuffix("_en") for name in columns if name.endswith("_en")}
    assert german == english


@pytest.mark.parametrize("kind", ["fixture", "real"])
def test_every_identifier_in_an_answer_has_its_labels_beside_it(
    kind: str, fixture_store: Store, real_store: Store
) -> None:
    store = {"fixture": fixture_store, "real": real_store}[kind]
    for case in cases(kind):
        question = QUESTIONS[case.question]
        plain = {parameter.name for parameter in question.parameters} | {"citation", "ours", "other"}
        for row in ask(store, question, case.parameters):
            for name in {name for name in row if not name.endswith(("_de", "_en"))} - plain:
                prefix, colon, _ = row[name].partition(":")
                if colon and prefix in PREFIXES:
                    # The title of a source stands in its own language only.
                    assert row[f"{name}_de"] or (name == "source" and row["source_en"]), row


@pytest.mark.parametrize("case", cases("fixture"))
def test_it_gives_the_same_answer_under_another_base(case: Case, fixture_store: Store, moved_store: Store) -> None:
    question = QUESTIONS[case.question]
    here, there = (ask(store, question, case.parameters) for store in (fixture_store, moved_store))
    # Identifiers of others and of ours sort otherwise under another base, so the order may differ.
    assert sorted(map(str, here)) == sorted(map(str, there))


@pytest.mark.parametrize("case", cases("real"))
def test_its_order_does_not_depend_on_how_the_data_were_loaded(case: Case, real_store: Store) -> None:
    question = QUESTIONS[case.question]
    assert ask(real_store, question, case.parameters) == ask(shuffled(real_store), question, case.parameters)


SHUFFLED: dict[str, Store] = {}


def shuffled(store: Store) -> Store:
    if store.release.id not in SHUFFLED:
        quads = list(pyoxigraph.parse(path=store.release.core, format=pyoxigraph.RdfFormat.N_QUADS))
        Random(7).shuffle(quads)
        engine = pyoxigraph.Store()
        engine.extend(pyoxigraph.Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
        SHUFFLED[store.release.id] = Store(store.release, engine)
    return SHUFFLED[store.release.id]
