"""The tutorial and the examples for data people work: they are run in a copy of the project, without network."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
_BLOCK = re.compile(r"^```(sh|python|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_ADDRESS = "127.0.0.1:8000"


def _steps(page: str) -> list[tuple[str, str, tuple[str, ...]]]:
    """Each block that is run: its language, its text, and the lines that its output must hold."""
    blocks = _BLOCK.findall((ROOT / "docs" / page).read_text("utf-8"))
    followed = zip(blocks, [*blocks[1:], ("", "")], strict=True)
    return [
        (kind, text, tuple(after.strip().splitlines()) if next_kind == "text" else ())
        for (kind, text), (next_kind, after) in followed
        if kind != "text"
    ]


@dataclass
class Learner:
    """Somebody at a checkout with two terminals: one for the server, one for the rest."""

    folder: Path
    port: int
    server: subprocess.Popen[str] | None = None
    environ: dict[str, str] = field(default_factory=dict)

    def does(self, kind: str, text: str) -> str:
        """Runs one block and gives what it printed."""
        text = text.replace(_ADDRESS, f"127.0.0.1:{self.port}")
        if text.strip() == "make serve":
            return self._serve()
        command = [sys.executable, "-c", text] if kind == "python" else ["bash", "-euo", "pipefail", "-c", text]
        done = subprocess.run(
            command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self) -> str:
        self.stop()
        with (self.folder.parent / "server.log").open("w") as log:
            self.server = subprocess.Popen(
                ["make", "serve"], cwd=self.folder, env=self.environ, stdout=subprocess.PIPE, stderr=log, text=True,
                start_new_session=True,
            )  # fmt: skip
        assert self.server.stdout
        address = self.server.stdout.readline()
        assert address, (self.folder.parent / "server.log").read_text()
        return address

    def stop(self) -> None:
        """Ctrl+C: the signal goes to make and to the server."""
        if self.server and self.server.stdout:
            os.killpg(self.server.pid, signal.SIGINT)
            self.server.wait(timeout=30)
            self.server.stdout.close()
            self.server = None


@contextmanager
def _free_port() -> Iterator[int]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]


def _git(folder: Path, *words: str) -> None:
    who = ("-c", "user.name=learner", "-c", "user.email=learner@example.org")
    subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def learner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Learner]:
    """A checkout that is set up, with the data of one town, so that a build takes few seconds."""
    folder = tmp_path_factory.mktemp("learner") / "smartgraph"
    for name in ("ontology", "shapes", "src"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    others = shutil.ignore_patterns("figures.ttl", "programmes.ttl")
    shutil.copytree(ROOT / "data" / "reference", folder / "data" / "reference", ignore=others)
    for name in ("data/hamm.ttl", "Makefile", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder / name)
    _git(folder, "init", "-q")
    _git(folder, "add", "data")
    _git(folder, "commit", "-qm", "data")
    commands = folder / ".venv" / "bin"
    commands.mkdir(parents=True)
    for name, called in (("python", ""), ("smartgraph", " -m smartgraph")):
        (commands / name).write_text(f'#!/bin/sh\nexec {sys.executable}{called} "$@"\n')
        (commands / name).chmod(0o755)
    (folder / ".venv" / ".ready").touch()
    with _free_port() as port:
        pass
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("SMARTGRAPH_", "LC_", "MAKE"))}
    environ = kept | {"PYTHONPATH": str(folder / "src"), "PORT": str(port), "HOST": "127.0.0.1", "LANG": "C.UTF-8"}
    person = Learner(folder, port, environ=environ)
    yield person
    person.stop()


def test_every_command_of_the_tutorial_does_what_the_tutorial_says(learner: Learner) -> None:
    steps = _steps("tutorial.md")
    assert len(steps) > 10
    for kind, text, wanted in steps:
        said = learner.does(kind, text)
        missing = [line for line in wanted if line.replace(_ADDRESS, f"127.0.0.1:{learner.port}") not in said]
        assert not missing, f"{text}\nprinted:\n{said}"


@pytest.mark.parametrize("page", ["ask-from-python-r-and-javascript", "cite-and-read-the-licence"])
def test_the_examples_for_data_people_print_something(learner: Learner, page: str) -> None:
    if learner.server is None:
        learner.does("sh", "make serve")
    steps = _steps(f"how-to/{page}.md")
    assert len(steps) > 1
    for kind, text, _ in steps:
        assert learner.does(kind, text).strip(), text
