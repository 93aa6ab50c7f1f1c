"""The JSON-LD context: short keys for every class and property, made from the model.

What a key does follows from what ontology and shapes say. Values with one datatype lose it, texts stand
by language, and whatever may come more than once is always an array.

Spec: JSON-LD 1.1, section 9.15 (context definitions).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.vocab import FOREIGN, RDF_LANG_STRING, RDFS, SH, VANN, XSD, XSD_STRING, prefixes

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from smartgraph.build.model import Model

#: Who gets the plain key where two vocabularies have the same local name: ours, then those of the data, then
#: those that describe the model. Whoever comes later gets the prefix in front: ``dctermsSource``, ``shName``.
_PRECEDENCE: Final = (
    "smg", "skos", "dcterms", "schema", "org", "eli-dl", "eli", "prov", "dcat", "foaf", "geo", "locn", "cv", "adms",
    "rdfs", "owl", "rdf", "sh", "vann",
)  # fmt: skip

#: Prefixes that are terms of the context. Those of identifiers are not: their names are those of properties
#: (``theme``, ``source``), and a reader without JSON-LD gets identifiers to follow as they are.
_OWN_PREFIXES: Final = ("smg", "smgsh")

#: Vocabularies that only the model uses, so that its own use shows how often a property may come.
_OF_THE_MODEL: Final = (SH, VANN)

#: What a source knows as a day, a month or a year must show which of them it is.
_DATES: Final = frozenset(f"{XSD}{name}" for name in ("date", "dateTime", "gYear", "gYearMonth"))

#: What the build makes in each language and no shape looks at.
_BY_LANGUAGE: Final = frozenset({f"{RDFS}label"})

_WORD_BREAK: Final = re.compile(r"-(.)")


@dataclass(frozen=True, slots=True)
class Terms:
    """The words of a context: prefixes by name, and what each key of a class and of a property stands for."""

    prefixes: dict[str, str]
    classes: dict[str, str]
    properties: dict[str, str]

    @property
    def keys(self) -> dict[str, str]:
        """The key of each class and property, by IRI."""
        return {iri: key for key, iri in (self.classes | self.properties).items()}


def terms(model: Model, base: str) -> Terms:
    """The words for identifiers under ``base``, under which the model stands, too."""
    names = {name: space for name, space in prefixes(base).items() if name in FOREIGN or name in _OWN_PREFIXES}
    taken = {"id", "type", *names}
    classes = _keys(model.classes, names, taken)
    return Terms(names, classes, _keys(model.properties, names, taken | set(classes)))


def context(model: Model, words: Terms) -> dict[str, object]:
    """The context document."""
    names = words.prefixes
    return {
        "@context": {
            "@version": 1.1,
            "id": "@id",
            "type": {"@id": "@type", "@container": "@set"},
            **names,
            **{key: _shortened(iri, names) for key, iri in words.classes.items()},
            **{key: _definition(iri, model, names) for key, iri in words.properties.items()},
        }
    }


def _keys(iris: Iterable[str], names: Mapping[str, str], taken: Iterable[str]) -> dict[str, str]:
    """A key for each IRI in one of the namespaces, sorted by key."""
    found: dict[str, str] = {}
    used = set(taken)
    for _, prefix, local, iri in sorted(_parts(iri, names) for iri in iris):
        key = local if local not in used else _camel(prefix) + local[:1].upper() + local[1:]
        if prefix:
            assert key not in used, f"two terms want the key {key}"  # then a rank above has to decide
            used.add(key)
            found[key] = iri
    return dict(sorted(found.items()))


def _parts(iri: str, names: Mapping[str, str]) -> tuple[int, str, str, str]:
    """Rank, prefix and local name of an IRI; no prefix if none fits so that a plain name is left."""
    for prefix, space in names.items():
        local = iri.removeprefix(space)
        if local != iri and local and not re.search(r"[/#:]", local):
            rank = _PRECEDENCE.index(prefix) if prefix in _PRECEDENCE else len(_PRECEDENCE)
            return rank, prefix, local, iri
    return len(_PRECEDENCE), "", "", iri


def _camel(prefix: str) -> str:
    return _WORD_BREAK.sub(lambda match: match[1].upper(), prefix)


def _shortened(iri: str, names: Mapping[str, str]) -> str:
    _, prefix, local, _ = _parts(iri, names)
    return f"{prefix}:{local}" if prefix else iri


def _definition(iri: str, model: Model, names: Mapping[str, str]) -> dict[str, object]:
    short = {"@id": _shortened(iri, names)}
    values = [value for each in model.usage(iri) for value in each]
    if values and all(model.is_list(value) for value in values):
        items = [item for value in values for item in model.members(value)]
        return short | _coercion(not any(isinstance(item, ox.Literal) for item in items), "", names) | _LIST
    are_nodes = model.is_object_property(iri) or bool(values and not any(isinstance(v, ox.Literal) for v in values))
    datatype = "" if are_nodes else _datatype(iri, model, values)
    if datatype == RDF_LANG_STRING:
        return short | {"@container": "@language" if model.is_one_per_language(iri) else ["@language", "@set"]}
    return short | _coercion(are_nodes, datatype, names) | ({} if _is_single(iri, model) else {"@container": "@set"})


_LIST: Final = {"@container": "@list"}


def _coercion(are_nodes: bool, datatype: str, names: Mapping[str, str]) -> dict[str, object]:
    if are_nodes:
        return {"@type": "@id"}
    # Text without a language needs no datatype, and with one the key would not fit it any more.
    return {"@type": _shortened(datatype, names)} if datatype and datatype != XSD_STRING else {}


def _datatype(iri: str, model: Model, values: Sequence[object]) -> str:
    """The one datatype of a property's values, nothing if there are several or none is known."""
    if iri in _BY_LANGUAGE:
        return RDF_LANG_STRING
    if said := model.datatypes(iri):
        return said.pop() if len(said) == 1 else ""
    used = {value.datatype.value for value in values if isinstance(value, ox.Literal)}
    return used.pop() if len(used) == 1 and not used & _DATES else ""


def _is_single(iri: str, model: Model) -> bool:
    if iri.startswith(_OF_THE_MODEL):
        return all(len(values) < 2 for values in model.usage(iri))
    return model.is_single(iri)
