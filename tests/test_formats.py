"""The one negotiator: which format an Accept header gets."""

from __future__ import annotations

import pytest

from smartgraph.errors import UnknownFormat
from smartgraph.formats import (
    DOCUMENT_FORMATS,
    FORMATS,
    GRAPH_FORMATS,
    JSONLD,
    RESULT_FORMATS,
    Format,
    by_name,
    negotiate,
    of_kind,
    profile_of,
)

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"


@pytest.mark.parametrize(
    ("accept", "offered", "wanted"),
    [
        (None, DOCUMENT_FORMATS, "html"),
        ("", DOCUMENT_FORMATS, "html"),
        ("*/*", DOCUMENT_FORMATS, "html"),
        (BROWSER, DOCUMENT_FORMATS, "html"),
        ("text/turtle", DOCUMENT_FORMATS, "ttl"),
        ("application/x-turtle", DOCUMENT_FORMATS, "ttl"),
        ("application/ld+json", DOCUMENT_FORMATS, "jsonld"),
        ("application/n-triples", DOCUMENT_FORMATS, "nt"),
        ("text/plain", DOCUMENT_FORMATS, "nt"),
        ("application/rdf+xml", DOCUMENT_FORMATS, "rdf"),
        ("application/xhtml+xml", DOCUMENT_FORMATS, "html"),
        ("Text/Turtle ; Q=0.5 , application/rdf+xml;q=0.4", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;q=0.4, application/rdf+xml;q=0.5", DOCUMENT_FORMATS, "rdf"),
        ("text/html;q=0, */*;q=0.1", DOCUMENT_FORMATS, "ttl"),
        ("text/*", DOCUMENT_FORMATS, "html"),
        ("text/*;q=0.5, application/rdf+xml;q=0.6", DOCUMENT_FORMATS, "rdf"),
        ("*/*;q=0.1, application/n-triples", DOCUMENT_FORMATS, "nt"),
        ("text/turtle;charset=utf-8", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;q=much", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;q=0", DOCUMENT_FORMATS, None),
        ("text/turtle;q=0, */*", GRAPH_FORMATS, "jsonld"),
        ("*/*, text/turtle;q=0", GRAPH_FORMATS, "jsonld"),
        ("text/*;q=0, */*;q=0.1", DOCUMENT_FORMATS, "jsonld"),
        ("*/*;q=0, text/turtle;q=0.1", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;q=0.000", DOCUMENT_FORMATS, None),
        ("text/turtle;q=.5, application/rdf+xml;q=.6", DOCUMENT_FORMATS, "rdf"),
        ("text/turtle;version=1.2", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;version=1.2;q=0", DOCUMENT_FORMATS, None),
        ("text/turtle;version=1.2;q=0, text/turtle;q=0.1", DOCUMENT_FORMATS, "ttl"),
        ("text/turtle;version=1.2, text/turtle;q=0.2, application/rdf+xml;q=0.5", DOCUMENT_FORMATS, "rdf"),
        ('application/ld+json;profile="a,b;c";q=0.9, text/turtle;q=0.8', DOCUMENT_FORMATS, "jsonld"),
        ("text/turtle;charset=iso-8859-1", DOCUMENT_FORMATS, "ttl"),
        ('text/turtle;x="unclosed, application/rdf+xml', DOCUMENT_FORMATS, "ttl"),
        ("image/png", DOCUMENT_FORMATS, None),
        ("nonsense", DOCUMENT_FORMATS, None),
        (",,;", DOCUMENT_FORMATS, None),
        (None, RESULT_FORMATS, "json"),
        ("*/*", RESULT_FORMATS, "json"),
        ("application/json", RESULT_FORMATS, "json"),
        ("application/sparql-results+json", RESULT_FORMATS, "json"),
        ("application/sparql-results+xml", RESULT_FORMATS, "xml"),
        ("application/xml", RESULT_FORMATS, "xml"),
        ("text/csv", RESULT_FORMATS, "csv"),
        ("text/tab-separated-values", RESULT_FORMATS, "tsv"),
        ("text/*", RESULT_FORMATS, "csv"),
        ("text/turtle", RESULT_FORMATS, None),
        ("application/trig", of_kind("dataset"), "trig"),
        ("application/n-quads", of_kind("dataset"), "nq"),
        ("application/ld+json", of_kind("dataset"), "jsonld"),
    ],
)
def test_the_accept_header_gets_the_format_it_wants_most(
    accept: str | None, offered: tuple[Format, ...], wanted: str | None
) -> None:
    found = negotiate(accept, offered)
    assert (found and found.name) == wanted


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: form.name)
def test_every_format_is_found_by_its_name_and_its_media_types(form: Format) -> None:
    assert by_name(form.name) == form
    for media_type in form.media_types:
        assert negotiate(media_type, (form,)) == form


def test_an_unknown_name_is_refused_with_the_names_there_are() -> None:
    with pytest.raises(UnknownFormat, match=r"'pdf'.*ttl, jsonld, nt, rdf"):
        by_name("pdf", GRAPH_FORMATS)


def test_names_extensions_and_media_types_are_unique_within_a_kind() -> None:
    for offered in (GRAPH_FORMATS, of_kind("dataset"), RESULT_FORMATS, DOCUMENT_FORMATS):
        assert len({form.extension for form in offered}) == len(offered)
        media_types = [media_type for form in offered for media_type in form.media_types]
        assert len(set(media_types)) == len(media_types)
    assert len({form.name for form in FORMATS}) == len(FORMATS)


def test_text_formats_name_their_charset() -> None:
    assert by_name("ttl").content_type == "text/turtle; charset=utf-8"
    assert by_name("jsonld").content_type == "application/ld+json"


@pytest.mark.parametrize(
    ("accept", "profiles"),
    [
        ("", ()),
        ("*/*", ()),
        ("application/ld+json", ()),
        (
            'application/ld+json;profile="http://www.w3.org/ns/json-ld#expanded"',
            ("http://www.w3.org/ns/json-ld#expanded",),
        ),
        ("Application/LD+JSON ; Profile=urn:Case", ("urn:Case",)),
        ('application/ld+json;q=0.9;profile="urn:a urn:b", text/html', ("urn:a", "urn:b")),
        ('application/ld+json;profile="urn:less";q=0.2, application/ld+json;profile="urn:more"', ("urn:more",)),
        ('application/ld+json, application/ld+json;profile="urn:second";q=0.5', ()),
        ('application/ld+json;profile="urn:never";q=0', ()),
        ('text/turtle;profile="urn:other"', ()),
        ('application/ld+json;profile="', ()),
        (";;,=,;profile=urn:x", ()),
    ],
)
def test_the_profile_is_that_of_the_range_that_wants_the_format_most(accept: str, profiles: tuple[str, ...]) -> None:
    assert profile_of(accept, JSONLD) == profiles
