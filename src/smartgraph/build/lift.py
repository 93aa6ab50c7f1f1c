"""Values to terms that survive the store.

The engine stores values, not spellings: ``"01"^^xsd:integer`` comes back as ``1``, and a derived
integer type as ``xsd:integer``. So a literal takes its stored spelling here, before anything is
validated, and one that is not well-formed, or whose type the store would change, is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Final

import pyoxigraph as ox

from smartgraph.vocab import RDF_LANG_STRING, XSD, XSD_STRING


class NotLiftable(ValueError):
    """A literal that cannot be published; ``wanted`` says in German and English what could."""

    def __init__(self, wanted_de: str, wanted_en: str) -> None:
        self.wanted_de, self.wanted_en = wanted_de, wanted_en
        super().__init__(wanted_en)


def _is_date(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False


def _matches(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern)
    return lambda text: compiled.fullmatch(text) is not None


#: The datatypes we publish: is it well-formed, and what a good value looks like in words.
_WELL_FORMED: Final[dict[str, tuple[Callable[[str], bool], str, str]]] = {
    XSD_STRING: (lambda _: True, "Text", "text"),
    RDF_LANG_STRING: (lambda _: True, "Text mit Sprache", "text with a language"),
    f"{XSD}date": (_is_date, "ein Tag wie 2022-03-29", "a day such as 2022-03-29"),
    f"{XSD}gYearMonth": (
        _matches(r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])"), "ein Monat wie 2022-03", "a month such as 2022-03"
    ),
    f"{XSD}gYear": (_matches(r"(?!0000)[0-9]{4}"), "ein Jahr wie 2022", "a year such as 2022"),
    f"{XSD}integer": (_matches(r"[+-]?[0-9]+"), "eine ganze Zahl wie 5", "a whole number such as 5"),
    f"{XSD}decimal": (
        _matches(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)"),
        "eine Dezimalzahl wie 12.5",
        "a decimal number such as 12.5",
    ),
    f"{XSD}boolean": (_matches("true|false|1|0"), "true oder false", "true or false"),
    f"{XSD}anyURI": (
        _matches(r"[a-z][a-z0-9+.-]*:[^\s<>\"{}|\\^`]+"),
        "eine Adresse wie https://example.org/ ohne Leerzeichen",
        "an address such as https://example.org/ without blanks",
    ),
    "http://www.opengis.net/ont/geosparql#wktLiteral": (
        _matches(r"(POINT|LINESTRING|POLYGON|MULTIPOINT|MULTILINESTRING|MULTIPOLYGON)\s*\(.+\)"),
        "eine Geometrie wie POINT(7.2 51.5)",
        "a geometry such as POINT(7.2 51.5)",
    ),
}  # fmt: skip


def example_of(datatype: str) -> tuple[str, str] | None:
    """What a good value of the datatype looks like, in German and English; ``None`` if we do not publish it."""
    return _WELL_FORMED[datatype][1:] if datatype in _WELL_FORMED else None


def is_well_formed(text: str, datatype: str) -> bool:
    """True if ``text`` is a spelling of the datatype, and we publish it."""
    return datatype in _WELL_FORMED and _WELL_FORMED[datatype][0](text)


class Lifter:
    """Lifts literals; remembers those it has seen, because most values repeat."""

    def __init__(self) -> None:
        self._seen: dict[ox.Literal, ox.Literal] = {}
        self._node = ox.NamedNode("urn:x-smartgraph:lift")

    def lift(self, literal: ox.Literal) -> ox.Literal:
        """The literal as the store will give it back.

        Raises:
            NotLiftable: not well-formed, or of a datatype that we do not publish.
        """
        if literal not in self._seen:
            self._seen[literal] = self._lifted(literal)
        return self._seen[literal]

    def _lifted(self, literal: ox.Literal) -> ox.Literal:
        datatype = literal.datatype.value
        if datatype not in _WELL_FORMED:
            names = ", ".join(f"xsd:{t.removeprefix(XSD)}" for t in _WELL_FORMED if t.startswith(XSD))
            raise NotLiftable(f"ein Datentyp aus: {names}", f"a datatype out of: {names}")
        wanted_de, wanted_en = _WELL_FORMED[datatype][1:]
        if not is_well_formed(literal.value, datatype):
            raise NotLiftable(wanted_de, wanted_en)
        store = ox.Store()
        store.add(ox.Quad(self._node, self._node, literal))
        stored = next(iter(store)).object
        if not isinstance(stored, ox.Literal) or stored.datatype.value != datatype:
            raise NotLiftable(wanted_de, wanted_en)
        return stored
