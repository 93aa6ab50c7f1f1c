"""Between the server and its query processes: a question as one frame, its answer in pieces.

question   size │ a tuple of plain values
answer     b"h" │ size │ JSON: the format      b"d" │ size │ bytes …      b"e" │ size │ JSON: nothing, or an error
           b"l" instead of b"e": the process leaves now and answers no more
"""

from __future__ import annotations

import json
import marshal
import struct
from dataclasses import astuple
from typing import TYPE_CHECKING, Any, Final

from smartgraph import errors
from smartgraph.errors import SmartgraphError, Text
from smartgraph.formats import by_name
from smartgraph.read.store import Query, identity_of
from smartgraph.serialize import Term

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.formats import Format

#: What the zygote is asked: the process id of the worker to end, or 0; whether a new one is wanted.
ORDER: Final = struct.Struct(">I?")
#: What it answers to the latter: the new one's id.
PID: Final = struct.Struct(">I")
#: How a question begins.
SIZE: Final = struct.Struct(">I")
_PIECE: Final = struct.Struct(">cI")
HEAD, DATA, END, LAST = b"h", b"d", b"e", b"l"


def pack_question(query: Query, *, trusted: bool) -> bytes:
    """The frame of a question. Only the server writes it, so that the worker may trust how it is written."""
    body = marshal.dumps(
        (
            *identity_of(query),
            [(name, *astuple(term)) for name, term in query.bindings.items()],
            trusted,
        )
    )
    return SIZE.pack(len(body)) + body


def unpack_question(body: bytes) -> tuple[Query, bool]:
    """The question, and whether it is one of our own."""
    text, results, graph, default, named, bindings, trusted = marshal.loads(body)  # noqa: S302  # see pack_question
    values = {name: Term(*term) for name, *term in bindings}
    return Query(text, results and by_name(results), graph and by_name(graph), default, named, values), trusted


def pack_piece(kind: bytes, body: bytes = b"") -> bytes:
    """One piece of an answer."""
    return _PIECE.pack(kind, len(body)) + body


def pack_format(form: Format) -> bytes:
    """The first piece of an answer."""
    return pack_piece(HEAD, form.name.encode())


def unpack_format(body: bytes) -> Format:
    """The format that the first piece names."""
    return by_name(body.decode())


class Pieces:
    """Cuts what a channel gives into pieces, wherever the channel cut it."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> Iterator[tuple[bytes, bytes]]:
        """The pieces that are whole by now: kind and body."""
        rest = self._rest
        rest += data
        start = 0
        while len(rest) - start >= _PIECE.size:
            kind, size = _PIECE.unpack_from(rest, start)
            end = start + _PIECE.size + size
            if len(rest) < end:
                break
            yield kind, bytes(rest[end - size : end])
            start = end
        del rest[:start]


# ---- Errors, with their evidence and a text that can still be translated


def pack_error(error: SmartgraphError | None, *, is_last: bool = False) -> bytes:
    """The last piece of an answer: that it is whole, or why it is not."""
    kind = LAST if is_last else END
    if error is None:
        return pack_piece(kind)
    evidence = {name: value for name, value in vars(error).items() if not isinstance(value, Text)}
    packed = {"error": type(error).__name__, "text": _packed_text(error.text), "evidence": evidence}
    return pack_piece(kind, json.dumps(packed, default=str).encode())


def unpack_error(body: bytes) -> SmartgraphError | None:
    """The error of the last piece; ``None`` if the answer is whole."""
    if not body:
        return None
    packed = json.loads(body)
    kind: type[SmartgraphError] = getattr(errors, packed["error"])
    error = kind.__new__(kind)
    SmartgraphError.__init__(error, _unpacked_text(packed["text"]))
    for name, value in packed["evidence"].items():
        setattr(error, name, tuple(value) if isinstance(value, list) else value)
    return error


def _packed_text(text: Text) -> dict[str, Any]:
    values = {name: _packed_text(value) if isinstance(value, Text) else value for name, value in text.values.items()}
    return {"template": text.template, "values": values}


def _unpacked_text(packed: dict[str, Any]) -> Text:
    values = {
        name: _unpacked_text(value) if isinstance(value, dict) else value for name, value in packed["values"].items()
    }
    return Text(packed["template"], **values)
