"""Whether two tables of RDF terms say the same, whatever their blank nodes are called.

A table is a list of rows, a row a tuple of terms or ``None``. A graph is a table of three columns.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Row = tuple[Any, ...]
    Colours = Mapping[ox.BlankNode, int]


def same(left: Sequence[Row], right: Sequence[Row], *, ordered: bool = False) -> bool:
    """True if some renaming of blank nodes makes the rows of ``left`` those of ``right``, as often each.

    >>> a, b, c = (ox.BlankNode(name) for name in "abc")
    >>> same([(a, b), (b, a)], [(b, c), (c, b)]), same([(a, a)], [(b, c)])
    (True, False)
    """
    if len(left) != len(right):
        return False
    if ordered:
        left, right = _numbered(left), _numbered(right)
    return _matches(left, dict.fromkeys(_nodes(left), 0), right, dict.fromkeys(_nodes(right), 0))


def by_value(rows: Sequence[Row], *, untyped: bool = False) -> list[Row]:
    """The rows with each literal as the engine stores it: by its value, not by its spelling.

    With ``untyped`` a text that reads as a number is one, as in CSV, which tells no types.
    """
    return [tuple(_stored(_number(term) if untyped else term) for term in row) for row in rows]


def _number(term: Any) -> Any:
    reads_so = isinstance(term, ox.Literal) and term.datatype == _STRING and _NUMBER.fullmatch(term.value)
    return ox.Literal(term.value, datatype=_DOUBLE) if reads_so else term


_STORE: Final = ox.Store()
_NUMBER: Final = re.compile(r"[+-]?\d*\.?\d+(?:[eE][+-]?\d+)?")
_STRING: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#string")
_DOUBLE: Final = ox.NamedNode("http://www.w3.org/2001/XMLSchema#double")
_ANY: Final = ox.NamedNode("urn:x:any")


@lru_cache(maxsize=4096)
def _stored(term: Any) -> Any:
    if not isinstance(term, ox.Literal | ox.Triple):
        return term
    _STORE.clear()
    _STORE.add(ox.Quad(_ANY, _ANY, term))
    return next(iter(_STORE)).object


def _numbered(rows: Sequence[Row]) -> list[Row]:
    return [(number, *row) for number, row in enumerate(rows)]


def _nodes(rows: Sequence[Row]) -> Iterator[ox.BlankNode]:
    for row in rows:
        for term in row:
            yield from _nodes_of(term)


def _nodes_of(term: Any) -> Iterator[ox.BlankNode]:
    if isinstance(term, ox.BlankNode):
        yield term
    elif isinstance(term, ox.Triple):
        for part in term:
            yield from _nodes_of(part)


def _painted(term: Any, colours: Colours, own: ox.BlankNode | None = None) -> Any:
    """The term with the colours of blank nodes in their place; ``own`` is seen apart from all others."""
    if isinstance(term, ox.BlankNode):
        return ("own" if term == own else "other", colours[term])
    if isinstance(term, ox.Triple):
        return ("triple", *(_painted(part, colours, own) for part in term))
    return term


def _refined(rows: Sequence[Row], colours: Colours) -> Colours:
    """Colours that also tell apart what stands in different rows, until that tells no more apart."""
    homes: dict[ox.BlankNode, list[Row]] = defaultdict(list)
    for row in rows:
        for node in {node for term in row for node in _nodes_of(term)}:
            homes[node].append(row)
    while True:
        finer = {node: hash((colours[node], *_surroundings(node, own, colours))) for node, own in homes.items()}
        if len(set(finer.values())) == len(set(colours.values())):
            return finer
        colours = finer


def _surroundings(node: ox.BlankNode, rows: Sequence[Row], colours: Colours) -> list[int]:
    return sorted(hash(tuple(_painted(term, colours, node) for term in row)) for row in rows)


def _matches(left: Sequence[Row], own: Colours, right: Sequence[Row], theirs: Colours) -> bool:
    own, theirs = _refined(left, own), _refined(right, theirs)
    if _picture(left, own) != _picture(right, theirs):
        return False
    twins = [node for node, colour in own.items() if list(own.values()).count(colour) > 1]
    if not twins:
        return True
    chosen, colour = twins[0], own[twins[0]]
    return any(
        _matches(left, {**own, chosen: -1}, right, {**theirs, node: -1})
        for node, same_colour in theirs.items()
        if same_colour == colour
    )


def _picture(rows: Sequence[Row], colours: Colours) -> Counter[Row]:
    return Counter(tuple(_painted(term, colours) for term in row) for row in rows)
