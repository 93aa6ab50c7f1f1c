"""Under which licence each named graph is published."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from smartgraph.language import N_


@dataclass(frozen=True, slots=True)
class Licence:
    """A licence: its identifier in catalogues, its name, and where people read it."""

    iri: str
    name: str
    url: str


_DCAT_AP_DE: Final = "http://dcat-ap.de/def/licenses/"
CC_BY: Final = Licence(
    "https://creativecommons.org/licenses/by/4.0/", "CC BY 4.0", "https://creativecommons.org/licenses/by/4.0/"
)
DL_BY: Final = Licence(
    f"{_DCAT_AP_DE}dl-by-de/2.0",
    "Datenlizenz Deutschland – Namensnennung – 2.0",
    "https://www.govdata.de/dl-de/by-2-0",
)
DL_ZERO: Final = Licence(
    f"{_DCAT_AP_DE}dl-zero-de/2.0", "Datenlizenz Deutschland – Zero – 2.0", "https://www.govdata.de/dl-de/zero-2-0"
)

#: All graphs that are not named here hold our own data.
_OF_GRAPH: Final = {"ontology": CC_BY, "shapes": CC_BY, "vocabulary": CC_BY, "reference": DL_BY}


def licence_of(graph: str) -> Licence:
    """The licence of the named graph called ``graph``."""
    return _OF_GRAPH.get(graph, DL_ZERO)


#: Whom to name, as a msgid of the catalogue, where the licence asks for a name.
_ATTRIBUTION: Final = {
    "reference": N_(
        "The part “reference” contains data of the Federal Statistical Office (Destatis) and of the 2022 census, "
        "and identifiers of GeoNames (CC BY 4.0); name them when you use it."
    )
}


def attribution_of(graph: str) -> str:
    """Whom to name when using the graph: a text of the catalogue, empty if nobody has to be named."""
    return _ATTRIBUTION.get(graph, "")
