"""A request and its reply as values, so that what lies between them needs no framework."""

from __future__ import annotations

from dataclasses import dataclass

from smartgraph.language import language_of_header


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it came: ``query`` is that of the address, still escaped; absent headers are empty."""

    method: str
    query: bytes = b""
    body: bytes = b""
    content_type: str = ""
    content_encoding: str = ""
    accept: str = ""
    accept_language: str = ""
    if_none_match: str = ""

    @property
    def language(self) -> str:
        """What a program reads: English, as its protocols speak, unless it asks for German."""
        return language_of_header(self.accept_language, "en")


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back. A reply to HEAD has the body that GET would get; the server leaves it out."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
