"""The values that pages show, in the precision of the data. How they are worded is up to the page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, ClassVar, Final, Literal

if TYPE_CHECKING:
    from smartgraph.read.excerpt import Excerpt, Text
    from smartgraph.serialize import Term

_DATE: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")
_POINT: Final = re.compile(r"POINT\s*\(\s*(-?[\d.]+)\s+(-?[\d.]+)\s*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day, a month or a year: ``value`` is ``2022-03-24``, ``2022-03`` or ``2022``."""

    form: ClassVar[str] = "date"
    value: str

    @property
    def precision(self) -> Literal["day", "month", "year"]:
        return {10: "day", 7: "month"}.get(len(self.value), "year")  # type: ignore[return-value]

    @property
    def year(self) -> str:
        return self.value[:4]

    @property
    def first_day(self) -> str:
        """The first day it can mean, for ordering only."""
        return self.value + "-01-01"[len(self.value) - 4 :] if len(self.value) < 10 else self.value


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with its unit if it has one."""

    form: ClassVar[str] = "number"
    value: Decimal
    unit: Text | None = None


@dataclass(frozen=True, slots=True)
class Amount:
    """A sum of money; ``qualifier`` says about, up to or more than."""

    form: ClassVar[str] = "amount"
    value: Decimal
    currency: str
    qualifier: Text | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    form: ClassVar[str] = "flag"
    value: bool


@dataclass(frozen=True, slots=True)
class Address:
    """A web address, http or https."""

    form: ClassVar[str] = "address"
    url: str


@dataclass(frozen=True, slots=True)
class Period:
    """A time span; a missing end is unknown unless ``is_open``."""

    form: ClassVar[str] = "period"
    start: PartialDate | None
    end: PartialDate | None
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the map, in degrees."""

    form: ClassVar[str] = "point"
    longitude: Decimal
    latitude: Decimal


def partial_date(text: str) -> PartialDate | None:
    """The date in ``text``, ``None`` if it is none."""
    return PartialDate(text) if _DATE.fullmatch(text) else None


def decimal(text: str) -> Decimal | None:
    """The number in ``text``, ``None`` if it is none."""
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def is_web_address(text: str) -> bool:
    """True for what may become a link that leads out of our pages."""
    return re.fullmatch(r"https?://[^\s<>\"]+", text) is not None


def amount_of(excerpt: Excerpt, node: str, language: str) -> Amount | None:
    """The sum that a funding states, ``None`` where the sources give none."""
    value = decimal(excerpt.first(node, "smg:amount"))
    if value is None:
        return None
    qualifiers = [
        thing.label
        for thing in excerpt.things(node, language, "smg:amountQualifier")
        if not thing.iri.endswith("/exact")
    ]
    currency = excerpt.first(node, "schema:currency") or "EUR"
    return Amount(value, currency, qualifiers[0] if qualifiers else None)


def number_of(excerpt: Excerpt, node: str, language: str) -> Number | None:
    """The number that a figure states."""
    value = decimal(excerpt.first(node, "smg:numericValue"))
    return None if value is None else Number(value, excerpt.text(node, "schema:unitText", language))


def period_of(excerpt: Excerpt, node: str) -> Period | None:
    """The time span that a period node states, ``None`` if it states nothing."""
    start = partial_date(excerpt.first(node, "dcat:startDate"))
    end = partial_date(excerpt.first(node, "dcat:endDate"))
    is_open = excerpt.first(node, "smg:openEnd") == "true"
    return Period(start, end, is_open) if start or end or is_open else None


def date_of(excerpt: Excerpt, node: str) -> PartialDate | None:
    """The ``smg:date`` of a node."""
    return partial_date(excerpt.first(node, "smg:date"))


def literal_value(term: Term, text: Text) -> PartialDate | Number | Flag | Address | Text:
    """A literal as what it is; ``text`` stands for everything that has no form of its own."""
    name = re.split(r"[#/]", term.datatype)[-1]
    if name in ("date", "gYearMonth", "gYear") and (date := partial_date(term.value)):
        return date
    if name in ("decimal", "integer") and (number := decimal(term.value)) is not None:
        return Number(number)
    if name == "boolean":
        return Flag(term.value in ("true", "1"))
    if name == "anyURI" and is_web_address(term.value):
        return Address(term.value)
    return text


def point_of(wkt: str) -> Point | None:
    """The point that a WKT text gives, ``None`` for other shapes."""
    if match := _POINT.fullmatch(wkt.strip()):
        return Point(Decimal(match[1]), Decimal(match[2]))
    return None
