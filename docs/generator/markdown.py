"""Markdown in two languages, and the list of what nobody has documented yet."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from smartgraph.language import translation

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: ``code`` and :class:`code` as docstrings write them.
_CODE: Final = re.compile(r"(?::\w+:)?``?([^`]+)``?")
_SENTENCE: Final = "`make docs`"


@dataclass(slots=True)
class Words:
    """Texts for people. What is missing stands in ``gaps``, each with the place where to write it."""

    gaps: list[str] = field(default_factory=list)

    def both(self, english: str | None, place: str) -> tuple[str, str]:
        """A text of the code in German and English, as Markdown."""
        if not english:
            self.gaps.append(f"{place} has no text")
            return "–", "–"
        german = translation("de").gettext(english)
        # A single word, such as a name, may be the same in both.
        if german == english and " " in english:
            self.gaps.append(f"{place}: no German for msgid {english!r} in messages.po")
        return german, english

    def of_docstring(self, thing: object, place: str) -> tuple[str, str]:
        """The first paragraph of a docstring in German and English."""
        return self.both(first_paragraph(getattr(thing, "__doc__", None)), f"the docstring of {place}")


def first_paragraph(docstring: str | None) -> str:
    """The first paragraph in one line, with code marked as Markdown does: the msgid of a documented docstring."""
    text = inspect.cleandoc(docstring or "").partition("\n\n")[0]
    return _CODE.sub(r"`\1`", " ".join(text.split()))


def page(title_de: str, title_en: str, source: str, *parts: str) -> str:
    """A generated page: its two titles, where its facts stand, and its parts."""
    made = f"Erzeugt aus {source} mit {_SENTENCE}. · Generated from {source} by {_SENTENCE}."
    return "\n\n".join([f"# {title_de} · {title_en}", made, *(part.strip() for part in parts if part)]) + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; cells may hold anything but line breaks that matter."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_cell(text) for text in line)} |" for line in lines)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def code(text: object) -> str:
    """The text as code, or a dash if there is none."""
    return f"`{text}`" if str(text) else "–"


def codes(texts: Iterable[object], between: str = ", ") -> str:
    """Several pieces of code."""
    return between.join(code(text) for text in texts) or "–"
