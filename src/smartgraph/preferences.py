"""What a client prefers, as headers say it: a list of wishes, each with a weight.

Spec: RFC 9110, section 12.4.2 (quality values) and 5.6.6 (parameters).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The part of a header that is read, in characters; browsers send about 150.
_LONGEST: Final = 4096
_QUALITY: Final = re.compile(r"\d{1,9}(?:\.\d{0,9})?|\.\d{1,9}")


@dataclass(frozen=True, slots=True)
class Wish:
    """One thing that a client takes, in small letters, how much it is wanted (0 to 1), and its parameters."""

    value: str
    quality: float
    parameters: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=128)  # clients repeat themselves
def wishes(header: str) -> tuple[Wish, ...]:
    """The wishes of an ``Accept`` or ``Accept-Language`` header in their order; a malformed weight counts as 1.

    Only so many are read: nobody means more, and each costs time.

    >>> wishes('text/html;q=0.5, a/b; profile="x,y"')
    (Wish(value='text/html', quality=0.5, parameters=()), Wish(value='a/b', quality=1.0, parameters=(('profile', 'x,y'),)))
    """  # noqa: E501 (the answer stands on one line)
    return tuple(_wish(part) for part in _split(header[:_LONGEST], ",") if part.partition(";")[0].strip())


def _wish(part: str) -> Wish:
    value, *rest = _split(part, ";")
    parameters = [(name.strip().lower(), text.strip().strip('"')) for name, _, text in (p.partition("=") for p in rest)]
    quality = next((text for name, text in parameters if name == "q"), "1")
    weight = min(float(quality), 1.0) if _QUALITY.fullmatch(quality) else 1.0
    return Wish(value.lower(), weight, tuple((name, text) for name, text in parameters if name and name != "q"))


def _split(text: str, mark: str) -> Iterator[str]:
    """The parts between the marks, without those that stand in quotes."""
    start, is_quoted = 0, False
    for place, character in enumerate(text):
        if character == '"' and text[place - 1 : place] != "\\":
            is_quoted = not is_quoted
        elif character == mark and not is_quoted:
            yield text[start:place].strip()
            start = place + 1
    yield text[start:].strip()
