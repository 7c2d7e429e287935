"""Settings: which layer wins, where each value came from, and what is told about a value that cannot be accepted."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sojourn.config import (
    AT_MOST,
    MAY_BE_ZERO,
    OTHER_VARIABLES,
    PREFIX,
    Loaded,
    Settings,
    SettingsError,
    known_settings,
    load,
    load_here,
)
from sojourn.core.limits import SERVER
from sojourn.engine.crash_points import Crash, CrashPoint
from tests.http.manage.desk import document

PORTS = st.none() | st.integers(0, 65_535)
FILE = Path("sojourn.toml")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith(PREFIX)]:
        monkeypatch.delenv(name)
    return tmp_path


def from_file(text: str) -> Loaded:
    FILE.write_text(text)
    return load({}, {}, FILE)


def from_environment(**variables: str) -> Loaded:
    return load({}, variables, None)


def refusal_of_file(text: str) -> str:
    with pytest.raises(SettingsError) as refused:
        from_file(text)
    return str(refused.value)


def refusal_of_environment(**variables: str) -> str:
    with pytest.raises(SettingsError) as refused:
        from_environment(**variables)
    return str(refused.value)


def test_without_anything_each_setting_has_its_default() -> None:
    loaded = load({}, {}, None)
    assert loaded.settings == Settings()
    assert set(loaded.origins.values()) == {"default"}


def test_each_setting_has_an_origin() -> None:
    assert load({}, {}, None).origins.keys() == {setting.key for setting in known_settings()}


@given(flag=PORTS, variable=PORTS, line=PORTS)
def test_a_flag_wins_over_the_environment_and_that_over_the_file(
    tmp_path_factory: pytest.TempPathFactory, flag: int | None, variable: int | None, line: int | None
) -> None:
    path = tmp_path_factory.mktemp("settings") / "sojourn.toml"
    path.write_text("" if line is None else f"port = {line}")
    loaded = load({"port": flag}, {} if variable is None else {"SOJOURN_PORT": str(variable)}, path)
    layers = ((flag, "flag"), (variable, "environment SOJOURN_PORT"), (line, str(path)), (8686, "default"))
    winner = next(layer for layer in layers if layer[0] is not None)
    assert (loaded.settings.port, loaded.origins["port"]) == winner


def test_a_limit_is_set_in_its_table() -> None:
    loaded = from_file("[limits.public]\nevents_max = 7")
    assert loaded.settings.limits.public.events_max == 7
    assert loaded.origins["limits.public.events_max"] == "sojourn.toml"


def test_a_limit_is_set_under_its_joined_name_in_the_environment() -> None:
    loaded = from_environment(SOJOURN_LIMITS_PUBLIC_BODY_BYTES_MAX="1000")
    assert loaded.settings.limits.public.body_bytes_max == 1000


def test_a_limit_of_server_sources_leaves_the_others_as_they_are() -> None:
    loaded = from_environment(SOJOURN_LIMITS_SERVER_EVENTS_MAX="7")
    assert loaded.settings.limits.server.nodes_max == SERVER.nodes_max


def test_no_two_settings_have_one_name_in_the_environment() -> None:
    names = [setting.variable for setting in known_settings()]
    assert len(set(names)) == len(names)


def test_a_variable_that_is_empty_is_not_set() -> None:
    assert from_environment(SOJOURN_PORT="", SOJOURN_ADMIN_TOKEN="").settings == Settings()


def test_variables_of_other_programs_are_passed_over() -> None:
    assert from_environment(PORT="1", XSOJOURN_PORT="1").settings == Settings()


@pytest.mark.parametrize("name", sorted(OTHER_VARIABLES))
def test_a_variable_that_is_known_and_no_setting_changes_nothing(name: str) -> None:
    assert from_environment(**{name: "anything"}).settings == Settings()


@pytest.mark.parametrize(
    ("line", "suggestion"),
    [
        ("prot = 1", "`port`"),
        ("[limitz]", "`limits`"),
        ("[limits.publik]\nevents_max = 1", "`limits.public`"),
        ("[limits.public]\nevent_max = 1", "`limits.public.events_max`"),
    ],
)
def test_an_unknown_key_in_the_file_is_an_error_with_a_suggestion(line: str, suggestion: str) -> None:
    assert f"Did you mean {suggestion}?" in refusal_of_file(line)


def test_an_unknown_name_in_the_environment_is_an_error_with_a_suggestion() -> None:
    said = refusal_of_environment(SOJOURN_LOGLEVEL="debug")
    assert "SOJOURN_LOGLEVEL" in said
    assert "Did you mean `SOJOURN_LOG_LEVEL`?" in said


def test_an_unknown_name_that_resembles_nothing_gets_no_suggestion() -> None:
    assert "Did you mean" not in refusal_of_file("zzzzzz = 1")


@pytest.mark.parametrize(
    ("line", "key", "expected"),
    [
        ("port = 'x'", "`port`", "a whole number"),
        ("port = true", "`port`", "a whole number"),
        ("host = 1", "`host`", "text"),
        ("log_level = 'loud'", "`log_level`", "one of debug, info, warning, error"),
        ("limits.rate_loopback = 1", "`limits.rate_loopback`", "true or false"),
        ("limits.body_timeout_s = 'x'", "`limits.body_timeout_s`", "a number"),
    ],
)
def test_a_value_of_the_wrong_type_names_key_origin_and_type(line: str, key: str, expected: str) -> None:
    said = refusal_of_file(line)
    assert key in said
    assert "sojourn.toml" in said
    assert expected in said


def test_a_text_that_is_no_number_names_its_variable() -> None:
    said = refusal_of_environment(SOJOURN_PORT="86x86")
    assert said == "`port` (environment SOJOURN_PORT) must be a whole number, not '86x86'."


def test_a_value_where_a_table_belongs_is_an_error() -> None:
    assert "`[limits]`" in refusal_of_file("limits = 5")


@pytest.mark.parametrize("port", [-1, 65_536])
def test_a_port_that_no_machine_has_is_an_error(port: int) -> None:
    assert "between 0 and 65535" in refusal_of_file(f"port = {port}")


@pytest.mark.parametrize("line", ["host = ' '", "data = ''", "geoip_city = ' '"])
def test_a_blank_text_is_an_error(line: str) -> None:
    assert "must not be blank" in refusal_of_file(line)


def test_a_list_is_a_list_in_the_file() -> None:
    loaded = from_file('trusted_proxies = ["10.0.0.0/8", "2001:db8::1"]')
    assert loaded.settings.trusted_proxies == ("10.0.0.0/8", "2001:db8::1")


def test_a_list_has_commas_in_the_environment() -> None:
    assert from_environment(SOJOURN_TRUSTED_PROXIES="10.0.0.0/8, 192.0.2.1,").settings.trusted_proxies == (
        "10.0.0.0/8",
        "192.0.2.1",
    )


@pytest.mark.parametrize("line", ['trusted_proxies = "10.0.0.1"', "trusted_proxies = [1]"])
def test_a_list_of_something_else_is_an_error(line: str) -> None:
    assert "must be a list of texts" in refusal_of_file(line)


@pytest.mark.parametrize("network", ["proxy.example", "10.0.0.0/33", ""])
def test_a_proxy_that_is_no_network_is_an_error(network: str) -> None:
    said = refusal_of_file(f'trusted_proxies = ["10.0.0.1", "{network}"]')
    assert f"`{network}`" in said
    assert "`trusted_proxies`" in said


def limits_where(*, may_be_zero: bool) -> list[str]:
    limits = [setting for setting in known_settings() if setting.key.startswith("limits.") and setting.type is not bool]
    return [limit.key for limit in limits if (limit.key in MAY_BE_ZERO) is may_be_zero]


@pytest.mark.parametrize("key", limits_where(may_be_zero=False))
def test_a_limit_of_zero_that_would_let_nothing_through_is_an_error(key: str) -> None:
    assert "must be more than 0" in refusal_of_file(f"{key} = 0")


@pytest.mark.parametrize("key", limits_where(may_be_zero=True))
def test_a_limit_of_zero_is_accepted_where_it_means_something(key: str) -> None:
    assert from_file(f"{key} = 0").origins[key] == "sojourn.toml"


@pytest.mark.parametrize("key", limits_where(may_be_zero=True))
def test_a_limit_is_never_less_than_zero(key: str) -> None:
    assert "must be 0 or more" in refusal_of_file(f"{key} = -1")


@pytest.mark.parametrize("key", AT_MOST)
def test_a_limit_that_would_promise_too_much_is_an_error(key: str) -> None:
    assert from_file(f"{key} = {AT_MOST[key]}").origins[key] == "sojourn.toml"
    assert f"must be {AT_MOST[key]} or less" in refusal_of_file(f"{key} = {AT_MOST[key] + 1}")


def test_a_page_can_be_as_long_as_the_contract_says() -> None:
    parameters = document()["paths"]["/api/v1/events"]["get"]["parameters"]
    bounds = {each["name"]: each["schema"].get("maximum") for each in parameters}
    assert bounds["limit"] == AT_MOST["limits.page_items_max"]


@pytest.mark.parametrize("number", ["nan", "inf"])
def test_a_limit_is_a_finite_number(number: str) -> None:
    assert "must be a number" in refusal_of_file(f"limits.body_timeout_s = {number}")


def test_a_secret_is_read_from_the_file_that_the_environment_names() -> None:
    Path("token").write_text("a-long-random-text\n")
    loaded = from_environment(SOJOURN_ADMIN_TOKEN_FILE="token")
    assert loaded.settings.admin_token == "a-long-random-text"
    assert loaded.origins["admin_token"] == "environment SOJOURN_ADMIN_TOKEN_FILE"


def test_a_secret_given_twice_is_an_error() -> None:
    said = refusal_of_environment(SOJOURN_ADMIN_TOKEN="one", SOJOURN_ADMIN_TOKEN_FILE="token")
    assert "Keep one of them" in said


def test_a_file_of_a_secret_that_is_not_there_is_an_error() -> None:
    assert "cannot be read" in refusal_of_environment(SOJOURN_ADMIN_TOKEN_FILE="nowhere")


def test_a_file_of_a_secret_that_is_empty_is_an_error() -> None:
    Path("token").write_text("\n")
    assert "is empty" in refusal_of_environment(SOJOURN_ADMIN_TOKEN_FILE="token")


@pytest.mark.parametrize("token", ["with space", "not-ascii-ä", "line\nbreak"])
def test_a_token_that_fits_into_no_header_is_an_error(token: str) -> None:
    assert "header" in refusal_of_environment(SOJOURN_ADMIN_TOKEN=token)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('identity_secret = "too short"', "32 characters"),
        ('default_region = "gb"', "capital letters"),
        ('default_region = "Britain"', "capital letters"),
    ],
)
def test_settings_of_identity_must_be_usable(line: str, said: str) -> None:
    refusal = refusal_of_file(line)
    assert said in refusal
    assert "too short" not in refusal


@pytest.mark.parametrize("line", ['admin_token = "my secret"', "admin_token = 424242"])
def test_a_refusal_never_shows_a_secret(line: str) -> None:
    said = refusal_of_file(line)
    assert "my secret" not in said
    assert "424242" not in said


def test_a_file_that_is_no_toml_is_an_error() -> None:
    assert "is not TOML" in refusal_of_file("port =")


def test_the_file_of_the_working_directory_is_read() -> None:
    FILE.write_text("port = 1")
    assert load_here({}).settings.port == 1


def test_a_working_directory_without_a_file_is_fine() -> None:
    assert load_here({}).origins["port"] == "default"


def test_another_file_is_read_when_the_environment_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    FILE.write_text("port = 1")
    Path("other.toml").write_text("port = 2")
    monkeypatch.setenv("SOJOURN_CONFIG", "other.toml")
    loaded = load_here({})
    assert (loaded.settings.port, loaded.origins["port"]) == (2, "other.toml")


def test_a_file_that_the_environment_names_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOJOURN_CONFIG", "nowhere.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        load_here({})


@pytest.mark.parametrize("crash", ["somewhere", "after-sync:0", "after-sync:soon", ":1"])
def test_a_crash_at_no_point_that_there_is_is_an_error(crash: str) -> None:
    with pytest.raises(SettingsError, match="must be one of after-write, after-sync"):
        load({"crash_at": crash}, {}, None)


def test_a_crash_names_a_point_and_a_time() -> None:
    settings = load({}, {"SOJOURN_CRASH_AT": "after-sync:17"}, None).settings
    assert settings.crash == Crash(CrashPoint.AFTER_SYNC, 17)
