"""The clients of others before a server with the artificial data: known rows, and the same triples everywhere.

A client passes if it finds what is there and has nothing to complain about on its error stream.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pyoxigraph as ox
import rdflib
from pyld import jsonld
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper

from conformance.isomorphism import same
from conformance.verdicts import Outcome, Verdict
from conformance.wire import running
from smartgraph.build.publish import check, publish
from smartgraph.bundle import Bundle
from smartgraph.read.sandbox import Sandbox
from smartgraph.release import Releases
from smartgraph.settings import Settings
from smartgraph.web.server import address_of, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT: Final = Path(__file__).parent.parent.parent
_PROGRAMS: Final = Path(__file__).parent / "programs"
_SUITE: Final = "Clients"
_LIMIT_S: Final = 120
_THING: Final = "id/strategy/musterstadt-digital"
_LABELS: Final = {"Digitalstrategie Musterstadt", "Digital strategy of Musterstadt"}
_PREF_LABEL: Final = "http://www.w3.org/2004/02/skos/core#prefLabel"


class Missing(Exception):
    """A program that is not installed here."""


@dataclass(frozen=True, slots=True)
class _House:
    """A started server: its address, which is also the base of its identifiers."""

    address: str

    @property
    def endpoint(self) -> str:
        return f"{self.address}sparql"

    @property
    def thing(self) -> str:
        return f"{self.address}{_THING}"

    @property
    def question(self) -> str:
        return f"SELECT ?label {{ <{self.thing}> <{_PREF_LABEL}> ?label }}"

    def turtle(self) -> list[tuple[Any, ...]]:
        """The triples of the thing's document as our Turtle has them, read by the engine."""
        wish = urllib.request.Request(self.thing, headers={"Accept": "text/turtle"})
        with urllib.request.urlopen(wish) as answer:
            return _rows(answer.read(), ox.RdfFormat.TURTLE)


def run() -> Iterator[Outcome]:
    """Each client once."""
    with _house() as house:
        for name, client in _CLIENTS.items():
            yield _outcome(name, client, house)


@contextmanager
def _house() -> Iterator[_House]:
    settings = Settings(host="127.0.0.1", port=0)
    with tempfile.TemporaryDirectory() as folder, bind(settings) as listener:
        root, address = Path(folder), address_of(listener)
        for name, home in (("ontology", ROOT), ("shapes", ROOT), ("data", ROOT / "tests" / "fixtures")):
            (root / name).symlink_to(home / name)
        bundle = Bundle(root)
        release = publish(check(bundle, address), bundle, Releases(root / "state"))
        with Sandbox.start(release, settings) as reader, running(settings, reader, listener):
            yield _House(address)


def _outcome(name: str, client: Callable[[_House], str], house: _House) -> Outcome:
    test = f"clients#{name}"
    try:
        complaint = client(house)
    except Missing as error:
        return Outcome(_SUITE, test, Verdict.NOT_RUN, str(error))
    except Exception as error:  # whatever a client raises, it complains
        complaint = f"{type(error).__name__}: {error}"
    verdict = Verdict.FAILED if complaint else Verdict.PASSED
    return Outcome(_SUITE, test, verdict, " ".join(complaint.split())[:300])


def _rows(body: bytes | str, form: ox.RdfFormat) -> list[tuple[Any, ...]]:
    return [tuple(quad.triple) for quad in ox.parse(body, form)]


def _unlike_labels(found: set[str]) -> str:
    return "" if found == _LABELS else f"found {sorted(found)} instead of {sorted(_LABELS)}"


def _unlike_turtle(body: bytes | str, form: ox.RdfFormat, house: _House) -> str:
    found, wanted = _rows(body, form), house.turtle()
    return "" if same(found, wanted) else f"{len(found)} triples are not the {len(wanted)} of the Turtle"


# ---- Python


def _sparqlwrapper_json(house: _House) -> str:
    wrapper = _wrapper(house, JSON)
    rows = wrapper.queryAndConvert()["results"]["bindings"]
    return _unlike_labels({row["label"]["value"] for row in rows})


def _sparqlwrapper_xml_by_post(house: _House) -> str:
    wrapper = _wrapper(house, XML)
    wrapper.setMethod(POST)
    wrapper.setRequestMethod(POSTDIRECTLY)
    found = wrapper.queryAndConvert().getElementsByTagName("literal")
    return _unlike_labels({node.firstChild.data for node in found})


def _sparqlwrapper_describe(house: _House) -> str:
    wrapper = _wrapper(house, TURTLE)
    wrapper.setQuery(f"CONSTRUCT WHERE {{ <{house.thing}> <{_PREF_LABEL}> ?label }}")
    graph = rdflib.Graph().parse(data=wrapper.queryAndConvert(), format="turtle")
    return _unlike_labels({str(label) for label in graph.objects()})


def _wrapper(house: _House, form: str) -> SPARQLWrapper:
    wrapper = SPARQLWrapper(house.endpoint)
    wrapper.setReturnFormat(form)
    wrapper.setQuery(house.question)
    return wrapper


def _sparqlstore(house: _House) -> str:
    graph = rdflib.Graph(SPARQLStore(house.endpoint))
    found = graph.objects(rdflib.URIRef(house.thing), rdflib.URIRef(_PREF_LABEL))
    return _unlike_labels({str(label) for label in found})


def _rdflib_document(house: _House) -> str:
    graph = rdflib.Graph().parse(house.thing)  # rdflib itself says what it accepts
    return _unlike_turtle(graph.serialize(format="nt"), ox.RdfFormat.N_TRIPLES, house)


def _pyld(house: _House) -> str:
    """With a loader that goes nowhere but to our server."""

    def load(url: str, options: dict[str, Any]) -> dict[str, Any]:
        assert url.startswith(house.address), f"PyLD was sent to {url}"
        wish = urllib.request.Request(url, headers={"Accept": "application/ld+json"})
        with urllib.request.urlopen(wish) as answer:
            kind = answer.headers.get_content_type()
            return {"contentType": kind, "contextUrl": None, "documentUrl": url, "document": json.load(answer)}

    quads = jsonld.to_rdf(house.thing, {"documentLoader": load, "format": "application/n-quads"})
    return _unlike_turtle(quads, ox.RdfFormat.N_QUADS, house)


# ---- Programs


def _rapper(syntax: str) -> Callable[[_House], str]:
    ending = {"turtle": ".ttl", "rdfxml": ".rdf", "ntriples": ".nt", "guess": ""}[syntax]

    def client(house: _House) -> str:
        address = house.thing.replace("/id/", "/doc/") + ending
        said = _said("rapper", "--quiet", "--input", syntax, "--output", "ntriples", address)
        return _unlike_turtle(said, ox.RdfFormat.N_TRIPLES, house)

    return client


def _comunica_endpoint(house: _House) -> str:
    rows = json.loads(_node("comunica.mjs", house.question, house.endpoint))
    return _unlike_labels({row["label"] for row in rows})


def _comunica_document(house: _House) -> str:
    rows = json.loads(_node("comunica.mjs", house.question, house.thing))
    return _unlike_labels({row["label"] for row in rows})


def _jsonld_js(house: _House) -> str:
    return _unlike_turtle(_node("jsonld.mjs", house.thing), ox.RdfFormat.N_QUADS, house)


def _node(program: str, *arguments: str) -> str:
    if not (ROOT / "node_modules").is_dir():
        raise Missing("its packages are not installed (npm ci)")
    return _said("node", str(_PROGRAMS / program), *arguments)


def _said(program: str, *arguments: str) -> str:
    """What the program prints.

    Raises:
        Missing: there is no such program.
        ValueError: it fails, or complains.
    """
    found = shutil.which(program)
    if found is None:
        raise Missing(f"no {program} here")
    done = subprocess.run([found, *arguments], capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode or done.stderr.strip():
        raise ValueError(f"exit status {done.returncode}: {done.stderr.strip()}")
    return done.stdout


_CLIENTS: Final[dict[str, Callable[[_House], str]]] = {
    "SPARQLWrapper, JSON": _sparqlwrapper_json,
    "SPARQLWrapper, XML by POST": _sparqlwrapper_xml_by_post,
    "SPARQLWrapper, CONSTRUCT": _sparqlwrapper_describe,
    "rdflib, SPARQLStore": _sparqlstore,
    "rdflib, document": _rdflib_document,
    "PyLD, document": _pyld,
    "rapper, Turtle": _rapper("turtle"),
    "rapper, RDF/XML": _rapper("rdfxml"),
    "rapper, N-Triples": _rapper("ntriples"),
    "rapper, negotiated": _rapper("guess"),
    "Comunica, endpoint": _comunica_endpoint,
    "Comunica, document": _comunica_document,
    "jsonld.js, document": _jsonld_js,
}
