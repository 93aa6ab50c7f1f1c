"""How the tests ask a question, and how answers are written down.

An answer file ``answers/{fixture,real}/<question>.toml`` has one ``[[case]]`` per way of asking:

- ``parameters``: what is asked; without it, the defaults. IRIs are written with the project's prefixes.
- ``rows``: the columns that matter of each row, as text: IRIs with prefix, literals by their value, "" for
  what is not known.
- ``complete = true``: there are no other rows, and these stand in order. On the artificial data always so.
- ``ordered = true``: other rows may stand between these, but these stand in order.
- ``absent``: rows that the answer must not have; a row is absent if no row agrees in all its columns.
- ``facts`` in a row of the real data: what the row was worked out from. Fact identifiers as on the
  citations, or ``source:seed-text`` for the text given to the project.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyoxigraph

from smartgraph.formats import JSON_RESULTS
from smartgraph.read.questions import Question, bind, load_questions
from smartgraph.read.store import Query, Store
from smartgraph.serialize import Term, parse_rows
from smartgraph.vocab import prefixes

ROOT = Path(__file__).parent.parent.parent
ANSWERS = Path(__file__).parent / "answers"
QUESTIONS = {question.name: question for question in load_questions(ROOT / "ontology" / "questions")}

#: A row as text: column → value.
Row = Mapping[str, str]


@dataclass(frozen=True)
class Case:
    """One way of asking, with what was worked out by hand."""

    question: str
    parameters: Mapping[str, str]
    rows: tuple[Row, ...]
    absent: tuple[Row, ...]
    facts: tuple[str, ...]
    rows_without_facts: tuple[Row, ...]
    complete: bool
    ordered: bool


def cases(kind: str) -> list[Case]:
    """All cases of the answer files of one kind: ``fixture`` or ``real``."""
    return [
        _case(path.stem, written, kind)
        for path in sorted((ANSWERS / kind).glob("*.toml"))
        for written in tomllib.loads(path.read_text("utf-8"))["case"]
    ]


def _case(question: str, written: Mapping[str, Any], kind: str) -> Case:
    known = {"parameters", "rows", "absent", "complete", "ordered"}
    assert set(written) <= known, f"{question}: unknown keys {set(written) - known}"
    both = [*written["rows"], *written.get("absent", ())]
    return Case(
        question,
        written.get("parameters", {}),
        tuple(_columns(row) for row in written["rows"]),
        tuple(_columns(row) for row in written.get("absent", ())),
        tuple(fact for row in both for fact in row.get("facts", ())),
        tuple(row for row in both if not row.get("facts")),
        written.get("complete", kind == "fixture"),
        written.get("ordered", False),
    )


def _columns(row: Mapping[str, Any]) -> Row:
    return {name: value for name, value in row.items() if name != "facts"}


def ask(store: Store, question: Question, parameters: Mapping[str, str] | None = None) -> tuple[Row, ...]:
    """The answer as text. Parameters may be written with prefixes."""
    base = store.release.manifest.base
    values = {name: _iri(value, base) for name, value in (parameters or {}).items()}
    text, bindings = bind(question, values, store.release.manifest)
    answer = store.answer(Query(text, JSON_RESULTS, None, bindings=bindings), trusted=True)
    columns = selected(question)
    return tuple(
        {name: shown(row[name], base) if name in row else "" for name in columns} for row in parse_rows(answer.body)
    )


def selected(question: Question) -> tuple[str, ...]:
    """The columns of a question, asked of an empty store."""
    found = pyoxigraph.Store().query(question.text)
    assert isinstance(found, pyoxigraph.QuerySolutions)
    return tuple(variable.value for variable in found.variables)


def _iri(value: str, base: str) -> str:
    prefix, colon, name = value.partition(":")
    names = prefixes(base)
    return names[prefix] + name if colon and prefix in names else value


def shown(term: Term, base: str) -> str:
    """A term as in the answer files."""
    if term.kind != "iri":
        return term.value
    fitting = {name: space for name, space in prefixes(base).items() if term.value.startswith(space)}
    if not fitting:
        return term.value
    name = max(fitting, key=lambda name: len(fitting[name]))
    return f"{name}:{term.value.removeprefix(fitting[name])}"


def narrowed(rows: tuple[Row, ...], wanted: Row) -> tuple[Row, ...]:
    """Each row with only the columns that ``wanted`` has."""
    return tuple({name: row[name] for name in wanted} for row in rows)
