"""Identifiers: minting, rebasing, and the way between an IRI and its path. Nobody else touches them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from smartgraph.errors import Text, UsageError
from smartgraph.vocab import PLACEHOLDER, SH, VANN

if TYPE_CHECKING:
    from collections.abc import Mapping

_NOT_IN_IRI: Final = re.compile(r"[\x00-\x20<>\"{}|\\^`?#]")
_GENID: Final = ".well-known/genid/"
_SLUG: Final = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")

#: Literals that carry a namespace as text and have to move with the terms (decision 1 of the model).
REBASED_LITERALS: Final = frozenset({f"{SH}namespace", f"{VANN}preferredNamespaceUri"})


def _is_base(base: str) -> bool:
    try:
        parts = urlsplit(base)
        has_place = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:  # a bracket without its partner, a port that is no number
        return False
    return has_place and not _NOT_IN_IRI.search(base) and not parts.query and not parts.fragment


def check_base(base: str) -> str:
    """``base`` as an absolute http(s) IRI that ends with a slash.

    Raises:
        UsageError: it is not one, or it has a query or a fragment.
    """
    if not _is_base(base):
        raise UsageError(
            Text(
                "The base IRI '{base}' does not work. Wanted: http:// or https://, a host and a path "
                "without query or fragment, for example https://data.example.org/.",
                base=base,
            )
        )
    return base if base.endswith("/") else f"{base}/"


def rebase(iri: str, base: str) -> str:
    """``iri`` moved from the placeholder to ``base``; other IRIs as they are."""
    return base + iri[len(PLACEHOLDER) :] if iri.startswith(PLACEHOLDER) else iri


def rebase_text(text: str, base: str) -> str:
    """A query text whose IRIs under the placeholder are moved to ``base``."""
    return text.replace(f"<{PLACEHOLDER}", f"<{base}")


def shorten(iri: str, names: Mapping[str, str]) -> str:
    """``iri`` with a prefix where one fits (the longest), else as it is.

    >>> shorten("https://example.org/ns#date", {"smg": "https://example.org/ns#"})
    'smg:date'
    """
    fitting = [(len(space), name) for name, space in names.items() if iri.startswith(space)]
    if not fitting:
        return iri
    length, name = max(fitting)
    return f"{name}:{iri[length:]}"


def thing_of(iri: str) -> str:
    """The thing that a node belongs to: its IRI without the fragment.

    Terms and shapes are hash IRIs of one document; each is a thing of its own.
    """
    document, _, fragment = iri.partition("#")
    return document if fragment and "/id/" in document else iri


def path_of(iri: str, base: str) -> str | None:
    """The path of an own IRI relative to the base (``id/strategy/x``), ``None`` for foreign IRIs."""
    return iri[len(base) :] if iri.startswith(base) else None


def document_path(iri: str, base: str) -> str | None:
    """Where the page about ``iri`` is, relative to the base: ``doc/strategy/x``, ``doc/concept/theme/y``.

    ``None`` for everything that has no page of its own.
    """
    path = path_of(iri, base)
    if path is None:
        return None
    path, _, fragment = path.partition("#")
    if path.startswith("id/"):
        return "doc/" + path.removeprefix("id/") + (f"#{fragment}" if fragment else "")
    return f"doc/{path}" if path.startswith("concept/") else None


def graph_iri(name: str, base: str = PLACEHOLDER) -> str:
    """The IRI of the named graph called ``name``."""
    return f"{base}graph/{name}"


def genid_iri(name: str, base: str) -> str:
    """The IRI of a node whose author gave it none.

    Spec: RDF 1.1 Concepts, section 3.5.
    """
    return f"{base}{_GENID}{name}"


def is_genid(iri: str, base: str) -> bool:
    """True for the IRI of a node whose author gave it none."""
    return iri.startswith(f"{base}{_GENID}")


def is_slug(text: str) -> bool:
    """True for ASCII words in lower case joined by single hyphens."""
    return _SLUG.fullmatch(text) is not None


def is_loopback(base: str) -> bool:
    """True where identifiers under ``base`` mean something on one machine only."""
    host = urlsplit(base).hostname or ""
    return host == "localhost" or host.startswith("127.") or host == "::1"
