"""The permissions of ScaiGrid and the bundles of its roles (SC-ROLES, SL-PERM, SC-CROLE).

Fifteen core permissions; everything else is a module's own key, `module:verb` or longer.
"""

from __future__ import annotations

CORE = frozenset(
    {
        "models:list",
        "models:use",
        "models:manage",
        "routing:view",
        "routing:manage",
        "accounting:view_own",
        "accounting:view_tenant",
        "accounting:view_partner",
        "accounting:manage_budgets",
        "users:manage",
        "api_keys:manage",
        "webhooks:manage",
        "modules:use",
        "modules:manage",
        "admin:access",
    }
)
"""The values of ScaiGrid's `Permission`."""

CATALOG = "scaimcp:access"
"""Opens the unfiltered REST list, and no tool."""

REMOTE_USE = "scailink:remote.use"
REMOTE_OWN = "scailink:remote.manage_own"
REMOTE_TENANT = "scailink:remote.manage_tenant"
LINK = frozenset(
    {"scailink:view", "scailink:invoke", "scailink:manage", "scailink:audit"}
    | {REMOTE_USE, REMOTE_OWN, REMOTE_TENANT}
)
"""All of ScaiLink's keys; the three admin roles hold them by default."""

_VIEWER = frozenset({"models:list", "accounting:view_own"})
_USER = _VIEWER | {"models:use", "api_keys:manage", "modules:use"}
_PARTNER = _VIEWER | {"accounting:view_tenant", "accounting:view_partner"}
_TENANT_ADMIN = {
    "routing:view",
    "accounting:view_tenant",
    "accounting:manage_budgets",
    "users:manage",
    "webhooks:manage",
    "modules:manage",
    "admin:access",
}
_PARTNER_ADMIN = {"accounting:manage_budgets", "users:manage", "admin:access"}

EVERYTHING = "*"
"""What `super_admin` holds: every permission, those of modules too."""

ROLES: dict[str, frozenset[str]] = {
    "tenant_viewer": _VIEWER,
    "tenant_user": _USER,
    "tenant_admin": _USER | _TENANT_ADMIN | LINK,
    "partner_viewer": _PARTNER,
    "partner_admin": _PARTNER | _PARTNER_ADMIN | LINK,
    "super_admin": frozenset({EVERYTHING}),
}


def covers(held: frozenset[str], required: str) -> bool:
    """Whether who holds `held` has what a tool requires; nothing is required by an empty text."""
    return not required or required in held or EVERYTHING in held
