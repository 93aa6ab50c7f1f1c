"""What the pages that list things show. The page of one thing is a :mod:`smartgraph.read.dossier`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartgraph.read.describe import details_of
from smartgraph.read.excerpt import INITIATIVES, NO_DOUBT, Doubt, Excerpt, Names, Text, Thing, doubt_of
from smartgraph.read.values import PartialDate, Period, date_of, period_of

if TYPE_CHECKING:
    from smartgraph.read.store import Reader

_LINES: Final = """
SELECT DISTINCT ?s ?p ?o WHERE {
  { VALUES ?class { smg:UmbrellaInitiative smg:Strategy smg:Project } ?s a ?class .
    VALUES ?p { rdf:type skos:prefLabel smg:status smg:theme smg:strategyType smg:projectType
                smg:responsibleBody smg:involves dcterms:spatial dcterms:temporal smg:plannedPeriod }
    ?s ?p ?o }
  UNION
  { VALUES ?class { smg:UmbrellaInitiative smg:Strategy smg:Project }
    VALUES ?link { dcterms:temporal smg:plannedPeriod } ?initiative a ?class ; ?link ?s .
    VALUES ?p { dcat:startDate dcat:endDate smg:openEnd } ?s ?p ?o }
}"""

_DECISIONS: Final = """
SELECT DISTINCT ?s ?p ?o WHERE {
  { VALUES ?class { smg:Decision eli-dl:ForeseenActivity } ?s a ?class .
    VALUES ?p { rdf:type skos:prefLabel smg:date smg:decidedBy eli-dl:had_responsible_organization
                smg:decidesOn smg:toDecideOn eli-dl:decision_outcome eli-dl:executed smg:citation }
    ?s ?p ?o }
  UNION
  { VALUES ?class { smg:Decision eli-dl:ForeseenActivity } ?decision a ?class ; smg:citation ?s .
    VALUES ?p { smg:citedProperty smg:basis smg:otherValue } ?s ?p ?o }
}"""

_FRAME: Final = """
SELECT DISTINCT ?s ?p ?o WHERE {
  { ?s a smg:LocalAuthority .
    VALUES ?p { rdf:type skos:prefLabel org:classification smg:inDistrict dcterms:spatial } }
  UNION
  { ?s skos:inScheme %(themes)s . VALUES ?p { rdf:type skos:prefLabel skos:definition skos:inScheme } }
  ?s ?p ?o
}"""

_SIZES: Final = """
SELECT ?kind (COUNT(?s) AS ?n) WHERE {
  VALUES ?kind { smg:SourceDocument smg:Citation smg:Funding smg:Partnership smg:Solution } ?s a ?kind
} GROUP BY ?kind"""

_ENTERED: Final = """
SELECT (COUNT(DISTINCT ?body) AS ?n) WHERE {
  { SELECT ?initiative (COUNT(DISTINCT ?b) AS ?together) WHERE {
      VALUES ?class { smg:UmbrellaInitiative smg:Strategy smg:Project }
      ?initiative a ?class ; smg:responsibleBody ?b . ?b a smg:LocalAuthority
    } GROUP BY ?initiative }
  FILTER(?together <= %(most)d)
  ?initiative smg:responsibleBody ?body . ?body a smg:LocalAuthority
}"""
#: An initiative is one's own if no more authorities than these share it; that of a whole district's towns
#: says nothing about what each of them does.
_OWN: Final = 2


_AS_READ: Final = str.maketrans("äöü", "aou")
_NAMES: Final = (
    "rdf:type",
    "skos:prefLabel",
    "org:subOrganizationOf",
    "smg:componentOf",
    "schema:fundedItem",
)


@dataclass(frozen=True, slots=True)
class InitiativeLine:
    """One initiative in a list."""

    thing: Thing
    types: tuple[Thing, ...]
    status: Thing | None
    bodies: tuple[Thing, ...]
    places: tuple[Thing, ...]
    themes: tuple[Thing, ...]
    period: Period | None


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision in a list; an announced one does not count as taken."""

    thing: Thing
    date: PartialDate | None
    bodies: tuple[Thing, ...]
    items: tuple[Thing, ...]
    outcome: Thing | None
    is_announced: bool
    is_executed: bool
    date_doubt: Doubt = NO_DOUBT
    outcome_doubt: Doubt = NO_DOUBT


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """One authority, by the name of its area, with what is known of it."""

    thing: Thing
    type: str
    district: str
    initiatives: int
    decisions: int

    @property
    def is_known(self) -> bool:
        return self.initiatives > 0 or self.decisions > 0


@dataclass(frozen=True, slots=True)
class District:
    """A district and the towns and municipalities that belong to it."""

    line: PlaceLine
    towns: tuple[PlaceLine, ...]


@dataclass(frozen=True, slots=True)
class Places:
    """All authorities: the association, the independent cities, the districts."""

    associations: tuple[PlaceLine, ...]
    cities: tuple[PlaceLine, ...]
    districts: tuple[District, ...]

    @property
    def municipalities(self) -> tuple[PlaceLine, ...]:
        return (*self.cities, *(town for district in self.districts for town in district.towns))

    @property
    def known(self) -> int:
        """How many municipalities something is known of."""
        return sum(line.is_known for line in self.municipalities)


@dataclass(frozen=True, slots=True)
class ThemeLine:
    """One theme with the number of its initiatives."""

    thing: Thing
    definition: Text | None
    initiatives: int


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """How many initiatives an authority has in each theme, in the order of the themes."""

    thing: Thing
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything that the home page and the lists show, in one language."""

    initiatives: tuple[InitiativeLine, ...]
    decisions: tuple[DecisionLine, ...]
    places: Places
    themes: tuple[ThemeLine, ...]
    matrix: tuple[MatrixRow, ...]
    sizes: tuple[tuple[str, int], ...]
    #: How many authorities have initiatives of their own; the work of the others is not yet entered.
    entered: int

    @property
    def taken(self) -> tuple[DecisionLine, ...]:
        """Decisions that were taken, newest first."""
        return tuple(line for line in self.decisions if not line.is_announced)

    @property
    def announced(self) -> tuple[DecisionLine, ...]:
        """Decisions that were only announced, newest first."""
        return tuple(line for line in self.decisions if line.is_announced)

    def of_kind(self, kind: str) -> tuple[InitiativeLine, ...]:
        """The initiatives of one class (short name)."""
        return tuple(line for line in self.initiatives if line.thing.kind == kind)

    def size(self, kind: str) -> int:
        """How many things of one class (short name) there are."""
        return dict(self.sizes).get(kind, 0)


def overview(reader: Reader, language: str) -> Overview:
    """The overview, in five questions to the store."""
    names = Names(reader.release.manifest.base)
    themes = f"<{names.base}concept/theme>"
    answers = [reader.select(names.prologue + text) for text in (_LINES, _DECISIONS, _FRAME % {"themes": themes})]
    known = {row["s"].value for rows in answers for row in rows}
    named = {row["o"].value for rows in answers for row in rows if row["o"].kind == "iri"}
    further = details_of(reader, names, named - known, _NAMES)
    excerpt = Excerpt(names, *answers, further)
    sizes = {names.short(row["kind"].value): int(row["n"].value) for row in reader.select(names.prologue + _SIZES)}
    return _Lister(excerpt, language, themes.strip("<>")).overview(tuple(sorted(sizes.items())))


def entered(reader: Reader) -> int:
    """How many authorities have initiatives of their own, as :attr:`Overview.entered`; one question."""
    names = Names(reader.release.manifest.base)
    return sum(int(row["n"].value) for row in reader.select(names.prologue + _ENTERED % {"most": _OWN}))


class _Lister:
    """Reads the lists out of one excerpt."""

    def __init__(self, excerpt: Excerpt, language: str, scheme: str) -> None:
        self.excerpt, self.language, self.scheme = excerpt, language, scheme
        self.nodes = excerpt.nodes(*INITIATIVES)
        self.authorities = excerpt.nodes("smg:LocalAuthority")
        self.taken = excerpt.nodes("smg:Decision")
        self.announced = excerpt.nodes("eli-dl:ForeseenActivity")
        self.executed = {iri for node in self.taken for iri in excerpt.iris(node, "eli-dl:executed")}
        self.involved = {node: self._involved(node) for node in self.nodes}
        self.deciding = {node: self._authorities_deciding(node) for node in self.taken}

    def overview(self, sizes: tuple[tuple[str, int], ...]) -> Overview:
        decisions = [self._decision(node) for node in (*self.taken, *self.announced)]
        themes = tuple(sorted(map(self._theme, self._theme_nodes()), key=lambda line: line.thing.label.value))
        return Overview(
            initiatives=tuple(sorted(map(self._initiative, self.nodes), key=_by_name)),
            decisions=tuple(sorted(decisions, key=_newest, reverse=True)),
            places=self._places(),
            themes=themes,
            matrix=self._matrix(themes),
            sizes=sizes,
            entered=len(self._with_own()),
        )

    def _with_own(self) -> set[str]:
        """The authorities that have initiatives of their own."""
        bodies = (set(self.excerpt.iris(node, "smg:responsibleBody")) for node in self.nodes)
        together = [found & set(self.authorities) for found in bodies]
        return {iri for found in together if len(found) <= _OWN for iri in found}

    def _involved(self, node: str) -> frozenset[str]:
        """The authorities that take part in an initiative, or in whose area it is."""
        bodies = set(self.excerpt.iris(node, "smg:responsibleBody", "smg:involves"))
        areas = set(self.excerpt.iris(node, "dcterms:spatial"))
        here = {a for a in self.authorities if areas & set(self.excerpt.iris(a, "dcterms:spatial"))}
        return frozenset((bodies & set(self.authorities)) | here)

    def _initiative(self, node: str) -> InitiativeLine:
        status = self.excerpt.things(node, self.language, "smg:status")
        return InitiativeLine(
            thing=self.excerpt.thing(node, self.language),
            types=self.excerpt.things(node, self.language, "smg:strategyType", "smg:projectType"),
            status=next(iter(status), None),
            bodies=self.excerpt.things(node, self.language, "smg:responsibleBody"),
            places=self.excerpt.things(node, self.language, "dcterms:spatial"),
            themes=self.excerpt.things(node, self.language, "smg:theme"),
            period=self._period(node),
        )

    def _period(self, node: str) -> Period | None:
        own = self.excerpt.iris(node, "dcterms:temporal") + self.excerpt.iris(node, "smg:plannedPeriod")
        return next((period for iri in own if (period := period_of(self.excerpt, iri))), None)

    def _decision(self, node: str) -> DecisionLine:
        def doubt(name: str) -> Doubt:
            there = self.excerpt.values(node, name)
            return doubt_of(self.excerpt, node, self.language, name) if there else NO_DOUBT

        outcome = self.excerpt.things(node, self.language, "eli-dl:decision_outcome")
        return DecisionLine(
            thing=self.excerpt.thing(node, self.language),
            date=date_of(self.excerpt, node),
            bodies=self.excerpt.things(node, self.language, "smg:decidedBy", "eli-dl:had_responsible_organization"),
            items=self.excerpt.things(node, self.language, "smg:decidesOn", "smg:toDecideOn"),
            outcome=next(iter(outcome), None),
            is_announced=node in self.announced,
            is_executed=node in self.executed,
            date_doubt=doubt("smg:date"),
            outcome_doubt=doubt("eli-dl:decision_outcome"),
        )

    def _place(self, node: str) -> PlaceLine:
        types = self.excerpt.iris(node, "org:classification")
        district = self.excerpt.iris(node, "smg:inDistrict")
        return PlaceLine(
            thing=self._named_by_area(node),
            type=self.excerpt.names.short(types[0]) if types else "",
            district=district[0] if district else "",
            initiatives=sum(node in involved for involved in self.involved.values()),
            decisions=sum(node in authorities for authorities in self.deciding.values()),
        )

    def _named_by_area(self, authority: str) -> Thing:
        """The authority, called as people call its town."""
        areas = self.excerpt.things(authority, self.language, "dcterms:spatial")
        name = areas[0].label if areas else self.excerpt.label(authority, self.language)
        return Thing(authority, name, self.excerpt.kind(authority))

    def _authorities_deciding(self, decision: str) -> set[str]:
        bodies = self.excerpt.iris(decision, "smg:decidedBy")
        return {iri for body in bodies for iri in self.excerpt.iris(body, "org:subOrganizationOf")}

    def _places(self) -> Places:
        lines = sorted(map(self._place, self.authorities), key=_by_name)

        def of(type_: str) -> tuple[PlaceLine, ...]:
            return tuple(line for line in lines if line.type == f"authority-type:{type_}")

        districts = of("district")
        towns = {d.thing.iri: tuple(line for line in lines if line.district == d.thing.iri) for d in districts}
        return Places(
            of("municipal-association"),
            of("independent-city"),
            tuple(District(line, towns[line.thing.iri]) for line in districts),
        )

    def _theme_nodes(self) -> tuple[str, ...]:
        concepts = self.excerpt.nodes("skos:Concept")
        return tuple(n for n in concepts if self.scheme in self.excerpt.iris(n, "skos:inScheme"))

    def _theme(self, node: str) -> ThemeLine:
        definition = self.excerpt.text(node, "skos:definition", self.language)
        counts = Counter(theme for n in self.nodes for theme in self.excerpt.iris(n, "smg:theme"))
        return ThemeLine(self.excerpt.thing(node, self.language), definition, counts[node])

    def _matrix(self, themes: tuple[ThemeLine, ...]) -> tuple[MatrixRow, ...]:
        rows = []
        for authority in self.authorities:
            own = [node for node in self.nodes if authority in self.involved[node]]
            counts = Counter(theme for node in own for theme in self.excerpt.iris(node, "smg:theme"))
            if own:
                row = tuple(counts[line.thing.iri] for line in themes)
                rows.append(MatrixRow(self._named_by_area(authority), row))
        return tuple(sorted(rows, key=_by_name))


def _by_name(line: InitiativeLine | PlaceLine | MatrixRow) -> str:
    """Orders by name as people read it: umlauts with their vowels."""
    return line.thing.label.value.casefold().translate(_AS_READ)


def _newest(line: DecisionLine) -> tuple[str, str]:
    return line.date.first_day if line.date else "", line.thing.iri
