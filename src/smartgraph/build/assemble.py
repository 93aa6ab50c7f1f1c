"""All sources as named graphs under the configured base, each thing in one home."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pyoxigraph as ox

from smartgraph import iris
from smartgraph.build.explain import Finding
from smartgraph.build.lift import Lifter, NotLiftable
from smartgraph.build.naming import Words
from smartgraph.build.sources.jsonld import NAME as CONTEXT
from smartgraph.build.sources.turtle import Source, read_source
from smartgraph.errors import SourceError, Text
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from smartgraph.bundle import Bundle

DERIVED = "derived"
SHAPES = "shapes"
#: Graphs in which nodes without a name are allowed: lists and alternatives of the model.
_MODEL_GRAPHS = frozenset({"ontology", "vocabulary", SHAPES})
#: The libraries whose versions may change what a build gives.
_ENGINES = ("oxrdflib", "pyoxigraph", "pyshacl", "rdflib")


@dataclass(frozen=True, slots=True)
class Assembly:
    """The authored graphs: name → triples under ``base``; where each thing stands; what is wrong so far."""

    base: str
    graphs: dict[str, frozenset[ox.Triple]]
    sources: tuple[Source, ...]
    homes: dict[str, Source]
    findings: tuple[Finding, ...]


def _files(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.ttl"))


def _graph_of_data(path: Path, data: Path) -> str:
    inside = path.relative_to(data)
    name = inside.parts[0] if len(inside.parts) > 1 else path.stem
    if not iris.is_slug(name) or name in (DERIVED, "catalog", *_MODEL_GRAPHS):
        raise SourceError(
            path, Text("the name '{name}'", name=name),
            Text("the name of an authority such as 'muelheim-an-der-ruhr'"),
            remedy=Text("Use lower-case ASCII letters, digits and hyphens; write ä as ae."),
        )  # fmt: skip
    return name


def input_files(bundle: Bundle) -> Iterator[tuple[Path, str]]:
    """Each authored file with the name of its graph, in a fixed order.

    Raises:
        SourceError: a folder is missing or empty, or a file in ``data/`` is not named after an authority
            or is no Turtle.
    """
    for folder in (bundle.ontology, bundle.data, bundle.shapes):
        if not _files(folder):
            raise SourceError(
                folder, Text("no .ttl file"), Text("at least one"),
                remedy=Text("Is this the right folder? Point to one that has ontology/, data/ and shapes/."),
            )  # fmt: skip
    for path in bundle.data.rglob("*"):
        if path.is_file() and path.suffix != ".ttl" and not path.name.startswith("."):
            raise SourceError(
                path, Text("the ending '{ending}'", ending=path.suffix), ".ttl",
                remedy=Text("Rename the file or move it out of the folder, so that nothing is left out unnoticed."),
            )  # fmt: skip
    for path in _files(bundle.ontology):
        yield path, "ontology" if path.parent == bundle.ontology else "vocabulary"
    for path in _files(bundle.data):
        yield path, _graph_of_data(path, bundle.data)
    for path in _files(bundle.shapes):
        yield path, SHAPES


def fingerprint(bundle: Bundle, base: str) -> str:
    """A hash of everything that decides what a build gives: input, base, the workshop, and its engines.

    Raises:
        SourceError: see :func:`input_files`.
    """
    digest = hashlib.sha256(base.encode())
    for engine in _ENGINES:
        digest.update(f"\0{engine} {version(engine)}".encode())
    package = Path(__file__).parent.parent
    software = (*sorted(package.glob("*.py")), *sorted((package / "build").rglob("*.py")))
    authored = tuple(path for path, _ in input_files(bundle))
    for root, files in ((bundle.root, authored), (package, software)):
        for path in files:
            content = path.read_bytes() if path.is_file() else b""
            digest.update(f"\0{path.relative_to(root)}\0".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()


def read_sources(bundle: Bundle, extra: tuple[Path, ...] = (), base: str = PLACEHOLDER) -> tuple[Source, ...]:
    """All authored files, parsed; ``extra`` files that are not among them each in a graph of their own.

    Args:
        base: the configured base; an extra JSON-LD file may name our context under it.
    Raises:
        SourceError, UsageError: see :func:`input_files` and :func:`smartgraph.build.sources.turtle.read_source`.
    """
    files = dict(input_files(bundle))
    authored = {path.resolve() for path in files}
    files |= {path: str(path) for path in extra if path.resolve() not in authored}
    context = bundle.ontology / CONTEXT
    return tuple(read_source(path, graph, base, context) for path, graph in files.items())


class _Rebaser:
    """Moves terms to the base and lifts literals; collects what cannot be lifted."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.findings: list[Finding] = []
        self._lifter = Lifter()

    def triple(self, triple: ox.Triple, source: Source) -> ox.Triple:
        subject, predicate = self._node(triple.subject), self._node(triple.predicate)
        value = triple.object
        if not isinstance(value, ox.Literal):
            return ox.Triple(subject, predicate, self._node(value))
        if predicate.value in iris.REBASED_LITERALS and value.value.startswith(PLACEHOLDER):
            value = ox.Literal(iris.rebase(value.value, self.base), datatype=value.datatype)
        try:
            value = self._lifter.lift(value)
        except NotLiftable as problem:
            self.findings.append(_not_well_formed(subject, predicate, value, problem, source))
        return ox.Triple(subject, predicate, value)

    def _node(self, term: object) -> ox.NamedNode:
        if isinstance(term, ox.NamedNode) and term.value.startswith(PLACEHOLDER):
            return ox.NamedNode(iris.rebase(term.value, self.base))
        return term  # type: ignore[return-value]  # a blank node or a foreign IRI stays what it is


def identifier(term: ox.NamedNode | ox.BlankNode | ox.Triple) -> str:
    """The IRI of a node, or the label of one without a name."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _not_well_formed(
    subject: ox.NamedNode, predicate: ox.NamedNode, value: ox.Literal, problem: NotLiftable, source: Source
) -> Finding:
    datatype = value.datatype.value.rsplit("#", 1)[-1]
    return Finding(
        rule="well-formed-value",
        focus=identifier(subject),
        path=predicate.value,
        value=value.value,
        de=f"Der Wert „{value.value}“ ({datatype}) passt nicht zu seinem Datentyp. Erwartet wird {problem.wanted_de}.",
        en=f"The value “{value.value}” ({datatype}) does not fit its datatype. Wanted: {problem.wanted_en}.",
        file=source.path,
        route=predicate.value,
        term=value,
        wanted=Words(problem.wanted_de, problem.wanted_en),
    )


def _homes(sources: Iterable[Source], base: str) -> tuple[dict[str, Source], list[Finding]]:
    """For each thing the source that describes it first; a finding in each file of one with two graphs."""
    homes: dict[str, Source] = {}
    graphs: dict[str, set[str]] = defaultdict(set)
    files: dict[str, set[Path]] = defaultdict(set)
    for source in sources:
        for subject in {triple.subject for triple in source.triples}:
            if isinstance(subject, ox.NamedNode):
                thing = iris.thing_of(iris.rebase(subject.value, base))
                homes.setdefault(thing, source)
                graphs[thing].add(source.graph)
                files[thing].add(source.path)
    findings = [
        _two_homes(thing, ", ".join(sorted({Path(name).name for name in names})), path)
        for thing, names in sorted(graphs.items())
        if len(names) > 1
        for path in sorted(files[thing])
    ]
    return homes, findings


def _two_homes(thing: str, names: str, path: Path) -> Finding:
    return Finding(
        rule="one-home",
        focus=thing,
        value=names,
        de=f"Das Ding wird in mehreren Graphen beschrieben ({names}). "
        "Beschreiben Sie es an einer Stelle; andere Dateien dürfen nur darauf verweisen.",
        en=f"The thing is described in several graphs ({names}). "
        "Describe it in one place; other files may only link to it.",
        file=path,
    )


def _unnamed(source: Source, base: str) -> Iterator[Finding]:
    if source.graph in _MODEL_GRAPHS:
        return
    for triple in source.triples:
        if isinstance(triple.object, ox.BlankNode):
            yield Finding(
                rule="no-blank-node",
                focus=iris.rebase(identifier(triple.subject), base),
                path=iris.rebase(triple.predicate.value, base),
                value=str(triple.object),
                term=triple.object,
                de="Der Wert ist ein Knoten ohne Namen. Geben Sie ihm einen, etwa <…#zeitraum>.",
                en="The value is a node without a name. Give it one, for example <…#period>.",
                file=source.path,
            )
    pointed_to = {triple.object for triple in source.triples}
    subjects = {triple.subject for triple in source.triples if isinstance(triple.subject, ox.BlankNode)}
    for subject in subjects - pointed_to:
        yield Finding(
            rule="no-blank-node",
            focus=str(subject),
            de="Hier wird ein Ding ohne Namen beschrieben. Geben Sie ihm einen, etwa strategy:musterstadt.",
            en="A thing without a name is described here. Give it one, for example strategy:musterstadt.",
            file=source.path,
        )


def _named_graphs(source: Source, base: str) -> Iterator[Finding]:
    if source.named_graphs:
        names = ", ".join(iris.rebase(name.strip("<>"), base) for name in source.named_graphs)
        yield Finding(
            rule="own-graph-names",
            focus=iris.rebase(source.named_graphs[0].strip("<>"), base),
            value=names,
            severity="info",
            de=f"Die Datei teilt ihre Angaben in benannte Graphen auf ({names}). Die Namen werden nicht übernommen: "
            "Alles zählt als Inhalt dieser einen Datei.",
            en=f"The file divides its statements into named graphs ({names}). The names are not taken over: "
            "everything counts as the content of this one file.",
            file=source.path,
        )


def assemble(sources: tuple[Source, ...], base: str) -> Assembly:
    """The named graphs of a release, without what is derived.

    Returns:
        graphs under ``base`` with lifted literals; the findings are those that no shape can see:
        ill-formed values, things with two homes, nodes without a name in ``data/``.
    """
    rebaser = _Rebaser(base)
    graphs: dict[str, set[ox.Triple]] = defaultdict(set)
    for source in sources:
        graphs[source.graph] |= {rebaser.triple(triple, source) for triple in source.triples}
    homes, findings = _homes(sources, base)
    findings += rebaser.findings
    findings += [finding for source in sources for finding in (*_unnamed(source, base), *_named_graphs(source, base))]
    frozen = {name: frozenset(triples) for name, triples in sorted(graphs.items())}
    return Assembly(base, frozen, sources, homes, tuple(findings))
