"""What the endpoint is and can do, in its own words.

Only what is so is said. Not claimed are federation, the dereferencing of graph names, empty graphs (an
unknown graph is an empty one here, but none is kept) and input formats (nothing is loaded by a query).

Spec: SPARQL 1.1 Service Description; VoID, section 4 (statistics). Source for the names of formats: W3C,
Unique URIs for File Formats.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from smartgraph.formats import DATA_FORMATS
from smartgraph.language import LANGUAGES, N_, translation
from smartgraph.licences import licence_of
from smartgraph.read.extensions import EXTENSIONS, FUNCTIONS
from smartgraph.vocab import DCTERMS, RDF, RDFS, XSD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from smartgraph.read.store import Reader

_SD: Final = "http://www.w3.org/ns/sparql-service-description#"
_VOID: Final = "http://rdfs.org/ns/void#"
NAMESPACES: Final = {"rdf": RDF, "rdfs": RDFS, "sd": _SD, "void": _VOID, "xsd": XSD, "dcterms": DCTERMS}

_FORMAT_NAMES: Final = {
    "json": "SPARQL_Results_JSON", "xml": "SPARQL_Results_XML", "csv": "SPARQL_Results_CSV",
    "tsv": "SPARQL_Results_TSV", "ttl": "Turtle", "nt": "N-Triples", "rdf": "RDF_XML", "jsonld": "JSON-LD",
}  # fmt: skip
_SIMPLE: Final = "http://www.w3.org/ns/entailment/Simple"

_TITLE: Final = N_("SPARQL endpoint of smartgraph ruhr")
_DATASET_TITLE: Final = N_("smartgraph ruhr: strategies, projects and decisions of the digital Ruhr region")
_UNION_TITLE: Final = N_("All graphs together, each triple once")

_COUNTS: Final = """
SELECT (COUNT(DISTINCT ?class) AS ?classes) (COUNT(DISTINCT ?p) AS ?properties) {
  { SELECT DISTINCT ?p { ?s ?p ?o } } UNION { SELECT DISTINCT ?class { ?s a ?class } }
}"""


def described(reader: Reader) -> str:
    """The description as N-Triples."""
    return "".join((*_service(reader), *_dataset(reader)))


def _service(reader: Reader) -> Iterator[str]:
    endpoint = _endpoint(reader)
    yield _link(endpoint, f"{RDF}type", f"{_SD}Service")
    yield _link(endpoint, f"{_SD}endpoint", endpoint)
    yield from _titles(endpoint, _TITLE)
    yield _link(endpoint, f"{_SD}supportedLanguage", f"{_SD}SPARQL11Query")
    # The default graph is the union by definition, only written down, so that each triple counts once.
    yield _link(endpoint, f"{_SD}feature", f"{_SD}UnionDefaultGraph")
    yield _link(endpoint, f"{_SD}defaultEntailmentRegime", _SIMPLE)
    for form in DATA_FORMATS:
        yield _link(endpoint, f"{_SD}resultFormat", f"http://www.w3.org/ns/formats/{_FORMAT_NAMES[form.name]}")
    for function in FUNCTIONS:
        yield _link(endpoint, f"{_SD}extensionFunction", function)
        yield _link(function, f"{RDF}type", f"{_SD}Function")
    for extension in EXTENSIONS:
        feature = f"{endpoint}#{extension.name}"
        yield _link(endpoint, f"{_SD}languageExtension", feature)
        yield _link(feature, f"{RDF}type", f"{_SD}Feature")
        yield f'<{feature}> <{RDFS}label> "{extension.label}" .\n'
        yield _link(feature, f"{RDFS}seeAlso", extension.specification)


def _dataset(reader: Reader) -> Iterator[str]:
    endpoint, manifest = _endpoint(reader), reader.release.manifest
    dataset, union = f"{endpoint}#dataset", f"{endpoint}#union"
    yield _link(endpoint, f"{_SD}defaultDataset", dataset)
    # Graphs from elsewhere are not fetched, so that these are all that a dataset can be made of.
    yield _link(endpoint, f"{_SD}availableGraphs", dataset)
    yield _link(dataset, f"{RDF}type", f"{_SD}Dataset")
    yield _link(dataset, f"{RDF}type", f"{_SD}GraphCollection")
    yield from _titles(dataset, _DATASET_TITLE)
    yield _link(dataset, f"{_SD}defaultGraph", union)
    yield from _graph(union, manifest.triples)
    yield from _titles(union, _UNION_TITLE)
    (counts,) = reader.select(_COUNTS)
    for name, term in counts.items():
        yield _count(union, name, term.value)
    for name, triples in manifest.graphs:
        named, graph = f"{endpoint}#{name}", f"{endpoint}#{name}-graph"
        yield _link(dataset, f"{_SD}namedGraph", named)
        yield _link(named, f"{RDF}type", f"{_SD}NamedGraph")
        yield _link(named, f"{_SD}name", f"{manifest.base}graph/{name}")
        yield _link(named, f"{_SD}graph", graph)
        yield from _graph(graph, triples)
        yield _link(graph, f"{DCTERMS}license", licence_of(name).iri)


def _graph(graph: str, triples: int) -> Iterator[str]:
    yield _link(graph, f"{RDF}type", f"{_SD}Graph")
    yield _link(graph, f"{RDF}type", f"{_VOID}Dataset")
    yield _count(graph, "triples", triples)


def _endpoint(reader: Reader) -> str:
    return f"{reader.release.manifest.base}sparql"


def _link(subject: str, predicate: str, target: str) -> str:
    return f"<{subject}> <{predicate}> <{target}> .\n"


def _count(subject: str, name: str, number: object) -> str:
    return f'<{subject}> <{_VOID}{name}> "{number}"^^<{XSD}integer> .\n'


def _titles(subject: str, title: str) -> Iterator[str]:
    for language in LANGUAGES:
        yield f'<{subject}> <{DCTERMS}title> "{translation(language).gettext(title)}"@{language} .\n'
