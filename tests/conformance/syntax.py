"""The syntaxes of RDF: the parsers that read our input, against the suites for Turtle and its relatives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyoxigraph as ox
from rdflib import URIRef

from conformance import results
from conformance.isomorphism import same
from conformance.manifests import MF, Checkout, Entry, entries
from conformance.sparql import ADDRESS
from conformance.verdicts import Outcome, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from conformance.verdicts import Known

_FORMATS: Final = {
    "Turtle": ox.RdfFormat.TURTLE, "Trig": ox.RdfFormat.TRIG, "NTriples": ox.RdfFormat.N_TRIPLES,
    "NQuads": ox.RdfFormat.N_QUADS, "XML": ox.RdfFormat.RDF_XML,
}  # fmt: skip


def run(root: Path, known: Known) -> Iterator[Outcome]:
    """All tests of syntaxes below ``rdf/`` of a checkout of rdf-tests."""
    checkout = Checkout(root, ADDRESS)
    for version in ("rdf11", "rdf12"):
        for manifest in sorted((root / "rdf" / version).glob("rdf-*/manifest.ttl")):
            for entry in entries(manifest, checkout):
                yield _outcome(entry, version, known)


def _outcome(entry: Entry, version: str, known: Known) -> Outcome:
    name = next((name for name in _FORMATS if entry.kind.startswith(f"Test{name}")), "")
    suite = f"RDF {version[3]}.{version[4]} {_FORMATS[name].name if name else 'Semantics'}"
    excluded = known.excluded(entry.name, entry.kind)
    if excluded:
        return Outcome(suite, entry.name, Verdict.NOT_APPLICABLE, excluded.en)
    verdict, detail = _verdict(entry, _FORMATS[name])
    return Outcome(suite, entry.name, verdict, detail)


def _verdict(entry: Entry, form: ox.RdfFormat) -> tuple[Verdict, str]:
    action = entry.value(MF.action)
    path = entry.path(action)
    try:
        quads = list(ox.parse(path.read_bytes(), form, base_iri=entry.checkout.iri(path)))
    except SyntaxError as error:
        is_wanted = "Negative" in entry.kind
        return (Verdict.PASSED, "") if is_wanted else (Verdict.FAILED, f"not read: {error}")
    if "Negative" in entry.kind:
        return Verdict.FAILED, "read, though it is wrong"
    wanted = entry.value(MF.result)
    if not isinstance(wanted, URIRef):
        return Verdict.PASSED, ""
    if entry.kind.endswith("PositiveC14N"):
        return _canonical(quads, form, entry.path(wanted))
    return _compared(quads, entry.path(wanted))


def _canonical(quads: list[ox.Quad], form: ox.RdfFormat, wanted: Path) -> tuple[Verdict, str]:
    items = quads if form.supports_datasets else [quad.triple for quad in quads]
    body = ox.serialize(items, format=form) or b""
    return (Verdict.PASSED, "") if body == wanted.read_bytes() else (Verdict.RESPELLED, "written otherwise")


def _compared(quads: list[ox.Quad], wanted: Path) -> tuple[Verdict, str]:
    form = ox.RdfFormat.N_QUADS if wanted.suffix == ".nq" else ox.RdfFormat.N_TRIPLES
    theirs = list(ox.parse(wanted.read_bytes(), form))
    ours = [tuple(quad) for quad in dict.fromkeys(quads)]
    if same(ours, [tuple(quad) for quad in dict.fromkeys(theirs)]):
        return Verdict.PASSED, ""
    return Verdict.FAILED, f"{results.graph(quads)} instead of {results.graph(theirs)}"
