"""The model as data: what ontology, schemes and shapes say about each class and property."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

import pyoxigraph as ox

from smartgraph.vocab import OWL, RDF, RDF_LANG_STRING, RDF_TYPE, RDFS, SH

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    Node: TypeAlias = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

#: The named graphs that together are the model.
MODEL_GRAPHS: Final = ("ontology", "shapes", "vocabulary")
_NIL: Final = ox.NamedNode(f"{RDF}nil")
_PROPERTY_TYPES: Final = frozenset(
    f"{OWL}{name}" for name in ("ObjectProperty", "DatatypeProperty", "AnnotationProperty")
)


class Model:
    """Questions to the model. IRIs go in and come out as text."""

    def __init__(self, triples: Iterable[ox.Triple]) -> None:
        self._facts: dict[Node, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
        for triple in triples:
            self._facts[triple.subject][triple.predicate.value].append(triple.object)

    def values(self, subject: Node, predicate: str) -> list[Node]:
        """The objects of one property of one node."""
        return self._facts.get(subject, {}).get(predicate, [])

    def iris(self, subject: Node | str, predicate: str) -> set[str]:
        """The IRIs among the objects of one property of one node."""
        node = ox.NamedNode(subject) if isinstance(subject, str) else subject
        return {value.value for value in self.values(node, predicate) if isinstance(value, ox.NamedNode)}

    def members(self, head: Node) -> list[Node]:
        """The members of an RDF list; of one without an end those up to where it breaks or comes round."""
        found, seen = [], set()
        while head not in seen and (first := self.values(head, f"{RDF}first")):
            seen.add(head)
            found += first
            head = next(iter(self.values(head, f"{RDF}rest")), _NIL)
        return found

    def is_list(self, node: Node) -> bool:
        """True for the head of an RDF list, the empty one included."""
        return node == _NIL or bool(self.values(node, f"{RDF}first"))

    @cached_property
    def properties(self) -> frozenset[str]:
        """Every property that is declared or used; without types and the links of lists."""
        used = {predicate for facts in self._facts.values() for predicate in facts}
        declared = {iri for kind in _PROPERTY_TYPES for iri in self.instances(kind)}
        return frozenset((used | declared) - {RDF_TYPE, f"{RDF}first", f"{RDF}rest"})

    @cached_property
    def classes(self) -> frozenset[str]:
        """Every class that is declared or has an instance in the model."""
        used = {iri for subject in self._facts for iri in self.iris(subject, RDF_TYPE)}
        return frozenset(used | self.instances(f"{OWL}Class"))

    def instances(self, kind: str) -> set[str]:
        """The named nodes whose type is stated to be ``kind``."""
        return {
            node.value for node in self._facts if isinstance(node, ox.NamedNode) and kind in self.iris(node, RDF_TYPE)
        }

    def is_object_property(self, iri: str) -> bool:
        """True where the ontology says that the values are nodes."""
        return f"{OWL}ObjectProperty" in self.iris(iri, RDF_TYPE)

    def usage(self, iri: str) -> list[list[Node]]:
        """The values of a property in the model itself, subject by subject."""
        return [facts[iri] for facts in self._facts.values() if iri in facts]

    def superclasses(self, iri: str) -> set[str]:
        """The class and all above it."""
        found, new = set(), {iri}
        while new:
            found |= new
            new = {above for below in new for above in self.iris(below, f"{RDFS}subClassOf")} - found
        return found

    # ---- Shapes

    def paths(self, shape: Node) -> list[str]:
        """The properties that a property shape is about: its path, or each of its alternatives."""
        found = []
        for path in self.values(shape, f"{SH}path"):
            alternatives = [each for head in self.values(path, f"{SH}alternativePath") for each in self.members(head)]
            found += [each.value for each in (path, *alternatives) if isinstance(each, ox.NamedNode)]
        return found

    @cached_property
    def node_shapes(self) -> dict[Node, list[Node]]:
        """Each node shape with the property shapes it has."""
        return {node: facts[f"{SH}property"] for node, facts in self._facts.items() if f"{SH}property" in facts}

    @cached_property
    def shapes_of(self) -> dict[str, list[Node]]:
        """Each property with the property shapes about it."""
        found = defaultdict(list)
        for shape in self._facts:
            for path in self.paths(shape):
                found[path].append(shape)
        return dict(found)

    def datatypes(self, iri: str) -> set[str]:
        """The datatypes that shapes or the ontology allow for the values of a property."""
        found = {kind for kind in self.iris(iri, f"{RDFS}range") if not self.iris(kind, RDF_TYPE)}
        for shape in self.shapes_of.get(iri, ()):
            found |= set(self._datatypes(shape))
        return found

    def _datatypes(self, shape: Node) -> Iterator[str]:
        yield from self.iris(shape, f"{SH}datatype")
        if self.values(shape, f"{SH}languageIn") or self.values(shape, f"{SH}uniqueLang"):
            yield RDF_LANG_STRING
        for choice in ("or", "xone", "and"):
            for head in self.values(shape, f"{SH}{choice}"):
                for option in self.members(head):
                    yield from self._datatypes(option)

    def is_one_per_language(self, iri: str) -> bool:
        """True where a shape says so, or, for what no shape is about, the model never does otherwise."""
        if shapes := self.shapes_of.get(iri):
            return any(self.values(shape, f"{SH}uniqueLang") for shape in shapes)
        tags = [[value.language for value in values if isinstance(value, ox.Literal)] for values in self.usage(iri)]
        return all(len(each) == len(set(each)) for each in tags)

    def is_single(self, iri: str) -> bool:
        """True where the shapes allow one value at most for every class they name with the property."""
        limiting = [node for node in self.node_shapes if self._limits(node, iri)]
        if any(iri in self.iris(node, f"{SH}targetSubjectsOf") for node in limiting):
            return True
        limited = {kind for node in limiting for kind in self.iris(node, f"{SH}targetClass")}
        speaking = [node for node in self.node_shapes if self._about(node, iri)]
        return bool(limiting) and all(
            node in limiting or self._covers(limited, self.iris(node, f"{SH}targetClass")) for node in speaking
        )

    def properties_of(self, classes: Iterable[str]) -> set[str]:
        """The properties that shapes or the ontology speak of for things of one of these classes.

        A shape for whatever has a property counts where a thing of the class may have that property.
        """
        kinds = {above for kind in classes for above in self.superclasses(kind)}
        found: set[str] = {iri for iri in self.properties if self._domains(iri) & kinds}
        waiting = dict(self.node_shapes)
        while hit := [
            node
            for node in waiting
            if self.iris(node, f"{SH}targetClass") & kinds or self.iris(node, f"{SH}targetSubjectsOf") & found
        ]:
            found |= {path for node in hit for shape in waiting.pop(node) for path in self.paths(shape)}
        return found & self.properties

    def ranges(self, iri: str) -> set[str]:
        """The classes that shapes or the ontology name for the values of a property."""
        inverse = {kind for other in self._inverses[iri] for kind in self.iris(other, f"{RDFS}domain")}
        found = (self.iris(iri, f"{RDFS}range") & self.classes) | inverse
        for shape in self.shapes_of.get(iri, ()):
            for each in (shape, *(m for head in self.values(shape, f"{SH}or") for m in self.members(head))):
                found |= self.iris(each, f"{SH}class")
        return found

    def _domains(self, iri: str) -> set[str]:
        inverse = {kind for other in self._inverses[iri] for kind in self.iris(other, f"{RDFS}range")}
        return self.iris(iri, f"{RDFS}domain") | inverse

    @cached_property
    def _inverses(self) -> dict[str, set[str]]:
        """Each property with those that say the same the other way round."""
        found: dict[str, set[str]] = defaultdict(set)
        for iri in self.properties:
            for other in self.iris(iri, f"{OWL}inverseOf"):
                found[iri].add(other)
                found[other].add(iri)
        return found

    def _covers(self, limited: set[str], classes: set[str]) -> bool:
        return bool(classes) and all(self.superclasses(kind) & limited for kind in classes)

    def _about(self, node: Node, iri: str) -> list[Node]:
        return [shape for shape in self.node_shapes[node] if iri in self.paths(shape)]

    def _limits(self, node: Node, iri: str) -> bool:
        limits = (limit for shape in self._about(node, iri) for limit in self.values(shape, f"{SH}maxCount"))
        return any(isinstance(limit, ox.Literal) and limit.value in ("0", "1") for limit in limits)
