"""RDF/XML as a reader of XML sees it: is it well-formed, and on which line does what stand."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urljoin
from xml.parsers import expat

from smartgraph.build.sources.syntax import meaning
from smartgraph.errors import SourceError, Text
from smartgraph.vocab import RDF

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: subject, property, value and the line on which they stand; an empty text where a part is missing.
Spot = tuple[str, str, str, int]

_XML_BASE: Final = "http://www.w3.org/XML/1998/namespace}base"
#: Nobody nests so deeply on purpose, and the RDF parser's time grows with the square of it.
_DEEPEST: Final = 200


def resolved(base: str, iri: str) -> str:
    """An address under a base. A full one or a broken one stays as it is, which ``urljoin`` does not grant."""
    try:
        return iri if re.match(r"[A-Za-z][\w+.-]*:", iri) else urljoin(base, iri)
    except ValueError:
        return iri


class _TooDeep(Exception):
    """More elements inside each other than we read."""


@dataclass(slots=True)
class _Walk:
    """Follows the elements: things and their properties take turns."""

    base: str
    parser: expat.XMLParserType
    spots: list[Spot] = field(default_factory=list)
    #: For each open element: is it a thing, its subject or property, its line, the base.
    open: list[tuple[bool, str, int, str]] = field(default_factory=list)
    text: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) > _DEEPEST:
            raise _TooDeep
        line, base = self.parser.CurrentLineNumber, self.open[-1][3] if self.open else self.base
        base = resolved(base, attributes.get(_XML_BASE, ""))
        own = {key.replace("}", ""): value for key, value in attributes.items()}
        is_thing = bool(self.open) and not self.open[-1][0]
        if is_thing:
            self.open.append((True, self._thing(own, line, base), line, base))
        else:
            self._property(name.replace("}", ""), own, line, base)
        self.text = ""

    def _thing(self, own: dict[str, str], line: int, base: str) -> str:
        subject = resolved(base, own.get(f"{RDF}about", f"#{own[f'{RDF}ID']}" if f"{RDF}ID" in own else ""))
        self.spots.append((subject, "", "", line))
        self.spots.extend((subject, key, value, line) for key, value in own.items() if not key.startswith(RDF))
        return subject

    def _property(self, name: str, own: dict[str, str], line: int, base: str) -> None:
        subject = self.open[-1][1] if self.open else ""
        value = resolved(base, own[f"{RDF}resource"]) if f"{RDF}resource" in own else ""
        if subject:
            self.spots.append((subject, name, value, line))
        self.open.append((False, name, line, base))

    def end(self, _name: str) -> None:
        is_thing, what, line, _ = self.open.pop()
        if not is_thing and self.open and self.open[-1][1] and self.text.strip():
            self.spots.append((self.open[-1][1], what, self.text, line))
        self.text = ""

    def characters(self, text: str) -> None:
        self.text += text


def _walked(text: str, base: str) -> _Walk:
    # The text has been decoded already, whatever encoding it names.
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    walk = _Walk(base, parser)
    parser.StartElementHandler, parser.EndElementHandler = walk.start, walk.end
    parser.CharacterDataHandler = walk.characters
    parser.Parse(text.encode(), True)
    return walk


def check_xml(text: str, path: Path) -> None:
    """Refuses what is no XML, with its place, which the RDF parser does not tell.

    Raises:
        SourceError: not well-formed, nested too deeply, or growing without measure by its entities.
    """
    wanted = Text("correct {syntax}", syntax="RDF/XML")
    try:
        _walked(text, "")
    except expat.ExpatError as error:
        said = meaning(expat.ErrorString(error.code))
        raise SourceError(path, said, wanted, row=error.lineno, column=error.offset + 1) from error
    except _TooDeep as error:
        raise SourceError(path, Text("values nested too deeply"), wanted) from error


def spots(text: str, base: str) -> Iterator[Spot]:
    """Where each thing, property and value stands in a document that :func:`check_xml` let through."""
    yield from _walked(text, base).spots
