"""The profile that the demo writes."""

from __future__ import annotations

import pytest

from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.profile import NAME, profile_text, with_profile
from mcp_proxy.errors import ConfigError


def profile(port: int = 0, secret: str = "env:X") -> str:
    world = IntegrationWorld(port)
    world.close()
    return profile_text(world, secret)


def test_it_is_a_good_profile_with_a_read_only_policy() -> None:
    """Ours: what the tour and `demo --keep` use; secrets only by reference."""
    found = parse_config(profile(secret='@/tmp/a b"c'), where="demo").profiles[NAME]
    assert found.url.endswith("/integrations/mcp/")
    assert str(found.auth.client_secret) == '@/tmp/a b"c'
    assert found.auth.redirect_uri == "http://localhost:6545/oauth/callback"
    assert found.permissions.read_only
    assert found.permissions.deny == ("delete_*",)


def test_it_is_added_to_what_is_there_and_replaced_the_next_time() -> None:
    """Ours: a person's own file is kept to the letter."""
    own = '# mine\ndefault_profile = "dev"\n\n[profiles.dev]\nurl = "https://dev.example/mcp"\n'
    once = with_profile(own, profile(), where="config.toml")
    assert once.startswith(own)
    newer = profile(secret="env:OTHER")
    twice = with_profile(once, newer, where="config.toml")
    assert twice.startswith(own)
    assert twice.count("[profiles.demo]") == 1
    assert "env:OTHER" in twice
    assert set(parse_config(twice, where="config.toml").profiles) == {"dev", "demo"}


def test_what_somebody_wrote_behind_it_is_kept() -> None:
    """Ours."""
    later = '\n[profiles.late]\nurl = "https://late.example/mcp"\n'
    found = with_profile(with_profile("", profile(), where="c") + later, profile(), where="c")
    assert set(parse_config(found, where="c").profiles) == {"late", "demo"}


def test_a_profile_of_that_name_is_never_overwritten() -> None:
    """Ours."""
    own = '[profiles.demo]\nurl = "https://mine.example/mcp"\n'
    with pytest.raises(ConfigError, match="not the demo's"):
        with_profile(own, profile(), where="config.toml")


def test_a_file_with_mistakes_is_left_alone() -> None:
    """peers.md behaviour 23: fail closed."""
    with pytest.raises(ConfigError):
        with_profile("colour = 1\n", profile(), where="config.toml")
