"""Which ending means which syntax, and the parsers' words in words that a translation has."""

from __future__ import annotations

import re
from typing import Final

import pyoxigraph as ox

from smartgraph.errors import Text

#: The ending of a file, in lower case → its syntax.
SYNTAXES: Final = {
    ".ttl": ox.RdfFormat.TURTLE,
    ".trig": ox.RdfFormat.TRIG,
    ".nt": ox.RdfFormat.N_TRIPLES,
    ".nq": ox.RdfFormat.N_QUADS,
    ".jsonld": ox.RdfFormat.JSON_LD,
    ".json": ox.RdfFormat.JSON_LD,
    ".rdf": ox.RdfFormat.RDF_XML,
    ".xml": ox.RdfFormat.RDF_XML,
}
#: So much of a parser's message is shown: some repeat all that they could not read.
_LONGEST: Final = 200
#: Those whose text is made of the same pieces as Turtle's.
TURTLE_FAMILY: Final = frozenset({ox.RdfFormat.TURTLE, ox.RdfFormat.TRIG, ox.RdfFormat.N_TRIPLES, ox.RdfFormat.N_QUADS})

_END: Final = Text("the end of the file in the middle of a statement")
#: What the parsers say most often → what it means to somebody who only wants to repair a file.
_MEANINGS: Final[tuple[tuple[str, Text], ...]] = (
    (r"The prefix (?P<name>\S+) has not been declared", Text("the prefix '{name}', which is not declared")),
    (r"Unknown prefix (?P<name>\S+)", Text("the prefix '{name}', which is not declared")),
    (r"unbound prefix", Text("a prefix that is not declared")),
    (
        r"A dot is expected at the end of statements|(Triples|Quads) must be followed by a dot",
        Text("a new statement, although the one before it has no dot at its end"),
    ),
    (r"Unexpected end|not found before end of input|no element found", _END),
    (
        r"(?P<what>.+) is not a valid predicate|The predicate of a triple must be an IRI",
        Text("no property in the place of a property"),
    ),
    (r"(?P<what>.+) is not a valid RDF object", Text("'{what}' in the place of a value")),
    (
        r"Line jumps are not allowed in string literals.*",
        Text("a line break inside a text in single quotes; write three quotes at both ends of a longer text"),
    ),
    (r"Invalid IRI code point '(?P<what>.+)'", Text("the character '{what}', which no address may have")),
    (r"No scheme found in an absolute IRI", Text("an address that does not begin with https:// or the like")),
    (r"Unexpected escape character '(?P<what>.+)'", Text("'{what}'; a backslash in a text is written twice")),
    (r"A language code should always start with a letter", Text("an @ without a language behind it")),
    (
        r"'(?P<what>[„“”‚‘’«»])' is not allowed.*",
        Text("the typographic quotation mark {what}; write straight ones: \""),
    ),
    (r".*should end with a '\]'", Text("a bracket [ that is not closed")),
    (r"Object keys must be strings", Text("no key in quotes; is there a comma too many before it?")),
    (
        r"(Object|Array) values must be followed by a comma.*",
        Text("a value that no comma and no closing bracket follows"),
    ),
    (r"mismatched tag", Text("a closing tag that fits no open one")),
    (r"Only UTF-8 is supported.*", Text("another encoding than UTF-8")),
    (r"XML namespaces are required in RDF/XML", Text("XML without namespaces, so no RDF/XML")),
    (r"not well-formed.*|syntax error.*|Unexpected text event.*", Text("characters that are no XML")),
    (r"Max stack size.*", Text("values nested too deeply")),
)  # fmt: skip


def meaning(message: str) -> Text | str:
    """A parser's message in translatable words, without its own place; as it is where we have none."""
    bare = re.sub(r"^Parser error at (?:.*?columns? \d+(?: and (?:line \d+ )?(?:column )?\d+)?): ", "", message)
    bare = bare if len(bare) <= _LONGEST else f"{bare[:_LONGEST]} …"
    for pattern, text in _MEANINGS:
        found = re.match(pattern, bare)
        if found:
            return Text(text.template, **{name: value or "" for name, value in found.groupdict().items()})
    return f"“{bare}”"
