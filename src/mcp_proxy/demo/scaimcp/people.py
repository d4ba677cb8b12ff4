"""Who may sign in to the tenant, by role (systems.md §7.6).

Roles are additive: built-in ones, and what was granted directly, core or module. What somebody
holds is worked out at each request, so that a grant and its revocation count at once.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from mcp_proxy.demo.scaimcp.permissions import CATALOG, REMOTE_OWN, REMOTE_USE, ROLES

TENANT = "demo-bank"


@dataclass(slots=True)
class Person:
    """One user of one tenant."""

    name: str
    description: str
    user_id: str
    roles: tuple[str, ...] = ()
    granted: set[str] = field(default_factory=set)
    """Permissions beyond those of the roles."""
    revoked: set[str] = field(default_factory=set)
    """Permissions that are taken away for now, whoever gave them."""
    tenant: str = TENANT

    @property
    def permissions(self) -> frozenset[str]:
        """What this person holds now."""
        bundles = (ROLES[role] for role in self.roles)
        return frozenset().union(self.granted, *bundles) - self.revoked

    def grant(self, permission: str) -> None:
        """Give a permission, from the next request on."""
        self.revoked.discard(permission)
        self.granted.add(permission)

    def revoke(self, permission: str) -> None:
        """Take a permission away, from the next request on."""
        self.granted.discard(permission)
        self.revoked.add(permission)


def people() -> dict[str, Person]:
    """Fresh accounts by name, the default one first. Direct grants are ours."""
    everyone = (
        Person("user", "tenant_user: uses models, keeps API keys", "usr-2b10", ("tenant_user",)),
        Person(
            "viewer",
            "tenant_viewer: lists models, sees its own usage",
            "usr-1a07",
            ("tenant_viewer",),
        ),
        Person(
            "tadmin",
            "tenant_admin, all of ScaiLink, runs the bunker",
            "usr-3c55",
            ("tenant_admin",),
            {
                CATALOG,
                "scaibunker:read",
                "scaibunker:execute",
                "scaimatrix:read",
                "scaimatrix:ingest",
            },
        ),
        Person("super", "super_admin: everything", "usr-4d99", ("super_admin",)),
        Person(
            "linker",
            "tenant_user with remote tools of its own",
            "usr-5e21",
            ("tenant_user",),
            {REMOTE_USE, REMOTE_OWN},
        ),
        Person(
            "catalog-only", "reads the REST list, and may use nothing", "usr-6f30", (), {CATALOG}
        ),
        Person("stranger", "a user of another tenant, without a role", "usr-7a44", tenant="other"),
    )
    return {each.name: each for each in everyone}


def agent() -> Person:
    """The narrow service identity behind the key of a desktop agent (SC-PERM)."""
    return Person(
        "agent", "a service identity: models:use, nothing else", "usr-8b12", (), {"models:use"}
    )
