"""Who may sign in."""

from __future__ import annotations

from mcp_proxy.demo.scaimcp.people import agent, people
from mcp_proxy.demo.scaimcp.permissions import CATALOG, CORE, REMOTE_USE, ROLES


def test_everybody_holds_what_the_role_says() -> None:
    """systems.md §7.6."""
    found = people()
    assert next(iter(found)) == "user"
    assert found["viewer"].permissions == ROLES["tenant_viewer"]
    assert found["user"].permissions & CORE == ROLES["tenant_user"]
    assert found["linker"].permissions == ROLES["tenant_user"] | {
        REMOTE_USE,
        "scailink:remote.manage_own",
    }
    assert found["catalog-only"].permissions == {CATALOG}
    assert found["stranger"].permissions == frozenset()
    assert agent().permissions == {"models:use"}


def test_grants_add_to_roles_and_a_revocation_beats_both() -> None:
    """SC-CROLE: additive; SC-PERM: revoking `scailink:remote.use`."""
    admin = people()["tadmin"]
    admin.revoke(REMOTE_USE)
    assert REMOTE_USE not in admin.permissions
    admin.grant(REMOTE_USE)
    assert REMOTE_USE in admin.permissions
    admin.grant("scaibot:bots:read")
    assert "scaibot:bots:read" in admin.permissions


def test_each_world_has_people_of_its_own() -> None:
    """Ours."""
    people()["user"].grant("admin:access")
    assert "admin:access" not in people()["user"].permissions
