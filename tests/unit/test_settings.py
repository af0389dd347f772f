"""settings.py: the table is whole, and what does not fit is told with its remedy."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from headrace.errors import ConfigurationError
from headrace.settings import Setting, Settings, key_bytes

ROWS = list(Settings.table())
URLS = {
    "HEADRACE_DATABASE_URL": "postgresql://ann:s3cret@db/headrace",
    "HEADRACE_REDIS_URL": "redis://cache:6379/0",
}


def test_nothing_set_gives_the_defaults_and_embedded_engines() -> None:
    settings = Settings.load({})
    assert settings == Settings()
    assert settings.embedded
    assert settings.port == 8080
    assert settings.data == Path.home() / ".local/share/headrace"


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_default_is_what_its_setting_takes(row: Setting) -> None:
    read = row.read(row.default)
    assert read == row.default
    assert type(read) is type(row.default)


@pytest.mark.parametrize("row", ROWS, ids=[row.name for row in ROWS])
def test_every_setting_has_one_sentence(row: Setting) -> None:
    assert row.sentence[0].isupper()
    assert row.sentence.endswith(".")
    assert ". " not in row.sentence


def test_the_environment_is_read_by_type() -> None:
    environ = {"HEADRACE_PORT": "9000", "HEADRACE_HEARTBEAT": "12.5", "HEADRACE_DATA": "/srv/hr"}
    settings = Settings.load(environ)
    assert settings.port == 9000
    assert settings.heartbeat == 12.5
    assert settings.data == Path("/srv/hr")


def test_an_override_is_stronger_than_the_environment_and_none_is_no_override() -> None:
    environ = {"HEADRACE_PORT": "9000", "HEADRACE_HOST": "::"}
    settings = Settings.load(environ, port=0, host=None)
    assert settings.port == 0
    assert settings.host == "::"


def test_an_empty_variable_is_not_set() -> None:
    assert Settings.load({"HEADRACE_PORT": ""}).port == 8080


def test_what_is_secret_is_not_in_what_is_written_down() -> None:
    settings = Settings(s3_secret_key="hush", oidc_client_secret="hush", smtp_password="hush")
    assert "hush" not in repr(settings)


def test_a_home_directory_is_expanded() -> None:
    assert Settings.load({"HEADRACE_DATA": "~/streams"}).data == Path.home() / "streams"


@pytest.mark.parametrize(
    ("variable", "value", "right"),
    [
        ("HEADRACE_PORT", "web", "a whole number from 0 to 65,535"),
        ("HEADRACE_PORT", "65536", "a whole number from 0 to 65,535"),
        ("HEADRACE_PORT", "80.5", "a whole number from 0 to 65,535"),
        ("HEADRACE_HEARTBEAT", "nan", "a number from 1 to 600"),
        ("HEADRACE_HEARTBEAT", "0", "a number from 1 to 600"),
        ("HEADRACE_LOG_LEVEL", "loud", "one of debug, info, warning, error"),
        ("HEADRACE_DATABASE_URL", "mysql://db/x", "postgresql:// or postgres://"),
        ("HEADRACE_REDIS_URL", "localhost:6379", "redis:// or rediss:// or unix://"),
        ("HEADRACE_PUBLIC_URL", "https://x.example/path", "an origin such as"),
        ("HEADRACE_PUBLIC_URL", "x.example", "an origin such as"),
        ("HEADRACE_OIDC_ISSUER", "http://id.example.org", "an https:// address"),
        ("HEADRACE_OIDC_ISSUER", "http://localhost.example.org", "an https:// address"),
        ("HEADRACE_OIDC_ISSUER", "https://id.example.org/?tenant=1", "an https:// address"),
        ("HEADRACE_OIDC_ISSUER", "https://ann@id.example.org", "an https:// address"),
        ("HEADRACE_OIDC_TRUST_EMAIL", "maybe", "yes or no"),
        ("HEADRACE_OIDC_CREATE", "admin", "one of no, employee, guest"),
    ],
)
def test_a_wrong_value_is_told_with_its_name_and_what_would_be_right(
    variable: str, value: str, right: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({variable: value})
    assert variable in caught.value.message
    assert repr(value) in caught.value.message
    assert right in caught.value.message


KEY = "-_" + "A" * 41 + "="


@pytest.mark.parametrize("given", [KEY, KEY[:-1], KEY.replace("-_", "+/"), f" {KEY}\n"])
def test_a_key_is_base64_however_it_is_written(given: str) -> None:
    settings = Settings.load({"HEADRACE_SECRET_KEY": given})
    assert key_bytes(settings.secret_key) == b"\xfb\xf0" + bytes(30)
    assert settings.shown("secret_key") == "***"


@pytest.mark.parametrize("name", ["SECRET_KEY", "FORMER_SECRET_KEY"])
@pytest.mark.parametrize("given", ["hush", "A" * 42, "A" * 46, "ä" * 43, "A" * 42 + "!", "="])
def test_a_malformed_key_is_told_without_being_shown(name: str, given: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({f"HEADRACE_{name}": given})
    assert f"(HEADRACE_{name}) is wrong, but takes 32 random bytes in base64" in str(caught.value)
    assert given == "=" or given not in str(caught.value)


def test_a_former_key_is_there_beside_another_one() -> None:
    with pytest.raises(ConfigurationError, match=r"secret_key .* is missing"):
        Settings.load({"HEADRACE_FORMER_SECRET_KEY": KEY})


def test_a_key_of_ones_own_is_kept_where_the_engines_are() -> None:
    assert Settings.load({}).keeps_key
    assert not Settings.load({"HEADRACE_SECRET_KEY": KEY}).keeps_key
    assert not Settings.load(URLS).keeps_key


def test_an_override_is_checked_like_a_variable() -> None:
    with pytest.raises(ConfigurationError, match=r"port .* is '-1'"):
        Settings.load({}, port=-1)


def test_an_override_that_is_no_setting_is_a_mistake_in_the_program() -> None:
    with pytest.raises(TypeError, match="colour"):
        Settings.load({}, colour="blue")


@pytest.mark.parametrize("missing", sorted(URLS))
def test_one_url_without_the_other_names_the_missing_one(missing: str) -> None:
    environ = {name: value for name, value in URLS.items() if name != missing}
    with pytest.raises(ConfigurationError, match=f"{missing}.*missing"):
        Settings.load(environ)


def test_both_urls_mean_engines_of_ones_own() -> None:
    assert not Settings.load(URLS).embedded


def test_a_password_is_never_shown() -> None:
    settings = Settings.load(URLS)
    assert settings.shown("database_url") == "postgresql://ann:***@db/headrace"
    assert settings.shown("redis_url") == URLS["HEADRACE_REDIS_URL"]
    with pytest.raises(ConfigurationError) as caught:
        Settings.load({"HEADRACE_DATABASE_URL": "mysql://ann:s3cret@db/headrace"})
    assert "s3cret" not in caught.value.message


def test_a_public_url_is_compared_in_lower_case() -> None:
    environ = {"HEADRACE_PUBLIC_URL": "https://Stream.Example.org:8443"}
    assert Settings.load(environ).public_url == "https://stream.example.org:8443"


PROVIDER = {
    "HEADRACE_OIDC_ISSUER": "https://id.example.org/realms/Staff",
    "HEADRACE_OIDC_CLIENT_ID": "headrace",
    "HEADRACE_OIDC_CLIENT_SECRET": "s3cret",
    "HEADRACE_PUBLIC_URL": "https://stream.example.org",
}


def test_a_provider_is_set_up_and_its_secret_is_never_shown() -> None:
    settings = Settings.load(
        PROVIDER | {"HEADRACE_OIDC_DOMAINS": " Example.org, b.example,", "HEADRACE_OIDC_TITLE": "X"}
    )
    assert settings.oidc_issuer == "https://id.example.org/realms/Staff"
    assert settings.oidc_domains == "example.org,b.example"
    assert settings.shown("oidc_client_secret") == "***"
    assert Settings.load({}).shown("oidc_client_secret") == ""
    assert Settings.load({}, oidc_issuer="http://[::1]:8/x", **_REST).oidc_issuer


_REST = {"oidc_client_id": "headrace", "public_url": "https://stream.example.org"}


@pytest.mark.parametrize("missing", ["HEADRACE_OIDC_CLIENT_ID", "HEADRACE_PUBLIC_URL"])
def test_a_provider_needs_to_know_who_we_are_and_where(missing: str) -> None:
    environ = {name: value for name, value in PROVIDER.items() if name != missing}
    with pytest.raises(ConfigurationError, match=f"{missing}.*missing"):
        Settings.load(environ)


def test_misspelt_variables_are_found() -> None:
    environ = {"HEADRACE_PROT": "80", "HEADRACE_PORT": "80", "PATH": "/bin"}
    assert Settings.unknown(environ) == ["HEADRACE_PROT"]


def test_settings_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Settings().port = 1  # type: ignore[misc]  # what mypy knows is true
