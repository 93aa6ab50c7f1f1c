"""The one catalogue of texts for people: German and English, by gettext, and who is to read which.

The msgids are English. Catalogues are authored as ``translations/<language>/LC_MESSAGES/messages.po``
and read as they are, so that nothing has to be compiled before the first start.
"""

from __future__ import annotations

from functools import cache, lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from smartgraph.preferences import wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

#: German first: the readers are citizens of the Ruhr region.
LANGUAGES: Final = ("de", "en")
TRANSLATIONS: Final = Path(__file__).parent / "translations"


def N_(text: str) -> str:  # noqa: N802  # the name that gettext tools look for
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


def catalogue_path(language: str) -> Path:
    """The authored catalogue of a language."""
    return TRANSLATIONS / language / "LC_MESSAGES" / "messages.po"


@cache
def translation(language: str) -> NullTranslations:
    """The catalogue of a language; English needs none, its texts are the msgids."""
    path = catalogue_path(language)
    if not path.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with path.open("rb") as stream:
        write_mo(compiled, read_po(stream, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


def language_of_locale(environ: Mapping[str, str]) -> str:
    """The language of a terminal: German where the locale says so, else English.

    Spec: POSIX, Environment Variables, 8.2 (LC_ALL before LC_MESSAGES before LANG).
    """
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        if value := environ.get(variable):
            return "de" if value.lower().startswith("de") else "en"
    return "en"


@lru_cache(maxsize=128)  # clients repeat themselves
def language_of_header(header: str, default: str) -> str:
    """The language that ``Accept-Language`` asks for; ``default`` where it leaves the choice or wants neither.

    ``de-AT`` finds ``de``: a range is shortened until there is such a language. What ``q=0`` rules out is
    given only if nothing is left.

    Spec: RFC 4647, section 3.4 (lookup); RFC 9110, section 12.5.4.

    >>> language_of_header("fr, en-US;q=0.8, de;q=0.5", "de")
    'en'
    """
    asked = sorted(wishes(header), key=lambda wish: -wish.quality)
    wanted = {found for wish in asked if wish.quality and (found := _lookup(wish.value))}
    refused = {wish.value for wish in asked if not wish.quality}
    left = [code for code in (default, *LANGUAGES) if code not in refused and ("*" not in refused or code in wanted)]
    for wish in asked:
        if wish.quality and wish.value == "*":
            break
        if wish.quality and (found := _lookup(wish.value)) in left:
            return found or default
    return next(iter(left), default)


def _lookup(language_range: str) -> str | None:
    """The language of ours that a range means, if any."""
    subtags = language_range.split("-")
    while subtags:
        if "-".join(subtags) in LANGUAGES:
            return "-".join(subtags)
        del subtags[-1]
    return None
