"""The permissions of ScaiGrid and the bundles of its roles."""

from __future__ import annotations

from mcp_proxy.demo.scaimcp.permissions import CORE, EVERYTHING, LINK, ROLES, covers


def test_there_are_fifteen_core_permissions() -> None:
    """SC-ROLES."""
    assert len(CORE) == 15


def test_roles_hold_what_is_documented() -> None:
    """SC-ROLES: each tenant role holds what the one below holds; partners see their tenants."""
    viewer, user, admin = (ROLES[f"tenant_{name}"] for name in ("viewer", "user", "admin"))
    assert viewer == {"models:list", "accounting:view_own"}
    assert user - viewer == {"models:use", "api_keys:manage", "modules:use"}
    assert viewer < user < admin
    assert admin & CORE == CORE - {
        "models:manage",
        "routing:manage",
        "accounting:view_partner",
    }
    assert "accounting:view_partner" in ROLES["partner_viewer"] < ROLES["partner_admin"]
    assert all(role - LINK <= CORE | {EVERYTHING} for role in ROLES.values())


def test_only_admins_hold_scailink_by_default() -> None:
    """SL-PERM: opt-in for everybody else."""
    holders = {name for name, bundle in ROLES.items() if covers(bundle, "scailink:remote.use")}
    assert holders == {"tenant_admin", "partner_admin", "super_admin"}


def test_an_empty_requirement_is_met_by_everybody() -> None:
    """SC-PERM."""
    assert covers(frozenset(), "")
    assert not covers(frozenset({"models:list"}), "models:use")
    assert covers(ROLES["super_admin"], "anything:at.all")
