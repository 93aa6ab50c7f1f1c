"""Each answer in every format that we offer: all of them have to say the same as JSON or N-Triples do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox

from conformance import results
from conformance.isomorphism import same

if TYPE_CHECKING:
    from conformance.wire import Client

JSON: Final = "application/sparql-results+json"
NTRIPLES: Final = "application/n-triples"
_CSV: Final = "text/csv"
_TSV: Final = "text/tab-separated-values"
_XML: Final = "application/rdf+xml"
_JSONLD: Final = "application/ld+json"
#: What some graphs cannot be written in: properties without a name in XML, triples as values in JSON-LD.
_LIMITED: Final = (_XML, _JSONLD)
_OTHERS: Final = {
    JSON: ("application/sparql-results+xml", _TSV, _CSV),
    NTRIPLES: ("text/turtle", _XML, _JSONLD),
}
_BASE: Final = "https://example.org/"


def disagreement(client: Client, text: bytes) -> str:
    """The first format in which the answer differs, and how; empty if all agree."""
    plain = client.query(text, f"{JSON}, {NTRIPLES}")
    wanted = results.read(plain.body, plain.media_type, _BASE)
    for media_type in _able(wanted, _OTHERS[plain.media_type]):
        reply = client.query(text, media_type)
        if reply.status == 406 and media_type in _LIMITED:
            continue
        if (reply.status, reply.media_type) != (200, media_type):
            return f"{reply} instead of {media_type}"
        found = results.read(reply.body, media_type, _BASE)
        if not _agree(found, wanted, is_csv=media_type == _CSV):
            return f"{media_type}: {found} instead of {wanted}"
    return ""


def _able(answer: results.Table, media_types: tuple[str, ...]) -> list[str]:
    """The formats that the recommendations let carry the answer: CSV and TSV no truth, CSV no triple term."""
    if answer.columns == results.TRUTH:
        return [name for name in media_types if name not in (_CSV, _TSV)]
    has_triple = any(isinstance(term, ox.Triple) for row in answer.rows for term in row)
    return [name for name in media_types if not (has_triple and name == _CSV)]


def _agree(found: results.Table, wanted: results.Table, *, is_csv: bool) -> bool:
    rows = [tuple(_as_text(term) for term in row) for row in wanted.rows] if is_csv else wanted.rows
    return found.columns == wanted.columns and same(found.rows, rows)


def _as_text(term: Any) -> Any:
    """The term as a cell of CSV: the text alone, nothing for an empty one."""
    if isinstance(term, ox.NamedNode | ox.Literal):
        return ox.Literal(term.value) if term.value else None
    return term
