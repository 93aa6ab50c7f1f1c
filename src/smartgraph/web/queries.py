"""Programs' queries on the event loop: answers kept, shared while they are found, and passed on as they come."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from smartgraph.errors import SmartgraphError
from smartgraph.read.flow import Witness
from smartgraph.web.answers import Answers, Kept
from smartgraph.web.exchange import Reply
from smartgraph.web.failures import kind_of, problem
from smartgraph.web.metrics import FOUND, KEPT, SHARED
from smartgraph.web.operation import parse
from smartgraph.web.protocol import Plan, names_format, planned

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.errors import StoreUnavailable
    from smartgraph.formats import Format
    from smartgraph.read.flow import Flow
    from smartgraph.read.lanes import Lanes, Ticket
    from smartgraph.web.exchange import Request
    from smartgraph.web.replies import Site


@dataclass(frozen=True, slots=True)
class Whole:
    """An answer that is there. ``tag`` is that under which it is kept, ``None`` if it differs each time.

    ``source`` is one of :data:`smartgraph.web.metrics.SOURCES`.
    """

    headers: tuple[tuple[str, str], ...]
    kept: Kept
    tag: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Page:
    """An answer that a page is to show, or the error that it is to tell."""

    error: SmartgraphError | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """An answer on its way: its first bytes, and where the others come from; ``size`` in bytes, if it is known."""

    headers: tuple[tuple[str, str], ...]
    first: bytes
    flow: Flow
    size: int | None = None


class Queries:
    """Answers the queries of programs about one release. Lives on one event loop."""

    def __init__(self, site: Site, lanes: Lanes, answers: Answers) -> None:
        self._site, self._lanes, self._answers = site, lanes, answers

    def begin(self, request: Request) -> Begun | None:
        """Begins a query at once, if nothing about it is special: it can be read, and nobody else asks it."""
        try:
            operation = parse(request, self._site.settings)
            plan = operation and planned(operation, request, self._site)
        except SmartgraphError:
            return None
        if not isinstance(plan, Plan) or plan.tag is None:
            return None
        known = self._answers
        if known.find(plan.tag) or known.is_on_its_way(plan.flight) or known.is_too_large(plan.tag):
            return None
        begun = Begun(plan, known, plan.tag)
        begun.ticket = self._lanes.begin(plan.query, begun, begun.has_lane, begun.is_refused)
        return begun

    async def reply(
        self, request: Request, watch: Callable[[Flow], None], begun: Begun | None = None
    ) -> Reply | Whole | Stream | Page | None:
        """What a program gets, and a browser that asks for a format of data; other browsers get a page.

        ``None`` for a request without a query, which asks for the endpoint itself.

        Args:
            watch: called with an answer that takes long, to close it when its client has gone.
            begun: what was begun for this request.

        Raises:
            Abandoned: the client has gone.
            SmartgraphError: only for a fault of our own, whose text is for the log.
        """
        try:
            if begun:
                return await self._begun(begun.plan, await begun.opened(watch))
            operation = parse(request, self._site.settings)
            if operation is None:
                return None
            if request.wants_page and not names_format(operation):
                return Page()
            plan = planned(operation, request, self._site)
            if isinstance(plan, Reply):
                return plan
            found = await self._answer(plan, watch)
            return found if request.sees_the_end or isinstance(found, Whole) else await _measured(found)
        except SmartgraphError as error:
            if kind_of(error) is None:
                raise
            return Page(error) if request.wants_page else problem(error, request.language, self._site.base)

    async def _answer(self, plan: Plan, watch: Callable[[Flow], None]) -> Whole | Stream:
        tag = plan.tag
        while tag is not None and not self._answers.is_too_large(tag):
            if kept := self._answers.find(tag):
                return Whole(plan.headers(kept.format), kept, tag, KEPT)
            if kept := await self._answers.shared(plan.flight):
                return Whole(plan.headers(kept.format), kept, tag, SHARED)
            if not self._answers.is_on_its_way(plan.flight):
                return await self._begun(plan, await self._found(plan, tag, watch))
        return await self._begun(plan, await self._lanes.ask(plan.query, _Watching(watch)))

    async def _found(self, plan: Plan, tag: str, watch: Callable[[Flow], None]) -> Flow:
        keeping = _Keeping(self._answers, tag, plan.flight, watch)
        try:
            return await self._lanes.ask(plan.query, keeping)
        except BaseException as error:
            keeping.has_ended(None, None, error if isinstance(error, SmartgraphError) else None)
            raise

    async def _begun(self, plan: Plan, flow: Flow) -> Whole | Stream:
        """The answer as far as it is there: whole, if all of it came at once."""
        first = await flow.read()
        headers = plan.headers(flow.format)
        if not flow.is_whole or flow.left:
            return Stream(headers, first, flow)
        kept = self._answers.find(plan.tag) if plan.tag else None
        return Whole(headers, kept or Kept(flow.format, first), plan.tag, FOUND)


async def _measured(stream: Stream) -> Stream:
    """The stream once all of it is there."""
    try:
        await stream.flow.ended()
    except BaseException:
        stream.flow.close()
        raise
    return replace(stream, size=len(stream.first) + stream.flow.left)


class _Watching(Witness):
    """Has somebody look whether the client of a long query is still there."""

    def __init__(self, watch: Callable[[Flow], None]) -> None:
        self._watch = watch

    def is_long(self, flow: Flow) -> None:
        self._watch(flow)


class _Keeping(_Watching):
    """Keeps an answer once it is whole, and tells those who wait for the same one."""

    def __init__(self, answers: Answers, tag: str, flight: str, watch: Callable[[Flow], None]) -> None:
        super().__init__(watch)
        self._answers, self._tag = answers, tag
        self._landed = answers.takes_off(flight)
        self.keeps = answers.largest
        #: The answer, once it is whole.
        self.kept: Kept | None = None

    def has_outgrown(self) -> None:
        self._answers.outgrew(self._tag)
        self._landed(None)

    def has_ended(self, form: Format | None, body: bytes | None, error: SmartgraphError | None) -> None:
        if form is None or body is None:
            self._landed(error)
            return
        self.kept = Kept(form, body)
        self._answers.put(self._tag, self.kept)
        self._landed(self.kept)


class Begun(_Keeping):
    """A query that was begun as soon as its request had come.

    Either a small answer is whole soon, or :meth:`Queries.reply` goes on with it.
    """

    ticket: Ticket

    def __init__(self, plan: Plan, answers: Answers, tag: str) -> None:
        super().__init__(answers, tag, plan.flight, self._remember)
        self.plan = plan
        self._flow: Flow | None = None
        self._refusal: StoreUnavailable | None = None
        self._done: Callable[[Begun], None] | None = None
        self._is_told = False

    def tells(self, done: Callable[[Begun], None]) -> None:
        """Has ``done`` called once: when the answer is whole, or as soon as it is clear that this is not near."""
        self._done = done
        if self._is_told:
            done(self)

    async def opened(self, watch: Callable[[Flow], None]) -> Flow:
        """The answer on its way, for whoever goes on with it.

        Raises:
            StoreUnavailable: no process became free.
            SmartgraphError: there is no answer, for this reason.
        """
        if self._refusal:
            raise self._refusal
        assert self._flow, "it is done, and was not refused"
        self._watch = watch
        if self._flow.is_long:
            watch(self._flow)
        await self._flow.opened()
        return self._flow

    def has_lane(self, flow: Flow) -> None:
        """For the ticket."""
        self._flow = flow

    def is_refused(self, error: StoreUnavailable) -> None:
        """For the ticket."""
        self._refusal = error
        self.has_ended(None, None, error)

    def close(self) -> None:
        """Nobody wants the answer, or more of it."""
        self.ticket.cancel()
        if not self._flow:
            self.has_ended(None, None, None)

    def goes_on(self, _flow: Flow) -> None:
        self._tell()

    def has_ended(self, form: Format | None, body: bytes | None, error: SmartgraphError | None) -> None:
        super().has_ended(form, body, error)
        self._tell()

    def _remember(self, _flow: Flow) -> None:
        """It takes long, and nobody watches yet whether its client is still there."""
        self._tell()

    def _tell(self) -> None:
        if self._is_told:
            return
        self._is_told = True
        if self._done:
            self._done(self)
