"""How often a client may ask, and who is a client."""

from __future__ import annotations

import pytest

from smartgraph.settings import Settings
from smartgraph.web.rates import Clients, Rates


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_client_has_a_minutes_worth_at_once_and_then_as_much_as_comes_back() -> None:
    clock = Clock()
    rates = Rates(60, clock)
    assert [rates.wait_s("a") for _ in range(60)] == [0.0] * 60
    assert rates.wait_s("a") == pytest.approx(1.0)
    assert rates.wait_s("b") == 0.0
    clock.now = 1.5
    assert rates.wait_s("a") == 0.0
    assert rates.wait_s("a") == pytest.approx(0.5)
    clock.now = 1_000.0
    assert [rates.wait_s("a") for _ in range(61)].count(0.0) == 60


def test_without_a_limit_or_without_a_name_everybody_is_heard() -> None:
    assert not any(Rates(0).wait_s("a") for _ in range(1_000))
    assert not any(Rates(1).wait_s("") for _ in range(1_000))


def test_clients_that_were_silent_for_longest_are_forgotten() -> None:
    rates = Rates(1, Clock())
    for number in range(60_000):
        rates.wait_s(str(number))
    assert len(rates._buckets) == 50_000
    assert rates.wait_s("59999")


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "trusted", "name"),
    [
        ("192.0.2.7", "", "", "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1", "", "192.0.2.7"),
        ("10.0.0.1", "198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "203.0.113.9, 198.51.100.1, 10.0.0.2", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, nonsense", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "127.0.0.1, 198.51.100.1", "10.0.0.0/8", "198.51.100.1"),
        ("10.0.0.1", "nonsense", "10.0.0.0/8", "10.0.0.1"),
        ("10.0.0.1", "", "10.0.0.0/8", "10.0.0.1"),
        ("127.0.0.1", "", "", ""),
        ("127.0.0.1", "198.51.100.1", "", ""),
        ("127.0.0.1", "198.51.100.1", "127.0.0.1", "198.51.100.1"),
        ("::1", "", "", ""),
        ("2001:db8:1:2:3:4:5:6", "", "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "", "", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "", "", "192.0.2.7"),
        ("fe80::1%eth0", "", "", "fe80::/64"),
        ("", "", "", ""),
    ],
)
def test_a_header_names_the_client_only_if_a_trusted_proxy_sent_it(
    peer: str, forwarded_for: str, trusted: str, name: str
) -> None:
    assert Clients(Settings(trusted_proxies=trusted).trusted_networks).name(peer, forwarded_for) == name


def test_what_a_client_invents_is_not_kept_if_it_is_long() -> None:
    clients = Clients(())
    for number in range(1_000):
        assert clients.name("192.0.2.7", f"{number}, " * 1_000) == "192.0.2.7"
    assert not clients._known
