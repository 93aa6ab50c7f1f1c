"""The command line: the only module that knows both wings.

Exit status: 0 fine, 1 the data do not conform, 2 the call is wrong, 3 the system failed.
Each command imports only what it needs, because everything at once costs a third of a second.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from smartgraph import __version__, formats
from smartgraph.bundle import Bundle, find_bundle
from smartgraph.errors import DamagedRelease, NoRelease, NotConforming, SmartgraphError, StateError, Text, UsageError
from smartgraph.language import N_, language_of_locale, translation
from smartgraph.release import Refusal, Release, Releases, refusal_of
from smartgraph.settings import Settings, load_settings

if TYPE_CHECKING:
    from smartgraph.build.explain import Report

_LANGUAGE = language_of_locale(os.environ)
_ = translation(_LANGUAGE).gettext

_STAGES = {
    "read": N_("Reading the sources …"),
    "derive": N_("Deriving …"),
    "validate": N_("Validating …"),
    "publish": N_("Publishing …"),
}


def _say(text: str) -> None:
    """Progress and messages go to the error stream, so that the output stays clean for pipes."""
    print(text, file=sys.stderr, flush=True)


def _progress(stage: str) -> None:
    _say(_(_STAGES[stage]))


def _settings(options: argparse.Namespace) -> Settings:
    flags = ("host", "port", "base_iri", "state_dir")
    return load_settings(os.environ, **{name: getattr(options, name, None) for name in flags})


def _opened(options: argparse.Namespace) -> tuple[Settings, Bundle, Releases]:
    settings = _settings(options)
    bundle = find_bundle(Path(options.source).resolve() if options.source else None)
    return settings, bundle, Releases(settings.state_path(bundle))


def _release(options: argparse.Namespace) -> Release:
    """The release that a reading command works on: the one asked for, else the newest undamaged."""
    releases = _opened(options)[2]
    if getattr(options, "release", None):
        return releases.open(options.release)
    release, damages = releases.newest()
    for damage in damages:
        _say(damage.text.translated(_))
    return release


def _print_errors(report: Report, bundle: Bundle) -> None:
    from smartgraph.build.reports import as_text

    _say(as_text.render(report.grave(), _LANGUAGE, bundle.root))


def _refusal(error: SmartgraphError, root: Path) -> Refusal:
    """The refusal in both languages, with the first finding as an example of what is wrong."""
    refusal = refusal_of(error, root)
    if not isinstance(error, NotConforming):
        return refusal
    first = error.report.violations[0]
    place = first.place(root).replace(f"{root}{os.sep}", "")
    return Refusal(f"{refusal.de} {place}: {first.de}", f"{refusal.en} {place}: {first.en}")


def _build(options: argparse.Namespace) -> int:
    from smartgraph.build.publish import build, choose_base

    settings, bundle, releases = _opened(options)
    releases.prepare()
    base = choose_base(settings.base_iri, releases, settings.port)
    if releases.frozen_base() is None and not settings.base_iri:
        _say(
            _("The base of all identifiers is now {base}. Set SMARTGRAPH_BASE_IRI before you publish.").format(
                base=base
            )
        )
    try:
        release, report = build(bundle, releases, base, _progress)
    except SmartgraphError as error:
        if error.exit_status == 1:
            releases.note_refusal(_refusal(error, bundle.root))
        if isinstance(error, NotConforming):
            _print_errors(error.report, bundle)
        raise
    _say(_("{count} warnings and hints; 'smartgraph validate' shows them.").format(count=len(report.findings)))
    print(release.id)
    return 0


def _validate(options: argparse.Namespace) -> int:
    from smartgraph.build.publish import check, choose_base

    settings, bundle, releases = _opened(options)
    files = _existing(options.files)
    base = choose_base(settings.base_iri, releases, settings.port)
    report = check(bundle, base, _progress, extra=files).report.about(files)
    print(_rendered(report, options.format, options.lang or _LANGUAGE, bundle.root))
    return 0 if report.conforms else 1


def _rendered(report: Report, form: str, language: str, root: Path) -> str:
    from smartgraph.build.reports import as_html, as_json, as_text, as_ttl

    if form == "json":
        return as_json.render(report, root)
    if form == "ttl":
        return as_ttl.render(report)
    if form == "html":
        return as_html.render(report, language, root)
    return as_text.render(report, language, root)


def _existing(names: list[str]) -> tuple[Path, ...]:
    """The files named on the command line."""
    for name in names:
        if not Path(name).is_file():
            raise UsageError(Text("There is no file '{name}'.", name=name))
    return tuple(Path(name).resolve() for name in names)


def _format(options: argparse.Namespace) -> int:
    from smartgraph.build.canonical import format_file, formatted_files, is_canonical
    from smartgraph.build.generated import stale_files, write_files

    bundle = _opened(options)[1]
    named = _existing(options.files)
    files = named or formatted_files(bundle)
    if options.check:
        odd = [path for path in files if not is_canonical(path)]
        for path in odd:
            _say(_("{path}: not in canonical form; run 'smartgraph format'.").format(path=path))
        # What is made from the model concerns whoever asks about everything.
        stale = [] if named else stale_files(bundle)
        for path in stale:
            _say(_("{path}: not what the model gives; run 'smartgraph format'.").format(path=path))
        return 1 if odd or stale else 0
    changed = [path for path in files if format_file(path)]
    for path in (*changed, *(() if named else write_files(bundle))):
        print(path)
    return 0


def _query(options: argparse.Namespace) -> int:
    from smartgraph.read.ask import ask

    bundle = _opened(options)[1]
    release = _release(options)
    sys.stdout.buffer.write(ask(options.query, dict(options.set or ()), release, bundle.questions, options.format))
    return 0


def _export(options: argparse.Namespace) -> int:
    release = _release(options)
    # A single graph is asked for by name, so there is no other graph for a dataset format to tell apart.
    offered = formats.GRAPH_FORMATS if options.graph else formats.of_kind("graph", "dataset")
    form = formats.by_name(options.format, offered)
    if options.graph:
        content = _one_graph(release, options.graph, form)
    else:
        content = (release.folder / f"smartgraph.{form.extension}").read_bytes()
    if options.output:
        _write(Path(options.output), content)
    else:
        sys.stdout.buffer.write(content)
    return 0


def _one_graph(release: Release, name: str, form: formats.Format) -> bytes:
    from smartgraph.iris import graph_iri
    from smartgraph.read.disk import open_or_load
    from smartgraph.read.store import Query

    known = [graph for graph, _count in release.manifest.graphs]
    if name not in known:
        raise UsageError(Text("There is no graph '{name}'. Choose one of: {known}.", name=name, known=", ".join(known)))
    graph = graph_iri(name, release.manifest.base)
    text = f"CONSTRUCT {{ ?s ?p ?o }} WHERE {{ GRAPH <{graph}> {{ ?s ?p ?o }} }}"
    return open_or_load(release).answer(Query(text, None, form)).body


def _write(path: Path, content: bytes) -> None:
    temporary = path.with_name(f".{path.name}.part")
    try:
        temporary.write_bytes(content)
        temporary.replace(path)
    except OSError as error:
        raise StateError(
            Text(
                "{path}: cannot be written ({reason}). Choose another place with --output.",
                path=path,
                reason=error.strerror,
            )
        ) from error


def _releases(options: argparse.Namespace) -> int:
    releases = _opened(options)[2]
    return _RELEASE_ACTIONS[options.action or "list"](options, releases)


def _list(_options: argparse.Namespace, releases: Releases) -> int:
    published = {item.release: item.at for item in releases.history()}
    current = releases.current_id()
    for name in releases.ids():
        mark = "*" if name == current else " "
        print(f"{mark} {name}  {published.get(name, '–')}  {_state_of(name, releases)}")
    return 0


def _state_of(name: str, releases: Releases) -> str:
    try:
        manifest = releases.open(name).manifest
    except SmartgraphError:
        return _("damaged")
    return _("{triples} triples, reference date {date}, base {base}").format(
        triples=manifest.triples, date=manifest.reference_date or "–", base=manifest.base
    )


def _use(options: argparse.Namespace, releases: Releases) -> int:
    print(releases.use(options.id).id)
    return 0


def _diff(options: argparse.Namespace, releases: Releases) -> int:
    """A release is canonical, so two of them differ exactly in their lines."""
    old, new = (set(releases.open(name).core.read_text("utf-8").splitlines()) for name in (options.old, options.new))
    for line in sorted(old ^ new):
        print(f"{'+' if line in new else '-'} {line}")
    return 0


def _prune(options: argparse.Namespace, releases: Releases) -> int:
    for name in releases.prune(options.keep):
        print(name)
    return 0


_RELEASE_ACTIONS: dict[str, Callable[[argparse.Namespace, Releases], int]] = {
    "list": _list,
    "use": _use,
    "diff": _diff,
    "prune": _prune,
}


def _serve(options: argparse.Namespace) -> int:
    from smartgraph.read.sandbox import Sandbox
    from smartgraph.web.journal import start_log
    from smartgraph.web.server import bind, serve

    settings, bundle, releases = _opened(options)
    start_log()
    releases.prepare()
    with bind(settings) as listener:
        failed = _build_if_needed(options, settings, bundle, releases, listener.getsockname()[1])
        try:
            release, damages = releases.newest()
        except NoRelease:
            if failed:
                return failed  # the build has said why
            raise
        refusal = _why_not_newest(failed, damages, releases)
        if refusal:
            _say(_("Not the newest input is served, but release {id}.").format(id=release.id))
        with Sandbox.start(release, settings) as reader:
            serve(settings, reader, listener, refusal, releases)
    return 0


def _why_not_newest(failed: int, damages: tuple[DamagedRelease, ...], releases: Releases) -> Refusal | None:
    """Why not the newest input is served: it was refused, its build broke, or its release is damaged."""
    for damage in damages:
        _say(damage.text.translated(_))
    if failed:
        broken = StateError(Text("The build ended with status {status}.", status=failed))
        return releases.refusal() or _refusal(broken, releases.state)
    return _refusal(damages[0], releases.state) if damages else None


def _build_if_needed(
    options: argparse.Namespace, settings: Settings, bundle: Bundle, releases: Releases, port: int
) -> int:
    """Builds in a process of its own, so that the server never carries the workshop; its exit status."""
    from smartgraph.build.publish import choose_base, is_up_to_date

    if is_up_to_date(bundle, choose_base(settings.base_iri, releases, port), releases):
        return 0
    command = [sys.executable, "-m", "smartgraph", "build", "--port", str(port), "--state-dir", str(releases.state)]
    command += ["--base-iri", settings.base_iri] if settings.base_iri else []
    command += ["--source", options.source] if options.source else []
    return subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode  # noqa: S603  # our own command


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(_("'{text}' is not of the form name=value").format(text=text))
    return name, value


class _Help(argparse.HelpFormatter):
    """Says the help in the language of the terminal; the parsers themselves hold English."""

    def add_usage(self, usage: str | None, actions: Any, groups: Any, prefix: str | None = None) -> None:
        super().add_usage(usage, actions, groups, _("usage: ") if prefix is None else prefix)

    def start_section(self, heading: str | None) -> None:
        super().start_section(heading and _(heading))

    def add_text(self, text: str | None) -> None:
        super().add_text(text and _(text))

    def _get_help_string(self, action: argparse.Action) -> str | None:
        return action.help and _(action.help)

    def _metavar_formatter(self, action: argparse.Action, default_metavar: str) -> Callable[[int], tuple[str, ...]]:
        names = super()._metavar_formatter(action, default_metavar)
        return lambda size: tuple(_(name) for name in names(size))


#: What argparse says of its own accord.
_OF_ARGPARSE = (
    N_("positional arguments"),
    N_("options"),
    N_("show this help message and exit"),
    N_("show program's version number and exit"),
)


def make_parser() -> argparse.ArgumentParser:
    """All commands and their flags, in English; the documentation is made from it."""
    parser = argparse.ArgumentParser(
        prog="smartgraph",
        description=N_("The open knowledge graph of the Ruhr region's smart-city work"),
        formatter_class=_Help,
    )
    parser.add_argument("--version", action="version", version=f"smartgraph {__version__}")
    commands = parser.add_subparsers(title=N_("commands"), dest="command", required=True, metavar=N_("COMMAND"))
    for add in (_add_serve, _add_build, _add_validate, _add_format, _add_query, _add_export, _add_releases):
        add(commands)
    return parser


def _added(commands: Any, name: str, text: str) -> argparse.ArgumentParser:
    added: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text, formatter_class=_Help)
    return added


def _command(commands: Any, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    command = _added(commands, name, text)
    _add_places(command)
    command.set_defaults(run=run)
    return command


def _add_places(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--state-dir", metavar=N_("FOLDER"), default=default, help=N_("folder for releases and history")
    )
    parser.add_argument(
        "--source",
        metavar=N_("FOLDER"),
        default=default,
        help=N_("folder with ontology/, data/ and shapes/ (default: this project's)"),
    )


def _add_base(command: argparse.ArgumentParser) -> None:
    command.add_argument("--base-iri", metavar="IRI", help=N_("base of all own identifiers"))
    command.add_argument("--port", type=int, help=N_("TCP port (default 8000)"))


def _add_serve(commands: Any) -> None:
    command = _command(commands, "serve", _serve, N_("build what has changed, then serve it"))
    _add_base(command)
    command.add_argument("--host", help=N_("address to listen on (default 127.0.0.1)"))


def _add_build(commands: Any) -> None:
    _add_base(_command(commands, "build", _build, N_("make a release from the sources, or say why not")))


def _add_validate(commands: Any) -> None:
    command = _command(commands, "validate", _validate, N_("check the sources against the shapes"))
    _add_base(command)
    command.add_argument("files", nargs="*", metavar=N_("FILE"), help=N_("report only what concerns these files"))
    command.add_argument("--lang", choices=("de", "en"), help=N_("language of the report"))
    command.add_argument(
        "--format", choices=("text", "html", "json", "ttl"), default="text", help=N_("form of the report")
    )


def _add_format(commands: Any) -> None:
    command = _command(commands, "format", _format, N_("bring Turtle files to canonical form; make context and frames"))
    command.add_argument("files", nargs="*", metavar=N_("FILE"), help=N_("default: all of data/ and ontology/"))
    command.add_argument("--check", action="store_true", help=N_("change nothing; exit with 1 if a file differs"))


def _add_query(commands: Any) -> None:
    command = _command(commands, "query", _query, N_("ask the release with SPARQL"))
    command.add_argument("query", metavar=N_("QUERY"), help=N_("SPARQL text, a file, or the name of a question"))
    command.add_argument("--set", action="append", type=_pair, metavar="NAME=VALUE", help=N_("value of a parameter"))
    formats_said = N_("format: table, csv, tsv, json or xml; for graphs ttl, nt, jsonld or rdf")
    command.add_argument("--format", default="table", help=formats_said)
    command.add_argument("--release", metavar="ID", help=N_("another release than the current one"))


def _add_export(commands: Any) -> None:
    command = _command(commands, "export", _export, N_("write the release in a format of your choice"))
    command.add_argument("--format", default="ttl", help=N_("ttl, nt, jsonld, rdf; with all named graphs: trig, nq"))
    command.add_argument("--graph", metavar=N_("NAME"), help=N_("one named graph only, for example 'duisburg'"))
    command.add_argument("--output", metavar=N_("FILE"), help=N_("default: the standard output"))
    command.add_argument("--release", metavar="ID", help=N_("another release than the current one"))


def _add_releases(commands: Any) -> None:
    command = _command(commands, "releases", _releases, N_("list, compare, choose and remove releases"))
    actions = command.add_subparsers(title=N_("actions"), dest="action", metavar=N_("ACTION"))
    _action(actions, "list", N_("all releases, the newest first"))
    use = _action(actions, "use", N_("serve this release"))
    use.add_argument("id", metavar="ID", help=N_("id of the release, as the list shows it"))
    diff = _action(actions, "diff", N_("the lines in which two releases differ"))
    diff.add_argument("old", metavar=N_("OLD"), help=N_("id of the earlier release; its own lines begin with '-'"))
    diff.add_argument("new", metavar=N_("NEW"), help=N_("id of the later release; its own lines begin with '+'"))
    prune = _action(actions, "prune", N_("remove old releases"))
    prune.add_argument("--keep", type=int, default=5, metavar=N_("NUMBER"), help=N_("how many to keep (default 5)"))


def _action(actions: Any, name: str, text: str) -> argparse.ArgumentParser:
    """An action of a command. The folders may stand before its name or after it."""
    action = _added(actions, name, text)
    # Without a value of its own it must not undo what stands before.
    _add_places(action, default=argparse.SUPPRESS)
    return action


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; see the module's text for the exit status."""
    options = make_parser().parse_args(arguments)
    try:
        status: int = options.run(options)
        sys.stdout.flush()
    except SmartgraphError as error:
        gettext = translation(getattr(options, "lang", None) or _LANGUAGE).gettext
        for told in (*getattr(error, "damages", ()), error):
            _say(f"smartgraph: {told.text.translated(gettext)}")
        return error.exit_status
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has seen enough; without this Python complains once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    return status
