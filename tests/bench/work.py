"""What is asked: six kinds of query, and the requests of each way to ask them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from bench.data import PHASE, PROGRAMME, UMBRELLA, initiative, initiatives, own
from smartgraph.formats import JSON_RESULTS, NTRIPLES
from smartgraph.vocab import DCTERMS

if TYPE_CHECKING:
    from collections.abc import Iterator

SEEN, UNSEEN, MIX = "repeated", "never seen", "mix"
#: Stand for a number that varies what is asked about, and for one that no other request has.
_THING, _SERIAL = "$n", "$s"
#: So that those that follow each other ask about different things.
_STRIDE: Final = 7919
_TEXTS: Final = 2_000
_DRAWS: Final = 20_000
_AGENTS: Final = ("python-requests/2.32", "curl/8.5.0", "sparqlwrapper 2.0.0", "Mozilla/5.0 (X11; Linux x86_64)")
_LANGUAGES: Final = ("de", "en", "de-DE,de;q=0.9,en;q=0.5", "en-GB,en;q=0.8")


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of query. ``text`` has marks for what varies; ``group``: initiatives that share one value of it."""

    name: str
    text: str
    accept: str
    group: int
    #: How many of a hundred texts of the mix are of this kind.
    share: float

    def variants(self, triples: int) -> int:
        """How many things there are to ask about."""
        return max(1, initiatives(triples) // self.group)

    def middle(self, triples: int) -> int:
        """The number of one in the middle."""
        return self.variants(triples) // 2

    def about(self, number: int, serial: int | None = None) -> str:
        """The query about one of them; with ``serial`` one that nobody else asks."""
        text = self.text.replace(_THING, str(number))
        return text if serial is None else f"{text} # {serial}"


KINDS: Final = (
    Kind(
        "ASK",
        f"ASK {{ {initiative(_THING)} {own('ns#theme')} {own('concept/theme/t7')} }}",
        JSON_RESULTS.media_type, 1, 40,
    ),
    Kind("look-up", f"SELECT ?p ?o {{ {initiative(_THING)} ?p ?o }}", JSON_RESULTS.media_type, 1, 35),
    Kind(
        "100 rows",
        f"SELECT ?initiative ?id {{ ?initiative <{DCTERMS}isPartOf> {own(f'id/initiative/u{_THING}')} ; "
        f"<{DCTERMS}identifier> ?id }}",
        JSON_RESULTS.media_type, UMBRELLA, 17,
    ),
    Kind(
        "aggregate",
        f"SELECT ?p (COUNT(*) AS ?n) {{ ?s ?p ?o }} GROUP BY ?p HAVING(COUNT(*) > {_THING})",
        JSON_RESULTS.media_type, 1, 4,
    ),
    Kind(
        "CONSTRUCT",
        f"CONSTRUCT {{ ?s ?p ?o }} {{ ?s {own('ns#programme')} {own(f'id/programme/g{_THING}')} ; ?p ?o }}",
        NTRIPLES.media_type, PROGRAMME, 3.5,
    ),
    Kind(
        "50,000 rows",
        f"SELECT ?initiative ?theme {{ ?initiative {own('ns#phase')} {own(f'id/component/h{_THING}')} ; "
        f"{own('ns#theme')} ?theme }}",
        JSON_RESULTS.media_type, PHASE, 0.5,
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Work:
    """Requests to send one after the other, from the first again after the last.

    In all or in none of them ``$n`` stands for a number below ``variants``, and behind it ``$s`` for the serial number.
    """

    requests: tuple[str, ...]
    variants: int = 1

    def at(self, serial: int) -> str:
        """The request with this serial number, as the load generator sends it."""
        request = self.requests[serial % len(self.requests)]
        return request.replace(_THING, str(serial * _STRIDE % self.variants)).replace(_SERIAL, str(serial))

    def script(self, file: str) -> str:
        """The same for wrk, in Lua, which reads the requests from ``file``."""
        return _SCRIPT.format(file=file, stride=_STRIDE, variants=self.variants)


_SCRIPT: Final = """\
local requests, serial = {{}}, 0
for request in io.open("{file}", "rb"):read("*a"):gmatch("[^%z]+") do
  local head, middle, tail = request:match("^(.-)%$n(.-)%$s(.*)$")
  requests[#requests + 1] = head and {{ head, middle, tail }} or request
end
function init(args)
  serial = tonumber(args[1])
end
function request()
  local found = requests[serial % #requests + 1]
  if type(found) == "table" then
    found = found[1] .. serial * {stride} % {variants} .. found[2] .. serial .. found[3]
  end
  serial = serial + 1
  return found
end
function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("FOUND %d %d %d %d %d\\n", summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout, latency:percentile(99)))
end
"""


def repeated(kind: Kind, path: str, triples: int) -> Work:
    """One text, from clients that differ in what does not decide the answer."""
    return Work(tuple(_clients(path, kind.about(kind.middle(triples)), kind.accept)))


def never_seen(kind: Kind, path: str, triples: int) -> Work:
    """A text that differs in each request, in what it asks about and in a comment."""
    return Work(tuple(_clients(path, f"{kind.text} # {_SERIAL}", kind.accept)), kind.variants(triples))


def light(path: str, triples: int) -> Work:
    """Queries that take little time, never seen before, of two kinds in turn."""
    pairs = zip(*(never_seen(kind, path, triples).requests for kind in KINDS[:2]), strict=True)
    return Work(tuple(request for pair in pairs for request in pair), KINDS[0].variants(triples))


def mixed(path: str, triples: int, name: str) -> Work:
    """Draws from so many texts, the second half as often as the first and so on; ``name`` tells such sets apart.

    Each kind gets its share of the draws, not of the texts.
    """
    chance = random.Random(name)
    texts = tuple(
        (kind, f"{kind.about(chance.randrange(kind.variants(triples)))} # {name} {rank}")
        for rank, kind in enumerate(_kinds(_TEXTS))
    )
    clients = tuple((agent, language) for agent in _AGENTS for language in _LANGUAGES)
    weights = tuple(accumulate(1 / rank for rank in range(1, _TEXTS + 1)))
    return Work(
        tuple(
            _request(path, text, kind.accept, *chance.choice(clients), is_agent_first=chance.random() < 0.5)
            for kind, text in chance.choices(texts, cum_weights=weights, k=_DRAWS)
        )
    )


def _kinds(count: int) -> Iterator[Kind]:
    """The kind of each rank: always the one that has least of what is due to it so far."""
    given = dict.fromkeys(KINDS, 0.0)
    total = 0.0
    for rank in range(1, count + 1):
        total += 1 / rank
        kind = max(KINDS, key=lambda kind: kind.share / 100 * total - given[kind])
        given[kind] += 1 / rank
        yield kind


def _clients(path: str, text: str, accept: str) -> Iterator[str]:
    for number, agent in enumerate(_AGENTS):
        for language in _LANGUAGES:
            yield _request(path, text, accept, agent, language, is_agent_first=number % 2 == 0)


def _request(path: str, text: str, accept: str, agent: str, language: str, *, is_agent_first: bool) -> str:
    headers = [f"User-Agent: {agent}", f"Accept: {accept}", f"Accept-Language: {language}"]
    lines = ["Host: bench", *(headers if is_agent_first else reversed(headers))]
    return "\r\n".join((f"GET {target(path, text)} HTTP/1.1", *lines, "", ""))


def target(path: str, text: str) -> str:
    """Where a query is sent to; the marks stay as they are."""
    return f"{path}?query={quote(text, safe='$')}"
