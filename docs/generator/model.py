"""Reference pages about the model: classes and properties, schemes, rules, questions."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final, NamedTuple

from rdflib import Graph, URIRef
from rdflib.namespace import OWL, RDF, RDFS, SH, SKOS

from generator.graph import is_foreign, is_named, path, read, said, short
from generator.markdown import Words, code, codes, page, table
from smartgraph.read.questions import Question, load_questions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rdflib.term import Node

    from smartgraph.bundle import Bundle

_PROPERTIES: Final = (OWL.ObjectProperty, OWL.DatatypeProperty, OWL.AnnotationProperty)
_SEVERITIES: Final = {
    SH.Violation: "Fehler · error",
    SH.Warning: "Warnung · warning",
    SH.Info: "Hinweis · hint",
}
_TARGETS: Final = (SH.targetClass, SH.targetSubjectsOf, SH.targetObjectsOf, SH.targetNode)


class Use(NamedTuple):
    """What the rules say about one property on things of one class."""

    owner: str
    least: str
    most: str
    values: str


def ontology(bundle: Bundle, words: Words) -> str:
    """Classes and properties: labels, definitions, and what the rules ask of them."""
    graph = read(bundle.ontology.glob("*.ttl"))
    uses = _uses(read(bundle.shapes.glob("*.ttl")))
    by_owner: dict[str, list[tuple[str, Use]]] = defaultdict(list)
    for name, found in uses.items():
        for use in found:
            by_owner[use.owner].append((name, use))
    classes = [_class(graph, term, by_owner[short(term)], words) for term in _terms(graph, OWL.Class)]
    properties = [
        _property_row(graph, term, uses[short(term)], words) for kind in _PROPERTIES for term in _terms(graph, kind)
    ]
    head = ("Eigenschaft · property", "Deutsch", "English", "bei · on", "Werte · values")
    about = (
        "Wie oft eine Eigenschaft vorkommt und was sie trägt, steht in den [Regeln](shapes.md); "
        "`0..n` heißt: beliebig oft. Was von einer Oberklasse verlangt wird, gilt auch für ihre Unterklassen. Listen "
        "von Werten: [Codelisten](schemes.md).\n\n"
        "How often a property occurs and what it holds is said by the [rules](shapes.md); `0..n` means: any "
        "number. What is asked of a class holds for its subclasses, too. Lists of values: [schemes](schemes.md)."
    )
    return page(
        "Ontologie", "Ontology", "`ontology/*.ttl`, `shapes/*.ttl`", about, "## Klassen · classes", *classes,
        "## Eigenschaften · properties", table(head, sorted(properties)),
    )  # fmt: skip


def _terms(graph: Graph, kind: URIRef) -> list[Node]:
    return sorted(filter(is_named, set(graph.subjects(RDF.type, kind))), key=short)


def _texts(graph: Graph, term: Node, language: str, words: Words) -> str:
    """Label, definition and note of a term in one language."""
    label = said(graph, term, SKOS.prefLabel, language)
    if not label and not is_foreign(term):
        words.gaps.append(f"{short(term)} has no label in '{language}'")
    more = [said(graph, term, predicate, language) for predicate in (SKOS.definition, SKOS.scopeNote)]
    if not label:
        return "–"
    return " ".join(filter(None, (f"**{label}**" + (":" if any(more) else ""), *more)))


def _class(graph: Graph, term: Node, uses: list[tuple[str, Use]], words: Words) -> str:
    above = sorted((parent for parent in graph.objects(term, RDFS.subClassOf) if is_named(parent)), key=str)
    lines = [f"### {short(term)}", _texts(graph, term, "de", words), _texts(graph, term, "en", words)]
    if above:
        links = (_class_link(graph, parent) for parent in above)
        lines.append(f"Unterklasse von · subclass of {', '.join(links)}")
    if uses:
        rows = [(code(name), _count(use), code(use.values)) for name, use in sorted(uses)]
        lines.append(table(("Eigenschaft · property", "Anzahl · count", "Werte · values"), rows))
    return "\n\n".join(lines)


def _class_link(graph: Graph, term: Node) -> str:
    """A link to the class if it has its place on the page; classes that are only aligned with have none."""
    name = code(short(term))
    is_here = (term, RDF.type, OWL.Class) in graph
    return f"[{name}](#{short(term).replace(':', '').lower()})" if is_here else name


def _property_row(graph: Graph, term: Node, uses: list[Use], words: Words) -> tuple[str, ...]:
    owners = {use.owner for use in uses} | {short(owner) for owner in graph.objects(term, RDFS.domain)}
    values = {use.values for use in uses if use.values} | {short(kind) for kind in graph.objects(term, RDFS.range)}
    german, english = (_texts(graph, term, language, words) for language in ("de", "en"))
    return code(short(term)), german, english, codes(sorted(owners)), codes(sorted(values))


def _count(use: Use) -> str:
    return f"{use.least or 0}..{use.most or 'n'}"


def _uses(shapes: Graph) -> dict[str, list[Use]]:
    """For each property what the rules say about it, by class; several rules of a class are one row."""
    found: dict[str, dict[str, list[Node]]] = defaultdict(lambda: defaultdict(list))
    for shape, target in shapes.subject_objects(SH.targetClass):
        for rule in shapes.objects(shape, SH.property):
            over = shapes.value(rule, SH.path)
            if isinstance(over, URIRef) and over != RDF.type:
                found[short(over)][short(target)].append(rule)
    uses: dict[str, list[Use]] = defaultdict(list)
    for name, owners in found.items():
        for owner, rules in sorted(owners.items()):
            uses[name].append(_joined(shapes, owner, rules))
    return uses


def _joined(shapes: Graph, owner: str, rules: list[Node]) -> Use:
    """Only a rule that refuses says what must be; a warning is a wish."""
    strict = [rule for rule in rules if shapes.value(rule, SH.severity) in (None, SH.Violation)]
    minima = (SH.minCount, SH.qualifiedMinCount)
    least = max((int(str(n)) for rule in strict for kind in minima for n in shapes.objects(rule, kind)), default=None)
    most = min((int(str(n)) for rule in strict for n in shapes.objects(rule, SH.maxCount)), default=None)
    values = sorted({value for rule in rules for value in _values(shapes, rule)})
    return Use(owner, "" if least is None else str(least), "" if most is None else str(most), " ".join(values))


def _values(shapes: Graph, rule: Node) -> Iterator[str]:
    for predicate in (SH["class"], SH.datatype):
        yield from (short(value) for value in shapes.objects(rule, predicate))
    for inner in shapes.objects(rule, SH.node):
        for condition in shapes.objects(inner, SH.property):
            if shapes.value(condition, SH.path) == SKOS.inScheme:
                yield from (short(scheme) for scheme in shapes.objects(condition, SH.hasValue))


def schemes(bundle: Bundle, words: Words) -> str:
    """Every code list with its codes."""
    graph = read([*(bundle.ontology / "schemes").glob("*.ttl"), *(bundle.ontology / "imports").glob("*.ttl")])
    parts = [_scheme(graph, scheme, words) for scheme in _terms(graph, SKOS.ConceptScheme)]
    return page("Codelisten", "Schemes", "`ontology/schemes/*.ttl`, `ontology/imports/*.ttl`", *parts)


def _scheme(graph: Graph, scheme: Node, words: Words) -> str:
    concepts = sorted(graph.subjects(SKOS.inScheme, scheme), key=_numbered)
    rows = [
        (code(short(one)), *(_texts(graph, one, language, words) for language in ("de", "en")), _parents(graph, one))
        for one in concepts
    ]
    head = ("Code", "Deutsch", "English", "unter · below")
    texts = (_texts(graph, scheme, language, words) for language in ("de", "en"))
    return "\n\n".join([f"## {short(scheme)}", *texts, table(head, rows)])


def _numbered(term: Node) -> tuple[int, str]:
    """Codes that end with a number come in the order of their numbers."""
    last = str(term).rpartition("/")[2]
    return (int(last) if last.isdigit() else 0, str(term))


def _parents(graph: Graph, concept: Node) -> str:
    return codes(sorted(short(parent) for parent in graph.objects(concept, SKOS.broader)))


def shapes(bundle: Bundle, words: Words) -> str:
    """Every named rule: severity, target, path, and what it says."""
    whole = read(bundle.shapes.glob("*.ttl"))
    parts = [_shapes_file(file, whole, words) for file in sorted(bundle.shapes.glob("*.ttl"))]
    about = (
        "Ein Fehler verhindert, dass veröffentlicht wird; eine Warnung oder ein Hinweis steht nur im Bericht. "
        "Zu jeder Regel gehört eine Datei in `tests/shapes/`, die zeigt, was sie durchlässt und was nicht.\n\n"
        "An error prevents publishing; a warning or a hint only stands in the report. Each rule has a file in "
        "`tests/shapes/` that shows what it lets through and what not."
    )
    return page("Regeln", "Shapes", "`shapes/*.ttl`", about, *parts)


def _shapes_file(file: Path, whole: Graph, words: Words) -> str:
    own = read([file])
    rules = sorted(
        (one for one in set(own.subjects(SH.message, None)) if is_named(one)), key=lambda rule: short(rule).casefold()
    )
    if not rules:
        return ""
    rows = [_rule(whole, rule, words) for rule in rules]
    head = ("Regel · rule", "Schwere · severity", "für · target", "Weg · path", "Deutsch", "English")
    return f"## {file.name}\n\n{table(head, rows)}"


def _rule(graph: Graph, rule: Node, words: Words) -> tuple[str, ...]:
    owners = [owner for link in (SH.property, SH.sparql, SH.node) for owner in graph.subjects(link, rule)] + [rule]
    targets = {short(t) for owner in owners for kind in _TARGETS for t in graph.objects(owner, kind)}
    messages = [said(graph, rule, SH.message, language) for language in ("de", "en")]
    if not all(messages):
        words.gaps.append(f"{short(rule)} has no message in both languages")
    severity = next((s for one in (rule, *owners) for s in graph.objects(one, SH.severity)), SH.Violation)
    over = graph.value(rule, SH.path)
    way = path(graph, over) if over is not None else ("SPARQL" if _is_query(graph, rule) else "")
    name = short(rule).partition(":")[2]
    linked = f'<a id="{name}"></a>[{code(name)}](../../tests/shapes/{name}.ttl)'
    return linked, _SEVERITIES[URIRef(str(severity))], codes(sorted(targets)), code(way), *messages


def _is_query(graph: Graph, rule: Node) -> bool:
    return graph.value(rule, SH.select) is not None


def questions(bundle: Bundle, _words: Words) -> str:
    """Every named question with its parameters; the loader itself insists on both languages."""
    parts = [_question(question) for question in load_questions(bundle.questions)]
    about = (
        "Fragen mit Namen: `smartgraph query NAME --set parameter=wert`. Jede Datei ist gewöhnliches SPARQL.\n\n"
        "Questions with a name: `smartgraph query NAME --set parameter=value`. Each file is ordinary SPARQL."
    )
    return page("Fragen", "Questions", "`ontology/questions/*.rq`", about, *parts)


def _question(question: Question) -> str:
    texts = (f"**{question.titles[language]}** {question.descriptions[language]}" for language in ("de", "en"))
    lines = [f"## {question.name}", *texts]
    if question.parameters:
        rows = [
            (code(one.name), code(one.type), code(one.default), one.labels["de"], one.labels["en"])
            for one in question.parameters
        ]
        lines.append(table(("Parameter", "Art · type", "Vorgabe · default", "Deutsch", "English"), rows))
    lines.append(f"[{question.name}.rq](../../ontology/questions/{question.name}.rq)")
    return "\n\n".join(lines)
