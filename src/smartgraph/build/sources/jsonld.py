"""JSON-LD contexts: ours is put in from the bundle, any other is refused. Nothing is ever fetched."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from smartgraph.errors import SourceError, Text
from smartgraph.vocab import PLACEHOLDER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Our context's name below the base.
NAME: Final = "context.jsonld"
_DEEPEST: Final = 200


def with_own_context(text: str, path: Path, base: str, context: Path | None) -> str:
    """The document with our own context written out, so that the parser needs no other file.

    Args:
        context: the bundle's context file; ``None`` or a missing file where there is none.
    Raises:
        SourceError: the document names a context of others, or ours where the bundle has none.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return text  # the parser says where it is wrong
    remote = False
    for holder, key, name in _names(document):
        if name not in (f"{PLACEHOLDER}{NAME}", f"{base}{NAME}") or context is None or not context.is_file():
            raise _refused(path, name, text, f"{PLACEHOLDER}{NAME}")
        holder[key] = json.loads(context.read_text("utf-8")).get("@context")
        remote = True
    return json.dumps(document, ensure_ascii=False) if remote else text


def _refused(path: Path, name: str, text: str, own: str) -> SourceError:
    place = text.find(json.dumps(name, ensure_ascii=False))
    return SourceError(
        path, Text("the JSON-LD context {name}", name=name),
        Text("a context inside the file, or our own ({own})", own=own),
        row=text.count("\n", 0, place) + 1 if place >= 0 else None,
        remedy=Text("Copy the context into the file: nothing is fetched from the network."),
    )  # fmt: skip


def _names(document: Any) -> Iterator[tuple[Any, Any, str]]:
    """Each context that is only named: what holds the name, under which key, and the name."""
    waiting = [(document, 0)]
    while waiting:
        node, depth = waiting.pop()
        if depth > _DEEPEST:
            continue  # the parser has a limit of its own
        if isinstance(node, dict):
            yield from _named_in(node)
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend((value, depth + 1) for value in inner)


def _named_in(node: dict[str, Any]) -> Iterator[tuple[Any, Any, str]]:
    for key in ("@context", "@import"):
        value = node.get(key)
        if isinstance(value, str):
            yield node, key, value
        elif isinstance(value, list):
            yield from ((value, index, name) for index, name in enumerate(value) if isinstance(name, str))
