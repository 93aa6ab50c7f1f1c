"""A release for people who work with data in Python: an rdflib Dataset on the engine's store."""

from __future__ import annotations

import warnings
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, TypeVar

from oxrdflib import OxigraphStore
from rdflib import XSD, Dataset, Graph, Literal

from smartgraph.read.store import load_engine
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyoxigraph
    from rdflib.plugins.sparql.sparql import Query
    from rdflib.query import Result
    from rdflib.term import Identifier, Node

    from smartgraph.release import Release

    Triple = tuple[Node, Node, Node]

T = TypeVar("T")

_SLOW: Final = (
    "This query is answered by rdflib's own engine, which is far slower than Oxigraph. "
    "Pass the query as text, without a prepared query and without extra arguments."
)


def load_dataset(release: Release) -> Dataset:
    """A copy of the release in memory; its default graph is the union of the named ones, each triple once."""
    dataset = Dataset(_CountedStore(store=load_engine(release, with_union=True)))
    for name, namespace in prefixes(release.manifest.base).items():
        dataset.bind(name, namespace, replace=True)
    return dataset


def _keeping_sizes(method: Callable[..., T]) -> Callable[..., T]:
    """A method that reaches for the engine without adding or removing a triple."""

    @wraps(method)
    def kept(self: _CountedStore, *args: Any, **options: Any) -> T:
        sizes, self._sizes = self._sizes, {}
        try:
            return method(self, *args, **options)
        finally:
            self._sizes = sizes

    return kept


class _CountedStore(OxigraphStore):
    """Counts each graph once between two changes, where its parent counts all triples at every ``len()``.

    pySHACL and rdflib ask for the length at each step, if only to find out whether a graph is empty.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        self._sizes: dict[Identifier | None, int] = {}
        super().__init__(*args, **options)

    @property
    def _inner(self) -> pyoxigraph.Store:
        """The engine. Whoever reaches for it may change it: writing methods, and oxrdflib's parsers past them."""
        self._sizes.clear()
        return super()._inner

    add_graph = _keeping_sizes(OxigraphStore.add_graph)
    contexts = _keeping_sizes(OxigraphStore.contexts)
    _found = _keeping_sizes(OxigraphStore.triples)
    _count = _keeping_sizes(OxigraphStore.__len__)
    _answer = _keeping_sizes(OxigraphStore.query)

    def __len__(self, context: Graph | None = None) -> int:
        name = None if context is None else context.identifier
        if name not in self._sizes:
            self._sizes[name] = self._count(context)
        return self._sizes[name]

    def query(self, query: Query | str, *args: Any, **options: Any) -> Result:
        """As the parent, which leaves what it does not know to rdflib; here not in silence."""
        if options or not isinstance(query, str):
            warnings.warn(_SLOW, stacklevel=3)
        return _with_plain_strings(self._answer(query, *args, **options))

    def triples(self, *args: Any, **options: Any) -> Iterator[tuple[Triple, Iterator[Graph | None]]]:
        return (((s, p, _plain(o)), graphs) for (s, p, o), graphs in self._found(*args, **options))


def _with_plain_strings(result: Result) -> Result:
    if result.graph is not None:
        plain = Graph()
        plain += ((s, p, _plain(o)) for s, p, o in result.graph)
        result.graph = plain
    elif result.type == "SELECT":
        result.bindings = [{name: _plain(term) for name, term in row.items()} for row in result.bindings]
    return result


def _plain(term: T) -> T | Literal:
    """A string as rdflib's own parsers give it: to rdflib, one that carries its datatype is not equal to it."""
    return Literal(str(term)) if isinstance(term, Literal) and term.datatype == XSD.string else term
