"""What a credential of Stable Baseline may do, and which grants may exist at all. Pure.

Two generations of the gateway's permission model live here side by side (design key SB-OLD and
SB-PERM). The older one: `read` < `write` < `delete`, **simple** (one level for all resources) or
**granular** (a level for each, and a child never exceeds its parent). The newer one, **levels**:
`none` is an explicit denial, and `admin` is what `delete` was. Everywhere the ceiling holds: what
an agent may do is the person's role and the credential's grant, whichever is less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    Chain = Callable[[str], Sequence[str]]

Level = Literal["none", "read", "write", "delete"]
Mode = Literal["simple", "granular", "levels"]

LEVELS: tuple[Level, ...] = get_args(Level)
"""Each includes those before it."""

FLAGS = {
    "org_admin": "can_admin_org",
    "org_billing": "can_manage_billing",
    "org_members": "can_manage_members",
    "org_teams": "can_manage_teams",
    "org_permissions": "can_manage_perms",
    "org_settings": "can_admin_org",
    "kg_admin": "can_manage_kg",
    "lifecycle": "can_lifecycle",
}
"""OAuth scope and the capability of the organisation that it asks for (SB-README, SB-PERM)."""


class InvalidGrant(ValueError):
    """A grant that the gateway refuses to create."""


@dataclass(frozen=True, slots=True)
class Grant:
    """Resources and what may be done with each, and capabilities of the organisation."""

    scope: Mapping[str, Level]
    """Level by the id of a workspace, project, folder or document."""
    flags: frozenset[str] = frozenset()
    mode: Mode = "simple"


@dataclass(frozen=True, slots=True)
class Role:
    """What a person may do in the organisation; the ceiling of all their credentials."""

    name: str
    description: str
    level: Level
    flags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Credential:
    """A key or a sign-in, as both are resolved to the same thing (SB-SETUP).

    Writes are stamped with `name`, and with the person's role (SB-EVAL).
    """

    name: str
    role: Role
    grant: Grant

    @property
    def description(self) -> str:
        """What stands behind it, in half a line."""
        return f"{self.grant.mode} grant of the {self.role.name}"

    @property
    def flags(self) -> frozenset[str]:
        """The capabilities that both the person and the grant have."""
        return self.role.flags & self.grant.flags

    @property
    def highest(self) -> Level:
        """The most that it may do with anything."""
        return lower(self.role.level, highest(self.grant.scope.values()))

    def level(self, chain: Sequence[str]) -> Level:
        """What it may do with the first of `chain`, a resource and its ancestors from below."""
        return lower(self.role.level, level_in(self.grant, chain))


ROLES = {
    role.name: role
    for role in (
        Role("owner", "everything, and all capabilities", "delete", frozenset(FLAGS.values())),
        Role("editor", "reads and writes, no capability", "write"),
        Role("viewer", "reads, no capability", "read"),
    )
}
"""The people of the demo's organisation, by role."""


def includes(held: Level, needed: Level) -> bool:
    """Whether one level is enough for another."""
    return LEVELS.index(held) >= LEVELS.index(needed)


def lower(one: Level, other: Level) -> Level:
    """The ceiling rule of two levels."""
    return other if includes(one, other) else one


def highest(levels: Iterable[Level]) -> Level:
    """The greatest; `none` of nothing."""
    return max(levels, key=LEVELS.index, default="none")


def level_in(grant: Grant, chain: Sequence[str]) -> Level:
    """What the nearest resource that the grant names says; `none` where it names none of them."""
    named = (grant.scope[each] for each in chain if each in grant.scope)
    return next(named, "none")


def checked(grant: Grant, chain: Chain) -> Grant:
    """The grant, if it may be given to somebody.

    Args:
        grant: what somebody wants to give.
        chain: a resource's own id and those of its ancestors, the workspace last; empty for an
            id that is unknown.

    Raises:
        InvalidGrant: it may not; says why.
    """
    if unknown := grant.flags - set(FLAGS.values()):
        raise InvalidGrant(f"Unknown capabilities: {', '.join(sorted(unknown))}")
    if not grant.scope:
        raise InvalidGrant("A grant needs at least one workspace")
    if grant.mode == "simple" and len(set(grant.scope.values())) > 1:
        raise InvalidGrant("In simple mode all resources have the same level")
    for each, level in grant.scope.items():
        _check(grant, level, chain(each))
    return grant


def _check(grant: Grant, level: Level, chain: Sequence[str]) -> None:
    if not chain:
        raise InvalidGrant("A resource of the grant is unknown")
    if chain[-1] not in grant.scope:
        raise InvalidGrant("A resource of the grant is in no workspace of the grant")
    if grant.mode == "levels":
        return
    if level == "none":
        raise InvalidGrant("Only the newer model knows 'none'")
    above = level_in(grant, chain[1:]) if len(chain) > 1 else level
    if not includes(above, level):
        raise InvalidGrant(f"A child never exceeds its parent: '{level}' below '{above}'")
