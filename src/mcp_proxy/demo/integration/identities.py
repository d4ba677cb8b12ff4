"""Who may sign in to the instance, and what each may do.

After the gateway's documentation ("Permissions and Security"): being Staff opens the
MCP server and nothing else; reading, writing, executing and debugging are granted per
integration; two account permissions open the run-history and the custom-adapter tools.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Permission = Literal["read", "write", "execute", "debug"]
"""What one may do with one integration."""

ALL: tuple[Permission, ...] = ("read", "write", "execute", "debug")

RUN_HISTORY = "Can use MCP Run History tool"
CUSTOM_ADAPTERS = "can_use_custom_adapters"


@dataclass(slots=True)
class Identity:
    """One account of the instance."""

    name: str
    description: str
    is_staff: bool = True
    account_permissions: frozenset[str] = frozenset()
    grants: dict[int, set[Permission]] = field(default_factory=dict)
    """By integration id. Changes: whoever creates an integration gets all four."""

    def may(self, permission: Permission, integration_id: int) -> bool:
        """Whether this account holds `permission` on one integration."""
        return permission in self.grants.get(integration_id, ())


def service_account() -> Identity:
    """The account behind client credentials: it executes integrations, and is not Staff.

    After the gateway's documentation: service accounts cannot log in, view or edit.
    """
    return Identity("service", "a service account", is_staff=False, grants={1: {"execute"}})


def identities() -> dict[str, Identity]:
    """Fresh accounts by name, the default one first. Integration 1 is A, 2 is B."""
    both = frozenset({RUN_HISTORY, CUSTOM_ADAPTERS})
    accounts = (
        Identity(
            "staff-full", "Staff, everything on A, reads B", True, both, {1: set(ALL), 2: {"read"}}
        ),
        Identity(
            "staff-limited",
            "Staff, reads A, reads and writes B",
            grants={1: {"read"}, 2: {"read", "write"}},
        ),
        Identity(
            "staff-debug", "Staff, run history of A", True, frozenset({RUN_HISTORY}), {1: {"debug"}}
        ),
        Identity(
            "standard", "not Staff: signs in, but MCP stays closed", False, grants={1: {"read"}}
        ),
    )
    return {account.name: account for account in accounts}
