"""What the server counts of itself, as Prometheus reads it: requests, latencies, caches, endings, the release.

Counting happens on the event loop only, so that it costs no lock.

Spec: Prometheus text format 0.0.4; OpenMetrics 1.0, where a scraper asks for it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from prometheus_client import CollectorRegistry, ProcessCollector
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from smartgraph.web.exchange import Reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from prometheus_client.core import Metric

#: Upper bounds of the classes of latency, in seconds.
_BOUNDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
#: The route of what is none of ours, so that a crawl of nonsense makes no series.
OTHER: Final = "other"
#: Where an answer to a query came from: known by the head of the request, kept, found for another, found.
HEAD, KEPT, SHARED, FOUND = SOURCES = ("head", "kept", "shared", "found")


@dataclass(slots=True)
class _Histogram:
    """How many took how long: a number for each class, the last for what is above all bounds."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(_BOUNDS) + 1))
    total_s: float = 0.0

    def note(self, seconds: float, count: int = 1) -> None:
        self.counts[bisect_left(_BOUNDS, seconds)] += count
        self.total_s += seconds

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as they are written."""
        sums, below = [], 0
        for bound, count in zip((*map(str, _BOUNDS), "+Inf"), self.counts, strict=True):
            below += count
            sums.append((bound, float(below)))
        return sums


class Metrics(Collector):
    """The counters of one server."""

    def __init__(self) -> None:
        self._routes: set[str] = set()
        self._requests: Counter[tuple[str, str, int]] = Counter()
        self._broken: Counter[str] = Counter()
        self._times: dict[str, _Histogram] = {}
        #: Replies that were known by their head, by route and method: counted where each microsecond tells.
        self.at_once: Counter[tuple[str, str]] = Counter()
        self.answers: Counter[str] = Counter()
        self._registry = CollectorRegistry()
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def know(self, paths: Iterable[str]) -> None:
        """Adds paths that are served, as Flask writes its rules."""
        self._routes |= {first for first in map(_first, paths) if not first.startswith("<")}

    def route(self, path: str) -> str:
        """The part of a path (below the mount) that requests are counted by."""
        first = _first(path)
        return f"/{first}" if first in self._routes else OTHER

    def add(self, gauges: Callable[[], Iterable[Metric]]) -> None:
        """Lets another tell its state with each exposition."""
        self._registry.register(_Gauges(gauges))

    def note(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request that has ended."""
        self._requests[route, method, status] += 1
        times = self._times.get(route)
        if times is None:
            times = self._times[route] = _Histogram()
        times.note(seconds)

    def note_broken(self, cause: str) -> None:
        """Counts a reply that was broken off, so that nobody takes it for whole."""
        self._broken[cause] += 1

    def exposition(self, accept: str) -> Reply:
        """All of it, as the scraper reads it."""
        encode, content_type = choose_encoder(accept)
        body = encode(self._registry)
        return Reply(200, (("Content-Type", content_type), ("Cache-Control", "no-store"), ("Vary", "Accept")), body)

    def collect(self) -> Iterable[Metric]:
        """For the registry.

        Spec: prometheus_client, custom collectors.
        """
        yield self._counted_requests()
        yield self._latencies()
        broken = CounterMetricFamily("smartgraph_replies_broken_off", "Replies ended early.", labels=["cause"])
        for cause, count in self._broken.items():
            broken.add_metric([cause], count)
        yield broken
        answers = CounterMetricFamily("smartgraph_answers", "Answers to queries by source.", labels=["source"])
        for source in SOURCES:
            at_once = sum(self.at_once.values()) if source == HEAD else 0
            answers.add_metric([source], self.answers[source] + at_once)
        yield answers

    def _counted_requests(self) -> Metric:
        at_once = {(route, method, 200): count for (route, method), count in self.at_once.items()}
        labels = ["route", "method", "status"]
        requests = CounterMetricFamily("smartgraph_http_requests", "Requests that were answered.", labels=labels)
        for (route, method, status), count in (self._requests + Counter(at_once)).items():
            requests.add_metric([route, method, str(status)], count)
        return requests

    def _latencies(self) -> Metric:
        name, said = "smartgraph_http_request_seconds", "Time from the head of a request to the end of its reply."
        times = HistogramMetricFamily(name, said, labels=["route"])
        for route in sorted({*self._times, *(route for route, _ in self.at_once)}):
            whole = _Histogram()
            if known := self._times.get(route):
                whole.counts, whole.total_s = list(known.counts), known.total_s
            whole.note(0.0, sum(count for (at, _), count in self.at_once.items() if at == route))
            times.add_metric([route], whole.buckets(), whole.total_s)
        return times


def _first(path: str) -> str:
    return path.split("/", 2)[1] if path.startswith("/") else path


class _Gauges(Collector):
    def __init__(self, gauges: Callable[[], Iterable[Metric]]) -> None:
        self._gauges = gauges

    def collect(self) -> Iterable[Metric]:
        return self._gauges()
