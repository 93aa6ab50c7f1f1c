"""How often a client may ask, and who the client is."""

from __future__ import annotations

import ipaddress
from collections import OrderedDict
from time import monotonic
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from smartgraph.settings import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

#: So many clients are remembered; the ones that were silent for longest are forgotten.
_MOST_CLIENTS: Final = 50_000
#: Longer names of clients are read anew each time, in characters.
_LONGEST_NAME: Final = 200
#: Whoever has one IPv6 address has all of these.
_IPV6_PREFIX: Final = 64
_SECONDS: Final = 60.0


class Rates:
    """A bucket of requests for each client, full for a minute's worth and refilled all the time."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._most, self._clock = float(per_minute), clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait_s(self, client: str) -> float:
        """Takes a request out of the client's bucket: 0, or the seconds until there is one."""
        if not self._most or not client:
            return 0.0
        now = self._clock()
        left, since = self._buckets.pop(client, (self._most, now))
        left = min(self._most, left + (now - since) * self._most / _SECONDS)
        is_heard = left >= 1
        self._buckets[client] = (left - is_heard, now)
        if len(self._buckets) > _MOST_CLIENTS:
            self._buckets.popitem(last=False)
        return 0.0 if is_heard else (1 - left) * _SECONDS / self._most


class Clients:
    """Tells clients apart by address, which a proxy's header gives only if the proxy is trusted.

    The machine itself has no limit: what runs on it needs no server to slow it down.
    """

    def __init__(self, trusted: tuple[Network, ...]) -> None:
        self._trusted = trusted
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def name(self, peer: str, forwarded_for: str) -> str:
        """The client's address, that of its network with IPv6; empty for one without a limit."""
        known = self._known.get((peer, forwarded_for))
        if known is None:
            known = _name(self._address(peer, forwarded_for))
            if len(forwarded_for) <= _LONGEST_NAME:
                self._known[peer, forwarded_for] = known
            if len(self._known) > _MOST_CLIENTS:
                self._known.popitem(last=False)
        return known

    def _address(self, peer: str, forwarded_for: str) -> Address | None:
        """The last address on the way that no trusted proxy has: what stands before it anybody may have written.

        Of what a proxy says nobody can read it is the proxy itself that answers for it.
        """
        address = _parsed(peer)
        for hop in reversed(forwarded_for.split(",") if forwarded_for else ()):
            found = _parsed(hop)
            if not address or not found or not any(address in network for network in self._trusted):
                break
            address = found
        return address


def _parsed(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address


def _name(address: Address | None) -> str:
    if address is None or address.is_loopback:
        return ""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))
    return str(address)
