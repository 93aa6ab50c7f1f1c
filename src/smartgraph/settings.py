"""What an operator may choose. One frozen value; flags win over the environment, which wins over defaults.

Each field is also the environment variable ``SMARTGRAPH_`` + its name in capitals.
"""

from __future__ import annotations

import ipaddress
import math
import os
from dataclasses import Field, dataclass, field, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import platformdirs

from smartgraph.errors import Text, UsageError
from smartgraph.iris import check_base

if TYPE_CHECKING:
    from collections.abc import Mapping

    from smartgraph.bundle import Bundle

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_ENVIRONMENT = "SMARTGRAPH_"


def _setting(default: Any, text: str, *, may_be_zero: bool = False, choices: tuple[str, ...] = ()) -> Any:
    return field(default=default, metadata={"text": text, "may_be_zero": may_be_zero, "choices": choices})


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, with their defaults. Units stand in the names."""

    host: str = _setting("127.0.0.1", "Address to listen on.")
    port: int = _setting(8000, "TCP port to listen on.")
    base_iri: str = _setting("", "Base of all own identifiers; empty: the one frozen by the first build.")
    state_dir: str = _setting("", "Folder for releases and history; empty: .smartgraph in a checkout.")
    query_timeout_s: float = _setting(10.0, "Time a query may take, in seconds.")
    query_memory_mb: int = _setting(1024, "Memory a query may use above the data, in MiB.")
    query_workers: int = _setting(
        0,
        "Processes that answer queries at the same time; 0: one for each core, at least 2.",
        may_be_zero=True,
    )
    max_triples_in_memory: int = _setting(2_000_000, "Releases with more triples are read from disk.", may_be_zero=True)
    max_answer_mb: int = _setting(512, "Largest answer to a query, in MiB.")
    answer_cache_mb: int = _setting(128, "Memory for answers that may be asked for again, in MiB.", may_be_zero=True)
    requests_per_minute: int = _setting(1200, "Requests a client may send a minute; 0: any number.", may_be_zero=True)
    trusted_proxies: str = _setting("", "Addresses or networks whose X-Forwarded-For names the client.")
    log_requests: str = _setting(
        "failed", "Requests that are logged: none, failed (on our side), all.", choices=("none", "failed", "all")
    )
    log_addresses: str = _setting("no", "Whether the log names clients: no, yes.", choices=("no", "yes"))
    max_query_bytes: int = _setting(100_000, "Longest query text, in bytes.")

    @property
    def workers(self) -> int:
        """How many processes answer queries at the same time."""
        return self.query_workers or max(2, len(os.sched_getaffinity(0)))

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """Whose X-Forwarded-For is believed."""
        return _networks(self.trusted_proxies)

    def state_path(self, bundle: Bundle) -> Path:
        """The state folder: as configured, in the checkout, or the user's data directory."""
        if self.state_dir:
            return Path(self.state_dir).expanduser()
        if bundle.is_checkout:
            return bundle.root / ".smartgraph"
        return platformdirs.user_data_path("smartgraph")


def _converted(setting: Field[Any], raw: str) -> Any:
    name, wanted = setting.name, cast("type[Any]", type(setting.default))
    try:
        value = wanted(raw)
    except ValueError:
        kind = Text("a whole number") if wanted is int else Text("a number")
        raise UsageError(_unfit(name, raw, kind)) from None
    if name == "trusted_proxies":
        _networks(value)
    choices: tuple[str, ...] = setting.metadata["choices"]
    if choices and value not in choices:
        raise UsageError(_unfit(name, raw, Text("one of {choices}", choices=", ".join(choices))))
    is_zero = value == 0 and setting.metadata["may_be_zero"]
    if isinstance(value, str) or name == "port" or is_zero or 0 < value < math.inf:
        return value
    raise UsageError(_unfit(name, raw, Text("a number above 0")))


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip())
    except ValueError:
        raise UsageError(_unfit("trusted_proxies", text, Text("addresses or networks, separated by commas"))) from None


def _unfit(name: str, raw: str, kind: Text) -> Text:
    variable = f"{_ENVIRONMENT}{name.upper()}"
    return Text("{variable} is '{raw}'. Wanted: {kind}.", variable=variable, raw=raw, kind=kind)


def load_settings(environ: Mapping[str, str], **flags: Any) -> Settings:
    """Settings from the environment, with ``flags`` that are not ``None`` on top.

    Raises:
        UsageError: a variable that is no setting, or a value that does not fit.
    """
    known = {item.name: item for item in fields(Settings)}
    values: dict[str, Any] = {}
    for variable, raw in environ.items():
        if not variable.startswith(_ENVIRONMENT):
            continue
        name = variable.removeprefix(_ENVIRONMENT).lower()
        if name not in known:
            raise UsageError(
                Text(
                    "{variable} is no setting. There are: {known}.",
                    variable=variable,
                    known=", ".join(sorted(known)),
                )
            )
        values[name] = _converted(known[name], raw)
    values |= {name: value for name, value in flags.items() if value is not None}
    settings = replace(Settings(), **values)
    if not 0 <= settings.port <= 65535:
        raise UsageError(Text("Port {port} does not exist. Wanted: 0 to 65535.", port=settings.port))
    return replace(settings, base_iri=check_base(settings.base_iri)) if settings.base_iri else settings
