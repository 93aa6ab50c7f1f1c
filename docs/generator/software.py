"""Reference pages about the software: errors, settings, formats, routes, commands."""

from __future__ import annotations

import argparse
import inspect
import tempfile
from dataclasses import fields
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from in_process_reader import InProcessReader
from releases_for_tests import tiny_release

from generator.markdown import Words, code, codes, page, table
from smartgraph import cli, formats
from smartgraph.errors import SmartgraphError
from smartgraph.settings import Settings
from smartgraph.web import create_app
from smartgraph.web.failures import FAILURES, kind_of_class

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask import Flask

_KINDS: Final = {
    "page": "Seite · page",
    "graph": "Graph · graph",
    "dataset": "alle benannten Graphen · all named graphs",
    "results": "Abfrageergebnis · query results",
}
#: What Flask serves by itself, without a view of ours.
_STATIC: Final = "Style sheet and pictures of the pages."
_EXIT: Final = table(
    ("Status", "Deutsch", "English"),
    [
        ("0", "gut", "fine"),
        ("1", "die Daten halten die Regeln nicht ein", "the data do not conform"),
        ("2", "der Aufruf ist falsch", "the call is wrong"),
        ("3", "das System versagt", "the system failed"),
    ],
)


def errors(words: Words) -> str:
    """The family of errors with exit status, HTTP status and evidence."""
    rows = [_error_row(kind, depth, words) for kind, depth in _family(SmartgraphError)]
    head = ("Klasse · class", "Deutsch", "English", "Belege · evidence", "Exit", "HTTP")
    about = (
        "Eingerückt steht, was ein Sonderfall des Vorigen ist. Über HTTP kommt ein Fehler als "
        "`application/problem+json` (RFC 9457) oder für Browser als Seite; `error` nennt darin die Klasse. "
        "Ein Exit-Status gilt für die Befehlszeile.\n\n"
        "What is indented is a special case of what stands above. Over HTTP an error is sent as "
        "`application/problem+json` (RFC 9457), or as a page to browsers; `error` names the class there. "
        "An exit status is what the command line returns."
    )
    return page("Fehler", "Errors", "`errors.py`, `web/failures.py`", about, table(head, rows), _EXIT)


def _family(kind: type[SmartgraphError], depth: int = 0) -> Iterator[tuple[type[SmartgraphError], int]]:
    yield kind, depth
    for child in kind.__subclasses__():
        if child.__module__ == SmartgraphError.__module__:
            yield from _family(child, depth + 1)


def _error_row(kind: type[SmartgraphError], depth: int, words: Words) -> tuple[str, ...]:
    own = vars(kind).get("__doc__")
    german, english = words.of_docstring(kind if own else None, f"errors.{kind.__name__}")
    named = kind_of_class(kind)
    status = FAILURES[named].status.value if named else HTTPStatus.INTERNAL_SERVER_ERROR.value
    seconds = FAILURES[named].retry_after_s if named else None
    retry = f", `Retry-After: {seconds}`" if seconds else ""
    evidence = [name for name in inspect.signature(kind).parameters if name not in ("text", "args", "kwargs")]
    indent = "&emsp;" * depth
    name = f"{indent}`{kind.__name__}`"
    return name, german, english, codes(evidence), str(kind.exit_status), f"{status}{retry}"


def settings(words: Words) -> str:
    """All settings with variable, default and flag."""
    flags = {flag for _, command in _commands() for action in command._actions for flag in action.option_strings}
    rows = []
    for item in fields(Settings):
        german, english = words.both(item.metadata.get("text"), f"the setting {item.name}")
        flag = f"--{item.name.replace('_', '-')}"
        rows.append(
            (code(f"SMARTGRAPH_{item.name.upper()}"), _default(item.default), german, english,
             code(flag if flag in flags else ""))
        )  # fmt: skip
    about = (
        "Ein Schalter der Befehlszeile gilt vor der Umgebungsvariablen, diese vor der Vorgabe. Eine Variable "
        "`SMARTGRAPH_…`, die es nicht gibt, ist ein Fehler: Ein Tippfehler soll auffallen.\n\n"
        "A flag of the command line wins over the environment variable, which wins over the default. A variable "
        "`SMARTGRAPH_…` that does not exist is an error, so that a typing mistake is noticed."
    )
    head = ("Variable", "Vorgabe · default", "Deutsch", "English", "Schalter · flag")
    return page("Einstellungen", "Settings", "`settings.py`", about, table(head, rows))


def _default(value: object) -> str:
    return code(f"{value:g}" if isinstance(value, float) else value)


def formats_page(words: Words) -> str:
    """The one table of representations."""
    rows = []
    for form in formats.FORMATS:
        if not form.label:
            words.gaps.append(f"the format {form.name} has no label")
        kinds = ", ".join(_KINDS.get(kind, kind) for kind in sorted(form.kinds))
        also = codes(form.also)
        rows.append((code(form.name), form.label, code(f".{form.extension}"), code(form.media_type), also, kinds))
    about = (
        "Die Reihenfolge ist die Vorliebe: Will ein Client mehrere gleich gern, gewinnt das obere. Der Name steht "
        "in `--format` und `format=`, die Endung in Adressen von Dokumenten und Dateien.\n\n"
        "The order is our preference: of formats that a client wants equally the upper one wins. The name is used "
        "in `--format` and `format=`, the extension in addresses of documents and files."
    )
    head = ("Name", "Format", "Endung · extension", "Medientyp · media type", "auch · also", "trägt · carries")
    return page("Formate", "Formats", "`formats.py`", about, table(head, rows))


def routes(words: Words) -> str:
    """Every address that the server answers."""
    with tempfile.TemporaryDirectory() as state:
        app = create_app(Settings(), InProcessReader(tiny_release(Path(state))))
    by_view: dict[tuple[str, str], list[str]] = {}
    for rule in app.url_map.iter_rules():
        methods = ", ".join(sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}))
        by_view.setdefault((rule.endpoint, methods), []).append(rule.rule)
    listed = sorted((sorted(paths, key=lambda path: (len(path), path)), view) for view, paths in by_view.items())
    rows = [(codes(paths, " "), view[1], *_view_text(app, view[0], words)) for paths, view in listed]
    about = (
        "`HEAD` und `OPTIONS` gehen überall; eine Methode, die hier nicht steht, ist 405. Eine Seite nimmt `lang=de` "
        "oder `lang=en`. Die Pfade gelten unter dem Pfad der Basis.\n\n"
        "`HEAD` and `OPTIONS` work everywhere; a method that is not listed is 405. A page takes `lang=de` or "
        "`lang=en`. The paths are below the path of the base."
    )
    head = ("Adresse · address", "Methode · method", "Deutsch", "English")
    return page("Adressen", "Routes", "`web/`", about, table(head, rows))


def _view_text(app: Flask, endpoint: str, words: Words) -> tuple[str, str]:
    if endpoint == "static":
        return words.both(_STATIC, "static files")
    return words.of_docstring(app.view_functions[endpoint], f"the view {endpoint}")


def _commands() -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command with its full name, the actions of a command after it."""

    def below(parser: argparse.ArgumentParser) -> Iterator[tuple[str, argparse.ArgumentParser]]:
        for action in parser._actions:
            if isinstance(action, argparse._SubParsersAction):
                for child in action.choices.values():
                    yield child.prog, child
                    yield from below(child)

    return below(cli.make_parser())


def commands(words: Words) -> str:
    """Every command with its arguments and flags."""
    parts = [_command(name, parser, words) for name, parser in _commands()]
    about = (
        "`smartgraph --help` und `smartgraph BEFEHL --help` sagen dasselbe, auf Deutsch, wenn die Umgebung es "
        "verlangt (`LANG=de_DE.UTF-8`).\n\n"
        "`smartgraph --help` and `smartgraph COMMAND --help` say the same, in German where the environment asks "
        "for it (`LANG=de_DE.UTF-8`)."
    )
    return page("Befehle", "Commands", "`cli.py`", about, *parts, "## Exit-Status · exit status", _EXIT)


def _command(name: str, parser: argparse.ArgumentParser, words: Words) -> str:
    german, english = (f"{said[:1].upper()}{said[1:]}" for said in words.both(parser.description, f"'{name}'"))
    rows = [
        _argument(name, action, words)
        for action in parser._actions
        if not isinstance(action, argparse._HelpAction | argparse._SubParsersAction)
    ]
    said = f"## {name}\n\n{german}. · {english}."
    return f"{said}\n\n{table(('Argument', 'Deutsch', 'English'), rows)}" if rows else said


def _argument(command: str, action: argparse.Action, words: Words) -> tuple[str, str, str]:
    value = _value(action)
    named = [f"{flag} {value}".strip() for flag in action.option_strings] or [value]
    place = f"the argument {named[0]!r} of '{command}'"
    return codes(named), *words.both(None if action.help is argparse.SUPPRESS else action.help, place)


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    metavar: Any = action.metavar or ("|".join(action.choices) if action.choices else action.dest.upper())
    return f"[{metavar} …]" if action.nargs == "*" else str(metavar)
