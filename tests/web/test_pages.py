from __future__ import annotations

import ast
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

import pytest
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po
from in_process_reader import InProcessReader
from releases_for_tests import STRATEGY, tiny_release

from smartgraph.language import LANGUAGES, catalogue_path
from smartgraph.read.excerpt import Text
from smartgraph.read.pages import entered
from smartgraph.read.values import Number, PartialDate, Period
from smartgraph.release import Refusal
from smartgraph.settings import Settings
from smartgraph.web import create_app
from smartgraph.web.wording import Wording

if TYPE_CHECKING:
    from flask.testing import FlaskClient
    from werkzeug.test import TestResponse

    from smartgraph.release import Release

PACKAGE = Path(__file__).parent.parent.parent / "src" / "smartgraph"
LISTS = ("/", "/initiatives", "/places", "/themes", "/decisions")
PAGES = (*LISTS, "/about", "/sparql", "/downloads/", "/ns", "/shapes", "/problems")
THINGS = (
    "/doc/project/muster-beispiel-netz",
    "/doc/strategy/musterstadt-digital-2",
    "/doc/authority/musterstadt",
    "/doc/authority/randheim",
    "/doc/area/musterstadt",
    "/doc/decision/musterstadt-2020-04-15-umfrage",
    "/doc/foreseen/musterstadt-2025-werkstatt",
    "/doc/funding/muster-beispiel-netz",
    "/doc/source/ratsinfo",
    "/doc/source/geheft",
    "/doc/concept/theme",
    "/doc/concept/theme/mobility",
    "/doc/concept/basis/stated",
)
BROWSER = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}
_VOID = {"meta", "link", "input", "br", "hr", "img", "path", "circle"}


class Page(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.ids: list[str] = []
        self.fields: set[str] = set()
        self.labelled: set[str] = set()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.language = ""
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.tags.append(tag)
        if tag not in _VOID:
            self.open.append(tag)
        if tag == "html":
            self.language = found["lang"]
        if "id" in found:
            self.ids.append(found["id"])
        if tag == "a":
            self.links.append(found["href"])
        if tag in ("script", "img", "iframe", "audio", "video", "source") and "src" in found:
            self.loaded.append(found["src"])
        if tag == "link" and found.get("rel") in ("stylesheet", "icon", "preload", "preconnect"):
            self.loaded.append(found["href"])
        if tag in ("input", "textarea", "select"):
            self.fields.add(found["id"])
        if tag == "label":
            self.labelled.add(found["for"])

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1:] not in (["script"], ["style"]):
            self.words.append(" ".join(data.split()))

    @property
    def said(self) -> str:
        return " ".join(self.words)


@pytest.fixture(scope="module")
def reader(fixture_release: Release) -> InProcessReader:
    return InProcessReader(fixture_release)


@pytest.fixture(scope="module")
def visitor(reader: InProcessReader) -> FlaskClient:
    return create_app(Settings(), reader).test_client()


def fetch(visitor: FlaskClient, path: str, **headers: str) -> TestResponse:
    return visitor.get(path, headers=BROWSER | headers)


def page(visitor: FlaskClient, path: str) -> Page:
    response = fetch(visitor, path)
    assert response.status_code == 200, path
    return Page(response.text)


@pytest.mark.parametrize("path", [*PAGES, *THINGS])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_is_whole_and_in_one_language(visitor: FlaskClient, path: str, language: str) -> None:
    found = page(visitor, f"{path}?lang={language}")
    assert found.language == language
    assert not found.open, "an element is not closed"
    assert found.tags.count("h1") == found.tags.count("main") == 1
    assert len(found.ids) == len(set(found.ids)), "an id stands twice"
    assert found.fields <= found.labelled, "a field has no label"
    assert found.links[0] == "#content", "the first link skips to the content"


@pytest.mark.parametrize("path", [*PAGES, *THINGS])
def test_nothing_is_loaded_from_other_hosts_and_no_script_is_needed(visitor: FlaskClient, path: str) -> None:
    found = page(visitor, path)
    assert all(address.startswith("/static/") for address in found.loaded)
    assert "script" not in found.tags
    assert "style=" not in found.text.replace('style="width:', "")


@pytest.mark.parametrize("path", [*PAGES, *THINGS])
def test_links_lead_to_http_addresses_or_to_our_own_pages(visitor: FlaskClient, path: str) -> None:
    for link in page(visitor, path).links:
        assert link.startswith(("/", "#", "http://", "https://")), link
        assert not link.startswith("//"), link


def test_every_link_to_a_page_of_ours_has_an_answer(visitor: FlaskClient) -> None:
    links = {link for path in (*PAGES, *THINGS) for link in page(visitor, path).links}
    wrong = {}
    for path in sorted({urldefrag(link).url for link in links if link[0] == "/"}):
        with fetch(visitor, path) as response:
            if response.status_code != 200:
                wrong[path] = response.status
    assert not wrong


@pytest.mark.parametrize("path", [*PAGES, *THINGS])
def test_every_link_within_a_page_has_its_target(visitor: FlaskClient, path: str) -> None:
    found = page(visitor, path)
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)


@pytest.mark.parametrize("path", [*PAGES, *THINGS])
def test_a_page_costs_at_most_six_questions(visitor: FlaskClient, reader: InProcessReader, path: str) -> None:
    reader.asked = 0
    page(visitor, path)
    assert reader.asked <= 6


def test_a_page_that_the_client_has_costs_no_question(visitor: FlaskClient, reader: InProcessReader) -> None:
    tag = fetch(visitor, "/decisions").headers["ETag"]
    reader.asked = 0
    assert fetch(visitor, "/decisions", **{"If-None-Match": tag}).status_code == 304
    assert reader.asked == 0


def test_the_language_is_chosen_by_the_address_before_the_browser(visitor: FlaskClient) -> None:
    english = {"Accept-Language": "en"}
    assert fetch(visitor, "/places").headers["Content-Language"] == "de"
    assert fetch(visitor, "/places", **english).headers["Content-Language"] == "en"
    assert fetch(visitor, "/places?lang=de", **english).headers["Content-Language"] == "de"
    assert "Accept-Language" in fetch(visitor, "/places").headers["Vary"]


def test_a_language_chosen_by_hand_stays_chosen(visitor: FlaskClient) -> None:
    def own_links(path: str) -> list[str]:
        switches = ("/?lang=de", "/?lang=en")
        return [link for link in page(visitor, path).links if link[0] == "/" and link not in switches]

    assert all("?lang=en" in link for link in own_links("/?lang=en")[1:])
    assert not any("lang=" in link for link in own_links("/"))


def test_under_a_mount_every_own_link_carries_it(reader: InProcessReader) -> None:
    visitor = create_app(Settings(), reader).test_client()
    for path in ("/", "/doc/project/muster-beispiel-netz", "/ns", "/downloads/"):
        response = visitor.get(path, headers=BROWSER, base_url="http://localhost/sub/")
        found = Page(response.text)
        assert all(link.startswith("/sub/") for link in (*found.links, *found.loaded) if link[0] == "/")


def test_a_date_is_said_as_precisely_as_it_is_known(visitor: FlaskClient) -> None:
    text = page(visitor, "/decisions").said
    assert "März 2020 Tag nicht belegt" in text
    assert "29. Februar 2020" in text
    assert "2020 nur das Jahr belegt" in text
    signs = page(visitor, "/decisions").text
    assert all(f'class="sign {kind}' in signs for kind in ("day", "month", "year"))


def test_an_announced_decision_does_not_stand_among_those_taken(visitor: FlaskClient) -> None:
    taken, announced = page(visitor, "/decisions").text.split('id="announced"')
    assert "/doc/foreseen/" not in taken
    assert "/doc/decision/" not in announced


def test_money_is_said_in_words_with_the_exact_sum_in_the_title(visitor: FlaskClient) -> None:
    german = page(visitor, "/doc/project/muster-beispiel-netz")
    assert "1,5 Mio. €" in german.said
    assert "600.000 €" in german.said
    assert 'title="1.500.000,00\xa0€"' in german.text
    assert "€1.5 million" in page(visitor, "/doc/project/muster-beispiel-netz?lang=en").said
    assert "bis zu 250.000" in page(visitor, "/doc/project/beispielhausen-app").said


@pytest.mark.parametrize(
    ("value", "unit", "german", "english"),
    [
        ("501415", "Personen", "501.415 Personen", "501,415 Personen"),
        ("145.66", "km²", "145,66\xa0km²", "145.66\xa0km²"),
        ("2500000", "EUR", "2,5\xa0Mio.\xa0€", "€2.5\xa0million"),
        ("45", "", "45", "45"),
    ],
)
def test_a_number_is_said_with_its_unit(value: str, unit: str, german: str, english: str) -> None:
    number = Number(Decimal(value), Text(unit) if unit else None)
    assert (Wording("de").number(number), Wording("en").number(number)) == (german, english)


@pytest.mark.parametrize(
    ("period", "words", "gap"),
    [
        (Period(PartialDate("2020"), PartialDate("2027")), "2020–2027", ""),
        (Period(PartialDate("2020-04"), PartialDate("2027")), "April 2020 – 2027", ""),
        (Period(PartialDate("2020"), None), "seit 2020", "Ende nicht belegt"),
        (Period(PartialDate("2020"), None, True), "seit 2020, ohne festes Ende", ""),
        (Period(None, PartialDate("2027")), "bis 2027", "Beginn nicht belegt"),
        (Period(None, None, True), "ohne festes Ende", ""),
    ],
)
def test_a_period_says_what_is_known_and_what_is_not(period: Period, words: str, gap: str) -> None:
    german = Wording("de")
    assert (german.period(period), german.period_gap(period)) == (words, gap)


def test_shares_of_a_sum_are_drawn_and_said(visitor: FlaskClient) -> None:
    found = page(visitor, "/doc/project/muster-beispiel-netz")
    assert '<rect class="p1" x="60.0%" width="40.0%"' in found.text
    assert "davon Stadt Musterstadt 600.000" in found.said


def test_a_conflict_is_told_in_words(visitor: FlaskClient) -> None:
    text = page(visitor, "/doc/funding/muster-beispiel-netz").said
    assert "Die Quellen sind sich nicht einig." in text
    assert "1,2 Mio. €" in text
    assert "genommen ist der Bescheid" in text


def test_one_source_says_and_several_say() -> None:
    message = ("another source says", "other sources say")
    assert [Wording("de").plural(*message, n) for n in (1, 2)] == ["eine andere Quelle nennt", "andere Quellen nennen"]


def test_what_is_inferred_or_approximate_is_said(visitor: FlaskClient) -> None:
    assert "erschlossen" in page(visitor, "/doc/decision/musterstadt-2020-04-15-umfrage").said
    assert "ungefähr" in page(visitor, "/doc/project/muster-beispiel-netz").said
    assert "zählt nicht als gefasst" in page(visitor, "/doc/foreseen/musterstadt-2025-werkstatt").said


@pytest.mark.parametrize("path", ["/decisions", "/doc/authority/musterstadt", "/doc/strategy/musterstadt-digital"])
def test_a_list_marks_a_date_that_no_source_states(visitor: FlaskClient, path: str) -> None:
    said = page(visitor, path).said
    assert "15. April 2020 erschlossen" in said
    assert said.count("2020 erschlossen") == 1


def test_the_legend_explains_the_marks(visitor: FlaskClient) -> None:
    said = page(visitor, "/decisions?lang=en").said
    assert "inferred approximate no source says it in these words" in said
    assert "sources disagree" in said


def test_a_disputed_sum_leads_to_the_page_that_shows_both(visitor: FlaskClient) -> None:
    found = page(visitor, "/doc/project/muster-beispiel-netz")
    assert '<a class="basis disputed" href="/doc/funding/muster-beispiel-netz">Quellen uneins</a>' in found.text
    own = page(visitor, "/doc/funding/muster-beispiel-netz")
    assert '<a class="basis disputed" href="#disagreement">' in own.text


def test_a_refused_sum_was_for_somebody_and_went_to_nobody(visitor: FlaskClient) -> None:
    said = page(visitor, "/doc/project/beispielhausen-app").said
    assert "für Stadt Beispielhausen" in said
    assert "an Stadt Beispielhausen" not in said


def test_no_heading_names_a_rule(visitor: FlaskClient) -> None:
    for path in ("/doc/concept/basis/stated", "/doc/concept/theme/mobility"):
        assert "Shape" not in page(visitor, path).said


def test_sources_are_listed_with_address_reading_date_and_facts(visitor: FlaskClient) -> None:
    text = page(visitor, "/doc/project/muster-beispiel-netz").said
    for part in ("Beispielzeitung", "example.org/zeitung", "gelesen am 22. November 2026", "FX-008"):
        assert part in text
    assert "Kopie unbekannten Alters" in text


def test_a_gap_is_shown_as_a_gap(visitor: FlaskClient) -> None:
    assert "Randheim noch nicht erfasst" in page(visitor, "/places").said
    assert "Noch nicht erfasst." in page(visitor, "/doc/authority/randheim").said
    assert "Die Quellen nennen keine Summen." in page(visitor, "/doc/strategy/musterstadt-digital").said
    assert "nicht belegt" in page(visitor, "/doc/strategy/musterstadt-digital").said


@pytest.mark.parametrize("path", ["/", "/places", "/themes", "/about", "/doc/authority/randheim"])
def test_what_is_not_entered_is_not_said_to_be_unknown(visitor: FlaskClient, path: str) -> None:
    assert "nichts bekannt" not in page(visitor, path).said.casefold()
    assert "nothing known" not in page(visitor, f"{path}?lang=en").said.casefold()


def test_it_is_said_of_how_many_authorities_the_initiatives_are_entered(
    visitor: FlaskClient, reader: InProcessReader
) -> None:
    number = entered(reader)
    for path in ("/places", "/about"):
        assert f"Erfasst sind bisher die Initiativen von {number} Körperschaften" in page(visitor, path).said


def test_a_value_of_another_language_is_marked(visitor: FlaskClient) -> None:
    text = page(visitor, "/doc/strategy/musterstadt-digital-2?lang=en").text
    assert '<span lang="de">Gemeinsam – Einfach – Offen</span>' in text


def test_the_data_of_a_thing_are_offered_with_its_identifier(visitor: FlaskClient) -> None:
    found = page(visitor, "/doc/project/muster-beispiel-netz")
    for extension in ("ttl", "jsonld", "nt", "rdf"):
        assert f"/doc/project/muster-beispiel-netz.{extension}" in found.links
    assert 'value="https://smartgraph.example/id/project/muster-beispiel-netz"' in found.text


def test_refused_input_is_told_on_every_page_with_the_release_that_is_shown(reader: InProcessReader) -> None:
    refusal = Refusal("Zeile 7: <falsch>", "line 7: <wrong>")
    visitor = create_app(Settings(), reader, refused=refusal).test_client()
    for path in ("/", "/about", "/doc/authority/musterstadt", "/doc/project/gibt-es-nicht"):
        text = fetch(visitor, f"{path}?lang=en").text
        assert "This is not the newest state." in text
        assert "line 7: &lt;wrong&gt;" in text
        assert reader.release.id in text


def test_without_refused_input_no_page_speaks_of_it(visitor: FlaskClient) -> None:
    assert "nicht der neueste Stand" not in page(visitor, "/").said


def test_what_is_not_there_is_said_in_the_frame_of_all_pages(visitor: FlaskClient) -> None:
    response = fetch(visitor, "/doc/project/gibt-es-nicht")
    assert response.status_code == 404
    assert "Nicht gefunden" in Page(response.text).said


def test_texts_of_the_data_cannot_become_markup(tmp_path: Path) -> None:
    visitor = create_app(Settings(), InProcessReader(tiny_release(tmp_path))).test_client()
    text = fetch(visitor, "/doc/project/folge?lang=en").text
    assert "&lt;two&gt;" in text
    assert "<two>" not in text


def test_a_thing_that_the_data_hardly_know_still_has_a_page(tmp_path: Path) -> None:
    release = tiny_release(tmp_path)
    visitor = create_app(Settings(), InProcessReader(release)).test_client()
    path = STRATEGY.replace(f"{release.manifest.base}id", "/doc")
    assert "Beispielstrategie" in page(visitor, path).said
    for listing in PAGES:
        assert page(visitor, listing).language == "de"


def test_addresses_with_their_own_query_keep_it_when_the_language_changes(visitor: FlaskClient) -> None:
    found = page(visitor, "/about?x=1&x=2%22&lang=de")
    switch = next(link for link in found.links if "lang=en" in link)
    assert urlsplit(switch).query == "x=1&x=2%22&lang=en"


# ---- the catalogue


def _of_templates() -> set[str]:
    found = set()
    for path in sorted((PACKAGE / "web" / "templates").glob("*.html")):
        keywords = {"_": None, "plural": (1, 2)}
        for _, message, _, _ in extract_from_file("jinja2.ext:babel_extract", path, keywords=keywords):
            found.add(message if isinstance(message, str) else message[0])
    return found


def _of_code() -> set[str]:
    """First arguments of ``N_``, ``_``, ``Text``, ``.text`` and ``.plural`` that are written as texts."""
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            first = node.args[0]
            is_text = isinstance(first, ast.Constant) and isinstance(first.value, str) and first.value
            if name in ("N_", "_", "Text", "text", "plural") and is_text:
                found.add(first.value)
    return found


@pytest.mark.parametrize("find", [_of_templates, _of_code])
def test_no_text_lacks_its_german_translation(find: object) -> None:
    with catalogue_path("de").open("rb") as stream:
        catalogue = read_po(stream, locale="de")
    german = {
        message.id if isinstance(message.id, str) else message.id[0]: message.string
        for message in catalogue
        if message.id
    }
    messages = find()  # type: ignore[operator]
    assert messages
    missing = [m for m in sorted(messages) if not german.get(m) or not all(german[m])]
    assert not missing, "add these to translations/de/LC_MESSAGES/messages.po"


def test_a_translation_keeps_the_places_for_values() -> None:
    with catalogue_path("de").open("rb") as stream:
        for message in read_po(stream, locale="de"):
            if message.id:
                assert not list(message.check()), message.id


@pytest.mark.parametrize(("document", "name"), [("ns", "ontology"), ("shapes", "shapes")])
def test_every_hash_address_of_ours_has_its_place_on_the_page(
    visitor: FlaskClient, reader: InProcessReader, document: str, name: str
) -> None:
    base = reader.release.manifest.base
    start = f"{base}{document}#"
    rows = reader.select(
        f"SELECT DISTINCT ?s {{ GRAPH <{base}graph/{name}> {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), '{start}')) }} }}"
    )
    ids = page(visitor, f"/{document}").ids
    assert len(ids) == len(set(ids))
    assert len(rows) > 80
    assert {row["s"].value.removeprefix(start) for row in rows} <= set(ids)


@pytest.mark.parametrize("language", ["de", "en"])
def test_a_list_of_concepts_shows_each_with_its_definition(
    visitor: FlaskClient, reader: InProcessReader, language: str
) -> None:
    found = page(visitor, f"/doc/concept/status?lang={language}")
    rows = reader.select(
        f"""PREFIX skos: <http://www.w3.org/2004/02/skos/core#> SELECT ?d WHERE {{
        ?c skos:inScheme <{reader.release.manifest.base}concept/status> ; skos:definition ?d
        FILTER(LANG(?d) = "{language}") }}"""
    )
    assert len(rows) > 5
    assert all(row["d"].value in found.said for row in rows)
