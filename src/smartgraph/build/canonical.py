"""The canonical form of authored Turtle: one way to write a file, so that a diff shows only what changed.

rdflib's "longturtle" with canonical names for nodes and with our one table of prefixes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rdflib import Graph

from smartgraph.build.sources.turtle import read_source
from smartgraph.vocab import PREFIXES

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.bundle import Bundle


def canonical_turtle(path: Path) -> str:
    """The file's content in canonical form.

    Comments are not kept: what a reader of the data should know is said in the data.

    Raises:
        SourceError: the file is not correct Turtle.
    """
    source = read_source(path, graph="")
    graph = Graph(bind_namespaces="none")
    for name, namespace in PREFIXES.items():
        graph.bind(name, namespace)
    graph.parse(data=source.text, format="turtle")
    for name, namespace in PREFIXES.items():
        graph.bind(name, namespace, override=True, replace=True)
    text: str = graph.serialize(format="longturtle", canon=True)
    return text.rstrip("\n") + "\n"


#: Shapes are written by hand with comments that say why; they are not brought to this form.
_FORMATTED: Final = ("data", "ontology")


def formatted_files(bundle: Bundle) -> list[Path]:
    """The files that have to be in canonical form."""
    return sorted(path for folder in _FORMATTED for path in (bundle.root / folder).rglob("*.ttl"))


def is_canonical(path: Path) -> bool:
    """True for a file in canonical form.

    Raises:
        SourceError: the file is not correct Turtle.
    """
    return canonical_turtle(path).encode() == path.read_bytes()


def format_file(path: Path) -> bool:
    """Brings a file to canonical form; True if it was not in it before.

    Raises:
        SourceError: the file is not correct Turtle; it is left as it is.
    """
    canonical = canonical_turtle(path).encode()
    if path.read_bytes() == canonical:
        return False
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_bytes(canonical)
    temporary.replace(path)
    return True
