"""ScaiMCP with ScaiLink to try."""

from __future__ import annotations

from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.scaimcp.exhibit import ScaiExhibit


def test_there_is_a_key_for_every_role_and_a_sign_in_besides() -> None:
    """systems.md §7.6; SC-PERM: a narrow identity for desktops."""
    exhibit = ScaiExhibit(lambda _: 0, {"shape": "flat"})
    exhibit.world.close()
    profiles = dict(parse_config(exhibit.profiles(lambda name: f"@{name}"), where="demo").profiles)
    assert profiles.pop("demo").auth.client_id == exhibit.world.client_id
    names = [*exhibit.world.people, "agent"]
    assert list(profiles) == [f"demo-{name}" for name in names]
    for name in names:
        profile = profiles[f"demo-{name}"]
        assert profile.preset == "scaimcp"
        assert profile.account == name
        text = exhibit.secrets()[str(profile.auth.token).removeprefix("@")]
        key = exhibit.world.keys.bearer(text)
        assert key is not None
        assert key.account.name == name
    assert exhibit.world.scai_faults.shape == "flat"
