"""The layers of the house: a module imports only from rows above its own; libraries stay at home."""

from __future__ import annotations

import ast
from fnmatch import fnmatchcase
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final, NamedTuple

import pytest

PACKAGE: Final = Path(__file__).parent.parent / "src" / "smartgraph"

#: From the ground up. Names are relative to the package; ``smartgraph`` is the package's own ``__init__``.
ROWS: Final[tuple[tuple[str, ...], ...]] = (
    ("errors", "preferences", "vocab"),
    ("build.sources.jsonld", "build.sources.syntax", "bundle", "formats", "iris", "language", "spool",
     "turns"),
    ("build.naming", "build.sources.rdfxml", "jsonld", "licences", "read.extensions", "read.paths",
     "read.tokens", "release", "serialize", "settings"),
    ("build", "build.explain", "build.lift", "build.model", "build.sources", "build.sources.*", "read",
     "read.confinement", "read.excerpt", "read.store"),
    ("build.assemble", "build.canonical", "build.context", "build.derive", "build.fold", "build.frames",
     "build.places", "build.skolem", "build.suggest", "build.wanted", "read.dataset",
     "read.causes", "read.disk", "read.endings", "read.frames", "read.questions", "read.values"),
    ("build.diagnose", "build.generated", "build.reports", "build.reports.as_json",
     "build.reports.parts", "build.validate", "read.ask", "read.describe", "read.sections", "read.standing",
     "read.making", "read.zygote"),
    ("build.publish", "build.reports.as_*", "read.dossier", "read.flow", "read.pages", "read.parts",
     "read.sandbox", "read.terms", "read.worker"),
    ("read.lanes",),
    ("web", "web.*"),
    ("smartgraph",),
    ("cli",),
    ("__main__",),
)  # fmt: skip

#: A library → the modules that may know it.
HOMES: Final = {
    "flask": ("web", "web.*"),
    "flask_babel": ("web", "web.*"),
    "werkzeug": ("web", "web.*"),
    "jinja2": ("web", "web.*"),
    "uvicorn": ("web.*",),
    "a2wsgi": ("web.*",),
    "prometheus_client": ("web.*",),
    "pyshacl": ("build.validate",),
    "rdflib": ("build.*", "read.dataset", "smartgraph"),
    "pyld": ("jsonld",),
    "pyoxigraph": ("build.*", "jsonld", "serialize", "read.dataset", "read.disk", "read.making", "read.store"),
    "oxrdflib": ("build.*", "serialize", "read.dataset"),
}

#: Where a command or ``open()`` loads only what it needs.
LAZY: Final = ("cli", "smartgraph")


_BY_CALL: Final = ("__import__", "import_module")


class Import(NamedTuple):
    """One imported module: its full name, and the line; ``in_function`` if it is not at the top."""

    target: str
    line: int
    in_function: bool
    for_types: bool


def _name(path: Path) -> str:
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__") or "smartgraph"


MODULES: Final = {_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}


def _full(name: str) -> str:
    return name if name == "smartgraph" else f"smartgraph.{name}"


_KNOWN: Final = frozenset(_full(name) for name in MODULES)


def imports(source: str, known: frozenset[str] = _KNOWN) -> list[Import]:
    """All imports of a module, those for the type checker too."""
    found: list[Import] = []

    def visit(node: ast.AST, in_function: bool, for_types: bool) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                found.extend(Import(a.name, child.lineno, in_function, for_types) for a in child.names)
            elif isinstance(child, ast.ImportFrom):
                assert child.level == 0, f"line {child.lineno}: relative import"
                for alias in child.names:
                    inside = f"{child.module}.{alias.name}"
                    # The version is a fact about the package that anyone may tell.
                    if inside != "smartgraph.__version__":
                        target = inside if inside in known else child.module or ""
                        found.append(Import(target, child.lineno, in_function, for_types))
            elif isinstance(child, ast.Call) and ast.unparse(child.func).endswith(_BY_CALL):
                found.append(Import(ast.unparse(child), child.lineno, True, for_types))
            visit(
                child,
                in_function or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda),
                for_types or (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test)),
            )

    visit(ast.parse(source), in_function=False, for_types=False)
    return found


def row_of(name: str) -> int | None:
    """The row of a module; a name in full beats a pattern."""
    for pattern_wanted in (False, True):
        for number, row in enumerate(ROWS):
            for entry in row:
                if ("*" in entry) == pattern_wanted and fnmatchcase(name, entry):
                    return number
    return None


def _wing(name: str) -> str:
    first = name.partition(".")[0]
    return first if first in ("build", "read", "web") else ""


#: wing → wings that it must not know
_STRANGERS: Final = {"build": ("read", "web"), "read": ("build", "web"), "web": ("build",)}


def breaches(name: str, source: str, known: frozenset[str] = _KNOWN) -> list[str]:
    """What is wrong with the imports of the module called ``name``, one line each."""
    said = []
    own = row_of(name)
    for item in imports(source, known):
        place = f"{name}:{item.line}: {item.target}"
        if item.in_function and name not in LAZY:
            said.append(f"{place}: imported inside a function")
        library = item.target.partition(".")[0]
        if library in HOMES and not any(fnmatchcase(name, home) for home in HOMES[library]):
            said.append(f"{place}: belongs to {', '.join(HOMES[library])} only")
        if item.target in known:
            target = "smartgraph" if item.target == "smartgraph" else item.target.removeprefix("smartgraph.")
            theirs = row_of(target)
            is_within_web = _wing(name) == _wing(target) == "web"
            if own is None or theirs is None or (theirs >= own and not is_within_web):
                said.append(f"{place}: row {theirs} is not above row {own}")
            if _wing(target) in _STRANGERS.get(_wing(name), ()):
                said.append(f"{place}: {_wing(name)} must not know {_wing(target)}")
    return said


@pytest.mark.parametrize("name", MODULES)
def test_a_module_has_a_row(name: str) -> None:
    assert row_of(name) is not None, f"put {name} into a row of tests/test_layers.py"


def test_a_module_that_nobody_thought_of_has_no_row() -> None:
    assert row_of("utils") is None
    assert row_of("build.helpers") is None


def test_a_module_is_named_in_one_row_only() -> None:
    entries = [entry for row in ROWS for entry in row]
    assert len(entries) == len(set(entries))


def test_every_row_is_about_modules_that_exist() -> None:
    gone = [entry for row in ROWS for entry in row if not any(fnmatchcase(name, entry) for name in MODULES)]
    assert not gone


@pytest.mark.parametrize("name", MODULES)
def test_a_module_imports_from_rows_above_and_libraries_at_home(name: str) -> None:
    assert not breaches(name, MODULES[name].read_text("utf-8"))


def test_no_module_imports_itself_through_others() -> None:
    """The rows say so already but for ``web``, which is one row."""
    graph = {
        _full(name): {
            item.target
            for item in imports(path.read_text("utf-8"))
            if item.target in _KNOWN and not item.for_types and not item.in_function
        }
        for name, path in MODULES.items()
    }
    assert list(TopologicalSorter(graph).static_order())


@pytest.mark.parametrize(
    ("name", "source", "breach"),
    [
        ("errors", "from smartgraph.formats import FORMATS", "row 1 is not above row 0"),
        ("iris", "from smartgraph import bundle", "row 1 is not above row 1"),
        ("release", "if TYPE_CHECKING:\n    from smartgraph.web import wording", "row 8 is not above row 2"),
        ("read.describe", "from smartgraph.build.lift import Lifter", "read must not know build"),
        ("build.publish", "from smartgraph.read.store import Store", "build must not know read"),
        ("web.pages", "import smartgraph.build.explain", "web must not know build"),
        ("web.pages", "import pyoxigraph as ox", "belongs to"),
        ("read.pages", "from flask.globals import request", "belongs to"),
        ("build.publish", "import pyshacl", "belongs to"),
        ("read.describe", "from rdflib import Graph", "belongs to"),
        ("build.publish", "def f():\n    import json", "inside a function"),
        ("build.publish", "f = lambda: __import__('json')", "inside a function"),
        ("build.publish", "import importlib\nimportlib.import_module('json')", "inside a function"),
        ("utils", "from smartgraph.errors import Text", "row 0 is not above row None"),
    ],
)
def test_a_wrong_import_is_noticed(name: str, source: str, breach: str) -> None:
    assert breach in "\n".join(breaches(name, source))


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cli", "def f():\n    from smartgraph.build.publish import build"),
        ("web.pages", "from smartgraph import __version__"),
        ("web.pages", "from smartgraph.web.wording import LANGUAGES"),
        ("build.assemble", "from smartgraph.build.explain import Finding"),
        ("build.validate", "import pyshacl"),
    ],
)
def test_a_right_import_is_let_through(name: str, source: str) -> None:
    assert not breaches(name, source)
