"""Whether the server lives, and whether it can answer."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify

from smartgraph.errors import QueryError
from smartgraph.web.replies import current_site

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """200 as long as this process answers at all."""
    return _fresh(Response("ok\n", content_type="text/plain; charset=utf-8"))


@blueprint.get("/readyz")
def ready() -> Response:
    """200 when a query gets its answer, else 503; says which release is served, and what was refused."""
    site = current_site()
    release = site.reader.release
    state: dict[str, Any] = {
        "ready": _answers(),
        "release": release.id,
        "referenceDate": release.manifest.reference_date,
        "refused": None if site.refused is None else {"de": site.refused.de, "en": site.refused.en},
    }
    response = jsonify(state)
    if not state["ready"]:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return _fresh(response)


def _answers() -> bool:
    try:
        return current_site().reader.ask("ASK {}")
    except QueryError:
        return False


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
