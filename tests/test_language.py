"""Everything people read is there in German and English."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from smartgraph.errors import SourceError, Text
from smartgraph.language import (
    LANGUAGES,
    catalogue_path,
    language_of_header,
    language_of_locale,
    translation,
)

SOURCE = Path(__file__).parent.parent / "src" / "smartgraph"
_MARKS = {"Text", "words", "_", "N_", "gettext", "ngettext"}
_IN_TEMPLATE = re.compile(r"""\b_\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')""")
_FIELDS = re.compile(r"\{(\w+)[^}]*\}|%\((\w+)\)")


def _constant(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _in_module(path: Path) -> set[str]:
    """The texts of a module: marked ones, and module constants that a ``Text`` or a ``_`` names."""
    tree = ast.parse(path.read_text("utf-8"))
    constants = {
        target.id: node.value.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if isinstance(target, ast.Name) and isinstance(node.value.value, str)
    }
    texts = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args:
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in _MARKS:
                first = node.args[0]
                found = constants.get(first.id) if isinstance(first, ast.Name) else _constant(first)
                if found:
                    texts.add(found)
    return texts


def _said() -> set[str]:
    in_code = {text for path in SOURCE.rglob("*.py") for text in _in_module(path)}
    templates = [path.read_text("utf-8") for path in (SOURCE / "web" / "templates").rglob("*.html")]
    in_templates = {
        (double or single).replace('\\"', '"').replace("\\'", "'")
        for template in templates
        for double, single in _IN_TEMPLATE.findall(template)
    }
    return in_code | in_templates


def _german() -> dict[str, str]:
    with catalogue_path("de").open("rb") as stream:
        catalogue = read_po(stream, locale="de")
    pairs = {}
    for message in catalogue:
        ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
        strings = message.string if isinstance(message.string, tuple | list) else (message.string,)
        pairs |= dict(zip(ids, strings, strict=True))
    return pairs


def _fields(text: str) -> set[str]:
    return {one or other for one, other in _FIELDS.findall(text)}


def test_every_text_has_a_german_translation() -> None:
    german = _german()
    missing = sorted(text for text in _said() if not german.get(text))
    assert not missing, f"add to {catalogue_path('de').name}: {missing}"


def test_a_translation_fills_in_the_same_values_as_its_text() -> None:
    odd = {text: said for text, said in _german().items() if text and _fields(text) != _fields(said)}
    assert not odd


def test_english_needs_no_catalogue_and_german_has_one() -> None:
    assert LANGUAGES == ("de", "en")
    assert translation("en").gettext("damaged") == "damaged"
    assert translation("de").gettext("damaged") == "beschädigt"


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "de_DE.UTF-8"}, "de"),
        ({"LANG": "en_GB.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C", "LC_MESSAGES": "de_AT"}, "de"),
        ({}, "en"),
    ],
)
def test_the_language_of_a_terminal_follows_its_locale(environ: dict[str, str], language: str) -> None:
    assert language_of_locale(environ) == language


def test_an_error_says_all_its_parts_in_the_language_asked_for() -> None:
    error = SourceError("a.ttl", Text("no .ttl file"), Text("at least one"), row=3, column=7)
    assert str(error) == "a.ttl:3:7: found no .ttl file; wanted: at least one."
    german = error.text.translated(translation("de").gettext)
    assert german == "a.ttl:3:7: gefunden: keine .ttl-Datei; erwartet: mindestens eine."


@pytest.mark.parametrize(
    ("header", "for_german_default", "for_english_default"),
    [
        ("", "de", "en"),
        ("de", "de", "de"),
        ("en-US,de;q=0.5", "en", "en"),
        ("de-AT", "de", "de"),
        ("de-Latn-AT-x-private", "de", "de"),
        ("EN-gb", "en", "en"),
        ("*", "de", "en"),
        ("fr", "de", "en"),
        ("fr, *;q=0.5", "de", "en"),
        ("en;q=0.5, *;q=0.1", "en", "en"),
        ("fr, en;q=0.2, de;q=0.3", "de", "de"),
        ("de;q=0", "en", "en"),
        ("en;q=0", "de", "de"),
        ("de;q=0, *", "en", "en"),
        ("*;q=0, en", "en", "en"),
        ("*;q=0", "de", "en"),
        ("de;q=0, en;q=0", "de", "en"),
        ("de-AT;q=0", "de", "en"),
        ("de;q=much, en;q=0.9", "de", "de"),
        ("deu, english", "de", "en"),
        (",;,-", "de", "en"),
        ("x" * 100_000, "de", "en"),
    ],
)
def test_the_language_of_a_header_is_looked_up(header: str, for_german_default: str, for_english_default: str) -> None:
    """Spec: RFC 4647, section 3.4."""
    assert language_of_header(header, "de") == for_german_default
    assert language_of_header(header, "en") == for_english_default
