"""The shapes graph as SHACL processors read it: the nodes of property paths without a name.

In a release every node has a name. But SHACL takes an IRI at ``sh:path`` for a property; a path with more
to it has to be a node without a name.

Spec: SHACL, section 2.3.1 (SHACL property paths).
"""

from __future__ import annotations

from typing import Final

from smartgraph.iris import genid_iri
from smartgraph.vocab import SH

_PATH: Final = f"<{SH}path>".encode()


def with_nameless_paths(ntriples: bytes, base: str) -> bytes:
    """The N-Triples document with nodes of property paths, lists in them included, as blank nodes."""
    start = f"<{genid_iri('', base)}".encode()
    rows = [tuple(line.removesuffix(b" .").split(b" ", 2)) for line in ntriples.splitlines()]
    below: dict[bytes, set[bytes]] = {}
    for subject, _, value in rows:
        if value.startswith(start):
            below.setdefault(subject, set()).add(value)
    found = {value for _, predicate, value in rows if predicate == _PATH and value.startswith(start)}
    left = set(found)
    while left:
        left = {value for node in left for value in below.get(node, ())} - found
        found |= left
    # In RDF/XML a label begins with a letter.
    labels = {node: b"_:path-" + node[len(start) : -1] for node in found}
    lines = (b"%s %s %s .\n" % (labels.get(s, s), p, labels.get(o, o)) for s, p, o in rows)
    return b"".join(lines)
