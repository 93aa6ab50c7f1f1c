"""JSON-LD in compact form, with our own context and no other: nothing here reads a file or the network.

The engine writes expanded JSON-LD only. PyLD shortens it with the context of the release. What a context
cannot shorten without changing it stays expanded, which says the same.

Spec: JSON-LD 1.1 Processing Algorithms and API, sections 6 (compaction) and 8.4 (RDF to objects).
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph
from pyld.context_resolver import ContextResolver
from pyld.jsonld import JsonLdError, JsonLdProcessor

from smartgraph.vocab import RDF, RDF_TYPE, XSD_STRING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Node = dict[str, Any]

EXPANDED: Final = "http://www.w3.org/ns/json-ld#expanded"
COMPACTED: Final = "http://www.w3.org/ns/json-ld#compacted"

_FIRST: Final = f"{RDF}first"
_REST: Final = f"{RDF}rest"
_NIL: Final = f"{RDF}nil"


class Compactor:
    """The context of one release, ready for use by several threads."""

    def __init__(self, iri: str, context: Mapping[str, Any]) -> None:
        self.iri = iri
        self._context = context
        # PyLD keeps what it made of a context in caches that are not made for threads.
        self._lock = threading.Lock()
        self._processor = JsonLdProcessor()
        self._seen: dict[str, Any] = {}

    def load(self, iri: str, _options: Mapping[str, Any]) -> dict[str, Any]:
        """The one document there is, as PyLD asks for it.

        Raises:
            JsonLdError: another was asked for.
        """
        if iri != self.iri:
            raise JsonLdError(
                "Only our own context is read.", "jsonld.LoadDocumentError", {"url": iri}, "loading document failed"
            )
        # With a tag, PyLD keeps the context as it has read it.
        return {"contextUrl": None, "documentUrl": iri, "document": dict(self._context), "tag": "static"}

    def compact(self, ntriples: bytes) -> bytes:
        """The triples of an N-Triples document as compact JSON-LD that names our context by its IRI."""
        nodes = expand(ntriples)
        with self._lock:
            try:
                found = self._processor.compact(nodes, self.iri, {**self._options(), "skipExpansion": True})
            except JsonLdError:
                found = nodes
        return _json(_plain_datatypes(found))

    def frame(self, ntriples: bytes, frame: Mapping[str, Any]) -> bytes:
        """The triples as a tree in the form of ``frame``, which names our context.

        Raises:
            JsonLdError: the frame is none, or names another context.
        """
        with self._lock:
            found = self._processor.frame(expand(ntriples), dict(frame), self._options())
        return _json(_plain_datatypes(found))

    def _options(self) -> dict[str, Any]:
        return {
            "documentLoader": self.load,
            "contextResolver": ContextResolver(self._seen, self.load),
            "base": "",
            "compactToRelative": False,
        }


def _plain_datatypes(found: Any) -> Any:
    """The document with the datatype of each literal under ``@type``.

    Our key ``type`` gathers types in an array; rdflib's parser takes it for that of nodes only and would
    lose the datatype.
    """
    if isinstance(found, dict):
        return {
            "@type" if name == "type" and "@value" in found else name: _plain_datatypes(value)
            for name, value in found.items()
        }
    return [_plain_datatypes(value) for value in found] if isinstance(found, list) else found


def _json(value: object) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def expand(ntriples: bytes) -> list[Node]:
    """The triples of an N-Triples document as expanded JSON-LD, one object for each node, in their order.

    Literals keep their spelling: nothing becomes a number of JSON. Well-formed lists become lists.
    """
    nodes: dict[str, Node] = {}
    for triple in (quad.triple for quad in pyoxigraph.parse(ntriples, pyoxigraph.RdfFormat.N_TRIPLES)):
        node = nodes.setdefault(_id(triple.subject), {"@id": _id(triple.subject)})
        if triple.predicate.value == RDF_TYPE and not isinstance(triple.object, pyoxigraph.Literal):
            node.setdefault("@type", []).append(_id(triple.object))
        else:
            node.setdefault(triple.predicate.value, []).append(_value(triple.object))
    _fold_lists(nodes)
    return list(nodes.values())


def _id(term: object) -> str:
    return term.value if isinstance(term, pyoxigraph.NamedNode) else str(term)


def _value(term: object) -> Node:
    if not isinstance(term, pyoxigraph.Literal):
        return {"@id": _id(term)}
    if term.language:
        direction = {"@direction": term.direction} if term.direction else {}
        return {"@value": term.value, "@language": term.language, **direction}
    if term.datatype.value == XSD_STRING:
        return {"@value": term.value}
    return {"@value": term.value, "@type": term.datatype.value}


def _fold_lists(nodes: dict[str, Node]) -> None:
    """Writes each chain of unnamed nodes as a list, if nothing else points to them or says more about them."""
    uses = Counter(value["@id"] for node in nodes.values() for value in _links(node))
    links = {id_ for id_, node in nodes.items() if _is_link(node) and uses[id_] == 1}
    folded: set[str] = set()

    def fold(value: Node) -> Node:
        """The value, or the list that it is the head of, whose members may be lists themselves."""
        chain, head = [], value.get("@id")
        while head in links:
            chain.append(head)
            head = nodes[head][_REST][0]["@id"]
        if head != _NIL:
            return value
        folded.update(chain)
        return {"@list": [fold(nodes[link][_FIRST][0]) for link in chain]}

    # Chains are entered from outside only: one that leads into itself has no head to stand for it.
    for node in [node for id_, node in nodes.items() if id_ not in links]:
        for name in node.keys() - {"@id", "@type", _REST}:
            node[name] = [fold(value) for value in node[name]]
    for id_ in folded:
        del nodes[id_]


def _links(node: Node) -> Iterator[Node]:
    """The values of a node that are nodes, its types among them."""
    yield from ({"@id": kind} for kind in node.get("@type", ()))
    yield from (value for name, values in node.items() if name[0] != "@" for value in values if "@id" in value)


def _is_link(node: Node) -> bool:
    """True for one member of a list: unnamed, with one value, one rest and nothing else."""
    return (
        node["@id"].startswith("_:")
        and node.keys() == {"@id", _FIRST, _REST}
        and len(node[_FIRST]) == len(node[_REST]) == 1
        and "@id" in node[_REST][0]
    )
