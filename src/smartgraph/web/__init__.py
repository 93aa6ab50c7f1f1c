"""The front door: one Flask application over one reader. It never imports the workshop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, request

from smartgraph.web import contexts, downloads, files, graphs, health, pages, resource, sparql
from smartgraph.web.exchange import OPEN_TO_ALL, PREFLIGHT, SAFE
from smartgraph.web.handlers import handle_failures
from smartgraph.web.replies import Site

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings


#: Pages are text, style and forms of our own; whatever else gets into one is not run.
_PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


def create_app(settings: Settings, reader: Reader, *, refused: Refusal | None = None) -> Flask:
    """The application that serves ``reader``'s release under any mount.

    ``refused`` says why newer input is not what is served; every page repeats it.
    """
    return app_of(Site(settings, reader, refused))


def app_of(site: Site) -> Flask:
    """As :func:`create_app`, for a site whose metrics others count in, too."""
    app = Flask(__name__, static_folder=None)
    app.extensions["smartgraph"] = site
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    # Werkzeug's redirect to a path with fewer slashes would name the host of the request.
    app.url_map.merge_slashes = False
    for module in (sparql, resource, graphs, contexts, downloads, health, pages):
        app.register_blueprint(module.blueprint)
    files.serve(app)
    handle_failures(app)
    app.after_request(_open_to_all)
    app.after_request(_safe)
    site.metrics.know(rule.rule for rule in app.url_map.iter_rules())
    return app


def _open_to_all(response: Response) -> Response:
    """Open data may be fetched by scripts of any site, errors and preflights included.

    Spec: Fetch Standard, CORS protocol.
    """
    response.headers.update(OPEN_TO_ALL)
    if request.method == "OPTIONS":
        response.headers.update(PREFLIGHT)
    return response


def _safe(response: Response) -> Response:
    """Nobody guesses types, frames our pages, or learns which page exactly a reader came from.

    Spec: Content Security Policy Level 3; Referrer Policy; Fetch Standard, X-Content-Type-Options.
    """
    response.headers.update(SAFE)
    if response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = _PAGE_POLICY
    return response
