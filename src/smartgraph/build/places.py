"""Where a finding stands in its file: the line of the value, else of the field, else of the thing.

Terms carry no position, so the text is read once more, by a reader that is much simpler than a parser:
what it reads has been parsed already, and a place that it does not find is only a coarser line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pyoxigraph as ox

from smartgraph.build.sources.rdfxml import Spot, resolved
from smartgraph.build.sources.rdfxml import spots as xml_spots
from smartgraph.iris import rebase
from smartgraph.vocab import RDF_TYPE, prefixes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.build.explain import Finding
    from smartgraph.build.sources.turtle import Source

_TOKEN: Final = re.compile(
    r"""\s+ | \#[^\n\r]*
    | (?P<string> \"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
      | "(?:[^"\\\n]|\\.)*" | '(?:[^'\\\n]|\\.)*' ) (?:@[\w-]+|\^\^(?:<[^>]*>|[\w.-]*:[\w-]*))?
    | (?P<iri><[^<>\s]*>)
    | (?P<mark>[;,.\[\](){}])
    | (?P<word>(?:[^\s;,.\[\](){}<>"'\#]|\.(?=[^\s;,.\[\](){}<>"'\#]))+)
    | .""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE: Final = re.compile(r"\\(u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|.)", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        code = match[1]
        return chr(int(code[1:], 16)) if len(code) > 1 else _ESCAPES.get(code, code)

    return _ESCAPE.sub(one, text) if "\\" in text else text


class _Turtle:
    """Reads Turtle and its relatives for positions only."""

    def __init__(self, text: str, base: str) -> None:
        self.text, self.base = text, base
        self.prefixes: dict[str, str] = {}
        self.subject = self.property = self.directive = ""
        self.outer: list[tuple[str, str]] = []
        self.nameless = 0

    def spots(self) -> Iterator[Spot]:
        line = 1
        for token in _TOKEN.finditer(self.text):
            if token.lastgroup == "mark":
                yield from self._mark(token[0], line)
            elif token.lastgroup == "string":
                quotes = 3 if token["string"][:3] in ('"""', "'''") else 1
                yield from self._term(_unescaped(token["string"][quotes:-quotes]), line)
            elif token.lastgroup:
                yield from self._name(token[0], line)
            line += token[0].count("\n")

    def _name(self, token: str, line: int) -> Iterator[Spot]:
        """An identifier, a number, or the word of a directive."""
        if not self.subject and token.lower().lstrip("@") in ("prefix", "base", "graph"):
            self.directive = token.lower().lstrip("@")
        elif self.directive:
            self._declare(token)
        else:
            yield from self._term(self._full(token), line)

    def _declare(self, token: str) -> None:
        if self.directive == "prefix" and token.endswith(":"):
            self.directive = f"prefix {token}"
            return
        if self.directive == "base":
            self.base = resolved(self.base, token[1:-1])
        elif self.directive.startswith("prefix "):
            self.prefixes[self.directive.removeprefix("prefix ")] = resolved(self.base, token[1:-1])
        self.directive = ""

    def _full(self, token: str) -> str:
        if token.startswith("<"):
            return resolved(self.base, _unescaped(token[1:-1]))
        if token == "a" and not self.property:  # noqa: S105  # Turtle's word for the type
            return RDF_TYPE
        prefix, colon, local = token.partition(":")
        return self.prefixes.get(prefix + colon, prefix + colon) + local.replace("\\", "") if colon else token

    def _term(self, term: str, line: int) -> Iterator[Spot]:
        if not self.subject:
            self.subject = term
            yield term, "", "", line
        elif not self.property:
            self.property = term
            yield self.subject, term, "", line
        else:
            yield self.subject, self.property, term, line

    def _mark(self, mark: str, line: int) -> Iterator[Spot]:
        if mark == ";":
            self.property = ""
        elif mark == "[":
            self.nameless += 1
            outer = (self.subject or f"[] {self.nameless}", self.property)
            if self.subject:
                yield from self._term(f"[] {self.nameless}", line)
            self.outer.append(outer)
            self.subject, self.property = f"[] {self.nameless}", ""
        elif mark == "]" and self.outer:
            self.subject, self.property = self.outer.pop()
        elif mark == "{" or mark == "}" or (mark == "." and not self.outer):
            self.subject = self.property = self.directive = ""


def _json_spots(text: str, things: Iterable[str], base: str) -> Iterator[Spot]:
    """The lines on which things begin: their names as values of a key, in the spellings that are likely."""
    names = dict(re.findall(r'"([\w-]+)"\s*:\s*"([a-z]+:[^"\s]+[/#])"', text)) | prefixes() | prefixes(base)
    links: dict[str, int] = {}
    starts: dict[str, int] = {}
    line, seen = 1, 0
    for match in re.finditer(r'"(?:@id|id)"\s*:\s*"([^"]+)"(\s*\})?', text):
        prefix, _, local = match[1].partition(":")
        full = names[prefix] + local if prefix in names else match[1]
        # What is closed at once is only a link to the thing.
        spots = links if match[2] else starts
        line, seen = line + text.count("\n", seen, match.start()), match.start()
        spots.setdefault(rebase(full, base), line)
    found = links | starts
    yield from ((thing, "", "", found[thing]) for thing in things if thing in found)


class Lines:
    """The lines of one file."""

    def __init__(self, source: Source, base: str) -> None:
        self._lines: dict[tuple[str, str, str], int] = {}
        self.source = source
        home = source.path.absolute().as_uri()
        if source.syntax == ox.RdfFormat.JSON_LD:
            things = {rebase(t.subject.value, base) for t in source.triples if isinstance(t.subject, ox.NamedNode)}
            spots = _json_spots(source.text, things, base)
        elif source.syntax == ox.RdfFormat.RDF_XML:
            spots = xml_spots(source.text, home)
        else:
            spots = _Turtle(source.text, home).spots()
        for subject, field, value, line in spots:
            moved = [rebase(part, base) for part in (subject, field, value)]
            for known in range(1, 4):
                self._lines.setdefault((*moved[:known], *[""] * (3 - known)), line)  # type: ignore[arg-type]

    def find(self, subject: str, field: str = "", value: str = "") -> int | None:
        """The line of the value, else of the field, else of the subject; ``None`` if none was found."""
        for wanted in ((subject, field, value), (subject, field, ""), (subject, "", "")):
            if wanted in self._lines:
                return self._lines[wanted]
        return None


class Places:
    """Finds file and line of findings; reads each file at most once."""

    def __init__(self, sources: Iterable[Source], homes: Mapping[str, Source], base: str) -> None:
        self._homes, self._base = homes, base
        self._sources = {source.path: source for source in sources}
        self._lines: dict[object, Lines] = {}
        self._holders: dict[str, tuple[Source, str, str]] | None = None

    def _of(self, source: Source) -> Lines:
        if source.path not in self._lines:
            self._lines[source.path] = Lines(source, self._base)
        return self._lines[source.path]

    def _holder(self, nameless: str) -> tuple[Source, str, str] | None:
        """Which source, thing and field lead to a node without a name."""
        if self._holders is None:
            self._holders = {
                str(triple.object): (
                    source,
                    _identifier(triple.subject, self._base),
                    _identifier(triple.predicate, self._base),
                )
                for source in self._sources.values()
                for triple in source.triples
                if isinstance(triple.object, ox.BlankNode)
            }
        return self._holders.get(nameless)

    def located(self, finding: Finding) -> Finding:
        """The finding with the file that describes its thing, and the line, where they can be found."""
        focus, path, value = finding.focus, finding.path, finding.value
        seen = set()
        while focus.startswith("_:") and focus not in seen and (holder := self._holder(focus)):
            seen.add(focus)
            source, focus, path = holder
            value, finding = "", replace(finding, file=finding.file or source.path)
        home = self._sources.get(finding.file) if finding.file else self._homes.get(finding.thing)
        if home is None:
            return finding
        lines = self._of(home)
        line = lines.find(focus, path, value) or lines.find(finding.thing)
        return replace(finding, file=home.path, line=line)


def _identifier(term: object, base: str) -> str:
    return rebase(term.value, base) if isinstance(term, ox.NamedNode) else str(term)
