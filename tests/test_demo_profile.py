"""The profiles that the demo writes."""

from __future__ import annotations

import pytest

from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.profile import NAME, profile_text, with_profiles
from mcp_proxy.errors import ConfigError


def profiles(secret: str = "env:X", *, more: bool = True) -> str:
    """The profile `demo`, and another."""
    about = {"url": "http://127.0.0.1:6544/mcp"}
    first = profile_text(NAME, about, {"client_id": "c", "client_secret": secret})
    other = profile_text(f"{NAME}-other", about, {"grant": "none"}, {"deny": ["delete_*"]})
    return f"{first}\n{other}" if more else first


def test_values_are_quoted_as_toml_wants_it() -> None:
    """TOML 1.0: a JSON string is a basic string."""
    found = parse_config(profiles('@/tmp/a b"c'), where="demo").profiles
    assert str(found[NAME].auth.client_secret) == '@/tmp/a b"c'
    assert found[f"{NAME}-other"].permissions.deny == ("delete_*",)
    assert f"[profiles.{NAME}.permissions]" not in profiles()


def test_they_are_added_to_what_is_there_and_replaced_the_next_time() -> None:
    """Ours: a person's own file is kept to the letter."""
    own = '# mine\ndefault_profile = "dev"\n\n[profiles.dev]\nurl = "https://dev.example/mcp"\n'
    once = with_profiles(own, profiles(), where="config.toml")
    assert once.startswith(own)
    twice = with_profiles(once, profiles("env:OTHER", more=False), where="config.toml")
    assert twice.startswith(own)
    assert twice.count("[profiles.demo]") == 1
    assert "env:OTHER" in twice
    assert set(parse_config(twice, where="config.toml").profiles) == {"dev", "demo"}


def test_what_somebody_wrote_behind_them_is_kept() -> None:
    """Ours."""
    later = '\n[profiles.late]\nurl = "https://late.example/mcp"\n'
    found = with_profiles(with_profiles("", profiles(), where="c") + later, profiles(), where="c")
    assert set(parse_config(found, where="c").profiles) == {"late", "demo", "demo-other"}


@pytest.mark.parametrize("name", ["demo", "demo-other"])
def test_a_profile_of_such_a_name_is_never_overwritten(name: str) -> None:
    """Ours."""
    own = f'[profiles.{name}]\nurl = "https://mine.example/mcp"\n'
    with pytest.raises(ConfigError, match="not the demo's"):
        with_profiles(own, profiles(), where="config.toml")


def test_a_file_with_mistakes_is_left_alone() -> None:
    """peers.md behaviour 23: fail closed."""
    with pytest.raises(ConfigError):
        with_profiles("colour = 1\n", profiles(), where="config.toml")
