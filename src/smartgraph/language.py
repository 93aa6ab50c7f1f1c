"""The one catalogue of texts for people: German and English, by gettext.

The msgids are English. Catalogues are authored as ``translations/<language>/LC_MESSAGES/messages.po``
and read as they are, so that nothing has to be compiled before the first start.
"""

from __future__ import annotations

from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

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
