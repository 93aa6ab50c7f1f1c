"""The seam to the engine: one release in memory or on disk, query text in, bytes in a Format out.

Spec: SPARQL 1.1 Query Language; SPARQL 1.1 Protocol, section 2.1.4 (specifying an RDF dataset).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import islice
from traceback import clear_frames
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

import pyoxigraph

from smartgraph.errors import NotAcceptable, QueryRefused, QuerySyntaxError, StoreUnavailable, Text
from smartgraph.formats import GRAPH_FORMATS, JSON_RESULTS, NTRIPLES, RESULT_FORMATS, Format
from smartgraph.read.tokens import Token, from_clauses, notable_tokens, read_tokens, refuse, undeclared
from smartgraph.serialize import (
    engine_term,
    parse_boolean,
    parse_ntriples,
    parse_rows,
    write_results,
    write_triples,
)
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from smartgraph.release import Release
    from smartgraph.serialize import Row, Sink, Term, Triple


@dataclass(frozen=True, slots=True)
class Query:
    """A question to the store.

    ``results`` is the format wanted for SELECT and ASK, ``graph`` that for CONSTRUCT and DESCRIBE;
    ``None`` where the client takes none of the kind. With ``default_graphs`` or ``named_graphs``
    (absolute IRIs) these are the dataset, whatever FROM clauses the text has. ``bindings`` give values
    to variables that the query selects; they never pass through its text. ``limit_s`` is less time than
    the settings allow, in seconds; it decides nothing about the answer. Of one with more than ``longest`` bytes
    only the beginning is wanted.
    """

    text: str
    results: Format | None
    graph: Format | None
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()
    bindings: Mapping[str, Term] = field(default_factory=dict, hash=False)
    limit_s: float | None = field(default=None, compare=False, repr=False)
    longest: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The bytes of an answer and what they are written in; ``is_cut`` if more than were wanted would follow."""

    body: bytes
    format: Format
    is_cut: bool = False


def identity_of(query: Query) -> tuple[str | tuple[str, ...] | None, ...]:
    """What decides about the answer to a query, as plain values."""
    names = (form.name if form else None for form in (query.results, query.graph))
    return query.text, *names, query.default_graphs, query.named_graphs


class _Whole:
    """A sink that keeps an answer until it is whole."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._format: Format | None = None

    def begin(self, form: Format) -> None:
        self._format = form

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None: ...

    def answer(self) -> Answer:
        assert self._format
        return Answer(b"".join(self._parts), self._format)


class Reader(Protocol):
    """Whoever answers questions about one release.

    ``answer`` treats a query as a stranger's unless it is ``trusted``. All methods raise
    :class:`smartgraph.errors.QueryError`; ``answer`` also :class:`smartgraph.errors.NotAcceptable`.
    """

    release: Release

    def answer(self, query: Query, *, trusted: bool = False) -> Answer: ...

    def select(self, text: str) -> tuple[Row, ...]:
        """The rows of one of our own SELECT queries."""
        return parse_rows(self.answer(Query(text, JSON_RESULTS, None), trusted=True).body)

    def ask(self, text: str) -> bool:
        """The answer to one of our own ASK queries."""
        return parse_boolean(self.answer(Query(text, JSON_RESULTS, None), trusted=True).body)

    def construct(self, text: str) -> tuple[Triple, ...]:
        """The triples of one of our own CONSTRUCT queries, sorted."""
        body = self.answer(Query(text, None, NTRIPLES), trusted=True).body
        return parse_ntriples(b"".join(sorted(set(body.splitlines(keepends=True)))))


class Store(Reader):
    """One release in this process. Nothing here limits time or memory: see :mod:`.sandbox`."""

    def __init__(self, release: Release, engine: pyoxigraph.Store, *, has_union: bool = True) -> None:
        """``has_union``: the engine's default graph is that of queries; else all its graphs together are."""
        self.release = release
        self._engine = engine
        self._prefixes = prefixes(release.manifest.base)
        #: The dataset of a query that names none.
        self._whole = {} if has_union else {"use_default_graph_as_union": True}

    @classmethod
    def load(cls, release: Release) -> Self:
        """Reads the release's N-Quads into an engine of its own."""
        has_union = has_shared(release)
        return cls(release, load_engine(release, with_union=has_union), has_union=has_union)

    @classmethod
    def empty(cls, release: Release) -> Self:
        """The release without its triples."""
        return cls(release, pyoxigraph.Store())

    @classmethod
    def open(cls, release: Release) -> Self:
        """Opens the release's store on disk, which is whole (:mod:`smartgraph.read.disk`).

        The engine starts threads of its own: a process that has opened one may no longer fork.
        """
        return cls(release, pyoxigraph.Store.read_only(str(release.store)), has_union=has_shared(release))

    def answer(self, query: Query, *, trusted: bool = False) -> Answer:
        """The answer in one piece; otherwise as :meth:`write`."""
        whole = _Whole()
        self.write(query, whole, trusted=trusted)
        return whole.answer()

    def write(self, query: Query, sink: Sink, *, trusted: bool = False) -> None:
        """Gives the answer to ``sink`` in the wanted format, as it is made.

        A ``trusted`` text is not searched for what we refuse. What ``sink`` raises comes out again.

        Raises:
            QuerySyntaxError: the text is not SPARQL.
            QueryRefused: it federates, updates, or calls what the engine does not know.
            NotAcceptable: no wanted format fits the kind of query.
            StoreUnavailable: the store on disk is damaged.
        """
        tokens = notable_tokens(query.text)
        if not trusted:
            refuse(query.text, tokens)
        try:
            engine, dataset = self._dataset(query, tokens)
            values: dict[pyoxigraph.Variable, Any] = {
                pyoxigraph.Variable(name): engine_term(term) for name, term in query.bindings.items()
            }
            self._write(
                engine.query(query.text, base_iri=self.release.manifest.base, substitutions=values or None, **dataset),
                query,
                sink,
            )
        except SyntaxError as error:
            raise _syntax_error(str(error), tuple(read_tokens(query.text))) from None
        except (OSError, ValueError, RuntimeError) as error:
            _drop_results(error)
            if str(error).startswith(_DAMAGE):
                raise StoreUnavailable(Text(_DAMAGED)) from None
            raise QueryRefused(Text("The engine does not evaluate this query: {reason}.", reason=error)) from None
        except BaseException as error:
            _drop_results(error)
            raise

    def _write(self, found: object, query: Query, sink: Sink) -> None:
        if isinstance(found, pyoxigraph.QueryTriples):
            if query.graph is None:
                raise NotAcceptable(tuple(form.media_type for form in GRAPH_FORMATS))
            write_triples(found, query.graph, self._prefixes, sink)
            return
        assert isinstance(found, pyoxigraph.QuerySolutions | pyoxigraph.QueryBoolean)
        if query.results is None:
            raise NotAcceptable(tuple(form.media_type for form in RESULT_FORMATS))
        write_results(found, query.results, sink)

    def _dataset(self, query: Query, tokens: Sequence[Token]) -> tuple[pyoxigraph.Store, dict[str, Any]]:
        """The store to ask and the engine's arguments that name the dataset in it.

        Spec: a dataset in the protocol request replaces that in the text; an unknown graph is empty.
        """
        default, named = query.default_graphs, query.named_graphs
        if not default and not named:
            start, *clauses = from_clauses(tokens)
            if not any(clauses):
                return self._engine, self._whole
            default, named = self._clauses(query.text, start, *clauses)
        if not default and not named:
            return self._engine, {}
        defaults, names = _nodes(default), _nodes(named)
        if len(defaults) < 2:
            return self._engine, {"default_graph": defaults, "named_graphs": names}
        return self._merged(defaults, names), {
            "default_graph": [pyoxigraph.DefaultGraph()],
            "named_graphs": names,
        }

    def _clauses(
        self, text: str, start: int, default: Sequence[str], named: Sequence[str]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The graphs of the FROM and FROM NAMED clauses; nothing unless several are merged."""
        if len(default) < 2:
            return (), ()
        # The engine itself resolves prefixes, base and escapes, so we need not know how.
        pairs = [*((token, 0) for token in default), *((token, 1) for token in named)]
        values = " ".join(f"({token} {kind})" for token, kind in pairs)
        probe = f"{text[:start]} SELECT ?g ?k {{ VALUES (?g ?k) {{ {values} }} }}"
        try:
            found = pyoxigraph.Store().query(probe, base_iri=self.release.manifest.base)
        except SyntaxError:
            return (), ()  # The whole text has the same fault and will report it at its own place.
        assert isinstance(found, pyoxigraph.QuerySolutions)
        rows = [(row["g"].value, row["k"].value) for row in found]
        return tuple(g for g, k in rows if k == "0"), tuple(g for g, k in rows if k == "1")

    def _merged(
        self, defaults: Sequence[pyoxigraph.NamedNode], names: Sequence[pyoxigraph.NamedNode]
    ) -> pyoxigraph.Store:
        """A store whose default graph is the union of several, each triple once."""
        merged = pyoxigraph.Store()
        for graph in defaults:
            quads = self._engine.quads_for_pattern(None, None, None, graph)
            merged.extend(pyoxigraph.Quad(q.subject, q.predicate, q.object) for q in quads)
        for graph in names:
            merged.extend(self._engine.quads_for_pattern(None, None, None, graph))
        return merged


def _drop_results(error: BaseException) -> None:
    """Lets go of what an error's frames hold: the engine's results must be dropped by the thread that made them."""
    clear_frames(error.__traceback__)


#: How the engine begins to say that files of its store are not what it wrote.
_DAMAGE: Final = ("Corruption: ", "IO error: ")
_DAMAGED: Final = "The data on disk are damaged. They are made anew when the server is started again."
#: The engine copies what it is given before it stores it: twice the memory if it were given everything at once.
_AT_ONCE: Final = 10_000


def load_engine(release: Release, *, with_union: bool) -> pyoxigraph.Store:
    """The release in memory, as :func:`pieces` says."""
    engine = pyoxigraph.Store()
    for piece in pieces(release, _AT_ONCE, with_union=with_union):
        engine.extend(piece)
    return engine


def has_shared(release: Release) -> bool:
    """True if a triple is in several graphs."""
    return sum(size for _, size in release.manifest.graphs) != release.manifest.triples


def pieces(release: Release, size: int, *, with_union: bool) -> Iterator[list[pyoxigraph.Quad]]:
    """What an engine is to hold, so many quads at once: the named graphs, and perhaps their union as default graph.

    The engine's own union counts a triple once per graph it is in. Where graphs share triples, ours has to be
    written down, at the price of twice the memory.
    """
    quads: Iterator[pyoxigraph.Quad] = pyoxigraph.parse(path=release.core, format=pyoxigraph.RdfFormat.N_QUADS)
    if with_union:
        quads = _with_union(quads)
    while piece := list(islice(quads, size)):
        yield piece


def _with_union(quads: Iterator[pyoxigraph.Quad]) -> Iterator[pyoxigraph.Quad]:
    for quad in quads:
        yield quad
        yield pyoxigraph.Quad(quad.subject, quad.predicate, quad.object)


def _nodes(iris: Sequence[str]) -> list[pyoxigraph.NamedNode]:
    try:
        return [pyoxigraph.NamedNode(iri) for iri in dict.fromkeys(iris)]
    except ValueError as error:
        raise QueryRefused(
            Text("A graph in the request is not named by an absolute IRI: {reason}.", reason=error)
        ) from None


#: As the engine writes what it would have taken at the level of letters: ``['a' ..= 'z' | ']']``.
_CHARACTER_CLASS: Final = re.compile(r"\[(?:'\\?[^']*'|[^'\]])*\]")


#: What the grammar wants at the end of the wrong branch of all it tried: it leads astray.
_LONE_KEYWORD: Final = re.compile(r"[A-Z_]+")
_NO_PREFIX: Final = "the prefix {prefixes} is not declared"
_STUCK: Final = "the text cannot end or go on like this"


def _syntax_error(message: str, tokens: Sequence[Token]) -> QuerySyntaxError:
    """The engine's message with line and column as numbers, and in words that help."""
    place = re.match(r"error at (\d+):(\d+): expected (?:one of )?(.*)", message, re.DOTALL)
    if not place:
        return QuerySyntaxError(message, None, None)
    return QuerySyntaxError(_fault(place[3], tokens), int(place[1]), int(place[2]))


def _fault(expected: str, tokens: Sequence[Token]) -> Text | str:
    if missing := undeclared(tokens):
        return Text(_NO_PREFIX, prefixes=", ".join(missing))
    words = [word.strip() for word in _CHARACTER_CLASS.sub("", expected).split(",") if word.strip()]
    # The engine lists its own findings ("SELECT * is not authorized …") among the tokens that it would have taken.
    if findings := [word for word in words if " " in word]:
        return "; ".join(findings)
    if not words or (len(words) == 1 and _LONE_KEYWORD.fullmatch(words[0])):
        return Text(_STUCK)
    return Text("expected {tokens}", tokens=", ".join(words))
