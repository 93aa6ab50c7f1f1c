"""Copies of the artificial sources that a test may spoil."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Final

from smartgraph.bundle import Bundle
from smartgraph.vocab import PREFIXES

ROOT: Final = Path(__file__).parent.parent
PROLOGUE: Final = "".join(f"@prefix {name}: <{namespace}> .\n" for name, namespace in PREFIXES.items())


def editable_bundle(root: Path) -> Bundle:
    """The project's ontology and shapes with a copy of the artificial data, below ``root``."""
    root.mkdir(exist_ok=True)
    for name in ("ontology", "shapes"):
        (root / name).symlink_to(ROOT / name)
    shutil.copytree(ROOT / "tests" / "fixtures" / "data", root / "data")
    return Bundle(root)


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below ``folder`` with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }
