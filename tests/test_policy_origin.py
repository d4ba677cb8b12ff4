"""Where a tool comes from."""

from __future__ import annotations

import pytest

from mcp_proxy.policy.origin import OWN, origin


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("me_get", OWN),
        ("remote.tenant.notion-a1b2c3.search_pages", "notion-a1b2c3"),
        ("remote.u-123.drive-0f0f0f.files.list", "drive-0f0f0f (personal)"),
        ("github.search", "github"),
        ("a.b.c", "a.b"),
        (".odd", OWN),
        ("", OWN),
    ],
)
def test_the_name_tells_which_server_offers_a_tool(name: str, expected: str) -> None:
    """systems.md §3.5 (SC-NAME) and §7.4: cloud tools are grouped by origin."""
    assert origin(name) == expected


def test_a_personal_server_does_not_tell_whose_it_is() -> None:
    """systems.md §7.4: the user id is not exposed unasked."""
    assert "u-123" not in origin("remote.u-123.drive-0f0f0f.list")
