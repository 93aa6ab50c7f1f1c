"""The stranger's path: the wheel alone, in an empty environment, from another folder, with no network."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
import venv
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass
from email.parser import Parser
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from smartgraph.formats import DOCUMENT_FORMATS, RESULT_FORMATS

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).parent.parent
BASE: Final = "https://data.example.org/"
#: What may lie in each folder of the wheel, by the end of its name.
KINDS: Final = {
    "smartgraph/_bundle/ontology/": (".ttl", ".rq", ".jsonld"),
    "smartgraph/_bundle/data/": (".ttl",),
    "smartgraph/_bundle/shapes/": (".ttl",),
    "smartgraph/translations/": (".po",),
    "smartgraph/web/templates/": (".html",),
    "smartgraph/web/static/": (".css", ".js", ".svg", ".png", ".ico", ".woff2"),
    "smartgraph/": (".py", "/py.typed"),
}
BUNDLED: Final = ("ontology", "data", "shapes")

STRANGERS_FILE: Final = """\
@prefix smg: <https://smartgraph.example/ns#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

<https://smartgraph.example/id/strategy/von-fremd> a smg:Strategy ;
    skos:prefLabel "Strategie von jemand anderem"@de .
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel: Path) -> frozenset[str]:
    return frozenset(zipfile.ZipFile(wheel).namelist())


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody's environment with nothing but the wheel and its libraries, and the folder where they work."""

    programs: Path
    site: Path
    home: Path
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "en_GB.UTF-8",
            "SMARTGRAPH_BASE_IRI": BASE,
            "http_proxy": "http://127.0.0.1:9/",
            "https_proxy": "http://127.0.0.1:9/",
        }

    def run(self, program: str, *arguments: str, status: int = 0) -> str:
        """What the program says on its output."""
        done = subprocess.run(
            [str(self.programs / program), *arguments], cwd=self.folder, env=self.environ,
            capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
        )  # fmt: skip
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def smartgraph(self, *arguments: str, status: int = 0) -> str:
        return self.run("smartgraph", *arguments, status=status)

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a server that answers."""
        command = [str(self.programs / "smartgraph"), "serve", "--port", "0"]
        server = subprocess.Popen(command, cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, text=True)
        assert server.stdout
        try:
            yield server.stdout.readline().strip()
        finally:
            server.send_signal(signal.SIGTERM)
            assert server.wait(timeout=30) == 0
            server.stdout.close()


@pytest.fixture(scope="module")
def stranger(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Stranger:
    """The wheel as a stranger has it after installing it, and a release that they built."""
    root = tmp_path_factory.mktemp("stranger")
    # The libraries are those of this environment; smartgraph itself comes from the wheel only.
    venv.create(root / "env", system_site_packages=False, with_pip=False, symlinks=True)
    (site,) = (root / "env").glob("lib/python3*/site-packages")
    python = root / "env" / "bin" / "python"
    install = ["install", "--quiet", "--no-index", "--no-deps", "--no-warn-script-location", "--no-cache-dir"]
    subprocess.run([sys.executable, "-m", "pip", "--python", str(python), *install, str(wheel)], check=True)
    libraries = {str(Path(entry)) for entry in sys.path if entry.endswith("site-packages")}
    (site / "libraries.pth").write_text("\n".join(sorted(libraries)))
    (root / "elsewhere").mkdir()
    installed = Stranger(root / "env" / "bin", site, root / "home", root / "elsewhere")
    installed.smartgraph("build")
    return installed


# ---- What is in the wheel


def _kind(name: str) -> str:
    return next(folder for folder in KINDS if name.startswith(folder))


def _wanted(folder: Path, inside: str) -> set[str]:
    """The files of the working copy that belong into the wheel, as they are called there."""
    there = {f"{inside}/{path.relative_to(folder).as_posix()}" for path in folder.rglob("*") if path.is_file()}
    return {name for name in there if name.endswith(KINDS[_kind(name)])}


def test_the_wheel_carries_what_is_needed_and_nothing_else(names: frozenset[str]) -> None:
    wanted = _wanted(ROOT / "src" / "smartgraph", "smartgraph")
    for folder in BUNDLED:
        wanted |= _wanted(ROOT / folder, f"smartgraph/_bundle/{folder}")
    found = {name for name in names if ".dist-info/" not in name}
    assert found == wanted
    information = {name.partition(".dist-info/")[2] for name in names - found}
    assert information == {"METADATA", "WHEEL", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_each_part_of_the_wheel_is_there(names: frozenset[str]) -> None:
    for wanted in (
        "smartgraph/py.typed",
        "smartgraph/_bundle/ontology/smartgraph.ttl",
        "smartgraph/_bundle/ontology/schemes/theme.ttl",
        "smartgraph/_bundle/ontology/questions/mottoes.rq",
        "smartgraph/_bundle/data/joint.ttl",
        "smartgraph/_bundle/data/reference/sources.ttl",
        "smartgraph/_bundle/shapes/structure.ttl",
        "smartgraph/translations/de/LC_MESSAGES/messages.po",
        "smartgraph/web/templates/base.html",
        "smartgraph/web/static/style.css",
    ):
        assert wanted in names, wanted


def test_every_authored_file_is_of_a_kind_that_travels() -> None:
    for folder in (*BUNDLED, "src/smartgraph"):
        inside = "smartgraph" if folder not in BUNDLED else f"smartgraph/_bundle/{folder}"
        left = {
            path
            for path in (ROOT / folder).rglob("*")
            if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
        }
        assert len(_wanted(ROOT / folder, inside)) == len(left), "say in KINDS what else may travel"


def test_the_wheel_says_what_it_is_and_needs(wheel: Path, names: frozenset[str]) -> None:
    (metadata,) = (name for name in names if name.endswith("/METADATA"))
    said = Parser().parsestr(zipfile.ZipFile(wheel).read(metadata).decode())
    assert said["Name"] == "smartgraph"
    assert said["License-Expression"] == "Apache-2.0"
    needed = {wish.partition(";")[0].strip() for wish in said.get_all("Requires-Dist", []) if "extra ==" not in wish}
    assert not [wish for wish in needed if wish.startswith(("pytest", "ruff", "mypy"))]
    assert [wish for wish in needed if wish.startswith("rdflib")]


# ---- What a stranger does with it


def test_the_package_comes_from_the_wheel_and_works_elsewhere(stranger: Stranger) -> None:
    where = stranger.run("python", "-c", "import smartgraph; print(smartgraph.__file__)")
    assert where.strip().startswith(str(stranger.site))
    assert (stranger.home / ".local" / "share" / "smartgraph" / "current").is_file()
    assert not list(stranger.folder.iterdir()), "nothing is left where a stranger works"


def test_a_stranger_asks_and_exports(stranger: Stranger) -> None:
    assert "Smart People City Herne" in stranger.smartgraph("query", "mottoes")
    assert f"{BASE}id/project/dos-2030" in stranger.smartgraph("export", "--graph", "joint", "--format", "nt")


def test_a_stranger_opens_the_release_in_python(stranger: Stranger) -> None:
    code = """
import smartgraph
dataset = smartgraph.open()
(row,) = dataset.query("SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }")
print(len(dataset) == int(row.n) > 10_000, dataset.query("ASK { project:dos-2030 a smg:Project }").askAnswer)
"""
    assert stranger.run("python", "-c", code).split() == ["True", "True"]


def test_a_stranger_has_a_file_of_their_own_checked(stranger: Stranger, tmp_path: Path) -> None:
    file = tmp_path / "fremd.ttl"
    file.write_text(STRANGERS_FILE, "utf-8")
    assert "fremd.ttl" in stranger.smartgraph("validate", str(file), status=1)


def test_a_stranger_serves_and_gets_a_thing_in_every_format(stranger: Stranger) -> None:
    with stranger.served() as url:
        for form in DOCUMENT_FORMATS:
            _check_served(f"{url}id/project/dos-2030", form.media_type, b"DOS 2030")
        for form in RESULT_FORMATS:
            query = "sparql?query=SELECT%20%3Fp%20%7B%3Fp%20a%20%3Cns%23Project%3E%7D"
            _check_served(url + query, form.media_type, b"id/project/dos-2030")
        for path in ("", "static/style.css", "ns", "shapes", "downloads/", "about", "readyz"):
            with _opened(url + path, "*/*") as answer:
                assert answer.status == 200


def _opened(url: str, accept: str) -> urllib.request._UrlopenRet:
    return urllib.request.urlopen(urllib.request.Request(url, headers={"Accept": accept}), timeout=30)


def _check_served(url: str, media_type: str, words: bytes) -> None:
    with _opened(url, media_type) as answer:
        assert answer.headers.get_content_type() == media_type
        assert words in answer.read()
