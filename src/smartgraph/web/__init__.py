"""The front door: one Flask application over one reader. It never imports the workshop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, Response

from smartgraph.web import contexts, downloads, health, pages, resource, sparql
from smartgraph.web.failures import handle_failures
from smartgraph.web.replies import Site

if TYPE_CHECKING:
    from smartgraph.read.store import Reader
    from smartgraph.release import Refusal
    from smartgraph.settings import Settings


def create_app(settings: Settings, reader: Reader, *, refused: Refusal | None = None) -> Flask:
    """The application that serves ``reader``'s release under any mount.

    ``refused`` says why newer input is not what is served; every page repeats it.
    """
    app = Flask(__name__)
    app.extensions["smartgraph"] = Site(settings, reader, refused)
    app.json.sort_keys = False  # type: ignore[attr-defined]  # of the default provider
    # Werkzeug's redirect to a path with fewer slashes would name the host of the request.
    app.url_map.merge_slashes = False
    for module in (sparql, resource, contexts, downloads, health, pages):
        app.register_blueprint(module.blueprint)
    handle_failures(app)
    app.after_request(_open_to_all)
    return app


def _open_to_all(response: Response) -> Response:
    """Open data may be fetched by scripts of any site, errors and preflights included.

    Spec: Fetch Standard, CORS protocol.
    """
    headers = response.headers
    headers["Access-Control-Allow-Origin"] = "*"
    headers["Access-Control-Allow-Methods"] = "GET, HEAD, POST, OPTIONS"
    headers["Access-Control-Allow-Headers"] = "Accept, Accept-Language, Content-Type, If-None-Match"
    headers["Access-Control-Expose-Headers"] = "Allow, Content-Language, ETag, Link, Retry-After"
    headers["Access-Control-Max-Age"] = "86400"
    headers["X-Content-Type-Options"] = "nosniff"
    return response
