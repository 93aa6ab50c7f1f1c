"""How pages say things: the texts of the one catalogue, and dates, numbers and money in words."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Final

from babel.dates import format_date, format_skeleton
from babel.numbers import format_currency, format_decimal

from smartgraph.language import translation
from smartgraph.read.excerpt import Text
from smartgraph.read.values import Amount

if TYPE_CHECKING:
    from decimal import Decimal

    from smartgraph.read.values import Number, PartialDate, Period, Point

#: Which English: dates as "8 September 2020", sums as "€8.8 million".
_LOCALES: Final = {"de": "de_DE", "en": "en_GB"}
_NO_BREAK: Final = "\u00a0"
_MILLION: Final = 1_000_000
#: From this length on a unit may stand on a line of its own.
_LONG_UNIT: Final = 5


def N_(text: str) -> str:  # noqa: N802 (the name that gettext tools look for)
    """Marks a text for the catalogue; it is translated where it is shown."""
    return text


#: How the things are headed that name a thing by this property: its name read backwards.
MENTIONED_BY: Final = {
    "dcterms:spatial": N_("Refers to this area"),
    "smg:theme": N_("On this theme"),
    "smg:technology": N_("With this technology"),
    "smg:sdg": N_("Contributes to this goal"),
    "smg:status": N_("With this status"),
    "smg:partOf": N_("What belongs to it"),
    "smg:implements": N_("Implemented by"),
    "smg:contributesTo": N_("Projects that contribute"),
    "smg:follows": N_("Continued by"),
    "smg:produced": N_("Came out of"),
    "dcterms:replaces": N_("Replaced by"),
    "dcterms:isPartOf": N_("Rounds and parts"),
    "prov:wasRevisionOf": N_("Revised as"),
    "prov:wasDerivedFrom": N_("What builds on it"),
    "schema:funder": N_("Funds"),
    "smg:recipient": N_("Receives"),
    "smg:fundingProgramme": N_("Sums from this programme"),
    "smg:hasParticipation": N_("Takes part in"),
    "smg:carriedOutBy": N_("Carries"),
    "smg:inDistrict": N_("Towns and municipalities of this district"),
    "org:subOrganizationOf": N_("Bodies and parts"),
    "org:unitOf": N_("Units"),
    "org:classification": N_("Organisations of this kind"),
    "geo:sfWithin": N_("Areas within"),
    "schema:about": N_("Papers and events on this"),
    "eli-dl:decided_on_a_realization_of": N_("Decisions on this paper"),
    "eli-dl:recorded_in_a_realization_of": N_("Recorded here"),
    "eli-dl:forms_part_of": N_("What belongs to it"),
    "eli-dl:had_responsible_organization": N_("Meetings"),
    "eli-dl:executed": N_("Decided as announced here"),
    "smg:consultedIn": N_("Papers treated here"),
    "smg:leadBody": N_("In the lead for"),
    "dcterms:publisher": N_("Published sources"),
    "skos:inScheme": N_("Entries of the list"),
    "skos:broader": N_("Narrower concepts"),
    "cited": N_("What this source is evidence for"),
}

#: As what an organisation is part of an initiative, where the data have no role for it.
ROLES: Final = {
    "responsible": N_("responsible"),
    "participant": N_("takes part"),
    "member": N_("member of the partnership that carries it"),
    "operator": N_("operates it"),
    "area": N_("in its area"),
}

BOUNDS: Final = {
    "start": N_("Begins"),
    "end": N_("Ends"),
    "planned-end": N_("Planned end"),
}


class Wording:
    """The words of one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._locale = _LOCALES[language]
        self._texts = translation(language)

    def text(self, message: str, **values: object) -> str:
        """A message of the catalogue, with its ``%(name)s`` filled in."""
        found = self._texts.gettext(message)
        return found % values if values else found

    def plural(self, one: str, many: str, number: int) -> str:
        """A message in the form that fits ``number``, which it may show as ``%(number)s``."""
        return self._texts.ngettext(one, many, number) % {"number": self.count(number)}

    @staticmethod
    def capital(name: str) -> str:
        """A name as it stands at the beginning of a line; concepts are named in lower case."""
        return name[:1].upper() + name[1:]

    def count(self, number: int | Decimal) -> str:
        """A number with its thousands set apart."""
        return format_decimal(number, locale=self._locale, decimal_quantization=False)

    def date(self, date: PartialDate) -> str:
        """A date as precisely as it is known."""
        if date.precision == "year":
            return date.value
        day = dt.date.fromisoformat(date.first_day)
        if date.precision == "month":
            return format_skeleton("yMMMM", day, locale=self._locale)
        return format_date(day, "long", locale=self._locale)

    def date_gap(self, date: PartialDate) -> str:
        """What is not known of a date, empty for a day."""
        if date.precision == "month":
            return self.text("day not documented")
        return self.text("only the year documented") if date.precision == "year" else ""

    def period(self, period: Period) -> str:
        """A time span: years alone are joined closely, other dates with space."""
        start = self.date(period.start) if period.start else ""
        end = self.date(period.end) if period.end else ""
        if start and end:
            years_only = len(start) == len(end) == 4
            return f"{start}–{end}" if years_only else f"{start} – {end}"
        if start:
            message = N_("since %(date)s, no fixed end") if period.is_open else N_("since %(date)s")
            return self.text(message, date=start)
        return self.text("until %(date)s", date=end) if end else self.text("no fixed end")

    def period_gap(self, period: Period) -> str:
        """What is not known of a time span."""
        if period.start and not period.end and not period.is_open:
            return self.text("end not documented")
        return self.text("start not documented") if period.end and not period.start else ""

    def amount(self, amount: Amount) -> str:
        """A sum as people say it: millions in words, the qualifier before it."""
        value, unit = amount.value, ""
        if value >= _MILLION:
            value, unit = value / _MILLION, self.text("million")
        sign = "€" if amount.currency == "EUR" else amount.currency
        figure = format_decimal(value, "#,##0.##", locale=self._locale)
        if self.language == "de":
            words = _NO_BREAK.join(part for part in (figure, unit, sign) if part)
        else:
            words = _NO_BREAK.join(part for part in (sign + figure, unit) if part)
        return f"{amount.qualifier.value} {words}" if amount.qualifier else words

    def exact_amount(self, amount: Amount) -> str:
        """A sum to the last digit."""
        return format_currency(amount.value, amount.currency, locale=self._locale)

    def number(self, number: Number) -> str:
        """A number with its unit."""
        if number.unit is None:
            return self.count(number.value)
        if number.unit.value == "EUR":
            return self.amount(Amount(number.value, "EUR"))
        space = _NO_BREAK if len(number.unit.value) < _LONG_UNIT else " "
        return f"{self.count(number.value)}{space}{number.unit.value}"

    def point(self, point: Point) -> str:
        """A place in degrees, to about a hundred metres."""
        latitude = format_decimal(point.latitude, "0.000", locale=self._locale)
        longitude = format_decimal(point.longitude, "0.000", locale=self._locale)
        return self.text("%(latitude)s° N, %(longitude)s° E", latitude=latitude, longitude=longitude)

    def mentioned_by(self, key: str, name: Text) -> str:
        """The heading of the things that name a thing by a property."""
        if message := MENTIONED_BY.get(key):
            return self.text(message)
        return self.text("Named as “%(property)s” by", property=name.value)

    def role(self, role: str | Text) -> str:
        """As what somebody takes part."""
        return role.value if isinstance(role, Text) else self.text(ROLES[role])

    def bound(self, role: str) -> str:
        """Begin or end of a period, in the timeline."""
        return self.text(BOUNDS[role])

    def size(self, number: int) -> str:
        """A file size as people read it."""
        for limit, unit in ((_MILLION, "MB"), (1000, "kB")):
            if number >= limit:
                return f"{format_decimal(number / limit, '#,##0.0', locale=self._locale)}{_NO_BREAK}{unit}"
        return f"{number}{_NO_BREAK}B"

    def reading_date(self, iso: str) -> str:
        """An ISO day of the release as people write it; the text itself if it is none."""
        return format_date(dt.date.fromisoformat(iso), "long", locale=self._locale) if len(iso) == 10 else iso
