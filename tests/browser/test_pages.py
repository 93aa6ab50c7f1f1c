"""The pages in a real browser: they fit, they are in one language, and they load nothing from elsewhere."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support import expected_conditions as EC  # noqa: N812  # as its manual names it
from selenium.webdriver.support.wait import WebDriverWait

from smartgraph.release import Release

PAGES = (
    "",
    "initiatives",
    "places",
    "themes",
    "decisions",
    "about",
    "sparql",
    "downloads/",
    "ns",
    "shapes",
    "graph",
    "graph/reference",
    "problems",
    "doc/project/dos-2030",
    "doc/strategy/herne-digital-2030",
    "doc/decision/duisburg-2018-05-07-masterplan",
    "doc/area/hamm",
    "doc/concept/theme/mobility",
)
_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="module")
def site(real_release: Release) -> Iterator[str]:
    """The address of a server of the real release, in a process of its own."""
    code = (
        "import sys; from pathlib import Path; from smartgraph.read.sandbox import Sandbox;"
        "from smartgraph.release import open_release; from smartgraph.settings import Settings;"
        "from smartgraph.web.server import bind, serve\n"
        "settings = Settings(port=0)\n"
        "with bind(settings) as listener, Sandbox.start(open_release(Path(sys.argv[1])), settings) as reader:\n"
        "    serve(settings, reader, listener)"
    )
    command = [sys.executable, "-c", code, str(real_release.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as server:
        assert server.stdout
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.add_experimental_option("prefs", {"intl.accept_languages": "de,en"})
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    options.binary_location = "/usr/bin/chromium"
    driver = webdriver.Chrome(options, webdriver.ChromeService("/usr/bin/chromedriver"))
    yield driver
    driver.quit()


def _resize(browser: webdriver.Chrome, width: int) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False},
    )


@pytest.mark.parametrize("page", [*PAGES, f"sparql?query={'x' * 300}"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_a_page_is_no_wider_than_the_screen(browser: webdriver.Chrome, site: str, page: str, width: int) -> None:
    _resize(browser, width)
    browser.get(site + page)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_elsewhere_and_reports_no_error(
    browser: webdriver.Chrome, site: str, page: str
) -> None:
    browser.get_log("browser")
    browser.get(site + page)
    loaded = browser.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")
    assert loaded, "not even the style sheet"
    assert not [name for name in loaded if not name.startswith(site)]
    assert not browser.get_log("browser")


def test_a_german_browser_gets_german_and_the_switch_leads_to_english(browser: webdriver.Chrome, site: str) -> None:
    _resize(browser, 1440)
    browser.get(f"{site}doc/strategy/hamm-digital")
    html = browser.find_element(By.TAG_NAME, "html")
    assert html.get_attribute("lang") == "de"
    assert "Menschlich – Lebenswert – Innovativ" in browser.page_source
    assert "Tag nicht belegt" in browser.page_source
    browser.find_element(By.CSS_SELECTOR, "a[hreflang=en]").click()
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang") == "en"
    assert "day not documented" in browser.page_source


def test_the_first_tab_reaches_the_skip_link_and_it_leads_to_the_content(browser: webdriver.Chrome, site: str) -> None:
    browser.get(site)
    browser.find_element(By.TAG_NAME, "body").send_keys(Keys.TAB)
    first = browser.switch_to.active_element
    assert first.get_attribute("href") == f"{site}#content"
    assert first.is_displayed()
    first.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.id") == "content"


def test_light_and_dark_follow_the_reader(browser: webdriver.Chrome, site: str) -> None:
    grounds = {}
    for scheme in ("light", "dark"):
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        )
        browser.get(site)
        grounds[scheme] = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert grounds["light"] != grounds["dark"]


def test_every_link_of_a_project_page_leads_somewhere(browser: webdriver.Chrome, site: str) -> None:
    browser.get(f"{site}doc/project/dos-2030")
    links = {link.get_attribute("href") or "" for link in browser.find_elements(By.CSS_SELECTOR, "main a[href]")}
    own = sorted(link.partition("#")[0] for link in links if link.startswith(site))
    assert len(own) > 30
    fetch = "return Promise.all(arguments[0].map(url => fetch(url).then(answer => [url, answer.status])))"
    statuses = browser.execute_script(fetch, own)
    assert not [pair for pair in statuses if pair[1] != 200]


def test_a_query_typed_into_the_form_gets_its_answer_without_scripts(browser: webdriver.Chrome, site: str) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        browser.get(f"{site}sparql")
        form = browser.find_element(By.CSS_SELECTOR, "form.query")
        field = form.find_element(By.NAME, "query")
        field.clear()
        field.send_keys("PREFIX schema: <https://schema.org/> SELECT ?motto { ?thing schema:slogan ?motto }")
        form.submit()
        WebDriverWait(browser, 10).until(EC.presence_of_element_located((By.ID, "answer")))
        cells = [cell.text for cell in browser.find_elements(By.CSS_SELECTOR, "td")]
        assert "Smart People City Herne" in cells
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
