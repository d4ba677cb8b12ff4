"""Stable Baseline to try."""

from __future__ import annotations

from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.baseline.exhibit import BaselineExhibit


def test_there_is_a_profile_for_every_key_and_one_that_registers() -> None:
    """systems.md §7.6, §4.3."""
    exhibit = BaselineExhibit(lambda _: 0, {"page_size": 20})
    exhibit.world.close()
    profiles = dict(parse_config(exhibit.profiles(lambda name: f"@{name}"), where="demo").profiles)
    assert profiles.pop("demo").auth.client_id is None
    assert len(profiles) == len(exhibit.world.secrets)
    for name, text in exhibit.world.secrets.items():
        profile = profiles["demo-" + name.removeprefix("sta_")]
        assert exhibit.secrets()[str(profile.auth.token).removeprefix("@")] == text
    assert exhibit.world.faults.page_size == 20
