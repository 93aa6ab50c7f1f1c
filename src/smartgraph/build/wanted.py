"""What a constraint of the shapes wants, in words: one sentence for each kind of constraint.

Spec: https://www.w3.org/TR/shacl/#core-components
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from rdflib import Graph, Literal, URIRef
from rdflib.collection import Collection
from rdflib.namespace import RDF, SH, SKOS, XSD

from smartgraph.build.explain import Asked
from smartgraph.build.lift import example_of
from smartgraph.build.naming import Names, Words, listed, plain, words
from smartgraph.language import N_

if TYPE_CHECKING:
    from rdflib.term import Node

    from smartgraph.build.explain import Route

_AND: Final = N_("{one} and {other}")
_OR: Final = N_("{one} or {other}")

#: Operators of SHACL paths.
_OPERATORS: Final = {
    SH.inversePath: "inverse", SH.alternativePath: "alternative", SH.zeroOrMorePath: "zeroOrMore",
    SH.oneOrMorePath: "oneOrMore", SH.zeroOrOnePath: "zeroOrOne",
}  # fmt: skip


def route_of(path: Node | None, shapes: Graph) -> Route:
    """A SHACL path as a value: an IRI, or the name of an operator followed by paths."""
    if path is None or isinstance(path, URIRef):
        return str(path or "")
    for predicate, operator in _OPERATORS.items():
        inner = shapes.value(path, predicate)
        if inner is not None:
            parts = Collection(shapes, inner) if operator == "alternative" else (inner,)
            return (operator, *(route_of(part, shapes) for part in parts))
    return ("sequence", *(route_of(part, shapes) for part in Collection(shapes, path)))


def route_words(route: Route, names: Names) -> Words:
    """The field or fields that a path leads to."""
    if isinstance(route, str):
        return names.named(route)
    operator, *parts = route
    told = [route_words(part, names) for part in parts]
    if operator == "alternative":
        return listed(told, _OR)
    if operator == "inverse":
        return words(N_("{field}, from the other side"), field=told[0])
    return listed(told, N_("{one}, then {other}"))


class _Reader:
    """Reads the constraints of a shape aloud."""

    def __init__(self, shapes: Graph, names: Names) -> None:
        self.shapes, self.names = shapes, names

    def members(self, head: Node) -> list[Node]:
        return list(Collection(self.shapes, head))

    def term(self, node: Node) -> Words:
        return self.names.named(str(node)) if isinstance(node, URIRef) else plain(str(node))

    def shape(self, shape: Node) -> Words:
        """Everything a nested shape asks for."""
        if scheme := self.scheme(shape):
            return words(
                N_("a term of the list “{scheme}”: {codes}"),
                scheme=self.names.label(scheme) or plain(self.names.short(scheme)),
                codes=self.names.names(self.names.members.get(scheme, ())),
            )  # fmt: skip
        said = [self.sentence(parameter, shape) for parameter in self.given(shape, tuple(SENTENCES))]
        return listed(said, _AND) if said else words(N_("anything"))

    def given(self, shape: Node, parameters: Iterable[Node]) -> list[Node]:
        """Those of the parameters that the shape has; a date or number is described by its datatype alone."""
        own = [parameter for parameter in parameters if (shape, parameter, None) in self.shapes]
        datatype = self.shapes.value(shape, SH.datatype)
        is_plain = datatype in (None, XSD.string, XSD.anyURI, RDF.langString)
        return [parameter for parameter in own if is_plain or parameter != SH.pattern]

    def is_involved(self, shape: Node) -> bool:
        """True if alternatives look beyond the value or forbid something: read aloud they would confuse."""
        parts = [part for head in self.shapes.objects(shape, SH["or"]) for part in self.members(head)]
        return any((part, hard, None) in self.shapes for part in parts for hard in (SH.property, SH["not"]))

    def scheme(self, shape: Node) -> str:
        """The concept scheme, where a shape says no more than that a value belongs to it."""
        for inner in self.shapes.objects(shape, SH.property):
            if self.shapes.value(inner, SH.path) == SKOS.inScheme:
                return str(self.shapes.value(inner, SH.hasValue) or "")
        return ""

    def sentence(self, parameter: Node, shape: Node) -> Words:
        """What one kind of constraint asks for; several of a kind hold together."""
        values = sorted(self.shapes.objects(shape, parameter), key=str)
        return listed([SENTENCES[parameter](value, shape, self) for value in values], _AND)


_Sentence = Callable[["Node", "Node", _Reader], Words]


def _min_count(value: Node, _shape: Node, _reader: _Reader) -> Words:
    return words(N_("at least one value")) if str(value) == "1" else words(N_("at least {count} values"), count=value)


def _max_count(value: Node, _shape: Node, _reader: _Reader) -> Words:
    if str(value) == "0":
        return words(N_("no value here"))
    return words(N_("at most one value")) if str(value) == "1" else words(N_("at most {count} values"), count=value)


def _datatype(value: Node, _shape: Node, reader: _Reader) -> Words:
    example = example_of(str(value))
    if value == RDF.langString:
        return words(N_("text with its language, such as “…”@de"))
    name = reader.names.short(str(value))
    return (
        words(N_("{example} (datatype {name})"), example=Words(*example), name=name)
        if example
        else words(N_("a value of the datatype {name}"), name=name)
    )


_KINDS: Final = {
    SH.IRI: N_("a link to a thing (an identifier, no text)"),
    SH.Literal: N_("a text, a number or a date, no link"),
    SH.BlankNode: N_("a node without a name"),
    SH.BlankNodeOrIRI: N_("a link to a thing or a node without a name"),
    SH.BlankNodeOrLiteral: N_("a text, a number, a date or a node without a name"),
    SH.IRIOrLiteral: N_("a link to a thing, or a text, a number or a date"),
}


#: Patterns that say something simple.
_PATTERNS: Final = {
    r"^https?://": N_("an address that begins with https:// or http://"),
    r"^\S(.*\S)?$": N_("a text without blanks at its ends"),
    r"^[a-z0-9]+(-[a-z0-9]+)*$": N_("lower-case letters and digits, joined by hyphens"),
}


def _pattern(value: Node, _shape: Node, _reader: _Reader) -> Words:
    digits = re.fullmatch(r"\^(?:\\d|\[0-9\])\{(\d+)\}\$", str(value))
    if digits:
        return words(N_("exactly {count} digits"), count=digits[1])
    if sentence := _PATTERNS.get(str(value)):
        return words(sentence)
    begins = re.fullmatch(r"\^((?:[\w:/-]|\\\.)+)", str(value))
    if begins:
        return words(N_("a value that begins with {begin}"), begin=begins[1].replace("\\", ""))
    return words(N_("a spelling after the pattern {pattern}"), pattern=value)


def _in(value: Node, _shape: Node, reader: _Reader) -> Words:
    members = reader.members(value)
    if len(members) == 1:
        return reader.term(members[0])
    return words(N_("one of: {values}"), values=listed([reader.term(member) for member in members]))


_LANGUAGES: Final = {"de": N_("German"), "en": N_("English"), "nl": N_("Dutch"), "fr": N_("French")}


def _language_in(value: Node, _shape: Node, reader: _Reader) -> Words:
    tags = [str(tag) for tag in reader.members(value)]
    named = [words(N_("{language} (@{tag})"), language=words(_LANGUAGES.get(tag, tag)), tag=tag) for tag in tags]
    return words(N_("text in {languages}"), languages=listed(named, _OR))


def _qualified(value: Node, shape: Node, reader: _Reader) -> Words:
    inner = reader.shape(value)
    least, most = (reader.shapes.value(shape, p) for p in (SH.qualifiedMinCount, SH.qualifiedMaxCount))
    if least is not None and most is not None:
        return words(N_("{least} to {most} values of this kind: {inner}"), least=least, most=most, inner=inner)
    if most is not None:
        return words(N_("at most {most} of this kind: {inner}"), most=most, inner=inner)
    return words(N_("at least {least} of this kind: {inner}"), least=least or 0, inner=inner)


def _closed(_value: Node, shape: Node, reader: _Reader) -> Words:
    fields = {str(reader.shapes.value(inner, SH.path)) for inner in reader.shapes.objects(shape, SH.property)}
    for head in reader.shapes.objects(shape, SH.ignoredProperties):
        fields |= {str(member) for member in reader.members(head)}
    shown = [reader.names.named(field) for field in sorted(fields)]
    return words(N_("only these fields: {fields}"), fields=listed(shown))


def _inner_property(value: Node, _shape: Node, reader: _Reader) -> Words:
    route = route_of(reader.shapes.value(value, SH.path), reader.shapes)
    return words(
        N_("in the field {field}: {wanted}"), field=route_words(route, reader.names), wanted=reader.shape(value)
    )


def _list(link: str) -> _Sentence:
    return lambda value, _shape, reader: listed([reader.shape(part) for part in reader.members(value)], link)


def _told(template: str) -> _Sentence:
    """A sentence with the constraint's value in it, an identifier by its name."""
    return lambda value, _shape, reader: words(template, value=reader.term(value))


#: One row for each kind of constraint: SHACL's parameter → its sentence. What is said of values comes after counts.
SENTENCES: Final[dict[Node, _Sentence]] = {
    SH.minCount: _min_count,
    SH.maxCount: _max_count,
    SH.qualifiedValueShape: _qualified,
    SH["class"]: _told(N_("a thing of the kind {value}")),
    SH.datatype: _datatype,
    SH.nodeKind: lambda value, _shape, _reader: words(_KINDS[value]),  # type: ignore[index]
    SH.pattern: _pattern,
    SH["in"]: _in,
    SH.hasValue: _told(N_("the value {value} among the values")),
    SH.languageIn: _language_in,
    SH.uniqueLang: lambda _value, _shape, _reader: words(N_("only one text per language")),
    SH.minInclusive: _told(N_("a value of {value} or more")),
    SH.maxInclusive: _told(N_("a value of {value} or less")),
    SH.minExclusive: _told(N_("a value above {value}")),
    SH.maxExclusive: _told(N_("a value below {value}")),
    SH.minLength: _told(N_("at least {value} characters")),
    SH.maxLength: _told(N_("at most {value} characters")),
    SH.equals: _told(N_("the same values as in the field {value}")),
    SH.disjoint: _told(N_("another value than in the field {value}")),
    SH.lessThan: _told(N_("a value before that of the field {value}")),
    SH.lessThanOrEquals: _told(N_("a value not after that of the field {value}")),
    SH.node: lambda value, _shape, reader: reader.shape(value),
    SH.property: _inner_property,
    SH.closed: _closed,
    SH["not"]: lambda value, _shape, reader: words(N_("anything but: {inner}"), inner=reader.shape(value)),
    SH["or"]: _list(_OR),
    SH["and"]: _list(_AND),
    SH.xone: lambda value, shape, reader: words(
        N_("exactly one of: {inner}"), inner=_list(_OR)(value, shape, reader)
    ),
    SH.sparql: lambda _value, _shape, _reader: words(N_("what the sentence of the rule says")),
}  # fmt: skip

_SIMPLE: Final = {
    "datatypes": SH.datatype, "classes": SH["class"], "patterns": SH.pattern, "node_kinds": SH.nodeKind
}  # fmt: skip
_LISTS: Final = {"values": SH["in"], "languages": SH.languageIn}

#: What can be said of a single value.
_OF_VALUES: Final = tuple(SENTENCES)[3:]
#: Kinds that speak for themselves: the shape's other constraints would only distract.
_ALONE: Final = frozenset({SH.maxCount, SH.uniqueLang, SH.closed, SH.qualifiedValueShape})


def _parameter(component: str) -> Node:
    """The parameter of a constraint component: ``MinCountConstraintComponent`` → ``sh:minCount``."""
    name = component.removesuffix("ConstraintComponent")
    if name.startswith("Qualified"):
        return SH.qualifiedValueShape
    return URIRef(f"{SH}{name[:1].lower()}{name[1:]}") if name != "SPARQL" else SH.sparql


def wanted(component: str, shape: Node | None, shapes: Graph, names: Names) -> Words | None:
    """What the constraint of this kind on this shape asks for, with what else it asks of a value.

    Returns:
        ``None`` for a kind without a sentence, and for rules in SPARQL, whose message says all.
    """
    parameter = _parameter(component)
    if shape is None or parameter not in SENTENCES or parameter == SH.sparql:
        return None
    reader = _Reader(shapes, names)
    parameters = [parameter]
    if parameter not in _ALONE:
        parameters += [other for other in _OF_VALUES if other != parameter and other not in _ALONE]
    name = _own_name(shape, shapes)
    if name and reader.is_involved(shape):
        return name
    parameters = reader.given(shape, parameters)
    return listed([reader.sentence(own, shape) for own in parameters], _AND) if parameters else None


def _own_name(shape: Node, shapes: Graph) -> Words | None:
    """What a shape calls itself."""
    names = {name.language: str(name) for name in shapes.objects(shape, SH.name) if isinstance(name, Literal)}
    return Words(names["de"], names["en"]) if {"de", "en"} <= names.keys() else None


def asked(shape: Node | None, shapes: Graph) -> Asked:
    """What the shape asks of a value, for a machine; what it forbids is left out."""
    found: dict[str, set[str]] = {name: set() for name in Asked.__slots__}
    waiting = [shape] if shape is not None else []
    reader = _Reader(shapes, Names(""))
    while waiting:
        current = waiting.pop()
        found["schemes"] |= {scheme} if (scheme := reader.scheme(current)) else set()
        for name, parameter in _SIMPLE.items():
            found[name] |= {str(value) for value in shapes.objects(current, parameter)}
        for name, parameter in _LISTS.items():
            heads = shapes.objects(current, parameter)
            found[name] |= {str(member) for head in heads for member in reader.members(head)}
        waiting += shapes.objects(current, SH.node)
        for parameter in (SH["or"], SH["and"], SH.xone):
            waiting += [part for head in shapes.objects(current, parameter) for part in reader.members(head)]
    return Asked(**{name: frozenset(values) for name, values in found.items()})
