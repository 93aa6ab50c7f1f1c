"""What an operator may choose, and what is said about a wrong choice."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest

from smartgraph.bundle import Bundle, find_bundle
from smartgraph.errors import UsageError
from smartgraph.settings import Settings, load_settings

ROOT = Path(__file__).parent.parent


def test_without_any_wish_the_defaults_hold() -> None:
    assert load_settings({}) == Settings()
    assert load_settings({"PATH": "/bin", "HOME": "/root"}) == Settings()


@pytest.mark.parametrize(
    ("name", "raw", "value"),
    [
        ("host", "0.0.0.0", "0.0.0.0"),
        ("port", "8080", 8080),
        ("port", "0", 0),
        ("base_iri", "https://data.example.org/sg", "https://data.example.org/sg/"),
        ("state_dir", "/tmp/state", "/tmp/state"),
        ("query_timeout_s", "2.5", 2.5),
        ("query_memory_mb", "512", 512),
        ("query_workers", "2", 2),
        ("max_triples_in_memory", "5000000", 5_000_000),
        ("max_triples_in_memory", "0", 0),
        ("max_query_bytes", "1000", 1000),
        ("log_requests", "all", "all"),
        ("log_addresses", "yes", "yes"),
    ],
)
def test_the_environment_sets_each_field(name: str, raw: str, value: object) -> None:
    settings = load_settings({f"SMARTGRAPH_{name.upper()}": raw})
    assert getattr(settings, name) == value
    changed = {item.name for item in fields(Settings) if getattr(settings, item.name) != item.default}
    assert changed == {name}


def test_a_flag_wins_over_the_environment_and_an_absent_one_does_not() -> None:
    environ = {"SMARTGRAPH_PORT": "8080", "SMARTGRAPH_HOST": "::1"}
    settings = load_settings(environ, port=9000, host=None)
    assert (settings.port, settings.host) == (9000, "::1")


def test_a_variable_that_is_no_setting_is_answered_with_those_there_are() -> None:
    with pytest.raises(UsageError) as refused:
        load_settings({"SMARTGRAPH_PROT": "8080"})
    assert str(refused.value).startswith("SMARTGRAPH_PROT is no setting. There are: answer_cache_mb, base_iri, host, ")
    assert refused.value.exit_status == 2


@pytest.mark.parametrize(
    ("variable", "raw", "wanted"),
    [
        ("SMARTGRAPH_PORT", "http", "a whole number"),
        ("SMARTGRAPH_PORT", "80.5", "a whole number"),
        ("SMARTGRAPH_PORT", "", "a whole number"),
        ("SMARTGRAPH_QUERY_TIMEOUT_S", "long", "a number"),
        ("SMARTGRAPH_QUERY_TIMEOUT_S", "0", "a number above 0"),
        ("SMARTGRAPH_QUERY_TIMEOUT_S", "-1", "a number above 0"),
        ("SMARTGRAPH_QUERY_WORKERS", "-1", "a number above 0"),
        ("SMARTGRAPH_QUERY_MEMORY_MB", "-5", "a number above 0"),
        ("SMARTGRAPH_LOG_REQUESTS", "some", "one of none, failed, all"),
        ("SMARTGRAPH_LOG_ADDRESSES", "1", "one of no, yes"),
        ("SMARTGRAPH_MAX_TRIPLES_IN_MEMORY", "-1", "a number above 0"),
    ],
)
def test_a_value_that_does_not_fit_is_named_with_what_would(variable: str, raw: str, wanted: str) -> None:
    with pytest.raises(UsageError) as refused:
        load_settings({variable: raw})
    assert str(refused.value) == f"{variable} is '{raw}'. Wanted: {wanted}."


@pytest.mark.parametrize("port", [-1, 65536, 100_000])
def test_a_port_that_does_not_exist_is_refused_from_flag_and_environment(port: int) -> None:
    with pytest.raises(UsageError, match=f"Port {port} does not exist"):
        load_settings({}, port=port)
    with pytest.raises(UsageError, match=f"Port {port} does not exist"):
        load_settings({"SMARTGRAPH_PORT": str(port)})


@pytest.mark.parametrize(
    "base",
    [
        "data.example.org",
        "ftp://data.example.org/",
        "https://",
        "https:///path",
        "https://data.example.org/?a=b",
        "https://data.example.org/#x",
        "urn:example:base",
    ],
)
def test_a_base_that_cannot_carry_identifiers_is_refused(base: str) -> None:
    with pytest.raises(UsageError, match="Wanted: http:// or https://, a host and a path"):
        load_settings({}, base_iri=base)


def test_settings_do_not_change_once_made() -> None:
    with pytest.raises(FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]


def test_every_setting_says_what_it_is_and_has_the_unit_in_its_name() -> None:
    for item in fields(Settings):
        text = item.metadata["text"]
        assert text.endswith(".")
        if "second" in text:
            assert item.name.endswith("_s")
        if "MiB" in text:
            assert item.name.endswith("_mb")


# ---- Where things lie ----


def test_the_state_lies_where_it_was_wished_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Settings(state_dir="~/state").state_path(Bundle(ROOT)) == tmp_path / "state"
    assert Settings(state_dir=str(tmp_path)).state_path(Bundle(ROOT)) == tmp_path


def test_a_checkout_keeps_its_state_beside_the_sources() -> None:
    assert Settings().state_path(Bundle(ROOT)) == ROOT / ".smartgraph"


def test_an_installed_package_keeps_its_state_in_the_users_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    assert Settings().state_path(Bundle(tmp_path)) == tmp_path / "share" / "smartgraph"


def test_the_sources_of_a_checkout_are_found_without_being_named() -> None:
    bundle = find_bundle()
    assert bundle == Bundle(ROOT)
    assert bundle.is_checkout
    for folder in (bundle.ontology, bundle.data, bundle.shapes):
        assert folder.is_dir()


def test_a_folder_without_sources_is_told_with_what_it_needs(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        find_bundle(tmp_path)
    assert str(refused.value) == (
        f"No folder 'ontology' in {tmp_path}. Point to one that has ontology/, data/ and shapes/."
    )
