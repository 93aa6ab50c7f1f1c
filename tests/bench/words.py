"""What things are called in German and English."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from bench.peers import CACHED
from bench.work import MIX, SEEN, UNSEEN

if TYPE_CHECKING:
    from collections.abc import Mapping

GERMAN, ENGLISH = 0, 1
_WORDS: Final[Mapping[object, tuple[str, str]]] = {
    True: ("erreicht", "reached"),
    False: ("**verfehlt**", "**missed**"),
    None: ("nicht gemessen", "not measured"),
    SEEN: ("wiederholt", "repeated"),
    UNSEEN: ("nie gesehen", "never seen"),
    MIX: ("Mischung", "mix"),
    "look-up": ("Nachschlagen", "look-up"),
    "100 rows": ("100 Zeilen", "100 rows"),
    "aggregate": ("Aggregat", "aggregate"),
    "50,000 rows": ("50.000 Zeilen", "50,000 rows"),
    CACHED: ("oxigraph hinter nginx", "oxigraph behind nginx"),
}
_GERMAN_NUMBER: Final = str.maketrans(",.", ".,")


def word(what: object, language: int) -> str:
    """The word for something; its own name where there is none."""
    pair = _WORDS.get(what)
    return pair[language] if pair else str(what)


def number(value: float, digits: int, language: int) -> str:
    """A number with so many digits behind the point."""
    text = f"{value:,.{digits}f}"
    return text.translate(_GERMAN_NUMBER) if language == GERMAN else text
