"""Our own named questions: one ``.rq`` file each, readable by people, by machines and by any SPARQL engine.

A file is a SPARQL SELECT query with all its PREFIX lines under the placeholder base. It begins with a
header of comment lines, each a field:

.. code-block:: sparql

    # title@de: Was hat ein Gremium an einem Tag beschlossen?
    # title@en: What did a body decide on a day?
    # description@de: Alle Beschlüsse des Gremiums, die an dem Tag gefasst wurden
    #   oder gefasst worden sein können.
    # description@en: …
    # parameter body iri <https://smartgraph.example/id/body/rat-duisburg> @de "Gremium" @en "body"
    # parameter day date 2018-05-07 @de "Tag" @en "day"

Titles and descriptions stand once in each language. Two blanks more than usual continue the field above;
the first line that is no comment ends the header. The name of the question is that of the file.

A parameter has a name, a type, a default and a label in each language. Its name is a variable that the
query *selects*: engines bind only what is selected, and so the answer says what was asked.

======== ==================================================== ===========================================
type     default in the header                                value given by an asker
======== ==================================================== ===========================================
iri      ``<https://smartgraph.example/id/authority/herne>``  an IRI, or ``id/authority/herne``
concept  ``<https://smartgraph.example/concept/theme/energy>`` an IRI, or ``energy`` (in the default's scheme)
date     ``2018-05-07``, or ``reference-date``                the same forms; the latter is the release's
year     ``2022``                                             the same form
integer  ``2``                                                the same form
string   ``"text"``                                           any text that is not empty
======== ==================================================== ===========================================

Values never become part of the query's text: they are bound by the engine.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeVar

from smartgraph.errors import SourceError, Text, UsageError
from smartgraph.iris import is_slug, rebase, rebase_text
from smartgraph.language import LANGUAGES
from smartgraph.release import Manifest
from smartgraph.serialize import Term
from smartgraph.vocab import PLACEHOLDER, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path


_Key = TypeVar("_Key", str, tuple[str, str])
_Value = TypeVar("_Value")

#: The default of a date that stands for the newest day on which a source of the release was read.
REFERENCE_DATE: Final = "reference-date"

#: Each type with what is wanted of a value, as an asker reads it.
TYPES: Final = {
    "iri": Text("an address such as https://example.org/id/authority/herne, or id/authority/herne for short"),
    "concept": Text("a code such as 'mobility', or the address of a concept"),
    "date": Text("a day such as 2018-05-07, or 'reference-date'"),
    "year": Text("a year such as 2022"),
    "integer": Text("a whole number"),
    "string": Text("a text that is not empty"),
}

_FIELD: Final = re.compile(r"# (?P<name>title|description)@(?P<language>\w+): (?P<text>\S.*)")
_PARAMETER: Final = re.compile(
    r"# parameter (?P<name>[a-z][a-z_]*) (?P<type>\w+)"
    r" (?P<default><[^<>\s]+>|\"[^\"]+\"|[\w-]+)(?P<labels>.*)"
)
_LABEL: Final = re.compile(r" @(\w+) \"([^\"]+)\"")
_CONTINUED: Final = re.compile(r"#   (?P<text>\S.*)")
_SELECTED: Final = re.compile(r"\bSELECT\b(?P<selected>.*?)\bWHERE\b", re.DOTALL | re.IGNORECASE)
#: ``(COUNT(?x) AS ?n)``: what is computed cannot be bound.
_EXPRESSION: Final = re.compile(r"\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)")
_IRI: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
_PATH: Final = re.compile(r"(?:id|concept)/[a-z0-9#/-]+")


@dataclass(frozen=True, slots=True)
class Parameter:
    """What an asker may choose. ``default`` is a value as an asker would give it; labels by language."""

    name: str
    type: str
    default: str
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """A named question. ``text`` is the query without its header, under the placeholder base.

    ``titles`` and ``descriptions`` are by language.
    """

    name: str
    titles: Mapping[str, str]
    descriptions: Mapping[str, str]
    parameters: tuple[Parameter, ...]
    text: str


def load_questions(folder: Path) -> tuple[Question, ...]:
    """All questions of a folder, by name.

    Raises:
        SourceError: a header is not as the module says; with file and row.
    """
    return tuple(_read(path) for path in sorted(folder.glob("*.rq"), key=lambda path: path.stem))


def bind(question: Question, values: Mapping[str, str], manifest: Manifest) -> tuple[str, Mapping[str, Term]]:
    """The query under the release's base, and the terms to bind to its variables.

    Parameters without a value get their default, so that each is bound.

    >>> year = Parameter("year", "year", "2022", {"de": "Jahr", "en": "year"})
    >>> asked = Question("adoptions-in-year", {}, {}, (year,), "SELECT ?year WHERE { }")
    >>> bind(asked, {"year": "2023"}, Manifest("https://example.org/", "2026-11-22", 0, ()))[1]["year"].value
    '2023'

    Raises:
        UsageError: a value for a parameter that the question does not have, or of another type.
    """
    known = [parameter.name for parameter in question.parameters]
    for name in values:
        if name not in known:
            raise UsageError(
                Text(
                    "The question '{question}' has no parameter '{found}'. It has: {known}.",
                    question=question.name, found=name, known=", ".join(known) or Text("none"),
                )
            )  # fmt: skip
    terms = {parameter.name: _bound(question, parameter, values, manifest) for parameter in question.parameters}
    return rebase_text(question.text, manifest.base), terms


# ---- Values ----------------------------------------------------------------------------------


def _bound(question: Question, parameter: Parameter, values: Mapping[str, str], manifest: Manifest) -> Term:
    value = values.get(parameter.name, parameter.default)
    term = _term(parameter, value, manifest)
    if term is None:
        raise UsageError(
            Text(
                "The parameter '{name}' of the question '{question}' cannot be '{found}'. "
                "Wanted: {wanted}. Leave it out to use its default, {default}.",
                name=parameter.name, question=question.name, found=value,
                wanted=TYPES[parameter.type], default=rebase(parameter.default, manifest.base),
            )
        )  # fmt: skip
    return term


def _term(parameter: Parameter, value: str, manifest: Manifest) -> Term | None:
    """The value as the term that the engine gets, ``None`` if it is not of the parameter's type."""
    match parameter.type:
        case "iri":
            return _iri(value, manifest.base)
        case "concept":
            scheme = parameter.default.rpartition("/")[0]
            return _iri(f"{scheme}/{value}" if is_slug(value) else value, manifest.base)
        case "date":
            day = manifest.reference_date if value == REFERENCE_DATE else value
            return Term("literal", day, datatype=f"{XSD}date") if _is_day(day) else None
        case "year":
            is_year = re.fullmatch(r"[0-9]{4}", value)
            return Term("literal", value, datatype=f"{XSD}gYear") if is_year else None
        case "integer":
            is_number = re.fullmatch(r"-?[0-9]{1,9}", value)
            return Term("literal", str(int(value)), datatype=f"{XSD}integer") if is_number else None
    return Term("literal", value) if value.strip() else None


def _iri(value: str, base: str) -> Term | None:
    if _PATH.fullmatch(value):
        return Term("iri", base + value)
    return Term("iri", rebase(value, base)) if _IRI.fullmatch(value) else None


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


# ---- Files -----------------------------------------------------------------------------------


def _read(path: Path) -> Question:
    if not is_slug(path.stem):
        raise SourceError(
            path, Text("the name '{name}'", name=path.stem), Text("lower-case ASCII words joined by hyphens")
        )
    lines = path.read_text("utf-8").splitlines()
    end = next((row for row, line in enumerate(lines) if not line.startswith("#")), len(lines))
    text = "\n".join(lines[end:]).strip() + "\n"
    wording: dict[tuple[str, str], str] = {}
    parameters: dict[str, Parameter] = {}
    for row, line in _fields(lines[:end]):
        if field := _FIELD.fullmatch(line):
            _once(path, row, wording, (field["name"], field["language"]), field["text"])
        else:
            parameter = _parameter(path, row, line)
            _once(path, row, parameters, parameter.name, parameter)
            _check_selected(path, row, parameter.name, text)
    titles, descriptions = (_by_language(path, end, name, wording) for name in ("title", "description"))
    return Question(path.stem, titles, descriptions, tuple(parameters.values()), text)


def _fields(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Each field of the header as one line, with the row (from 1) where it begins."""
    fields: list[tuple[int, str]] = []
    for row, line in enumerate(lines, start=1):
        continued = _CONTINUED.fullmatch(line)
        if continued and fields:
            fields[-1] = fields[-1][0], f"{fields[-1][1]} {continued['text']}"
        else:
            fields.append((row, line))
    yield from fields


def _once(path: Path, row: int, known: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    if key in known:
        name = key if isinstance(key, str) else "@".join(key)
        raise SourceError(path, Text("'{name}' for the second time", name=name), Text("it once"), row=row)
    known[key] = value


def _by_language(path: Path, row: int, name: str, wording: Mapping[tuple[str, str], str]) -> dict[str, str]:
    said = {language: text for (field, language), text in wording.items() if field == name}
    if set(said) != set(LANGUAGES):
        raise SourceError(
            path, Text("{name} in these languages: {said}", name=name, said=", ".join(said) or Text("none")),
            Text("in these: {languages}", languages=", ".join(LANGUAGES)), row=row,
        )  # fmt: skip
    return said


def _parameter(path: Path, row: int, line: str) -> Parameter:
    match = _PARAMETER.fullmatch(line)
    if match is None:
        raise SourceError(
            path, f"'{line}'", "'# title@de: …', '# description@de: …' or '# parameter name type default @de \"…\" …'",
            row=row, remedy=Text("Comments for readers of the query belong below its first line."),
        )  # fmt: skip
    labels = dict(_LABEL.findall(match["labels"]))
    if _LABEL.sub("", match["labels"]) or set(labels) != set(LANGUAGES):
        wanted = " ".join(f'@{language} "…"' for language in LANGUAGES)
        raise SourceError(path, Text("the labels '{labels}'", labels=match["labels"].strip()), wanted, row=row)
    if match["type"] not in TYPES:
        types = Text("one of {names}", names=", ".join(TYPES))
        raise SourceError(path, Text("the type '{type}'", type=match["type"]), types, row=row)
    parameter = Parameter(match["name"], match["type"], match["default"].strip('<>"'), labels)
    if not _is_default(parameter, match["default"]):
        found = Text("the default {default}", default=match["default"])
        raise SourceError(path, found, TYPES[parameter.type], row=row, remedy=Text(_HOW_TO_WRITE))
    return parameter


_HOW_TO_WRITE: Final = "Identifiers stand in angle brackets, texts in quotation marks, all else is bare."


def _is_default(parameter: Parameter, written: str) -> bool:
    """True if the default is of its type, and written in the way of that type."""
    mark = {"iri": "<", "concept": "<", "string": '"'}.get(parameter.type, "")
    if (written[0] if written[0] in '<"' else "") != mark:
        return False
    if parameter.type == "concept" and not parameter.default.startswith(f"{PLACEHOLDER}concept/"):
        return False
    some_release = Manifest(PLACEHOLDER, "2000-01-01", 0, ())
    return _term(parameter, parameter.default, some_release) is not None


def _check_selected(path: Path, row: int, name: str, text: str) -> None:
    select = _SELECTED.search(text)
    selected = _EXPRESSION.sub("", select["selected"]) if select else ""
    if name not in re.findall(r"[?$](\w+)", selected):
        raise SourceError(
            path, Text("the parameter '{name}', which the query does not select", name=name),
            f"SELECT … ?{name} … WHERE",
            row=row, remedy=Text("An engine binds only variables that are selected."),
        )  # fmt: skip
