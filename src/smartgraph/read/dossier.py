"""What the page of one thing shows: its facts with their sources, and what is known around it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from smartgraph.read.describe import Citation, Description, describe
from smartgraph.read.excerpt import INITIATIVES, KINDS, NO_DOUBT, Doubt, Excerpt, Text, Thing, chosen, doubt_of
from smartgraph.read.sections import Conflict, Dossier, Fact, Group, Line, Moment, Source, Sum
from smartgraph.read.values import (
    Address,
    Amount,
    Number,
    Period,
    amount_of,
    date_of,
    is_web_address,
    literal_value,
    number_of,
    partial_date,
    period_of,
    point_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from smartgraph.read.sections import Value
    from smartgraph.read.store import Reader
    from smartgraph.serialize import Term


#: Facts come in this order; what is not named here follows by name.
ORDER: Final = (
    "smg:date", "smg:decidedBy", "eli-dl:had_responsible_organization", "eli-dl:decision_outcome",
    "smg:majority", "smg:decisionType", "smg:decidesOn", "smg:toDecideOn",
    "eli-dl:decided_on_a_realization_of", "eli-dl:executed",
    "smg:status", "smg:responsibleBody", "smg:carriedOutBy", "dcterms:spatial",
    "dcterms:temporal", "smg:plannedPeriod", "smg:targetYear",
    "smg:strategyType", "smg:projectType", "smg:solutionType", "smg:partnershipType", "smg:componentType",
    "smg:componentOf", "schema:position", "smg:partOf", "smg:implements", "smg:contributesTo", "smg:follows",
    "prov:wasRevisionOf", "dcterms:replaces", "prov:wasDerivedFrom", "schema:version", "smg:produced",
    "smg:operatedBy", "schema:slogan", "schema:award", "smg:technology",
    "schema:fundedItem", "smg:amount", "smg:fundingStatus", "smg:amountType", "smg:shareOf", "schema:funder",
    "smg:recipient", "smg:fundingProgramme",
    "smg:figureOf", "smg:figureType", "smg:numericValue", "org:classification", "smg:bodyType",
    "org:subOrganizationOf", "org:unitOf", "smg:inDistrict", "geo:sfWithin", "foaf:homepage", "foaf:page",
    "smg:hasDocument", "schema:url",
)  # fmt: skip

#: Not facts of their own: names, kinds, citations, and what belongs to another value.
_SILENT: Final = frozenset({
    "rdf:type", "skos:prefLabel", "dcterms:title", "dcterms:description", "skos:definition", "smg:citation",
    "schema:currency", "smg:amountQualifier", "schema:unitText", "smg:theme", "smg:hasParticipation",
    "smg:statusAsOf",
    "skos:topConceptOf", "skos:hasTopConcept",
})  # fmt: skip

#: One value that is written down in several properties; a source for one of them is a source for it.
_TOGETHER: Final = {
    "smg:status": ("smg:status", "smg:statusAsOf"),
    "smg:amount": ("smg:amount", "schema:currency", "smg:amountQualifier"),
    "smg:numericValue": ("smg:numericValue", "schema:unitText"),
}

#: What the strip below the heading shows for each kind of thing.
_STRIP: Final = {
    "smg:Decision": ("smg:date", "smg:decidedBy", "eli-dl:decision_outcome", "smg:majority"),
    "eli-dl:ForeseenActivity": ("smg:date", "eli-dl:had_responsible_organization", "smg:decisionType"),
    "smg:Funding": ("smg:amount", "smg:fundingStatus", "smg:amountType", "smg:date"),
    "smg:ReportedFigure": ("smg:numericValue", "smg:figureType", "smg:date"),
    "smg:CouncilPaper": ("dcterms:identifier", "smg:paperType", "smg:date"),
    "schema:Event": ("smg:date",),
    "smg:Meeting": ("smg:date", "eli-dl:had_responsible_organization"),
    "smg:Solution": ("smg:status", "smg:solutionType", "smg:operatedBy"),
    "smg:SourceDocument": ("smg:retrieved", "smg:sourceType", "dcterms:issued"),
}

#: The properties and ways that have sections of their own; all other mentions are listed at the end.
_TIMELINE: Final = (
    "smg:decidesOn", "smg:toDecideOn", "decision",
    "smg:decidedBy", "eli-dl:had_responsible_organization", "council",
)  # fmt: skip
_SHARED: Final = frozenset({"eli-dl:had_responsible_organization"})
_ENGAGEMENTS: Final = {
    "responsible": ("smg:responsibleBody",),
    "participant": ("participation",),
    "member": ("membership",),
    "operator": ("smg:operatedBy",),
    "area": ("area",),
}
_SECTIONED: Final = frozenset({
    *_TIMELINE, "smg:responsibleBody", "smg:participant", "org:member", "org:organization", "smg:componentOf",
    "smg:figureOf", "smg:operatedBy", "schema:fundedItem", "smg:shareOf",
})  # fmt: skip
_MONEY: Final = (
    "schema:fundedItem",
    "schema:funder",
    "smg:recipient",
    "smg:fundingProgramme",
    "programme",
    "smg:shareOf",
)


def dossier(reader: Reader, iri: str, language: str) -> Dossier:
    """The dossier of ``iri``.

    Raises:
        UnknownThing: the release says nothing of it.
    """
    return _Composer(describe(reader, iri), language).compose()


class _Composer:
    """Puts a dossier together; numbers the sources in the order in which the page names them."""

    def __init__(self, description: Description, language: str) -> None:
        self.about = description
        self.iri = description.iri
        self.excerpt: Excerpt = description.excerpt
        self.language = language
        self.is_initiative = description.kind in INITIATIVES
        self.numbers: dict[str, int] = {}
        self.told: set[Text] = set()

    def compose(self) -> Dossier:
        excerpt, iri, language = self.excerpt, self.iri, self.language
        thing = excerpt.thing(iri, language)
        description_marks = self._marks("dcterms:description", only_named=True)
        strip = self._strip()
        shown = {fact.property for fact in strip}
        conflicts = self._conflicts()
        facts = tuple(self._told(self._fact(name)) for name in self._properties() if name not in shown)
        return Dossier(
            thing=thing,
            kinds=self._kinds(),
            places=excerpt.things(iri, language, "dcterms:spatial") if self.is_initiative else (),
            description=excerpt.text(iri, "dcterms:description", language)
            or excerpt.text(iri, "skos:definition", language),
            description_marks=description_marks,
            strip=strip,
            facts=facts,
            conflicts=conflicts,
            themes=excerpt.things(iri, language, "smg:theme"),
            theme_marks=self._marks("smg:theme") if excerpt.values(iri, "smg:theme") else (),
            money=self._money(),
            figures=self._figures(),
            components=self._components(),
            parties=self._parties(),
            engagements=self._engagements(),
            moments=self._moments(),
            mentions=self._mentions(),
            sources=self._sources(),
        )

    # ---- citations

    def _number(self, source: str) -> int:
        return self.numbers.setdefault(source, len(self.numbers) + 1)

    def _covering(self, *properties: str) -> tuple[Citation, ...]:
        return tuple(citation for citation in self.about.citations if citation.covers(*properties))

    def _marks(self, *properties: str, only_named: bool = False) -> tuple[int, ...]:
        """The numbers of the sources for these properties."""
        found = [c for c in self._covering(*properties) if c.properties or not only_named]
        return tuple(sorted({self._number(citation.source) for citation in found if citation.other is None}))

    def _marks_of(self, node: str) -> tuple[int, ...]:
        """The numbers of the sources for another thing that this page shows."""
        return tuple(sorted({self._number(source) for source in self.excerpt.iris(node, "smg:source")}))

    def _basis(self, *properties: str) -> tuple[tuple[Text, ...], tuple[Text, ...]]:
        """How a fact is known where no source states it, and the notes that say so."""
        found = [c for c in self._covering(*properties) if c.properties and c.other is None]
        found = found or [c for c in self._covering(*properties) if c.other is None]
        if not found or any(c.basis == "basis:stated" for c in found):
            return (), ()
        names = {c.basis: self.excerpt.label(self.excerpt.names.long(c.basis), self.language) for c in found}
        return tuple(names.values()), self._notes(found)

    def _doubt(self, node: str, name: str) -> Doubt:
        """How sure a value of a thing on this page is."""
        return doubt_of(self.excerpt, node, self.language, *_TOGETHER.get(name, (name,)))

    def _conflicts(self) -> tuple[Conflict, ...]:
        """What sources say otherwise; those that say the same stand together."""
        groups: dict[tuple[frozenset[str], Term], list[Citation]] = {}
        for citation in self.about.citations:
            if citation.other is not None:
                groups.setdefault((citation.properties, citation.other), []).append(citation)
        return tuple(self._conflict(sorted(names), other, found) for (names, other), found in groups.items())

    def _conflict(self, names: list[str], other: Term, found: list[Citation]) -> Conflict:
        return Conflict(
            names=tuple(map(self._name, names)),
            ours=tuple(value for name in names if name not in _SILENT for value in self._values(name)),
            other=self._value(other, names[0] if names else ""),
            marks=tuple(sorted({self._number(citation.source) for citation in found})),
            reasons=self._once(self._notes(found)),
        )

    def _once(self, notes: Iterable[Text]) -> tuple[Text, ...]:
        """The notes that the page has not shown yet; it has now."""
        new = tuple(note for note in notes if note not in self.told)
        self.told.update(new)
        return new

    def _told(self, fact: Fact) -> Fact:
        """A fact that is shown with its notes; the strip leaves them to the sources."""
        return replace(fact, notes=self._once(fact.notes))

    def _notes(self, citations: Iterable[Citation]) -> tuple[Text, ...]:
        found = (self.excerpt.texts(c.node, "skos:note", self.language) for c in citations)
        return tuple(dict.fromkeys(note for group in found for note in group))

    def _sources(self) -> tuple[Source, ...]:
        for citation in self.about.citations:
            self._number(citation.source)
        return tuple(self._source(iri, number) for iri, number in self.numbers.items())

    def _source(self, iri: str, number: int) -> Source:
        cited = [citation for citation in self.about.citations if citation.source == iri]
        notes = self._notes(citation for citation in cited if citation.other is None)
        url = self.excerpt.first(iri, "schema:url")
        return Source(
            number=number,
            thing=self.excerpt.thing(iri, self.language),
            url=url if is_web_address(url) else "",
            retrieved=partial_date(self.excerpt.first(iri, "smg:retrieved")),
            is_copy_of_unknown_age=self.excerpt.first(iri, "smg:copyOfUnknownAge") == "true",
            facts=tuple(dict.fromkeys(fact for citation in cited for fact in citation.facts)),
            notes=self._once(notes),
        )

    # ---- facts

    def _kinds(self) -> tuple[Text, ...]:
        kind = self.excerpt.kind(self.iri)
        types = self.excerpt.things(
            self.iri, self.language, "smg:strategyType", "smg:projectType", "smg:solutionType",
            "org:classification", "smg:bodyType", "smg:paperType", "smg:componentType",
        )  # fmt: skip
        scheme = self.excerpt.things(self.iri, self.language, "skos:inScheme")
        named = [thing.label for thing in (types or scheme)]
        return tuple(named) or ((self._name(kind),) if kind else ())

    def _name(self, short: str) -> Text:
        """The name of a property or class."""
        if ":" not in short or short.startswith("http"):
            return self.excerpt.label(short, self.language)
        return self.excerpt.label(self.excerpt.names.long(short), self.language)

    def _is_derived(self, short: str) -> bool:
        node = short if short.startswith("http") else self.excerpt.names.long(short)
        return self.excerpt.first(node, "smg:derived") == "true"

    def _properties(self) -> tuple[str, ...]:
        there = set(self.excerpt.properties(self.iri)) - _SILENT
        there = {name for name in there if not self._is_derived(name)}
        ordered = [name for name in ORDER if name in there]
        rest = sorted(there - set(ordered), key=lambda name: self._name(name).value.casefold())
        return (*ordered, *rest)

    def _fact(self, name: str, below: Value | None = None) -> Fact:
        together = _TOGETHER.get(name, (name,))
        marks = self._marks(*together)
        basis, notes = self._basis(*together)
        doubt = Doubt(disputed=self._doubt(self.iri, name).disputed)
        return Fact(name, self._name(name), self._values(name), marks, basis, notes, below, doubt)

    def _values(self, name: str) -> tuple[Value, ...]:
        if name == "smg:amount":
            amount = amount_of(self.excerpt, self.iri, self.language)
            return (amount,) if amount else ()
        if name == "smg:numericValue":
            number = number_of(self.excerpt, self.iri, self.language)
            return (number,) if number else ()
        terms = self.excerpt.values(self.iri, name)
        texts = {(text.value, text.language) for text in chosen(terms, self.language)}
        shown = [t for t in terms if t.kind != "literal" or (t.value, t.language) in texts]
        values = [self._value(term, name) for term in shown]
        return tuple(sorted(values, key=lambda v: v.label.value.casefold() if isinstance(v, Thing) else ""))

    def _value(self, term: Term, name: str) -> Value:
        if term.kind == "literal":
            return self._literal(term, name)
        if term.value.startswith(f"{self.iri}#"):
            return self._own_node(term.value)
        known = self.excerpt.kind(term.value) or term.value.startswith(self.excerpt.names.base)
        if known or not is_web_address(term.value):
            return self.excerpt.thing(term.value, self.language)
        return Address(term.value)

    def _literal(self, term: Term, name: str) -> Value:
        value = literal_value(term, Text(term.value, term.language))
        if name == "smg:amount" and isinstance(value, Number):
            return Amount(value.value, self.excerpt.first(self.iri, "schema:currency") or "EUR")
        if name == "smg:numericValue" and isinstance(value, Number):
            return Number(value.value, self.excerpt.text(self.iri, "schema:unitText", self.language))
        return value

    def _own_node(self, node: str) -> Value:
        wkt = self.excerpt.first(node, "geo:asWKT")
        return period_of(self.excerpt, node) or point_of(wkt) or Text(wkt or node)

    # ---- strip

    def _strip(self) -> tuple[Fact, ...]:
        if self.is_initiative:
            return tuple(cell for cell in (self._status(), self._time(), *self._sums_in_brief()) if cell)
        if self.excerpt.kind(self.iri) == "smg:LocalAuthority":
            return tuple(self._figure_cell(node) for node in self.about.ways.get("figure", ()))
        names = _STRIP.get(self.excerpt.kind(self.iri), ())
        there = [name for name in names if self.excerpt.values(self.iri, name)]
        return tuple(self._status() if name == "smg:status" else self._fact(name) for name in there)  # type: ignore[misc]

    def _status(self) -> Fact | None:
        if not self.excerpt.values(self.iri, "smg:status"):
            return None
        return self._fact("smg:status", partial_date(self.excerpt.first(self.iri, "smg:statusAsOf")))

    def _time(self) -> Fact:
        """The period that says most; a fact without values where none is known."""
        facts = [self._fact(name) for name in ("dcterms:temporal", "smg:plannedPeriod")]
        known = [fact for fact in facts if fact.values]
        complete = [f for f in known if any(isinstance(v, Period) and (v.end or v.is_open) for v in f.values)]
        return next(iter(complete or known), facts[0])

    def _sums_in_brief(self) -> tuple[Fact, ...]:
        """The two largest sums for the initiative that are no part of another: its volume and its grant.

        A sum that was refused is nothing that the initiative has.
        """
        nodes = self.about.mentions.get("schema:fundedItem", ())
        whole = [node for node in nodes if self._is_whole(node) and not self._has_status(node, "rejected")]
        cells = [cell for node in whole if (cell := self._sum_cell(node))]
        return tuple(sorted(cells, key=lambda cell: -cell.values[0].value)[:2])  # type: ignore[union-attr,operator]

    def _is_whole(self, node: str) -> bool:
        return not self.excerpt.values(node, "smg:shareOf")

    def _sum_cell(self, node: str) -> Fact | None:
        amount = amount_of(self.excerpt, node, self.language)
        types = self.excerpt.things(node, self.language, "smg:amountType")
        status = self.excerpt.things(node, self.language, "smg:fundingStatus")
        if not amount or not types:
            return None
        return Fact(
            "sum", types[0].label, (amount,), self._marks_of(node), below=next(iter(status), None),
            doubt=self._doubt(node, "smg:amount"),
            below_doubt=self._doubt(node, "smg:fundingStatus") if status else NO_DOUBT,
        )  # fmt: skip

    def _figure_cell(self, node: str) -> Fact:
        number = number_of(self.excerpt, node, self.language)
        types = self.excerpt.things(node, self.language, "smg:figureType")
        name = types[0].label if types else self.excerpt.label(node, self.language)
        date = date_of(self.excerpt, node)
        return Fact(
            "figure", name, (number,) if number else (), self._marks_of(node), below=date,
            doubt=self._doubt(node, "smg:numericValue"),
            below_doubt=self._doubt(node, "smg:date") if date else NO_DOUBT,
        )  # fmt: skip

    # ---- money

    def _money(self) -> tuple[Sum, ...]:
        nodes = [n for n in self.about.related(*_MONEY) if "smg:Funding" in self.excerpt.kinds(n)]
        inside = {n for n in nodes if set(self.excerpt.iris(n, "smg:shareOf")) & set(nodes)}
        sums = [self._sum(node, nodes) for node in nodes if node not in inside]
        return tuple(sorted(sums, key=lambda found: -found.amount.value if found.amount else 0))

    def _sum(self, node: str, nodes: Iterable[str]) -> Sum:
        def things(name: str) -> tuple[Thing, ...]:
            return self.excerpt.things(node, self.language, name)

        marks = self._marks_of(node)
        date = date_of(self.excerpt, node)
        shares = [self._sum(n, nodes) for n in nodes if n != node and node in self.excerpt.iris(n, "smg:shareOf")]
        return Sum(
            thing=self.excerpt.thing(node, self.language),
            amount=amount_of(self.excerpt, node, self.language),
            type=things("smg:amountType"),
            status=things("smg:fundingStatus"),
            funders=things("schema:funder"),
            recipients=things("smg:recipient"),
            programmes=things("smg:fundingProgramme"),
            items=tuple(thing for thing in things("schema:fundedItem") if thing.iri != self.iri),
            date=date,
            shares=tuple(sorted(shares, key=lambda share: -share.amount.value if share.amount else 0)),
            marks=marks,
            is_refused=self._has_status(node, "rejected"),
            amount_doubt=self._doubt(node, "smg:amount"),
            status_doubt=self._doubt(node, "smg:fundingStatus") if things("smg:fundingStatus") else NO_DOUBT,
            date_doubt=self._doubt(node, "smg:date") if date else NO_DOUBT,
        )

    # ---- sections

    def _figures(self) -> tuple[Line, ...]:
        nodes = self.about.mentions.get("smg:figureOf", ())
        lines = [self._line(node, with_marks=True) for node in nodes]
        return tuple(sorted(lines, key=lambda line: (line.date.first_day if line.date else "", line.thing.iri)))

    def _components(self) -> tuple[Group, ...]:
        groups: dict[str, list[str]] = {}
        for node in self.about.mentions.get("smg:componentOf", ()):
            groups.setdefault(next(iter(self.excerpt.iris(node, "smg:componentType")), ""), []).append(node)
        return tuple(self._component_group(kind, nodes) for kind, nodes in sorted(groups.items()))

    def _component_group(self, kind: str, nodes: list[str]) -> Group:
        def place(node: str) -> tuple[int, str]:
            position = self.excerpt.first(node, "schema:position")
            return int(position) if position.isdigit() else 999, self.excerpt.label(node, self.language).value

        lines = tuple(Line(self.excerpt.thing(n, self.language)) for n in sorted(nodes, key=place))
        return Group("smg:componentOf", self.excerpt.label(kind, self.language), lines, len(lines))

    def _parties(self) -> tuple[Line, ...]:
        """Who takes part: participations of an initiative, members of a partnership."""
        own = self.excerpt.iris(self.iri, "smg:hasParticipation")
        nodes = dict.fromkeys((*own, *self.about.related("org:organization", "carrier")))
        lines = (self._party(node) for node in nodes if node != self.iri)
        return tuple(sorted(lines, key=lambda line: line.thing.label.value.casefold()))

    def _party(self, node: str) -> Line:
        who = self.excerpt.things(node, self.language, "smg:participant", "org:member")
        roles = self.excerpt.things(node, self.language, "smg:participantRole", "org:role")
        thing = who[0] if who else self.excerpt.thing(node, self.language)
        return Line(thing, roles=tuple(role.label for role in roles), marks=self._marks_of(node),
                    others=(self.excerpt.thing(node, self.language),))  # fmt: skip

    def _engagements(self) -> tuple[Line, ...]:
        """What an organisation is in: initiatives, partnerships, solutions, and as what."""
        roles: dict[str, list[str | Text]] = {}
        for role, names in _ENGAGEMENTS.items():
            for node in self.about.related(*names):
                roles.setdefault(node, []).append(role)
        for node in self.about.mentions.get("org:member", ()):
            for partnership in self.excerpt.iris(node, "org:organization"):
                named = self.excerpt.things(node, self.language, "org:role")
                roles.setdefault(partnership, []).extend(thing.label for thing in named)
        lines = [self._line(node, _telling(found)) for node, found in roles.items()]
        return tuple(sorted(lines, key=_rank))

    def _moments(self) -> tuple[Moment, ...]:
        nodes = [n for n in self.about.related(*_TIMELINE) if n != self.iri and self._is_decision(n)]
        if self.is_initiative:
            about = self.about.mentions.get("schema:about", ())
            nodes += [n for n in about if "schema:Event" in self.excerpt.kinds(n)]
            nodes += [n for n in self.about.mentions.get("schema:fundedItem", ()) if self._is_granted(n)]
        found = [*self._bounds(), *(self._moment(node) for node in dict.fromkeys(nodes))]
        return tuple(sorted(found, key=lambda m: (m.date.first_day if m.date else "9", m.role, str(m.thing))))

    def _is_decision(self, node: str) -> bool:
        return bool(self.excerpt.kinds(node) & {"smg:Decision", "eli-dl:ForeseenActivity"})

    def _has_status(self, node: str, status: str) -> bool:
        """True for a sum with this funding status."""
        return any(iri.endswith(f"/{status}") for iri in self.excerpt.iris(node, "smg:fundingStatus"))

    def _is_granted(self, node: str) -> bool:
        return self._has_status(node, "granted") and self._is_whole(node) and date_of(self.excerpt, node) is not None

    def _moment(self, node: str) -> Moment:
        by = self.excerpt.things(node, self.language, "smg:decidedBy", "eli-dl:had_responsible_organization")
        announced = "eli-dl:ForeseenActivity" in self.excerpt.kinds(node)
        thing = self.excerpt.thing(node, self.language)
        date = date_of(self.excerpt, node)
        doubt = self._doubt(node, "smg:date") if date else NO_DOUBT
        return Moment(date, thing, by, "", announced, self._marks_of(node), doubt)

    def _bounds(self) -> tuple[Moment, ...]:
        """Begin and end of the initiative's own periods."""
        found = []
        for name, roles in (
            ("dcterms:temporal", ("start", "end")),
            ("smg:plannedPeriod", ("", "planned-end")),
        ):
            for value in self._values(name) if self.is_initiative else ():
                dates = (value.start, value.end) if isinstance(value, Period) else ()
                marks, doubt = self._marks(name), self._doubt(self.iri, name)
                bounds = [(date, role) for date, role in zip(dates, roles, strict=False) if date and role]
                found += [Moment(date, None, role=role, marks=marks, doubt=doubt) for date, role in bounds]
        return tuple(found)

    def _mentions(self) -> tuple[Group, ...]:
        """Everything that names the thing and has no section of its own."""
        taken = (_SECTIONED | (set(_MONEY) if self._money() else set())) - _SHARED
        shown = {moment.thing.iri for moment in self._moments() if moment.thing}
        groups = [self._group(n, found, shown) for n, found in self.about.mentions.items() if n not in taken]
        groups += [self._group("cited", found, set()) for n, found in self.about.ways.items() if n == "cited"]
        return tuple(sorted((g for g in groups if g.lines), key=lambda group: group.name.value.casefold()))

    def _group(self, name: str, nodes: tuple[str, ...], without: set[str]) -> Group:
        lines = sorted((self._line(n) for n in nodes if n not in without), key=_line_order)
        total = self.about.totals.get(name, len(lines))
        title = self._name(name) if ":" in name else Text(name)
        return Group(name, title, tuple(lines), total)

    def _line(self, node: str, roles: tuple[str | Text, ...] = (), *, with_marks: bool = False) -> Line:
        thing = self.excerpt.thing(node, self.language)
        status = self.excerpt.things(node, self.language, "smg:status")
        number = number_of(self.excerpt, node, self.language)
        types = self.excerpt.things(node, self.language, "smg:figureType") if number else ()
        date = date_of(self.excerpt, node)
        return Line(
            thing=thing,
            kind=types[0].label if types else (self._name(thing.kind) if thing.kind else None),
            status=next(iter(status), None),
            date=date,
            number=number,
            others=self.excerpt.things(node, self.language, "smg:decidedBy", "smg:responsibleBody"),
            roles=roles,
            marks=self._marks_of(node) if with_marks else (),
            number_doubt=self._doubt(node, "smg:numericValue") if number else NO_DOUBT,
            date_doubt=self._doubt(node, "smg:date") if date else NO_DOUBT,
            definition=self.excerpt.text(node, "skos:definition", self.language),
        )


def _line_order(line: Line) -> tuple[str, str, str]:
    kind = line.kind.value if line.kind else ""
    return kind, line.date.first_day if line.date else "", line.thing.label.value.casefold()


def _telling(roles: list[str | Text]) -> tuple[str | Text, ...]:
    """Each role once; that something is in one's area is worth saying only of what one has no part in."""
    others = [role for role in roles if role != "area"]
    return tuple(dict.fromkeys(others or roles))


def _rank(line: Line) -> tuple[int, str]:
    """Initiatives first, partnerships and others after them."""
    place = KINDS.index(line.thing.kind) if line.thing.kind in KINDS else len(KINDS)
    return place, line.thing.label.value.casefold()
