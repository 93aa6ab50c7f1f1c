"""From sources to a release, or to nothing: assemble, derive, validate, write."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph import iris
from smartgraph.build.assemble import DERIVED, SHAPES, Assembly, assemble, fingerprint, read_sources
from smartgraph.build.derive import derive
from smartgraph.build.diagnose import diagnose
from smartgraph.build.generated import release_files
from smartgraph.build.model import MODEL_GRAPHS, Model
from smartgraph.build.naming import Names
from smartgraph.build.reports import as_json
from smartgraph.build.skolem import skolemised
from smartgraph.build.validate import validate
from smartgraph.errors import NotConforming, SourceError
from smartgraph.release import Manifest, Release, Releases
from smartgraph.vocab import prefixes

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.build.explain import Report
    from smartgraph.bundle import Bundle

#: Told what stage begins; the command line shows it.
Progress = Callable[[str], None]

_UNION_DUMPS: Final = {
    "smartgraph.ttl": ox.RdfFormat.TURTLE,
    "smartgraph.nt": ox.RdfFormat.N_TRIPLES,
    "smartgraph.rdf": ox.RdfFormat.RDF_XML,
    "smartgraph.jsonld": ox.RdfFormat.JSON_LD,
}
_DATASET_DUMPS: Final = {"smartgraph.trig": ox.RdfFormat.TRIG}
_COMMENT: Final = {"smartgraph.ttl", "smartgraph.trig", "smartgraph.nt"}


@dataclass(frozen=True, slots=True)
class Checked:
    """A dataset that was validated: its named graphs and the report."""

    base: str
    graphs: dict[str, frozenset[ox.Triple]]
    report: Report


def check(bundle: Bundle, base: str, progress: Progress = lambda _: None, extra: tuple[Path, ...] = ()) -> Checked:
    """Everything but the writing: the dataset with its derived graph, and what validation says of it.

    Args:
        extra: files to check together with the sources; those that are sources already change nothing.
    Raises:
        SourceError: a file cannot be read.
    """
    progress("read")
    assembly = assemble(read_sources(bundle, extra, base), base)
    progress("derive")
    derived = derive((triples for name, triples in assembly.graphs.items() if name != SHAPES), base)
    graphs = {**assembly.graphs, DERIVED: derived}
    progress("validate")
    return Checked(base, graphs, _report(assembly, graphs))


def _report(assembly: Assembly, graphs: dict[str, frozenset[ox.Triple]]) -> Report:
    names = Names(assembly.base, _union(assembly.graphs))
    data = _union(graphs)
    return diagnose(validate(data, graphs[SHAPES], names), assembly, data, names)


def _union(graphs: dict[str, frozenset[ox.Triple]]) -> frozenset[ox.Triple]:
    """All triples but the shapes."""
    return frozenset(triple for name, triples in graphs.items() if name != SHAPES for triple in triples)


def canonical_nquads(graphs: dict[str, frozenset[ox.Triple]], base: str) -> bytes:
    """All graphs as canonical N-Quads: sorted lines, and a name for each node that had none.

    Spec: https://www.w3.org/TR/rdf-canon/#canonical-quads
    """
    quads = (
        ox.Quad(t.subject, t.predicate, t.object, ox.NamedNode(iris.graph_iri(name, base)))
        for name, triples in skolemised(graphs, base).items()
        for t in triples
    )
    return "".join(sorted(f"{quad} .\n" for quad in quads)).encode()


def _comment(base: str) -> bytes:
    return f"# Identifiers under {base} resolve on one machine only.\n".encode() if iris.is_loopback(base) else b""


def _dumps(core: bytes, base: str) -> dict[str, bytes]:
    """The same facts in the other formats: as one graph with each triple once, and as named graphs."""
    quads = list(ox.parse(core, ox.RdfFormat.N_QUADS))
    union = sorted({quad.triple for quad in quads}, key=str)
    names = prefixes(base)
    dumps = {name: ox.serialize(union, format=form, prefixes=names) for name, form in _UNION_DUMPS.items()}
    dumps |= {name: ox.serialize(quads, format=form, prefixes=names) for name, form in _DATASET_DUMPS.items()}
    return {name: (_comment(base) if name in _COMMENT else b"") + (content or b"") for name, content in dumps.items()}


def _manifest(checked: Checked) -> Manifest:
    union = {triple for triples in checked.graphs.values() for triple in triples}
    retrieved = f"{checked.base}ns#retrieved"
    dates = [
        triple.object.value
        for triple in union
        if triple.predicate.value == retrieved and isinstance(triple.object, ox.Literal)
    ]
    graphs = tuple((name, len(triples)) for name, triples in sorted(checked.graphs.items()))
    return Manifest(checked.base, max(dates, default=""), len(union), graphs)


def publish(checked: Checked, bundle: Bundle, releases: Releases, progress: Progress = lambda _: None) -> Release:
    """Writes a conforming dataset as a release and makes it the current one.

    Raises:
        NotConforming: the report has violations; nothing was written.
        StateError: the state folder cannot be written.
    """
    if not checked.report.conforms:
        raise NotConforming(checked.report)
    progress("publish")
    core = canonical_nquads(checked.graphs, checked.base)
    report_json = as_json.document(checked.report, bundle.root)
    model = Model(triple for name in MODEL_GRAPHS for triple in checked.graphs.get(name, ()))
    files = _dumps(core, checked.base) | release_files(model, checked.base)
    return releases.add(core, _manifest(checked), report_json, files)


def choose_base(configured: str, releases: Releases, port: int) -> str:
    """The base to build under: configured, else frozen by the first build, else this machine at ``port``."""
    return configured or releases.frozen_base() or f"http://127.0.0.1:{port or 8000}/"


def is_up_to_date(bundle: Bundle, base: str, releases: Releases) -> bool:
    """True if nothing has to be built: the input is that of the newest build, and a release can be opened.

    Which release is current is the operator's choice and does not matter here. Input that cannot even
    be listed is not up to date: building it says what is wrong.
    """
    try:
        is_same = releases.built_from() == fingerprint(bundle, base)
    except SourceError:
        return False
    return is_same and releases.refusal() is None and any(release for release, _ in releases.undamaged())


def build(bundle: Bundle, releases: Releases, base: str, progress: Progress = lambda _: None) -> tuple[Release, Report]:
    """A new current release from the sources, or an error and no change.

    Raises:
        SourceError, NotConforming, StateError: as :func:`check` and :func:`publish`.
    """
    releases.prepare()
    # Taken before the files are read: an edit made while we build makes the next start build again.
    before = fingerprint(bundle, base)
    checked = check(bundle, base, progress)
    release = publish(checked, bundle, releases, progress)
    if releases.frozen_base() is None:
        releases.freeze_base(base)
    releases.note_input(before)
    return release, checked.report
