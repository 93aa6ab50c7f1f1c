"""What a SPARQL text says before it is run, read from its tokens: what we refuse, and which graphs it names.

The engine offers no parser, so this is a tokeniser: it knows where words are operations and where they
stand in strings, comments, IRIs and names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from smartgraph.errors import QueryRefused, Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TOKEN: Final = re.compile(
    r"""(?P<space>\s+|\#[^\r\n]*)
    | (?P<iri><(?:[^\x00-\x20<>"{}|^`\\]|\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8})*>)
    | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
               | "(?:[^"\\\r\n]|\\.)*" | '(?:[^'\\\r\n]|\\.)*')
    | (?P<variable>[?$]\w+)
    | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    | (?P<name>(?:[^\W\d_][\w.\-]*|_)?:(?:[\w:.\-·]|%[0-9A-Fa-f]{2}|\\.)*)
    | (?P<word>[^\W\d_][\w.\-]*)
    | (?P<mark>\\.|.)""",
    re.VERBOSE | re.DOTALL,
)
_UPDATES: Final = frozenset({"ADD", "CLEAR", "COPY", "CREATE", "DELETE", "DROP", "INSERT", "LOAD", "MOVE", "WITH"})
_FORMS: Final = frozenset({"SELECT", "CONSTRUCT", "DESCRIBE", "ASK"})
_BEFORE_AN_IRI: Final = frozenset({"GRAPH", "FROM", "NAMED", "DESCRIBE"})
_READ_ONLY: Final = "This endpoint only reads: {keyword} is not offered."
_NO_FEDERATION: Final = (
    "This endpoint does not ask others: SERVICE is not offered. Ask the other endpoint yourself and join the answers."
)


#: What has a part in all that is looked for here, however it is written. A text without it need not be cut.
_NOTABLE: Final = ("SERVICE", "FROM", "\\U", *sorted(_UPDATES))


@dataclass(frozen=True, slots=True)
class Token:
    """One token. ``text`` of a word is in capitals."""

    kind: str
    text: str
    start: int


def read_tokens(text: str) -> Iterator[Token]:
    """The tokens of a SPARQL text without space and comments. Never fails: what is odd is a mark."""
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup or ""
        if kind != "space":
            yield Token(kind, match[0].upper() if kind == "word" else match[0], match.start())


def notable_tokens(text: str) -> tuple[Token, ...]:
    """The tokens of a text; none where it has nothing that is refused, and names no graph."""
    capitals = text.upper()
    return tuple(read_tokens(text)) if any(part in capitals for part in _NOTABLE) else ()


def refuse(text: str, tokens: Sequence[Token]) -> None:
    """Refuses updates and federation at the position of an operation.

    In doubt this refuses: a scannerless parser reads some texts otherwise than any tokeniser. The
    sandbox holds even where this errs, because its processes cannot open a socket.

    Raises:
        QueryRefused: with the keyword.
    """
    operation = next((t for t in _operations(tokens) if t.text in _UPDATES), None)
    if operation:
        raise QueryRefused(Text(_READ_ONLY, keyword=operation.text))
    if _has_service(tokens) or (_is_ambiguous(tokens) and "SERVICE" in text.upper()):
        raise QueryRefused(Text(_NO_FEDERATION))


def _operations(tokens: Sequence[Token]) -> Iterator[Token]:
    """The words with which an operation begins: the first after each prologue."""
    expected, depth = True, 0
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text == "{") - (token.text == "}")
            expected = expected or (token.text == ";" and depth <= 0)
        elif token.kind == "word" and expected and token.text not in ("PREFIX", "BASE", "VERSION"):
            expected = False
            yield token


def _has_service(tokens: Sequence[Token]) -> bool:
    """True with a SERVICE, also where nothing separates it from its neighbours (``1SERVICE:x{``)."""
    for before, token, after in zip((None, *tokens), tokens, (*tokens[1:], None), strict=False):
        prefix = token.text.partition(":")[0].upper()
        if token.kind == "word" and "SERVICE" in token.text:
            return True
        if token.kind == "name" and "SERVICE" in prefix and after and after.text == "{":
            return not before or before.text not in _BEFORE_AN_IRI
    return False


def _is_ambiguous(tokens: Sequence[Token]) -> bool:
    """True where ``<…>`` may as well be "less than" with a string or a comment behind it."""
    return any(
        token.kind == "iri" and ("'" in token.text or "#" in token.text) and not re.match(r"<\w+://", token.text)
        for token in tokens
    )


def undeclared(tokens: Sequence[Token]) -> tuple[str, ...]:
    """The prefixes that are used but not declared, with their colon, in the order of their first use."""
    declared, found = set(), dict[str, None]()
    before = ""
    for token in tokens:
        if token.kind == "name" and not token.text.startswith("_:"):
            prefix = token.text.partition(":")[0] + ":"
            if before == "PREFIX":
                declared.add(prefix)
            elif prefix not in declared:
                found[prefix] = None
        before = token.text
    return tuple(found)


def from_clauses(tokens: Sequence[Token]) -> tuple[int, list[str], list[str]]:
    """Where the prologue ends, and what stands after FROM and after FROM NAMED."""
    start, depth, previous = 0, 0, ""
    found: dict[str, list[str]] = {"FROM": [], "NAMED": []}
    for token in tokens:
        if token.kind == "mark":
            depth += (token.text in "({") - (token.text in ")}")
        elif not depth:
            start = start or (token.start if token.kind == "word" and token.text in _FORMS else 0)
            if token.kind in ("iri", "name") and previous in found:
                found[previous].append(token.text)
        previous = token.text
    return start, found["FROM"], found["NAMED"]
