"""The frames: every kind of thing has one, and it makes a tree of a real document."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest

from smartgraph.build.context import context, terms
from smartgraph.build.frames import frames
from smartgraph.build.generated import authored_model
from smartgraph.jsonld import Compactor
from smartgraph.release import CONTEXT
from smartgraph.vocab import ID_TYPES, PLACEHOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.bundle import Bundle
    from smartgraph.release import Release

#: Concepts and their lists have pages, too, but other addresses.
KINDS: Final = tuple(sorted({*ID_TYPES, "concept", "scheme"}))
REFERENCE: Final = {
    "@embed": "@always",
    "@omitDefault": True,
    "id": {},
    "@explicit": True,
    "skos:prefLabel": {"@omitDefault": True},
    "dcterms:title": {"@omitDefault": True},
}

Frames = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def own(bundle: Bundle) -> Frames:
    model = authored_model(bundle)
    return frames(model, terms(model, PLACEHOLDER).keys, PLACEHOLDER)


@pytest.fixture(scope="module")
def compactor(bundle: Bundle) -> Compactor:
    model = authored_model(bundle)
    return Compactor(f"{PLACEHOLDER}{CONTEXT}", context(model, terms(model, PLACEHOLDER)))


@pytest.fixture(scope="module")
def documents(real_release: Release) -> dict[str, list[str]]:
    """Each thing of the real data: its own lines and those of the nodes that belong to it."""
    found: dict[str, list[str]] = {}
    labels: dict[str, list[str]] = {}
    lines = (real_release.folder / "smartgraph.nt").read_text("utf-8").splitlines(keepends=True)
    for line in lines:
        if line.startswith(f"<{PLACEHOLDER}"):
            thing = line[1 : line.index(">")].partition("#")[0]
            found.setdefault(thing, []).append(line)
            if "core#prefLabel>" in line:
                labels.setdefault(line.split(" ", 1)[0], []).append(line)
    for thing, own_lines in found.items():
        links = {line.split(" ", 2)[2].removesuffix(" .\n") for line in own_lines} - {f"<{thing}>"}
        own_lines += [label for link in sorted(links) for label in labels.get(link, ())]
    return found


def thing_of_kind(kind: str, documents: dict[str, list[str]]) -> str:
    """The thing of this kind of which most is said, nothing if there is none."""
    start, depth = {"scheme": ("concept/", 1), "concept": ("concept/", 2)}.get(kind, (f"id/{kind}/", 2))
    things = [
        thing
        for thing in sorted(documents)
        if (path := thing.removeprefix(PLACEHOLDER)).startswith(start) and path.count("/") == depth
    ]
    return max(things, key=lambda thing: len(documents[thing]), default="")


def test_every_kind_of_thing_has_a_frame(own: Frames) -> None:
    assert tuple(own) == KINDS


@pytest.mark.parametrize("kind", KINDS)
def test_a_frame_makes_a_tree_of_a_real_thing(
    kind: str, own: Frames, compactor: Compactor, documents: dict[str, list[str]]
) -> None:
    iri = thing_of_kind(kind, documents)
    if not iri:
        assert kind == "solution", "a kind without a single thing"
        return
    tree = json.loads(compactor.frame("".join(sorted(set(documents[iri]))).encode(), own[kind]))
    assert tree["@context"] == f"{PLACEHOLDER}{CONTEXT}"
    assert tree["id"] == iri
    assert set(own[kind]["type"]) & set(tree["type"])
    assert "@graph" not in tree
    assert "title" in tree if kind == "source" else tree["prefLabel"]["de"]
    assert None not in _values(tree)


def _values(tree: Any) -> list[Any]:
    if isinstance(tree, dict):
        return [value for each in tree.values() for value in _values(each)]
    return [value for each in tree for value in _values(each)] if isinstance(tree, list) else [tree]


def test_what_belongs_to_a_thing_stands_in_it_and_the_rest_by_name(
    own: Frames, compactor: Compactor, documents: dict[str, list[str]]
) -> None:
    project = f"{PLACEHOLDER}id/project/dos-2030"
    tree = json.loads(compactor.frame("".join(sorted(set(documents[project]))).encode(), own["project"]))
    assert tree["temporal"]["startDate"] == {"@type": "xsd:gYear", "@value": "2020"}
    assert all({"id", "type", "basis", "citedSource"} <= citation.keys() for citation in tree["citation"])
    assert {"id": f"{PLACEHOLDER}id/area/dortmund", "prefLabel": {"de": "Dortmund", "en": "Dortmund"}} in tree[
        "spatial"
    ]
    assert all(isinstance(citation["basis"], dict) for citation in tree["citation"])


def test_citations_periods_geometries_and_participations_are_shown_where_they_belong(own: Frames) -> None:
    for kind, key in (
        ("strategy", "citation"), ("project", "temporal"), ("area", "hasGeometry"),
        ("strategy", "hasParticipation"), ("strategy", "hasComponent"),
    ):  # fmt: skip
        assert "@explicit" not in own[kind][key], (kind, key)
    assert own["strategy"]["theme"] == own["strategy"]["citation"]["citedSource"] == REFERENCE
    # A component names what it is a component of, and does not show it.
    assert own["strategy"]["hasComponent"]["componentOf"] == REFERENCE


def test_every_key_of_a_frame_is_a_key_of_the_context(own: Frames, bundle: Bundle) -> None:
    keys = set(terms(authored_model(bundle), PLACEHOLDER).keys.values())
    known = keys | {"id", "type", "@context", "@embed", "@omitDefault", "@explicit", "skos:prefLabel", "dcterms:title"}

    def unknown(frame: Any) -> set[str]:
        return {key for key in frame if key not in known}.union(
            *(unknown(inner) for inner in frame.values() if isinstance(inner, dict))
        )

    assert not {kind: unknown(frame) for kind, frame in own.items() if unknown(frame)}


def test_the_frames_of_the_checkout_are_those_of_a_release(own: Frames, bundle: Bundle, real_release: Release) -> None:
    published = json.loads((real_release.folder / "frames.json").read_bytes())
    assert published == own
    folder: Path = bundle.ontology / "frames"
    assert {path.stem: json.loads(path.read_bytes()) for path in folder.iterdir()} == own
