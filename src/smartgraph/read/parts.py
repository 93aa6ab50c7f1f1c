"""The named graphs of a release: what each is called, how large it is, whose it is."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from smartgraph.iris import graph_iri
from smartgraph.language import LANGUAGES, N_, translation
from smartgraph.licences import Licence, attribution_of, licence_of
from smartgraph.read.describe import details_of
from smartgraph.read.excerpt import Excerpt, Names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.read.store import Reader

#: Graphs that are not named after an authority.
_TITLES: Final = {
    "derived": N_("Computed statements"),
    "joint": N_("Initiatives of several authorities"),
    "ontology": N_("Ontology"),
    "reference": N_("Areas, authorities, organisations and sources"),
    "shapes": N_("Rules"),
    "vocabulary": N_("Lists of concepts"),
}


@dataclass(frozen=True, slots=True)
class Part:
    """One named graph. ``titles`` and ``attribution`` (whom to name when using it) by language."""

    name: str
    iri: str
    titles: Mapping[str, str]
    triples: int
    licence: Licence
    attribution: Mapping[str, str]


def parts(reader: Reader) -> tuple[Part, ...]:
    """The named graphs in the order of their names."""
    base = reader.release.manifest.base
    authorities = {name: f"{base}id/authority/{name}" for name, _ in reader.release.manifest.graphs}
    names = Names(base)
    labels = Excerpt(names, details_of(reader, names, authorities.values(), ("skos:prefLabel",)))

    def title(name: str, language: str) -> str:
        if name in _TITLES:
            return translation(language).gettext(_TITLES[name])
        found = labels.text(authorities[name], "skos:prefLabel", language)
        return found.value if found else name

    return tuple(
        Part(
            name, graph_iri(name, base), MappingProxyType({code: title(name, code) for code in LANGUAGES}),
            size, licence_of(name), _by_language(attribution_of(name)),
        )
        for name, size in reader.release.manifest.graphs
    )  # fmt: skip


def _by_language(text: str) -> Mapping[str, str]:
    said = {code: translation(code).gettext(text) for code in LANGUAGES} if text else {}
    return MappingProxyType(said)
