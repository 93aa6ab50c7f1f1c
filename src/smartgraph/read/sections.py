"""What the page of one thing consists of, as values: facts, sums, moments, lines, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from smartgraph.read.excerpt import INITIATIVES, NO_DOUBT, Doubt

if TYPE_CHECKING:
    from smartgraph.read.excerpt import Text, Thing
    from smartgraph.read.values import Address, Amount, Flag, Number, PartialDate, Period, Point

    Value = Text | Thing | PartialDate | Number | Amount | Flag | Address | Period | Point


@dataclass(frozen=True, slots=True)
class Source:
    """One numbered source. ``notes`` say what it is not quite sure of or says differently."""

    number: int
    thing: Thing
    url: str
    retrieved: PartialDate | None
    is_copy_of_unknown_age: bool
    facts: tuple[str, ...]
    notes: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Fact:
    """One property of the thing. ``basis`` is empty where a source states it.

    ``doubt`` is for cells that show other things and for sources that disagree.
    """

    property: str
    name: Text
    values: tuple[Value, ...]
    marks: tuple[int, ...]
    basis: tuple[Text, ...] = ()
    notes: tuple[Text, ...] = ()
    below: Value | None = None
    doubt: Doubt = NO_DOUBT
    below_doubt: Doubt = NO_DOUBT


@dataclass(frozen=True, slots=True)
class Conflict:
    """A source that says otherwise, and why the editors follow another.

    ``ours`` is empty where it is not a value but our own description that differs.
    """

    names: tuple[Text, ...]
    ours: tuple[Value, ...]
    other: Value
    marks: tuple[int, ...]
    reasons: tuple[Text, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of the timeline. ``role`` is ``start``, ``end``, ``planned-end`` for periods of the thing."""

    date: PartialDate | None
    thing: Thing | None
    by: tuple[Thing, ...] = ()
    role: str = ""
    is_announced: bool = False
    marks: tuple[int, ...] = ()
    doubt: Doubt = NO_DOUBT


@dataclass(frozen=True, slots=True)
class Sum:
    """A sum of money and the sums that it contains."""

    thing: Thing
    amount: Amount | None
    type: tuple[Thing, ...]
    status: tuple[Thing, ...]
    funders: tuple[Thing, ...]
    recipients: tuple[Thing, ...]
    programmes: tuple[Thing, ...]
    items: tuple[Thing, ...]
    date: PartialDate | None
    shares: tuple[Sum, ...]
    marks: tuple[int, ...]
    is_refused: bool = False
    amount_doubt: Doubt = NO_DOUBT
    status_doubt: Doubt = NO_DOUBT
    date_doubt: Doubt = NO_DOUBT

    @property
    def widths(self) -> tuple[float, ...]:
        """The parts of a bar, in per cent of the whole; empty where nothing can be drawn."""
        parts = [share.amount.value for share in self.shares if share.amount]
        if not self.amount or not parts:
            return ()
        whole = max(self.amount.value, sum(parts))
        return tuple(round(float(part / whole * 100), 2) for part in parts) if whole > 0 else ()


@dataclass(frozen=True, slots=True)
class Group:
    """Things under one heading; ``total`` counts also those left out."""

    key: str
    name: Text
    lines: tuple[Line, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Line:
    """One thing in a list with what tells it apart."""

    form: ClassVar[str] = "line"
    thing: Thing
    kind: Text | None = None
    status: Thing | None = None
    date: PartialDate | None = None
    number: Number | None = None
    others: tuple[Thing, ...] = ()
    roles: tuple[str | Text, ...] = ()
    marks: tuple[int, ...] = ()
    number_doubt: Doubt = NO_DOUBT
    date_doubt: Doubt = NO_DOUBT
    definition: Text | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything on the page of one thing, in one language."""

    thing: Thing
    kinds: tuple[Text, ...]
    places: tuple[Thing, ...]
    description: Text | None
    description_marks: tuple[int, ...]
    strip: tuple[Fact, ...]
    facts: tuple[Fact, ...]
    conflicts: tuple[Conflict, ...]
    themes: tuple[Thing, ...]
    theme_marks: tuple[int, ...]
    money: tuple[Sum, ...]
    figures: tuple[Line, ...]
    components: tuple[Group, ...]
    parties: tuple[Line, ...]
    engagements: tuple[Line, ...]
    moments: tuple[Moment, ...]
    mentions: tuple[Group, ...]
    sources: tuple[Source, ...]

    @property
    def is_initiative(self) -> bool:
        return self.thing.kind in INITIATIVES
