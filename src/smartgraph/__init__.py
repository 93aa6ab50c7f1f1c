"""smartgraph: the open knowledge graph of the Ruhr region's smart-city work.

:func:`open` gives the current release as an rdflib dataset, for a notebook or a script:

>>> import smartgraph
>>> dataset = smartgraph.open()
>>> for row in dataset.query('''
...     SELECT ?name WHERE {
...       ?strategy a smg:Strategy ; skos:prefLabel ?name .
...       FILTER(LANG(?name) = "de")
...     }'''):
...     print(row.name)
Beispielstrategie „Straße“

An answer is a table to pandas, too::

    answer = dataset.query("SELECT ?name ?year WHERE { ?s skos:prefLabel ?name ; smg:targetYear ?year }")
    pandas.DataFrame(answer, columns=[str(name) for name in answer.vars])
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from os import PathLike

    from rdflib import Dataset

__all__ = ("__version__", "open")
__version__ = "0.1.0"


def open(release: str | None = None, *, state_dir: str | PathLike[str] | None = None) -> Dataset:  # noqa: A001
    """A release as an rdflib dataset on Oxigraph: a copy in memory, which may be changed and saves nothing.

    The default graph is the union of all named graphs, each triple once, so figures from it are right.
    The named graphs say where a statement comes from:

    >>> import smartgraph
    >>> dataset = smartgraph.open()
    >>> len(dataset)
    25
    >>> joint = dataset.graph("https://data.example.org/sg/graph/joint")
    >>> len(joint)
    5

    The project's prefixes are bound, for queries and for what is written:

    >>> dataset.query("ASK { project:folge smg:implements strategy:beispiel }").askAnswer
    True
    >>> print(dataset.query("CONSTRUCT WHERE { ?s a smg:Project }").serialize(format="nt").decode().strip())
    <https://data.example.org/sg/id/project/folge> <...type> <https://data.example.org/sg/ns#Project> .

    Four habits help:

    - Take ``dataset.default_graph`` where you want each triple once, for example to validate it with pySHACL:
      iterating over the dataset itself goes through all graphs, the union among them.
    - Pass queries as text. A prepared query goes to rdflib's own engine, which is far slower, and warns.
    - Give values with ``initBindings`` only to variables that the query selects.
    - Write with Oxigraph: ``serialize(format="ox-turtle")``, ``"ox-nt"``, ``"ox-xml"``. rdflib's own Turtle
      spells numbers anew, ``400000`` as ``400000.0``.

    Args:
        release: the id of a release (``smartgraph releases`` lists them); without it the current one, or
            the newest undamaged one with a warning about the damage.
        state_dir: the folder with the releases; without it ``SMARTGRAPH_STATE_DIR``, else ``.smartgraph``
            of a checkout, else the user's data directory.

    Raises:
        NoRelease: nothing was built yet, or all of it is damaged.
        UnknownRelease: there is no release with this id.
        DamagedRelease: the release asked for does not match its own sums.
    """
    import os
    import warnings

    from smartgraph.bundle import find_bundle
    from smartgraph.read.dataset import load_dataset
    from smartgraph.release import Releases
    from smartgraph.settings import load_settings

    settings = load_settings(os.environ, state_dir=None if state_dir is None else os.fspath(state_dir))
    releases = Releases(settings.state_path(find_bundle()))
    if release is not None:
        return load_dataset(releases.open(release))
    newest, damages = releases.newest()
    for damage in damages:
        warnings.warn(str(damage), stacklevel=2)
    return load_dataset(newest)
