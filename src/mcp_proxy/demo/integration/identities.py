"""Who may sign in to the instance, and what each may do.

After the gateway's documentation ("Permissions and Security"): being Staff opens the
MCP server and nothing else; reading, writing, executing and debugging are granted per
integration; two account permissions open the run-history and the custom-adapter tools.
Groups only add, and what they add is gone with the membership; an organization limits the
runs that its members see and nothing else (systems.md §2.2).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Permission = Literal["read", "write", "execute", "debug"]
"""What one may do with one integration."""

ALL: tuple[Permission, ...] = ("read", "write", "execute", "debug")

RUN_HISTORY = "Can use MCP Run History tool"
CUSTOM_ADAPTERS = "can_use_custom_adapters"


HEAD_OFFICE = "Head Office"
"""The organization whose runs every instance starts with."""


@dataclass(slots=True)
class Group:
    """What its members have beside their own."""

    name: str
    account_permissions: frozenset[str] = frozenset()
    grants: dict[int, set[Permission]] = field(default_factory=dict)


@dataclass(slots=True)
class Identity:
    """One account of the instance."""

    name: str
    description: str
    is_staff: bool = True
    account_permissions: frozenset[str] = frozenset()
    grants: dict[int, set[Permission]] = field(default_factory=dict)
    """By integration id. Changes: whoever creates an integration gets all four."""
    groups: dict[str, Group] = field(default_factory=dict)
    """By name. Changes: who joins and leaves gains and loses at once."""
    organization: str | None = None
    """Whose runs it sees; None: everybody's."""
    is_internal: bool = False
    """Whether the account is one of the maker's own people."""

    def may(self, permission: Permission, integration_id: int) -> bool:
        """Whether this account holds `permission` on one integration, itself or by a group."""
        held = (self.grants, *(group.grants for group in self.groups.values()))
        return any(permission in grants.get(integration_id, ()) for grants in held)

    def has(self, permission: str) -> bool:
        """Whether it holds an account permission, itself or by a group."""
        held = (each.account_permissions for each in self.groups.values())
        return permission in self.account_permissions.union(*held)

    def sees(self, organization: str) -> bool:
        """Whether it sees the runs of an organization."""
        return self.organization in {None, organization}


def service_account() -> Identity:
    """The account behind client credentials: it executes integrations, and is not Staff.

    After the gateway's documentation: service accounts cannot log in, view or edit.
    """
    return Identity("svc-loader", "a service account", is_staff=False, grants={1: {"execute"}})


def groups() -> dict[str, Group]:
    """Fresh groups by name."""
    return {"builders": Group("builders", grants={2: {"write"}})}


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
        Identity(
            "history-only",
            "Staff, the run-history tools but no run",
            True,
            frozenset({RUN_HISTORY}),
            {1: {"read"}},
        ),
        Identity("debug-only", "Staff, A's runs but not their tools", grants={1: {"debug"}}),
        Identity(
            "branch",
            "Staff of another organization, run history of A",
            True,
            frozenset({RUN_HISTORY}),
            {1: {"debug"}},
            organization="Branch Office",
        ),
        Identity(
            "ncino",
            "Staff and nCino's own, reads A; has two tools more",
            grants={1: {"read"}},
            is_internal=True,
        ),
    )
    return {account.name: account for account in accounts}
