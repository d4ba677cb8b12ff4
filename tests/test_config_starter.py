"""The example file and what `config init` writes."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from pathlib import Path
from typing import Any

from mcp_proxy.config.model import Profile, SecretRef
from mcp_proxy.config.parse import KEYS, parse_config
from mcp_proxy.config.starter import starter

TEXT = starter().decode()
SWITCHED_ON = re.sub(r"(?m)^#(?! )", "", TEXT)


def test_the_example_at_the_top_is_what_init_writes() -> None:
    """Issue 2 "Files"."""
    example = Path(__file__).parents[1] / "config.example.toml"
    assert example.read_bytes() == starter()


def test_it_loads_as_it_is() -> None:
    """Issue 2 "Files"."""
    config = parse_config(TEXT, where="config.toml")
    assert config.default_profile == "ig-dev"
    profile = config.profiles["ig-dev"]
    assert profile.auth.redirect_uri == "http://localhost:6545/oauth/callback"
    assert profile.auth.client_secret == SecretRef("env", "IG_CLIENT_SECRET")


def test_it_loads_with_all_settings_switched_on() -> None:
    """Ours: each example value is one that the parser takes."""
    config = parse_config(SWITCHED_ON, where="config.toml")
    assert config.profiles["ig-dev"].auth.endpoints
    assert config.profiles["static"].auth.grant == "bearer"


def test_defaults_that_it_shows_are_the_defaults() -> None:
    """Ours: who reads the file must not be told something else."""
    shown = parse_config(TEXT, where="config.toml").profiles["ig-dev"]
    usual = Profile(name="ig-dev", url=shown.url, account="ig-dev")
    assert shown.network == usual.network
    assert shown.auth.browser == usual.auth.browser
    assert shown.auth.login_timeout_seconds == usual.auth.login_timeout_seconds
    assert replace(shown.permissions, deny=()) == usual.permissions


def _named(table: dict[str, Any], path: str = "") -> dict[str, set[str]]:
    """The keys of each table, with `NAME` for the names of profiles."""
    found: dict[str, set[str]] = {path: set(table)}
    for key, value in table.items():
        below = f"{path}.{'NAME' if path == 'profiles' else key}".lstrip(".")
        tables = value if isinstance(value, list) else [value]
        for each in tables:
            if isinstance(each, dict) and key != "headers":
                for place, names in _named(each, below).items():
                    found[place] = found.get(place, set()) | names
    return found


def test_every_key_stands_in_it_and_no_other() -> None:
    """Issue 2 "Files": it names every key."""
    named = _named(tomllib.loads(SWITCHED_ON))
    named.pop("profiles")
    assert named == {place: set(keys) for place, keys in KEYS.items()}


def test_every_setting_has_a_word_on_what_it_is_for() -> None:
    """Issue 2 "Files": a one-line comment; and lines fit an editor."""
    settings = [line for line in SWITCHED_ON.splitlines() if re.match(r"[a-z_]+ = ", line)]
    assert settings
    assert all(re.search(r"\S  # \S", line) for line in settings)
    assert max(map(len, TEXT.splitlines())) <= 100
