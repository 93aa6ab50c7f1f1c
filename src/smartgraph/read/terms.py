"""What the pages about our own terms and rules show: the ontology at ``/ns``, the shapes at ``/shapes``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartgraph.iris import graph_iri, is_genid
from smartgraph.read.describe import details_of
from smartgraph.read.excerpt import Excerpt, Names, Text, Thing

if TYPE_CHECKING:
    from smartgraph.read.store import Reader

_GRAPH: Final = "SELECT ?s ?p ?o WHERE { GRAPH %(graph)s { ?s ?p ?o } }"
_SCHEMES: Final = """
SELECT ?s ?p ?o WHERE {
  ?s a skos:ConceptScheme .
  VALUES ?p { rdf:type skos:prefLabel skos:definition skos:hasTopConcept } ?s ?p ?o
}"""
_SEVERITIES: Final = ("Violation", "Warning", "Info")


@dataclass(frozen=True, slots=True)
class Term:
    """One class or property. ``anchor`` is the fragment of its IRI.

    Terms that the ontology does not name itself are called by their short names.
    """

    thing: Thing
    short: str
    anchor: str
    definition: Text | None
    notes: tuple[Text, ...]
    broader: tuple[Thing, ...]
    disjoint: tuple[Thing, ...]
    see_also: tuple[Thing, ...]
    domain: tuple[Thing, ...]
    range: tuple[Thing, ...]
    is_derived: bool


@dataclass(frozen=True, slots=True)
class Scheme:
    """One list of concepts."""

    thing: Thing
    definition: Text | None
    size: int


@dataclass(frozen=True, slots=True)
class Terms:
    """The ontology: our own classes and properties, those of others that we use, and the lists."""

    title: Text
    description: Text | None
    version: str
    classes: tuple[Term, ...]
    properties: tuple[Term, ...]
    others: tuple[Term, ...]
    schemes: tuple[Scheme, ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: for what, on which property, how grave, and what it says to the editor."""

    iri: str
    anchor: str
    name: Text | None
    message: Text | None
    severity: str
    property: Thing | None


@dataclass(frozen=True, slots=True)
class Shape:
    """The rules for one kind of thing."""

    iri: str
    anchor: str
    targets: tuple[Thing, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Shapes:
    """All rules. ``others`` are the anchors of nodes that only machines need, so that each leads somewhere."""

    title: Text
    description: Text | None
    shapes: tuple[Shape, ...]
    others: tuple[str, ...]

    @property
    def rules(self) -> int:
        return sum(len(shape.rules) for shape in self.shapes)


def terms(reader: Reader, language: str) -> Terms:
    """The terms of the ontology, in three questions."""
    names, excerpt = _graph(reader, "ontology")
    ontology = f"{names.base}ns"
    nodes = [node for node in excerpt.nodes() if node != ontology and excerpt.values(node, "skos:prefLabel")]
    own = [node for node in nodes if node.startswith(f"{ontology}#")]

    def entries(wanted: list[str], *, classes: bool) -> tuple[Term, ...]:
        found = [n for n in wanted if ("owl:Class" in excerpt.kinds(n)) is classes]
        return tuple(sorted((_term(excerpt, n, language) for n in found), key=lambda t: t.short.casefold()))

    rows = reader.select(names.prologue + _SCHEMES)
    lists = Excerpt(names, rows)
    schemes = [
        Scheme(
            lists.thing(n, language),
            lists.text(n, "skos:definition", language),
            len(lists.iris(n, "skos:hasTopConcept")),
        )
        for n in lists.nodes("skos:ConceptScheme")
    ]
    others = [node for node in nodes if node not in own]
    return Terms(
        title=excerpt.label(ontology, language),
        description=excerpt.text(ontology, "dcterms:description", language),
        version=excerpt.first(ontology, "owl:versionInfo"),
        classes=entries(own, classes=True),
        properties=entries(own, classes=False),
        others=(*entries(others, classes=True), *entries(others, classes=False)),
        schemes=tuple(sorted(schemes, key=lambda scheme: scheme.thing.label.value.casefold())),
    )


def shapes(reader: Reader, language: str) -> Shapes:
    """The rules by the kind of thing they are for, in two questions."""
    names, excerpt = _graph(reader, "shapes")
    document = f"{names.base}shapes"
    found = [_shape(excerpt, node, language) for node in excerpt.nodes("sh:NodeShape")]
    shown = [shape for shape in found if shape.rules]
    anchors = {anchor for shape in shown for anchor in (shape.anchor, *(rule.anchor for rule in shape.rules))}
    own = {_anchor(node) for node in excerpt.nodes() if node.startswith(f"{document}#")}
    return Shapes(
        title=excerpt.label(document, language),
        description=excerpt.text(document, "dcterms:description", language),
        shapes=tuple(shown),
        others=tuple(sorted(own - anchors)),
    )


def _graph(reader: Reader, graph: str) -> tuple[Names, Excerpt]:
    """One named graph, with the names of everything it speaks of."""
    names = Names(reader.release.manifest.base)
    found = reader.select(names.prologue + _GRAPH % {"graph": f"<{graph_iri(graph, names.base)}>"})
    # Lists, paths and alternatives are for machines.
    rows = tuple(row for row in found if not any(is_genid(row[end].value, names.base) for end in "so"))
    there = {row["s"].value for row in rows}
    named = {row["o"].value for row in rows if row["o"].kind == "iri"} - there
    return names, Excerpt(names, rows, details_of(reader, names, named, ("rdf:type", "skos:prefLabel")))


def _anchor(iri: str) -> str:
    return iri.rpartition("#")[2]


def _term(excerpt: Excerpt, node: str, language: str) -> Term:
    def related(*properties: str) -> tuple[Thing, ...]:
        found = excerpt.things(node, language, *properties)
        return tuple(
            one if excerpt.values(one.iri, "skos:prefLabel") else Thing(one.iri, Text(excerpt.names.short(one.iri)))
            for one in found
        )

    return Term(
        thing=excerpt.thing(node, language),
        short=excerpt.names.short(node),
        anchor=_anchor(node),
        definition=excerpt.text(node, "skos:definition", language),
        notes=excerpt.texts(node, "skos:scopeNote", language),
        broader=related("rdfs:subClassOf", "rdfs:subPropertyOf"),
        disjoint=related("owl:disjointWith"),
        see_also=related("rdfs:seeAlso"),
        domain=related("rdfs:domain"),
        range=related("rdfs:range"),
        is_derived=excerpt.first(node, "smg:derived") == "true",
    )


def _shape(excerpt: Excerpt, node: str, language: str) -> Shape:
    targets = excerpt.things(
        node, language, "sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf", "sh:targetNode"
    )
    rules = [node, *excerpt.iris(node, "sh:property", "sh:sparql")]
    found = [_rule(excerpt, rule, language) for rule in rules if excerpt.values(rule, "sh:message")]
    return Shape(node, _anchor(node), targets, tuple(found))


def _rule(excerpt: Excerpt, node: str, language: str) -> Rule:
    paths = excerpt.iris(node, "sh:path")
    severity = _anchor(next(iter(excerpt.iris(node, "sh:severity")), "#Violation"))
    return Rule(
        iri=node,
        anchor=_anchor(node),
        name=excerpt.text(node, "sh:name", language),
        message=excerpt.text(node, "sh:message", language),
        severity=severity if severity in _SEVERITIES else "Violation",
        property=excerpt.thing(paths[0], language) if paths else None,
    )
