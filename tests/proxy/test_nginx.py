"""Behind nginx, as the how-to sets it up, too: what is broken off is not taken for whole. Asked with curl."""

from __future__ import annotations

import re
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

import pytest
from releases_for_tests import tiny_release
from servers_for_tests import served

from smartgraph.read.sandbox import Sandbox
from smartgraph.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

NGINX: Final = "/usr/sbin/nginx"
HOW_TO: Final = Path(__file__).parent.parent.parent / "docs" / "how-to" / "run-behind-nginx.md"
SETTINGS: Final = Settings(host="127.0.0.1", port=0, max_answer_mb=1, query_memory_mb=256)
ROWS: Final = "SELECT * {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} LIMIT {}"
WHOLE, BROKEN = (f"sparql?format=csv&query={quote(ROWS.format(count))}" for count in (2_000, 100_000))
#: curl's status for a reply that is shorter than it should be.
_PARTIAL: Final = 18

_FRAME: Final = """
daemon off; master_process off; pid {folder}/pid; error_log {folder}/errors;
events {{ worker_connections 64; }}
http {{
  access_log off; client_body_temp_path {folder}/1; proxy_temp_path {folder}/2; fastcgi_temp_path {folder}/3;
  uwsgi_temp_path {folder}/4; scgi_temp_path {folder}/5;
  gzip on; gzip_types *; gzip_proxied any;
  {site}
}}
"""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    release = tiny_release(tmp_path_factory.mktemp("tiny"))
    with Sandbox.start(release, SETTINGS) as reader, served(SETTINGS, reader) as found:
        yield found


@pytest.fixture(scope="module", params=["as in the how-to", "in pieces", "in pieces, at once"])
def proxy(request: pytest.FixtureRequest, address: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an nginx that passes everything on."""
    folder = tmp_path_factory.mktemp("nginx")
    more = {
        "as in the how-to": "",
        "in pieces": "proxy_http_version 1.1;",
        "in pieces, at once": "proxy_http_version 1.1; proxy_buffering off;",
    }[request.param]
    listener = f"unix:{folder}/socket"
    (folder / "conf").write_text(_FRAME.format(folder=folder, site=_site(listener, address, more)), "utf-8")
    process = subprocess.Popen([NGINX, "-c", str(folder / "conf")], stderr=subprocess.DEVNULL)
    try:
        while not (folder / "socket").exists():
            assert process.poll() is None, (folder / "errors").read_text("utf-8")
            time.sleep(0.01)
        yield str(folder / "socket")
    finally:
        process.terminate()
        process.wait()


def _site(listener: str, address: str, more: str) -> str:
    """The example of the how-to, without what needs a certificate."""
    found = re.search(r"```nginx\n(.*?)```", HOW_TO.read_text("utf-8"), re.DOTALL)
    assert found
    site = found[1].replace("listen 443 ssl;", f"listen {listener};").replace("/smartgraph/", "/sg/")
    assert "proxy_pass http://127.0.0.1:8000;" in site
    return site.replace("proxy_pass http://127.0.0.1:8000;", f"proxy_pass {address.rstrip('/')}; {more}")


def _curl(proxy: str, path: str, *options: str) -> tuple[int, str, int]:
    """curl's status, that of the reply, and how many bytes came."""
    done = subprocess.run(
        ["curl", "-s", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", "--unix-socket", proxy, *options,
         f"http://localhost/sg/{path}"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    status, size = done.stdout.split()
    return done.returncode, status, int(size)


@pytest.mark.parametrize("options", [(), ("--compressed",)], ids=["plain", "compressed"])
def test_what_is_broken_off_is_not_taken_for_whole(proxy: str, options: tuple[str, ...]) -> None:
    assert _curl(proxy, WHOLE, *options)[:2] == (0, "200")
    status, code, _ = _curl(proxy, BROKEN, *options)
    assert (status, code) in ((_PARTIAL, "200"), (0, "422"))
