"""The log: one JSON object a line on the error stream, so that programs can read it.

Nobody's address stands in it unless the operator wants that, and no query ever does.
"""

from __future__ import annotations

import json
import logging
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from smartgraph.settings import Settings
    from smartgraph.web.records import Record

#: The id of the request that is being answered, for whatever is logged meanwhile.
REQUEST_ID: Final[ContextVar[str]] = ContextVar("request_id", default="")
_LOG: Final = logging.getLogger("smartgraph.requests")
#: Where a line carries more than its message.
_MORE: Final = "more"
_SERVER_ERROR: Final = 500


class Lines(logging.Formatter):
    """A record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Time (UTC), level, who says it, what, the request, and what else is known of it."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        content: dict[str, Any] = {
            "time": at.replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if request := REQUEST_ID.get():
            content["request"] = request
        content |= getattr(record, _MORE, {})
        if record.exc_info:
            content["exception"] = self.formatException(record.exc_info)
        return json.dumps(content, ensure_ascii=False)


def start_log() -> None:
    """Has everything that this process logs written as lines of JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _LOG.setLevel(logging.INFO)


class Journal:
    """Writes down requests as the settings say: none, those that failed on our side, or all."""

    def __init__(self, settings: Settings) -> None:
        self.writes_all = settings.log_requests == "all"
        self._is_silent = settings.log_requests == "none"
        self._with_addresses = settings.log_addresses == "yes"

    def note(self, record: Record) -> None:
        """A request that has ended."""
        has_failed = record.status >= _SERVER_ERROR or bool(record.broken)
        if self._is_silent or not (has_failed or self.writes_all):
            return
        more = {
            "request": record.id,
            "method": record.method,
            "path": record.path,
            "status": record.status,
            "seconds": round(record.seconds, 4),
            "bytes": record.size,
        }
        if record.broken:
            more["broken_off"] = record.broken
        if self._with_addresses:
            more["client"] = record.client
        _LOG.log(logging.WARNING if has_failed else logging.INFO, "request", extra={_MORE: more})
