"""What is said of the engine's extensions: the engine itself is asked for each."""

from __future__ import annotations

from typing import Final

import pyoxigraph
import pytest

from smartgraph.read.extensions import FUNCTIONS, GEOSPARQL

_XSD: Final = "http://www.w3.org/2001/XMLSchema#"
_POINT: Final = '"POINT(1 1)"^^geo:wktLiteral'
_FAR_POINT: Final = '"POINT(2 1)"^^geo:wktLiteral'
_LINE: Final = '"LINESTRING(1 1, 2 1)"^^geo:wktLiteral'
_SQUARE: Final = '"POLYGON((0 0, 2 0, 2 2, 0 2, 0 0))"^^geo:wktLiteral'
_OTHER: Final = '"POLYGON((1 1, 3 1, 3 3, 1 3, 1 1))"^^geo:wktLiteral'
_CRS: Final = "<http://www.opengis.net/def/crs/OGC/1.3/CRS84>"

#: Function, arguments, what comes back; a number only to its first digits.
_ASKED: Final = [
    *((name, f"{_SQUARE}, {_POINT}", "true") for name in ("sfContains", "sfIntersects", "ehContains", "ehCovers")),
    *((name, f"{_POINT}, {_SQUARE}", "true") for name in ("sfWithin", "ehInside", "ehCoveredBy", "rcc8ntpp")),
    *((name, f"{_SQUARE}, {_SQUARE}", "true") for name in ("sfEquals", "ehEquals", "rcc8eq")),
    *((name, f"{_POINT}, {_FAR_POINT}", "true") for name in ("sfDisjoint", "ehDisjoint", "rcc8dc")),
    *((name, f"{_SQUARE}, {_OTHER}", "true") for name in ("sfOverlaps", "ehOverlap", "rcc8po")),
    *(
        (name, f'{_SQUARE}, "POLYGON((2 0, 4 0, 4 2, 2 2, 2 0))"^^geo:wktLiteral', "true")
        for name in ("sfTouches", "ehMeet", "rcc8ec")
    ),
    ("sfCrosses", f'"LINESTRING(-1 1, 1 1)"^^geo:wktLiteral, {_SQUARE}', "true"),
    ("rcc8ntppi", f"{_SQUARE}, {_POINT}", "true"),
    ("rcc8tpp", f'"POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"^^geo:wktLiteral, {_SQUARE}', "true"),
    ("rcc8tppi", f'{_SQUARE}, "POLYGON((0 0, 1 0, 1 1, 0 1, 0 0))"^^geo:wktLiteral', "true"),
    ("relate", f'{_POINT}, {_SQUARE}, "T*F**F***"', "true"),
    ("distance", f"{_POINT}, {_FAR_POINT}, uom:metre", "111"),
    ("length", f"{_LINE}, uom:metre", "111"),
    ("perimeter", f"{_SQUARE}, uom:metre", "88"),
    ("area", f"{_SQUARE}, uom:square_metre", "49"),
    ("asGeoJSON", _POINT, '{"type":"Point","coordinates":[1.0,1.0]}'),
    ("centroid", _SQUARE, f"{_CRS} POINT(1 1)"),
    ("convexHull", _SQUARE, f"{_CRS} POLYGON("),
    ("envelope", _LINE, f"{_CRS} POLYGON("),
    ("intersection", f"{_SQUARE}, {_OTHER}", f"{_CRS} MULTIPOLYGON("),
    ("union", f"{_SQUARE}, {_OTHER}", f"{_CRS} MULTIPOLYGON("),
    ("difference", f"{_SQUARE}, {_OTHER}", f"{_CRS} MULTIPOLYGON("),
    ("symDifference", f"{_SQUARE}, {_OTHER}", f"{_CRS} MULTIPOLYGON("),
    ("dimension", _SQUARE, "2"),
    ("coordinateDimension", _SQUARE, "2"),
    ("spatialDimension", _SQUARE, "2"),
    ("isEmpty", _POINT, "false"),
    ("isSimple", _LINE, "true"),
    ("getSRID", _POINT, "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
]
_CASTS: Final = [
    ("date", "2020-02-01"), ("time", "12:00:00"), ("duration", "P1D"), ("dayTimeDuration", "P1D"),
    ("yearMonthDuration", "P1Y"), ("gYear", "2020"), ("gYearMonth", "2020-02"), ("gMonth", "--02"),
    ("gMonthDay", "--02-01"), ("gDay", "---01"),
]  # fmt: skip
#: Functions of GeoSPARQL 1.1 that the engine does not have, and casts that nobody may expect.
_MISSING: Final = [
    *(f"{GEOSPARQL}{name}" for name in ("asWKT", "asGML", "asKML", "boundary", "buffer", "concaveHull", "geometryN",
      "is3D", "isMeasured", "maxX", "metricArea", "metricDistance", "numGeometries", "transform")),
    *(f"{_XSD}{name}" for name in ("anyURI", "int", "dateTimeStamp", "hexBinary")),
]  # fmt: skip


def _value(expression: str) -> str | None:
    prologue = (
        "PREFIX geo: <http://www.opengis.net/ont/geosparql#> PREFIX uom: <http://www.opengis.net/def/uom/OGC/1.0/>"
    )
    found = pyoxigraph.Store().query(f"{prologue} SELECT ({expression} AS ?x) {{}}")
    assert isinstance(found, pyoxigraph.QuerySolutions)
    (row,) = found
    return row["x"].value if row["x"] else None


@pytest.mark.parametrize(("name", "arguments", "start"), _ASKED, ids=lambda value: value if len(value) < 20 else "")
def test_a_function_of_geosparql_gives_a_value(name: str, arguments: str, start: str) -> None:
    found = _value(f"<{GEOSPARQL}{name}>({arguments})")
    assert found
    assert found.startswith(start)


@pytest.mark.parametrize(("name", "text"), _CASTS)
def test_a_cast_takes_what_has_the_form_and_nothing_else(name: str, text: str) -> None:
    assert _value(f'STR(<{_XSD}{name}>("{text}"))') == text
    assert _value(f'<{_XSD}{name}>("odd")') is None


def test_every_function_that_is_said_to_be_there_has_been_asked() -> None:
    asked = [*(f"{GEOSPARQL}{name}" for name, _, _ in _ASKED), *(f"{_XSD}{name}" for name, _ in _CASTS)]
    assert sorted(FUNCTIONS) == sorted(asked)


@pytest.mark.parametrize("function", _MISSING)
def test_a_function_that_is_not_said_to_be_there_is_not_there(function: str) -> None:
    with pytest.raises(RuntimeError, match="not supported"):
        _value(f'<{function}>("x")')
