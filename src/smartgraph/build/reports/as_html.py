"""The report as one page for a browser: no script, nothing to load, light and dark, fit for paper."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from smartgraph.build.explain import below
from smartgraph.build.naming import words
from smartgraph.build.reports.parts import CLEAN, parts, severity, title, total
from smartgraph.language import N_

if TYPE_CHECKING:
    from pathlib import Path

    from smartgraph.build.explain import Finding, Group, Report
    from smartgraph.build.naming import Names

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1f24; --paper: #fff; --soft: #57606a; --line: #c9d1d9; --card: #f6f8fa;
  --violation: #a40e26; --warning: #7a4b00; --info: #0b5394; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --paper: #10151b; --soft: #a8b3bd; --line: #3d4650;
  --card: #182029; --violation: #ff9a92; --warning: #f0bd5a; --info: #8ec2ff; } }
body { margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; }
h1 { margin: 0 0 .5rem; font-size: 1.7rem; line-height: 1.2; }
h2 { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
h3 { margin: 0; font-size: 1rem; }
.sum { font-size: 1.1rem; font-weight: 600; }
.place { margin: .1rem 0 .6rem; color: var(--soft); font-family: ui-monospace, monospace; font-size: .9rem; }
.thing { margin: 1.5rem 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem;
  background: var(--card); }
.finding { margin-top: .8rem; padding: .2rem 0 .2rem .9rem; border-left: .3rem solid; break-inside: avoid; }
.finding h3 span { color: var(--soft); font-weight: 400; }
.violation { border-color: var(--violation); } .violation h3 { color: var(--violation); }
.warning { border-color: var(--warning); } .warning h3 { color: var(--warning); }
.info { border-color: var(--info); } .info h3 { color: var(--info); }
.message { margin: .2rem 0 .4rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .15rem .9rem; margin: 0; font-size: .93rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.suggestion { font-weight: 600; }
a { color: inherit; } a:focus-visible { outline: .15rem solid; outline-offset: .15rem; }
@media (max-width: 30rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .3rem; } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } .thing { background: none; } }
"""


def render(report: Report, language: str, root: Path) -> str:
    """The page, with its language named and everything from the data escaped."""
    heading = escape(words(N_("Report on the data")).in_(language))
    said = total(report) if report.findings else words(CLEAN)
    body = "\n".join(_thing(group, report.names, language, root) for group in report.groups)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{heading} · smartgraph</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<h1>{heading}</h1>\n<p class="sum">{escape(said.in_(language))}</p>\n'
        f"{_verdict(report, language)}{body}\n</main>\n</body>\n</html>"
    )


def _verdict(report: Report, language: str) -> str:
    if not report.findings:
        return ""
    if report.conforms:
        said = words(N_("The data may be published: there are no errors. Warnings and hints tell what is missing."))
    else:
        said = words(N_("The data cannot be published before the errors are repaired."))
    return f"<p>{escape(said.in_(language))}</p>\n"


def _thing(group: Group, names: Names, language: str, root: Path) -> str:
    place = ", ".join(
        [
            *([below(group.file, root) or ""] if group.file else []),
            *([words(N_("line {line}"), line=group.line).in_(language)] if group.line else []),
        ]
    )
    findings = "\n".join(_finding(finding, names, language) for finding in group.findings)
    return (
        f'<section class="thing">\n<h2>{escape(title(group, names).in_(language))}</h2>\n'
        f'<p class="place">{escape(place) or "–"}</p>\n{findings}\n</section>'
    )


def _finding(finding: Finding, names: Names, language: str) -> str:
    line = words(N_("line {line}"), line=finding.line).in_(language) if finding.line else ""
    rows = "\n".join(
        f"<dt>{escape(part.name.in_(language))}</dt><dd{_class(part.is_way_out)}>{escape(part.text.in_(language))}</dd>"
        for part in parts(finding, names)
    )
    return (
        f'<article class="finding {finding.severity}">\n'
        f"<h3>{escape(severity(finding).in_(language))}{f' <span>{escape(line)}</span>' if line else ''}</h3>\n"
        f'<p class="message">{escape(finding.message.in_(language))}</p>\n<dl>\n{rows}\n</dl>\n</article>'
    )


def _class(is_suggestion: bool) -> str:
    return ' class="suggestion"' if is_suggestion else ""
