"""Where ``ontology/``, ``data/`` and ``shapes/`` are: inside an installed wheel or in a checkout."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from smartgraph.errors import StateError, Text, UsageError

_PACKAGE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Bundle:
    """The authored input of a build."""

    root: Path

    @property
    def ontology(self) -> Path:
        return self.root / "ontology"

    @property
    def data(self) -> Path:
        return self.root / "data"

    @property
    def shapes(self) -> Path:
        return self.root / "shapes"

    @property
    def questions(self) -> Path:
        return self.ontology / "questions"

    @property
    def is_checkout(self) -> bool:
        """True where the input lies in a working copy that a person edits."""
        return (self.root / "pyproject.toml").is_file()


def find_bundle(root: Path | None = None) -> Bundle:
    """The input below ``root``; without it, that of the installed wheel, else of the checkout.

    Raises:
        UsageError: ``root`` has no ``ontology`` folder.
        StateError: neither of the two places has one.
    """
    places = [root] if root else [_PACKAGE / "_bundle", _PACKAGE.parent.parent]
    for place in places:
        if (place / "ontology").is_dir():
            return Bundle(place)
    looked = " and ".join(str(place) for place in places)
    said = Text("No folder 'ontology' in {looked}. Point to one that has ontology/, data/ and shapes/.", looked=looked)
    raise UsageError(said) if root else StateError(said)
