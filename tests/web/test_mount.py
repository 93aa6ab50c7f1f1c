"""Under a path of its own, everything that the site says leads back under that path."""

from __future__ import annotations

import http.client
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

import pytest
from releases_for_tests import BASE

if TYPE_CHECKING:
    from flask.testing import FlaskClient

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
MOUNT = "/sg"
PATHS = (
    "/", "/initiatives", "/places", "/themes", "/decisions", "/about", "/sparql", "/downloads/", "/ns", "/shapes",
    "/graph", "/graph/duisburg", "/doc/strategy/beispiel", "/doc/concept/theme", "/id/strategy/beispiel",
    "/concept/theme", "/nowhere", "/doc/strategy/beispiel.pdf", "/sparql?query=ASK%7B%7D",
)  # fmt: skip
_LEADING = re.compile(r'\s(?:href|src|action)="([^"]*)"')


def ask(address: str, path: str, accept: str, method: str = "GET") -> tuple[int, list[tuple[str, str]], str]:
    """What the real server answers, with everything a client may claim about addresses."""
    connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)
    claims = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Prefix": "/evil"}
    connection.request(method, path, headers={"Accept": accept, "Accept-Encoding": "identity"} | claims)
    response = connection.getresponse()
    found = response.status, response.getheaders(), response.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize("path", PATHS)
def test_all_that_is_said_leads_back_under_the_path_of_the_base(address: str, path: str) -> None:
    """The base of the tiny release ends in /sg/. A proxy may take that off the address or leave it."""
    targets: set[str] = set()
    for accept in (BROWSER, "text/turtle", "application/json"):
        left, taken = (ask(address, asked, accept) for asked in (f"{MOUNT}{path}", path))
        unstable = {"date", "x-request-id"}
        assert [h for h in left[1] if h[0] not in unstable] == [h for h in taken[1] if h[0] not in unstable]
        assert (left[0], left[2]) == (taken[0], taken[2])
        assert "evil" not in str(left)
        targets |= {target for name, value in left[1] if name == "link" for target in re.findall("<([^>]*)>", value)}
        targets |= {value for name, value in left[1] if name == "location"}
        if ("content-type", "text/html; charset=utf-8") in left[1]:
            targets |= set(_LEADING.findall(left[2]))
        targets |= set(re.findall(r'"url": ?"([^"]*)"', left[2]))
    for target in targets:
        assert target.startswith((f"{MOUNT}/", "#", "?", "http://", "https://")), target


def test_links_under_the_mount_are_answered(address: str, client: FlaskClient) -> None:
    page = client.get("/", environ_overrides={"SCRIPT_NAME": MOUNT}).text
    targets = {urljoin(f"{MOUNT}/", target) for target in _LEADING.findall(page)}
    own = sorted(target for target in targets if target.startswith(MOUNT))
    assert len(own) > 10
    for target in own:
        assert ask(address, target.partition("#")[0], BROWSER)[0] == 200, target


def test_absolute_addresses_come_from_the_configured_base(address: str) -> None:
    _, headers, _ = ask(address, f"{MOUNT}/doc/strategy/beispiel", "text/turtle", "HEAD")
    assert ("link", f'<{BASE}doc/strategy/beispiel>; rel="canonical"') in headers
