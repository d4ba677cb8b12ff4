"""The Integration Gateway to try."""

from __future__ import annotations

from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.integration.exhibit import IntegrationExhibit, read_only_profile
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.profile import NAME


def test_the_profile_of_the_tour_is_read_only_and_never_deletes() -> None:
    """Ours: what the tour and `demo --keep` use; secrets only by reference."""
    world = IntegrationWorld()
    world.close()
    found = parse_config(read_only_profile(world, '@/tmp/a b"c'), where="demo").profiles[NAME]
    assert found.url.endswith("/integrations/mcp/")
    assert str(found.auth.client_secret) == '@/tmp/a b"c'
    assert found.auth.redirect_uri == "http://localhost:6545/oauth/callback"
    assert found.permissions.read_only
    assert found.permissions.deny == ("delete_*",)


def test_each_environment_has_a_gateway_and_a_profile_with_its_label() -> None:
    """systems.md §2.4, §7.6."""
    exhibit = IntegrationExhibit(lambda _: 0, {"page_size": 7})
    profiles = parse_config(exhibit.profiles(lambda _: "@there"), where="demo").profiles
    for name, world in exhibit.worlds.items():
        world.close()
        label = name.removeprefix("ig-")
        assert profiles[f"demo-{label}"].url == world.url
        assert profiles[f"demo-{label}"].environment == label
        assert world.faults.page_size == 7
    assert len(set(exhibit.secrets().values())) == 4
    assert profiles["demo-loader"].auth.grant == "client-credentials"
    names = [name for name, _ in exhibit.identities()]
    assert names[0] == "staff-full"
    assert names[-2:] == ["svc-loader", "group builders"]
