"""Writes every generated page; exits with 1 and says what is missing if something is not documented."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from generator import layers, model, software
from generator.markdown import Words
from smartgraph.bundle import Bundle

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT: Final = Path(__file__).parent.parent.parent

#: What is generated, by its place below the checkout.
PAGES: Final[dict[str, Callable[[Bundle, Words], str]]] = {
    "docs/architecture/layers.svg": lambda _bundle, _words: layers.drawing(),
    "docs/reference/commands.md": lambda _bundle, words: software.commands(words),
    "docs/reference/errors.md": lambda _bundle, words: software.errors(words),
    "docs/reference/formats.md": lambda _bundle, words: software.formats_page(words),
    "docs/reference/ontology.md": model.ontology,
    "docs/reference/questions.md": model.questions,
    "docs/reference/routes.md": lambda _bundle, words: software.routes(words),
    "docs/reference/schemes.md": model.schemes,
    "docs/reference/settings.md": lambda _bundle, words: software.settings(words),
    "docs/reference/shapes.md": model.shapes,
}


def generated(words: Words) -> dict[str, str]:
    """Every generated file with its content; what is not documented is noted in ``words``."""
    bundle = Bundle(ROOT)
    return {place: write(bundle, words) for place, write in PAGES.items()}


def main() -> int:
    """Writes all pages, also where something is missing, and says what that is."""
    words = Words()
    for place, content in generated(words).items():
        (ROOT / place).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / place).write_text(content, "utf-8")
    for gap in words.gaps:
        print(f"Not documented: {gap}.", file=sys.stderr)
    return 1 if words.gaps else 0


if __name__ == "__main__":
    sys.exit(main())
