"""What the engine evaluates beyond SPARQL 1.1, found by asking it: a test asks for each line here.

Source: pyoxigraph 0.5; GeoSPARQL 1.1 (OGC 22-047r1), of which it has a part; SPARQL 1.2 Query Language.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GEOSPARQL: Final = "http://www.opengis.net/def/function/geosparql/"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_RELATIONS: Final = (
    "sfContains", "sfCrosses", "sfDisjoint", "sfEquals", "sfIntersects", "sfOverlaps", "sfTouches", "sfWithin",
    "ehContains", "ehCoveredBy", "ehCovers", "ehDisjoint", "ehEquals", "ehInside", "ehMeet", "ehOverlap",
    "rcc8dc", "rcc8ec", "rcc8eq", "rcc8ntpp", "rcc8ntppi", "rcc8po", "rcc8tpp", "rcc8tppi", "relate",
)  # fmt: skip
_MEASURES: Final = (
    "area", "asGeoJSON", "centroid", "convexHull", "coordinateDimension", "difference", "dimension", "distance",
    "envelope", "getSRID", "intersection", "isEmpty", "isSimple", "length", "perimeter", "spatialDimension",
    "symDifference", "union",
)  # fmt: skip
#: Those of boolean, decimal, double, float, integer, string and dateTime belong to SPARQL 1.1 itself.
_CASTS: Final = (
    "date", "dayTimeDuration", "duration", "gDay", "gMonth", "gMonthDay", "gYear", "gYearMonth", "time",
    "yearMonthDuration",
)  # fmt: skip

#: The functions that are called by an IRI and that no engine has to have.
FUNCTIONS: Final = (
    *(f"{GEOSPARQL}{name}" for name in (*_RELATIONS, *_MEASURES)),
    *(f"{_XSD}{name}" for name in _CASTS),
)


@dataclass(frozen=True, slots=True)
class Extension:
    """A part of the language that SPARQL 1.1 does not have: a short name, and where it is laid down."""

    name: str
    label: str
    specification: str


_SPARQL_12: Final = "https://www.w3.org/TR/sparql12-query/"
EXTENSIONS: Final = (
    Extension("triple-terms", "SPARQL 1.2: triple terms, reifiers, annotations", _SPARQL_12),
    Extension("directions", "SPARQL 1.2: strings with a base direction", _SPARQL_12),
    Extension("version", "SPARQL 1.2: VERSION", _SPARQL_12),
    Extension("lateral", "LATERAL", "https://github.com/w3c/sparql-dev/blob/main/SEP/SEP-0006/sep-0006.md"),
    Extension("adjust", "ADJUST", "https://github.com/w3c/sparql-dev/blob/main/SEP/SEP-0002/sep-0002.md"),
)
