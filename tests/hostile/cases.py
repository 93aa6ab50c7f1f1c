"""The cases of ``cases.toml`` as values: small templates there, requests of any size here."""

from __future__ import annotations

import gzip
import tomllib
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote_plus

import brotli
import zstandard
from plain_http import get, head, post

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_FILE: Final = Path(__file__).with_name("cases.toml")
_MIB: Final = 1 << 20
#: What stands for the number of a repetition, and for that of the next one.
_NUMBER: Final = "§"
_NEXT: Final = "§+"
#: What stands for the number of the client, which takes as many bytes.
CLIENT: Final = b"{client}"
_FORM: Final = "application/x-www-form-urlencoded"
_DIRECT: Final = "application/sparql-query"


@dataclass(frozen=True, slots=True)
class Case:
    """An attack.

    ``statuses``: what may come of each request, as :mod:`.attack` names it; empty if nothing is waited for.
    ``manner``: how the clients, so many at once, send ``request`` and read. ``within_s``: the time for that;
    ``None`` for the deadline of a query and a little. ``is_roomy``: the server reads texts of any length.
    ``probe``: what somebody else asks afterwards, and ``says``: what the reply to that has to have in it.
    """

    group: str
    name: str
    request: bytes
    statuses: frozenset[str]
    clients: int
    manner: str
    within_s: float | None
    is_quick: bool
    is_roomy: bool
    probe: bytes = b""
    says: bytes = b""


def read_cases(places: Mapping[str, str]) -> tuple[Case, ...]:
    """All cases in the order of the file. ``places``: what stands for the names in braces (``{listener}``)."""
    groups: dict[str, dict[str, dict[str, Any]]] = tomllib.loads(_FILE.read_text("utf-8"))
    return tuple(_case(group, name, row, places) for group, rows in groups.items() for name, row in rows.items())


def _case(group: str, name: str, row: dict[str, Any], places: Mapping[str, str]) -> Case:
    return Case(
        group,
        name,
        _request(row, places),
        frozenset(map(str, row.get("status", ()))),
        row.get("clients", 1),
        row.get("manner", "reads"),
        row.get("within_s"),
        row.get("quick", False),
        row.get("roomy", False),
        _unfolded(row.get("probe", ""), places).encode("latin-1"),
        row.get("says", "").encode("latin-1"),
    )


def _request(row: dict[str, Any], places: Mapping[str, str]) -> bytes:
    if "bytes" in row:
        return _unfolded(row["bytes"], places).encode("latin-1")
    text = _unfolded(row.get("text", ""), places)
    more = _unfolded(row.get("parameters", ""), places)
    headers = [_unfolded(line, places) for line in row.get("headers", ())]
    match row.get("way", "direct"):
        case "address":
            return get(f"/sparql?query={quote_plus(text)}{more}", *headers)
        case "form":
            return post("/sparql", _FORM, f"query={quote_plus(text)}{more}".encode(), *headers)
        case "update":
            return post("/sparql", _FORM, f"update={quote_plus(text)}{more}".encode(), *headers)
        case "packed":
            packed = _PACKERS[row["encoding"]](row["unfolds_mb"])
            return post("/sparql", row.get("type", _DIRECT), packed, f"Content-Encoding: {row['encoding']}", *headers)
        case "path":
            return head(f"GET {_unfolded(row['path'], places)}", *headers)
        case _:
            return post("/sparql", _unfolded(row.get("type", _DIRECT), places), text.encode(), *headers)


def _unfolded(pieces: Any, places: Mapping[str, str]) -> str:
    """A text from its pieces: a string as it is, ``[count, string]`` as often as it says."""
    if isinstance(pieces, str):
        for name, value in places.items():
            pieces = pieces.replace(f"{{{name}}}", value)
        return str(pieces)
    return "".join(
        _repeated(piece[0], _unfolded(piece[1], places)) if _is_repeated(piece) else _unfolded(piece, places)
        for piece in pieces
    )


def _is_repeated(piece: Any) -> bool:
    return isinstance(piece, list) and isinstance(piece[0], int)


def _repeated(count: int, text: str) -> str:
    if _NUMBER not in text:
        return text * count
    return "".join(text.replace(_NEXT, str(number + 1)).replace(_NUMBER, str(number)) for number in range(count))


# ---- Bodies that are small on the wire


def _deflated(size_mb: int) -> bytes:
    making = zlib.compressobj(9)
    return b"".join(making.compress(b" " * _MIB) for _ in range(size_mb)) + making.flush()


_PACKERS: Final[dict[str, Callable[[int], bytes]]] = {
    "gzip": lambda size_mb: gzip.compress(b" " * _MIB, 9) * size_mb,
    "deflate": _deflated,
    "br": lambda size_mb: brotli.compress(b" " * _MIB * size_mb, quality=1),
    "zstd": lambda size_mb: zstandard.compress(b" " * _MIB) * size_mb,
}
