"""Whether the server lives, whether it can answer, and what it counts of itself."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Response, request
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

from smartgraph.errors import QueryError
from smartgraph.web.exchange import Reply
from smartgraph.web.replies import current_site, translated

if TYPE_CHECKING:
    from collections.abc import Iterable

    from prometheus_client.core import Metric

    from smartgraph.read.lanes import Lanes
    from smartgraph.web.replies import Site
    from smartgraph.web.served import Served

blueprint = Blueprint("health", __name__)

_FRESH: Final = ("Cache-Control", "no-store")
#: When to ask again whether the server is ready, in seconds.
_RETRY_S: Final = 5


@blueprint.get("/healthz")
def healthz() -> Response:
    """200 as long as this process answers at all."""
    return translated(alive())


@blueprint.get("/readyz")
def readyz() -> Response:
    """200 when a query gets its answer, else 503; says which release is served, and what was refused."""
    return translated(ready(current_site(), None))


@blueprint.get("/metrics")
def metrics() -> Response:
    """What the server counts of itself, for Prometheus: requests, latency, caches, endings, processes, release."""
    return translated(current_site().metrics.exposition(request.headers.get("Accept", "")))


def alive() -> Reply:
    """That this process answers at all."""
    return Reply(200, (("Content-Type", "text/plain; charset=utf-8"), _FRESH), b"ok\n")


def ready(site: Site, lanes: Lanes | None) -> Reply:
    """Whether queries get answers: those of our own pages and, with ``lanes``, those of programs.

    That all processes are busy is no fault of theirs; that there are none is.
    """
    is_ready = _answers(site) and (lanes is None or lanes.open_count > 0)
    state: dict[str, Any] = {
        "ready": is_ready,
        "release": site.reader.release.id,
        "referenceDate": site.reader.release.manifest.reference_date,
        "refused": None if site.refused is None else {"de": site.refused.de, "en": site.refused.en},
    }
    if lanes:
        state["processes"] = {"open": lanes.open_count, "busy": lanes.busy, "waiting": lanes.waiting}
    body = json.dumps(state, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
    later = () if is_ready else (("Retry-After", str(_RETRY_S)),)
    return Reply(200 if is_ready else 503, (("Content-Type", "application/json"), _FRESH, *later), body)


def _answers(site: Site) -> bool:
    try:
        return site.reader.ask("ASK {}")
    except QueryError:
        return False


def gauges(served: Served, takeovers: int) -> Iterable[Metric]:
    """How things are at this moment, for the metrics."""
    release = served.site.reader.release
    about = {"release": release.id, "reference_date": release.manifest.reference_date, "base": release.manifest.base}
    yield InfoMetricFamily("smartgraph_release", "The release that is served.", about)
    triples = GaugeMetricFamily("smartgraph_release_triples", "Its triples, each counted once.")
    triples.add_metric([], release.manifest.triples)
    yield triples
    taken = CounterMetricFamily("smartgraph_takeovers", "Releases that took the place of another.")
    taken.add_metric([], takeovers)
    yield taken
    yield from _caches(served)
    if served.lanes:
        yield from _processes(served.lanes)


def _caches(served: Served) -> Iterable[Metric]:
    held = GaugeMetricFamily("smartgraph_cache_bytes", "Bytes that are kept.", labels=["cache"])
    entries = GaugeMetricFamily("smartgraph_cache_entries", "Answers or replies that are kept.", labels=["cache"])
    for name, cache in (("answers", served.answers), ("replies", served.quick)):
        held.add_metric([name], cache.size)
        entries.add_metric([name], len(cache))
    return held, entries


def _processes(lanes: Lanes) -> Iterable[Metric]:
    processes = GaugeMetricFamily("smartgraph_query_processes", "Processes for queries.", labels=["state"])
    states = {"idle": lanes.open_count - lanes.busy, "busy": lanes.busy - lanes.long, "long": lanes.long}
    for state, count in states.items():
        processes.add_metric([state], count)
    waiting = GaugeMetricFamily("smartgraph_queries_waiting", "Queries that wait for a process.")
    waiting.add_metric([], lanes.waiting)
    ended = CounterMetricFamily("smartgraph_queries_ended", "Queries that got no answer.", labels=["cause"])
    for cause, count in lanes.endings.counts().items():
        ended.add_metric([cause], count)
    return processes, waiting, ended
