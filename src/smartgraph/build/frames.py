"""JSON-LD frames: one for each kind of thing that has a page, made from the shapes.

A frame turns the document about a thing into a tree: nodes that belong to the thing stand in it, all
others are named by identifier and label.

Spec: JSON-LD 1.1 Framing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.release import CONTEXT
from smartgraph.vocab import FOREIGN

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from smartgraph.build.model import Model

#: The kinds of things and their classes; ``smg:`` where no prefix is given.
_CLASSES: Final = {
    "agendaitem": ("AgendaItem",),
    "area": ("AdministrativeArea",),
    "authority": ("LocalAuthority",),
    "body": ("DecisionBody",),
    "component": ("StrategyComponent",),
    "concept": ("skos:Concept",),
    "consultation": ("Consultation",),
    "decision": ("Decision",),
    "event": ("schema:Event",),
    "figure": ("ReportedFigure",),
    "foreseen": ("eli-dl:ForeseenActivity",),
    "funding": ("Funding",),
    "initiative": ("UmbrellaInitiative",),
    "meeting": ("Meeting",),
    "membership": ("org:Membership",),
    "org": ("org:FormalOrganization", "cv:PublicOrganisation"),
    "paper": ("CouncilPaper",),
    "participation": ("Participation",),
    "partnership": ("Partnership",),
    "programme": ("FundingProgramme",),
    "project": ("Project",),
    "scheme": ("skos:ConceptScheme",),
    "solution": ("Solution",),
    "source": ("SourceDocument",),
    "statusrecord": ("StatusRecord",),
    "strategy": ("Strategy",),
    "unit": ("org:OrganizationalUnit",),
}
#: The classes of nodes that belong to a thing and are shown in it.
_BELONGING: Final = (
    "Citation", "Participation", "StrategyComponent", "dcterms:PeriodOfTime", "geo:Geometry", "org:Membership",
)  # fmt: skip

#: Said again on each level, since processors differ in what they inherit: every mention of a node shows the same,
#: and what a thing does not have is left out.
_FLAGS: Final = {"@embed": "@always", "@omitDefault": True}

#: A node that stays a reference. Its identifier matches whatever it is, so that none gets lost; the label has
#: its long name, because in the short one, which stands for texts by language, nothing can mean "any".
_ANY: Final = {"@omitDefault": True}
_REFERENCE: Final = {**_FLAGS, "id": {}, "@explicit": True, "skos:prefLabel": _ANY, "dcterms:title": _ANY}


def frames(model: Model, keys: Mapping[str, str], base: str) -> dict[str, dict[str, object]]:
    """The frame of each kind of thing that the model has a class for, by its name, for identifiers under ``base``.

    Args:
        keys: the context's key of each class and property, by IRI.
    """
    belonging = {_iri(name, base) for name in _BELONGING}

    def embedded(classes: Iterable[str], above: frozenset[str]) -> dict[str, object]:
        """A sub-frame for each property with nodes; ``above`` are the classes that are being shown already."""
        found: dict[str, object] = {}
        for iri in model.properties_of(classes):
            ranges = model.ranges(iri)
            inner = ranges & belonging - above
            if inner:
                found[keys[iri]] = {**_FLAGS, "id": {}, **embedded(inner, above | inner)}
            elif ranges or model.is_object_property(iri):
                found[keys[iri]] = _REFERENCE
        return dict(sorted(found.items()))

    def frame(classes: Iterable[str]) -> dict[str, object]:
        return {
            "@context": f"{base}{CONTEXT}",
            **_FLAGS,
            "type": [keys[iri] for iri in classes],
            **embedded(classes, frozenset(classes)),
        }

    known = {kind: [iri for name in names if (iri := _iri(name, base)) in keys] for kind, names in _CLASSES.items()}
    return {kind: frame(classes) for kind, classes in known.items() if classes}


def _iri(name: str, base: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{FOREIGN[prefix]}{local}" if colon else f"{base}ns#{local}"
