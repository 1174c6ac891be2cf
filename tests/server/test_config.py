"""One file, one environment, and a clear word about whatever is wrong with either."""

import itertools
import re
from pathlib import Path

import msgspec
import pytest
import yaml

from server import config, settings

SECRET = "sesame-open-yourself"


def load(tmp_path: Path, text: str = "", **environment: str) -> config.Config:
    """What a file and overriding variables (written without their prefix) come to."""
    file = tmp_path / "other.yaml"
    file.write_text(text)
    return config.load(file, {f"HIROBA_{name}": value for name, value in environment.items()})


def test_the_file_holds_every_key_with_its_default() -> None:
    written = yaml.safe_load(config.DEFAULT_FILE.read_text())
    expected = {
        section: {
            key.name: list(key.default) if isinstance(key.default, tuple) else key.default
            for key in msgspec.structs.fields(shape)
            if (section, key.name) not in config.ENVIRONMENT_ONLY
        }
        for section, shape in config.SECTIONS.items()
    }
    assert written == expected


def test_the_file_comes_to_the_defaults(tmp_path: Path) -> None:
    ours, bare = config.load(None, {}), load(tmp_path)
    here, there = config.DEFAULT_FILE.parent, tmp_path
    assert ours.database.directory == str(here / "var/postgres")
    assert bare.database.directory == str(there / "var/postgres")
    assert (ours.media.directory, bare.media.directory) == (str(here / "var/media"), str(there / "var/media"))
    assert ours.secrets.file == str(here / "var/server.key")
    for section in config.SECTIONS:
        if section not in ("database", "media", "secrets"):
            assert getattr(ours, section) == getattr(bare, section)


def test_every_number_says_its_unit_and_every_line_of_the_file_is_explained() -> None:
    lines = config.DEFAULT_FILE.read_text().splitlines()
    for before, line in itertools.pairwise(lines):
        if re.match(r"  \w+:", line) and "hosts" not in line and "_bytes_max" not in line:
            assert before.lstrip().startswith("#"), f"{line.strip()} has no comment"


def test_each_variable_names_one_key() -> None:
    assert len(config.VARIABLES) == len(config.KEYS)


# The names that the outside world relies on.
@pytest.mark.parametrize(
    "variable",
    [
        "SERVER_PORT", "SERVER_HOST", "SERVER_PUBLIC_URL", "SERVER_ORIGINS", "SERVER_TRUSTED_PROXIES", "DATABASE_URL",
        "DATABASE_DIRECTORY", "MAIL_URL", "DEMO_ENABLED", "PASSWORDS_BCRYPT_COST", "LIMITS_ENABLED",
        "ALLOWANCES_ENCODED_LOGIN", "WHOAMI_FRONTEND_URL", "COMMUNITY_HOSTS", "WHOAMI_HOSTS", "AUTH_SERVICE_HOSTS",
        "SHOP_HOSTS", "ALLOWANCES_HOSTS", "SECRETS_KEY", "MAIL_MAILBOX_PUBLIC", "DEMO_PUBLIC",
        "COMMUNITY_SETTLEMENT_DELAY_SECONDS", "WHOAMI_LINK_TTL_SECONDS", "WHOAMI_RESET_GRANT_TTL_SECONDS",
        "WHOAMI_RECENT_SIGN_IN_SECONDS", "AUTH_SERVICE_CODE_TTL_SECONDS", "ALLOWANCES_TOKEN_TTL_SECONDS",
        "ALLOWANCES_REFRESH_TTL_SECONDS", "SESSIONS_IDLE_TTL_SECONDS", "SESSIONS_ABSOLUTE_TTL_SECONDS",
        "SESSIONS_SAME_SITE", "LIVE_TICKET_TTL_SECONDS", "LIVE_HEARTBEAT_SECONDS", "LIVE_REPLAY_DAYS",
    ],
)  # fmt: skip
def test_a_variable_of_the_contract_is_known(variable: str) -> None:
    assert f"HIROBA_{variable}" in config.VARIABLES


def test_durations_are_those_of_the_contract(tmp_path: Path) -> None:
    found = load(tmp_path)
    assert (found.whoami.link_ttl_seconds, found.whoami.reset_grant_ttl_seconds) == (3600, 900)
    assert (found.whoami.recent_sign_in_seconds, found.auth_service.code_ttl_seconds) == (600, 1200)
    assert (found.allowances.token_ttl_seconds, found.allowances.refresh_ttl_seconds) == (3600, 2592000)
    assert (found.live.ticket_ttl_seconds, found.live.heartbeat_seconds, found.live.replay_days) == (30, 25, 30)


def test_a_file_overrides_single_keys(tmp_path: Path) -> None:
    found = load(tmp_path, "server:\n  port: 8081\nshop:\n  hosts: [Shop.Example]\nmail:\n")
    assert (found.server.port, found.server.host) == (8081, ("127.0.0.1", "::1"))
    assert found.shop.hosts == ("shop.example",)


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    found = load(tmp_path, "server:\n  port: 8081\n", SERVER_PORT="8082", LIMITS_ENABLED="false", DEMO_ENABLED="true")
    assert (found.server.port, found.limits.enabled, found.demo.enabled) == (8082, False, True)


def test_a_section_with_an_underscore_is_found_in_the_environment(tmp_path: Path) -> None:
    found = load(tmp_path, AUTH_SERVICE_HOSTS="auth.example, id.example:8080", AUTH_SERVICE_CODE_TTL_SECONDS="60")
    assert found.auth_service.hosts == ("auth.example", "id.example:8080")
    assert found.auth_service.code_ttl_seconds == 60


def test_lists_come_with_commas_and_may_be_empty(tmp_path: Path) -> None:
    found = load(tmp_path, SERVER_HOST="0.0.0.0,::", SERVER_ORIGINS="")
    assert (found.server.host, found.server.origins) == (("0.0.0.0", "::"), ())


def test_variables_of_others_are_none_of_our_business(tmp_path: Path) -> None:
    assert config.load(None, {"PATH": "/bin", "HIROBA": "x", "hiroba_x": "y"}) == config.load(None, {})


def test_the_public_address_follows_the_port_unless_it_is_said(tmp_path: Path) -> None:
    assert load(tmp_path, SERVER_PORT="9000").server.public_url == "http://localhost:9000"
    found = load(tmp_path, SERVER_PUBLIC_URL="https://hiroba.example/town/")
    assert found.server.public_url == "https://hiroba.example/town"
    assert found.core.links.confirmation_url == "https://hiroba.example/town/whoami/confirm/"


def test_an_absolute_path_stays_what_it_is(tmp_path: Path) -> None:
    assert load(tmp_path, DATABASE_DIRECTORY="/srv/data").database.directory == "/srv/data"


def test_a_front_end_may_be_a_hash_route(tmp_path: Path) -> None:
    assert (
        load(tmp_path, WHOAMI_FRONTEND_URL="http://localhost:3000/#").whoami.frontend_url == "http://localhost:3000/#"
    )


def test_origins_are_compared_as_browsers_write_them(tmp_path: Path) -> None:
    assert load(tmp_path, SERVER_ORIGINS="HTTPS://App.Example/").server.origins == ("https://app.example",)


def test_what_the_core_is_told(tmp_path: Path) -> None:
    told = load(tmp_path, PASSWORDS_BCRYPT_COST="4", WHOAMI_LINK_TTL_SECONDS="7").core
    assert (told.passwords.bcrypt_cost, told.links.ttl_seconds, told.links.reset_grant_ttl_seconds) == (4, 7, 900)


# Variable, value, what the refusal says after the name.
WRONG = [
    ("SERVER_PORT", "65536", "expected `int` <= 65535"),
    ("SERVER_PORT", "0", "expected `int` >= 1"),
    ("SERVER_PORT", "eighty", "expected `int`"),
    ("SERVER_PORT", "", "expected `int`"),
    ("SERVER_HOST", "", "length >= 1"),
    ("SERVER_HOST", "not an address", "no address to listen on"),
    ("SERVER_PUBLIC_URL", "hiroba.example", "no http:// or https:// address"),
    ("SERVER_PUBLIC_URL", "http://hiroba.example:port", "no http:// or https:// address"),
    ("SERVER_ORIGINS", "*", "no http:// or https:// address"),
    ("SERVER_ORIGINS", "https://app.example/path", "is no origin"),
    ("SERVER_TRUSTED_PROXIES", "proxy.example", "does not appear to be"),
    ("SERVER_SHUTDOWN_SECONDS", "0", "expected"),
    ("DATABASE_URL", "mysql://root:hunter2@host/db", "must be postgresql://"),
    ("DATABASE_CONNECTIONS_MAX", "0", ""),
    ("DATABASE_STATEMENT_TIMEOUT_SECONDS", "nan", "finite"),
    ("MAIL_URL", "http://hunter2@host", "must be smtp://"),
    ("MAIL_ATTEMPTS_MAX", "0", ""),
    ("PASSWORDS_BCRYPT_COST", "3", "expected `int` >= 4"),
    ("LIMITS_ENABLED", "perhaps", "expected `bool`"),
    ("SESSIONS_SAME_SITE", "strict", "invalid enum value"),
    ("SESSIONS_SAME_SITE", "none", "https"),
    ("SECRETS_KEY", "hunter2", "at least 16 characters"),
    ("LOGS_LEVEL", "loud", "invalid enum value"),
    ("WHOAMI_FRONTEND_URL", "localhost:3000", "no http:// or https:// address"),
    ("WHOAMI_LINK_TTL_SECONDS", "-1", "expected `int` >= 1"),
    ("COMMUNITY_HOSTS", "https://town.example", "no host name"),
    ("COMMUNITY_SETTLEMENT_DELAY_SECONDS", "inf", "expected"),
    ("ALLOWANCES_CURRENCY", "Taler", "matching regex"),
]


@pytest.mark.parametrize(("variable", "value", "reason"), WRONG)
def test_a_wrong_value_is_refused_by_name_and_not_repeated(
    tmp_path: Path, variable: str, value: str, reason: str
) -> None:
    with pytest.raises(config.Unacceptable) as refusal:
        load(tmp_path, **{variable: value})
    text = str(refusal.value)
    section, key = config.VARIABLES[f"HIROBA_{variable}"]
    assert text.startswith((f"HIROBA_{variable}: ", f"{section}.{key}: "))
    assert reason.lower() in text.lower()
    assert "hunter2" not in text


# A file, and what the refusal names.
UNREADABLE = [
    ("server:\n  prot: 8080\n", r"unknown key server.prot \(did you mean server.port\?\)"),
    ("sever:\n  port: 8080\n", r"unknown section sever \(did you mean server\?\)"),
    ("server:\n  port: '8080'\n", "server.port: expected `int`, got `str`"),
    ("server:\n  port:\n", "server.port: expected `int`, got `null`"),
    ("server:\n  port: 1e400\n", "server.port"),
    ("server:\n  host: 127.0.0.1\n", "server.host: expected `array`, got `str`"),
    ("limits:\n  enabled: 1\n", "limits.enabled: expected `bool`"),
    ("server: 8080\n", "server: must hold keys and values"),
    ("- server\n", "has no sections"),
    ("server: [\n", "is no YAML in line"),
    ("server:\n  port: 1\n  port: 2\n", "port is there twice"),
    ("server:\n  port: 1\nserver:\n  port: 2\n", "server is there twice"),
    ("secrets:\n  key: hunter2hunter2hunter2\n", "HIROBA_SECRETS_KEY"),
    ("shop:\n  hosts: [a.example]\nwhoami:\n  hosts: [A.example]\n", "a.example is whoami's already"),
    ("server:\n  port: 2026-99-99\n", "cannot be read"),
    ("server: !!python/object:os.system {}\n", "is no YAML"),
]


@pytest.mark.parametrize(("text", "reason"), UNREADABLE)
def test_a_file_that_is_not_understood_is_refused_by_name(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(config.Unacceptable, match=reason) as refusal:
        load(tmp_path, text)
    assert "hunter2" not in str(refusal.value)


def test_an_unknown_variable_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(config.Unacceptable, match=r"HIROBA_SERVER_PROT: .*did you mean HIROBA_SERVER_PORT\?"):
        load(tmp_path, SERVER_PROT="8080")


def test_a_file_that_was_asked_for_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(config.Unacceptable, match="no such file"):
        config.load(tmp_path / "absent.yaml", {})


def test_cookies_for_other_sites_need_https(tmp_path: Path) -> None:
    found = load(tmp_path, SESSIONS_SAME_SITE="none", SERVER_PUBLIC_URL="https://hiroba.example")
    assert found.sessions.same_site == "none"


def test_the_secret_comes_from_the_environment(tmp_path: Path) -> None:
    assert load(tmp_path, SECRETS_KEY=SECRET).secrets.key == SECRET


def test_nothing_is_exposed_on_loopback(tmp_path: Path) -> None:
    config.check_exposure(load(tmp_path, SERVER_HOST="127.0.0.1,::1,localhost,127.8.8.8", DEMO_ENABLED="true"))


def test_the_mailbox_is_not_shown_to_strangers_unless_that_is_meant(tmp_path: Path) -> None:
    with pytest.raises(config.Unacceptable, match=r"mail\.mailbox_public"):
        config.check_exposure(load(tmp_path, SERVER_HOST="127.0.0.1,0.0.0.0"))
    config.check_exposure(load(tmp_path, SERVER_HOST="0.0.0.0", MAIL_MAILBOX_PUBLIC="true"))
    config.check_exposure(load(tmp_path, SERVER_HOST="0.0.0.0", MAIL_URL="smtp://mail.example"))


def test_demo_data_is_not_shown_to_strangers_unless_that_is_meant(tmp_path: Path) -> None:
    outside = {"SERVER_HOST": "town.example", "MAIL_URL": "smtp://mail.example", "DEMO_ENABLED": "true"}
    with pytest.raises(config.Unacceptable, match=r"demo\.public"):
        config.check_exposure(load(tmp_path, **outside))
    config.check_exposure(load(tmp_path, **outside, DEMO_PUBLIC="true"))


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("127.0.0.1", True), ("::1", True), ("LOCALHOST", True), ("0.0.0.0", False), ("::", False), ("town", False)],
)
def test_what_is_loopback(host: str, loopback: bool) -> None:
    assert settings.is_loopback(host) is loopback
