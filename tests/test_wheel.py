"""The stranger's path: the wheel alone, in an empty environment, from another folder, with no network."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_the_sources_the_catalogue_and_what_pages_need(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for wanted in (
        "smartgraph/_bundle/ontology/smartgraph.ttl",
        "smartgraph/_bundle/ontology/questions/mottoes.rq",
        "smartgraph/_bundle/data/joint.ttl",
        "smartgraph/_bundle/shapes/structure.ttl",
        "smartgraph/translations/de/LC_MESSAGES/messages.po",
        "smartgraph/web/templates/base.html",
    ):
        assert wanted in names, wanted
    assert not [name for name in names if "tests/" in name]


def test_an_installed_wheel_builds_asks_and_exports_from_another_folder(wheel: Path, tmp_path: Path) -> None:
    # The libraries are those of this environment; smartgraph itself comes from the wheel only.
    venv.create(tmp_path / "env", system_site_packages=False, with_pip=False, symlinks=True)
    (site,) = (tmp_path / "env").glob("lib/python3*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    libraries = {str(Path(entry)) for entry in sys.path if entry.endswith("site-packages")}
    (site / "libraries.pth").write_text("\n".join(sorted(libraries)))
    environ = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "SMARTGRAPH_BASE_IRI": "https://data.example.org/",
        "http_proxy": "http://127.0.0.1:9/",
        "https_proxy": "http://127.0.0.1:9/",
    }
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()

    def run(*arguments: str) -> str:
        command = [str(tmp_path / "env" / "bin" / "python"), "-m", "smartgraph", *arguments]
        done = subprocess.run(
            command, cwd=elsewhere, env=environ, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    where = [str(tmp_path / "env" / "bin" / "python"), "-c", "import smartgraph; print(smartgraph.__file__)"]
    assert str(site) in subprocess.run(where, cwd=elsewhere, env=environ, capture_output=True, text=True).stdout
    run("build")
    assert (tmp_path / "home" / ".local" / "share" / "smartgraph" / "current").is_file()
    assert "Smart People City Herne" in run("query", "mottoes")
    assert "https://data.example.org/id/project/dos-2030" in run("export", "--graph", "joint", "--format", "nt")
    assert not list(elsewhere.iterdir())
