"""The family tree of failures. Each carries its evidence as values, not only as text.

    SmartgraphError
    ├── SourceError            a file cannot be read as data: where, found, wanted
    ├── NotConforming          the data were read, but the shapes refuse them
    ├── UsageError             the call is wrong
    │   ├── UnknownFormat
    │   ├── UnknownRelease
    │   ├── UnknownThing       the release says nothing about this identifier
    │   │   └── UnknownFrame   no kind of thing has this name
    │   ├── UnknownAddress     nothing is there, but other things are beside it
    │   ├── Withdrawn          the thing was taken back
    │   ├── MalformedRequest   a request that says too little, too much, or nothing readable
    │   ├── UnsupportedBody    a body of a type that we do not read
    │   └── NotAcceptable      the client takes none of the formats we have
    ├── StateError             the machine refuses: permission, port, disk
    ├── DamagedRelease         a release folder does not match its own checksums
    ├── NoRelease              there is nothing to serve yet
    └── QueryError
        ├── QuerySyntaxError   line and column
        ├── QueryRefused       we do not run this kind of query
        ├── QueryTooDeep       the text broke the process that read it
        ├── LimitReached       a limit of this server: how much there is, and how much it was
        │   ├── QueryTooLong       the text has more bytes than we read
        │   ├── QueryTimeout       the deadline passed; the process was ended
        │   ├── QueryTooLarge      the memory was used up; the process ended
        │   ├── AnswerTooLarge     the answer has more bytes than we send
        │   └── TooManyRequests    the client asks too often
        └── StoreUnavailable   no query process could answer
            └── TooManyAtOnce      … because of all that is asked at the same time

``exit_status`` is the command line's answer; HTTP numbers live in ``web/failures.py`` only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Text:
    """Words that can be said in another language: an English template and the values in it.

    The template is a msgid of the catalogue (:mod:`smartgraph.language`); values may be texts themselves.
    """

    __slots__ = ("template", "values")

    def __init__(self, template: str, **values: object) -> None:
        self.template, self.values = template, values

    def translated(self, gettext: Callable[[str], str]) -> str:
        """The text in the language of ``gettext``."""
        said = {
            name: value.translated(gettext) if isinstance(value, Text) else value for name, value in self.values.items()
        }
        return gettext(self.template).format(**said)

    def __str__(self) -> str:
        return self.translated(str)


class SmartgraphError(Exception):
    """Anything that smartgraph itself found to be wrong. ``str()`` says it in English."""

    exit_status: ClassVar[int] = 3

    def __init__(self, text: Text | str) -> None:
        self.text = text if isinstance(text, Text) else Text("{text}", text=text)
        super().__init__(self.text)

    def __str__(self) -> str:
        return str(self.text)


class SourceError(SmartgraphError):
    """A source cannot be turned into triples.

    ``row`` and ``column`` count from 1 and are ``None`` where the parser knows no place.
    """

    exit_status = 1

    def __init__(
        self,
        path: Path | str,
        found: Text | str,
        wanted: Text | str,
        *,
        row: int | None = None,
        column: int | None = None,
        remedy: Text | str = "",
    ) -> None:
        self.path, self.found, self.wanted = path, found, wanted
        self.row, self.column, self.remedy = row, column, remedy
        place = ":".join(str(part) for part in (path, row, column) if part is not None)
        said = Text("{place}: found {found}; wanted: {wanted}.", place=place, found=found, wanted=wanted)
        super().__init__(Text("{said} {remedy}", said=said, remedy=remedy) if remedy else said)


class NotConforming(SmartgraphError):
    """The shapes refuse the data. ``report`` is a :class:`smartgraph.build.explain.Report`."""

    exit_status = 1

    def __init__(self, report: Any) -> None:
        self.report = report
        super().__init__(
            Text(
                "The data do not conform ({count} errors). Nothing was published.",
                count=len(report.violations),
            )
        )


class UsageError(SmartgraphError):
    """The call is wrong: a flag, a name, an argument."""

    exit_status = 2


class UnknownFormat(UsageError):
    """A format that we do not write."""

    def __init__(self, found: str, offered: tuple[str, ...]) -> None:
        self.found, self.offered = found, offered
        super().__init__(
            Text(
                "There is no format '{found}'. Choose one of: {offered}.",
                found=found,
                offered=", ".join(offered),
            )
        )


class UnknownRelease(UsageError):
    """No release has this id."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        self.found, self.known = found, known
        super().__init__(
            Text("There is no release '{found}'. Known: {known}.", found=found, known=", ".join(known) or "–")
        )


class UnknownThing(UsageError):
    """The release says nothing about ``iri``."""

    def __init__(self, iri: str) -> None:
        self.iri = iri
        super().__init__(Text("This release says nothing about {iri}.", iri=iri))


class UnknownAddress(UsageError):
    """Nothing is at ``found``; ``known``: what is beside it."""

    def __init__(self, found: str, known: tuple[str, ...]) -> None:
        self.found, self.known = found, known
        super().__init__(
            Text("There is nothing at {found}. There are: {known}.", found=found, known=", ".join(known) or "–")
        )


class Withdrawn(UsageError):
    """The thing was taken back, on an ISO date; ``day``: the same for people, ``reason`` in their language."""

    def __init__(self, iri: str, withdrawn_on: str, day: str, reason: str) -> None:
        self.iri, self.withdrawn_on = iri, withdrawn_on
        super().__init__(
            Text("{iri} was withdrawn. Date: {day}. Reason: {reason}", iri=iri, day=day or "–", reason=reason or "–")
        )


class UnknownFrame(UnknownThing):
    """No kind of thing has this name. ``offered``: the names that have a frame."""

    def __init__(self, iri: str, found: str, offered: tuple[str, ...]) -> None:
        self.iri, self.found, self.offered = iri, found, offered
        UsageError.__init__(
            self,
            Text("There is no frame '{found}'. Choose one of: {offered}.", found=found, offered=", ".join(offered)),
        )


class NotAcceptable(UsageError):
    """The client takes none of the formats there are. ``offered``: their media types, best first."""

    def __init__(self, offered: tuple[str, ...], why: Text | str = "") -> None:
        self.offered = offered
        why = why or Text("None of the wanted formats exists here.")
        super().__init__(Text("{why} Offered: {offered}.", why=why, offered=", ".join(offered)))


class MalformedRequest(UsageError):
    """A request that says too little, too much, or nothing that can be read."""


class UnsupportedBody(UsageError):
    """A body of a type that we do not read. ``accepted``: the media types that we do."""

    def __init__(self, accepted: tuple[str, ...], why: Text | str) -> None:
        self.accepted = accepted
        super().__init__(why)


class StateError(SmartgraphError):
    """The machine does not let us: no permission, port in use, disk full."""


class DamagedRelease(SmartgraphError):
    """A release folder is half written, foreign, or was changed after publishing."""

    def __init__(self, folder: Path, found: Text | str, wanted: Text | str) -> None:
        self.folder, self.found, self.wanted = folder, found, wanted
        super().__init__(
            Text(
                "{folder}: the release is damaged: found {found}; wanted: {wanted}. It is not served. "
                "Run 'smartgraph build' to write it anew, or choose another with 'smartgraph releases use ID'.",
                folder=folder, found=found, wanted=wanted,
            )
        )  # fmt: skip


class NoRelease(SmartgraphError):
    """There is no undamaged release to serve. ``damages`` say what is wrong with those there are."""

    def __init__(self, folder: Path, damages: tuple[DamagedRelease, ...] = ()) -> None:
        self.folder, self.damages = folder, damages
        super().__init__(Text("{folder}: there is no release to open. Run 'smartgraph build' first.", folder=folder))


class QueryError(SmartgraphError):
    """A query got no answer."""


class QuerySyntaxError(QueryError):
    """The text is not SPARQL. ``line`` and ``column`` count from 1, ``None`` if not known."""

    exit_status = 2

    def __init__(self, message: Text | str, line: int | None, column: int | None) -> None:
        self.line, self.column = line, column
        if line is None:
            super().__init__(message)
        else:
            super().__init__(Text("line {line}, column {column}: {message}", line=line, column=column, message=message))


class QueryRefused(QueryError):
    """The query asks for something this endpoint does not do (SERVICE, LOAD, updates)."""

    exit_status = 2

    def __init__(self, reason: Text | str) -> None:
        self.reason = reason
        super().__init__(reason)


class QueryTooDeep(QueryError):
    """The query broke the process that ran it, as texts do that are nested too deeply."""

    exit_status = 2

    def __init__(self) -> None:
        super().__init__(
            Text(
                "The query broke the process that ran it. It is nested too deeply, or has too many parts in a row: "
                "groups, brackets, operators, UNIONs."
            )
        )


class LimitReached(QueryError):
    """A limit of this server. ``limit`` and ``reached`` are counted in ``unit``; it may have been more than reached."""

    unit: ClassVar[str]

    def __init__(self, limit: float, reached: float, text: Text) -> None:
        self.limit, self.reached = limit, reached
        super().__init__(text)


class QueryTooLong(LimitReached):
    """The text of the query, or of the form that brings it, has more bytes than are read."""

    exit_status = 2
    unit = "bytes"

    def __init__(self, limit: int, reached: int) -> None:
        super().__init__(
            limit,
            reached,
            Text("The query has {reached} bytes or more. At most {limit} are read.", limit=limit, reached=reached),
        )


class QueryTimeout(LimitReached):
    """The query ran into its deadline and its process was ended; in seconds."""

    unit = "s"

    def __init__(self, limit: float, reached: float) -> None:
        reached = round(reached, 3)
        super().__init__(
            limit,
            reached,
            Text(
                "The query was ended after {reached:.2f} s. The limit is {limit:g} s. "
                "Make it more selective, or ask for less with LIMIT.",
                limit=limit, reached=reached,
            ),
        )  # fmt: skip


class QueryTooLarge(LimitReached):
    """The query used up the memory that its process may have above the data; in MiB."""

    unit = "MiB"

    def __init__(self, limit: int) -> None:
        super().__init__(
            limit,
            limit,
            Text(
                "The query used up the memory that a query may have: {limit} MiB, and asked for more. "
                "Make it more selective, or ask for less at once.",
                limit=limit,
            ),
        )


class AnswerTooLarge(LimitReached):
    """The answer is larger than what is sent for one query; in MiB."""

    unit = "MiB"

    def __init__(self, limit: int, reached: float) -> None:
        super().__init__(
            limit,
            reached,
            Text(
                "The answer has {reached:g} MiB or more. The limit is {limit} MiB. "
                "Ask for less with LIMIT, or take one of the downloads.",
                limit=limit, reached=reached,
            ),
        )  # fmt: skip


class TooManyRequests(LimitReached):
    """A client asks too often. ``retry_after_s``: when the next request is heard, in seconds."""

    exit_status = 2
    unit = "requests per minute"

    def __init__(self, limit: int, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        reached = limit + 1
        super().__init__(
            limit,
            reached,
            Text(
                "This was request {reached} of the {limit} that you may send in a minute. "
                "Send the next in {retry_after_s} s.",
                limit=limit, reached=reached, retry_after_s=retry_after_s,
            ),
        )  # fmt: skip


class StoreUnavailable(QueryError):
    """No query process is free or alive."""


class TooManyAtOnce(StoreUnavailable):
    """So much is asked at the same time that this has to wait. ``limit`` and ``reached`` are counted in ``unit``."""

    def __init__(self, text: Text, limit: float, unit: str, reached: float) -> None:
        self.limit, self.unit, self.reached = limit, unit, reached
        super().__init__(text)
