"""A profile's catalog as commands show it."""

from __future__ import annotations

from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.cli.sheet import server_name, sheet_of, with_environments
from mcp_proxy.config.model import Profile
from mcp_proxy.policy.model import Policy, Tool
from mcp_proxy.values import replace

PROFILE = Profile("bank", "https://ig.example/mcp/", preset="integration-gateway")
SNAPSHOT = Snapshot(
    "https://ig.example/mcp/",
    "jo",
    1000.0,
    "2025-06-18",
    b'{"serverInfo":{"name":"IG","version":"4.22"}}',
    (
        Tool("list_integrations", b'{"name":"list_integrations"}'),
        Tool("write_integration", b'{"name":"write_integration"}'),
        Tool("a.b", b'{"name":"a.b","annotations":{"readOnlyHint":true}}'),
    ),
)


def test_each_tool_has_its_class_and_what_the_rules_say() -> None:
    """systems.md X16."""
    sheet = sheet_of(replace(PROFILE, permissions=Policy(deny=("write_*",))), SNAPSHOT)
    found = {one.tool.name: (one.classes, one.decision.allowed) for one in sheet.entries}
    assert found["list_integrations"] == (("read",), True)
    assert found["write_integration"] == (("write",), False)
    assert sheet.server == "IG 4.22"
    assert [one.shown_as for one in sheet.entries][:2] == ["list_integrations", "write_integration"]


def test_a_hint_of_the_gateway_classes_what_is_shown_also_without_a_preset() -> None:
    """Ours: shown, not decided by."""
    sheet = sheet_of(Profile("x", "https://x.example"), SNAPSHOT)
    assert {one.tool.name: one.classes for one in sheet.entries}["a.b"] == ("read",)


def test_every_environment_of_the_preset_has_its_say() -> None:
    """systems.md §7.3: read, debug, write in DEV; read and debug in TEST and PROD."""
    sheet = with_environments(PROFILE, sheet_of(PROFILE, SNAPSHOT))
    allowed = {
        one.tool.name: {name: said.allowed for name, said in one.environments}
        for one in sheet.entries
    }
    assert allowed["write_integration"] == {"dev": True, "test": False, "prod": False}
    assert set(allowed["list_integrations"].values()) == {True}


def test_a_gateway_without_a_name_is_unnamed() -> None:
    """Ours."""
    for odd in (b"{}", b"[]", b'{"serverInfo":7}'):
        assert server_name(replace(SNAPSHOT, initialize=odd)) == "unnamed"
