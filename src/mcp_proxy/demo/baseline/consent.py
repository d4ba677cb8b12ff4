"""What a person gives a program: workspaces, a level, and at most what their role has. Pure.

After systems.md §4.3 and §4.4 (SB-AGENTS, SB-PERM): the person chooses the workspace and the
capabilities, so the granted scope may be smaller than the one asked for.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from mcp_proxy.demo.baseline.grants import FLAGS, LEVELS, ROLES, Credential, Grant, Level
from mcp_proxy.demo.granting import Granting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.baseline.estate import Estate
    from mcp_proxy.demo.baseline.switches import BaselineFaults

IDENTITY_SCOPES = frozenset({"openid", "profile", "email"})
SCOPES = IDENTITY_SCOPES | set(FLAGS)
FIRST_SCOPE = " ".join(sorted(SCOPES))
"""What the gateway tells clients to ask for; ours."""


class BaselineGranting(Granting):
    """The consent form, and what comes of it."""

    def __init__(self, estate: Estate, faults: BaselineFaults) -> None:
        self._estate, self._faults = estate, faults

    def choices(self) -> str:
        """Which workspace, and how much."""
        spaces = {"": "All workspaces"} | {each.id: each.name for each in self._estate.below(None)}
        levels = {"": "As much as the role"} | {each: each for each in LEVELS[1:]}
        return _select("workspace", spaces) + _select("level", levels)

    def granted(
        self, account: Account, client_id: str, scope: str, form: Mapping[str, str]
    ) -> tuple[Account, str]:
        """A credential under the ceiling of the role, named after its client."""
        role = ROLES[account.name]
        scopes = [each for each in scope.split() if self._agrees(each, role.flags)]
        flags = frozenset(FLAGS[each] for each in scopes if each in FLAGS)
        grant = Grant(self._scope(form, role.level), flags)
        # RFC 6749 §3.3: a scope has at least one name.
        return Credential(client_id, role, grant), " ".join(scopes) or "openid"

    def _agrees(self, scope: str, flags: frozenset[str]) -> bool:
        agreed = self._faults.consents_to
        may = scope in IDENTITY_SCOPES or FLAGS[scope] in flags
        return may and (agreed is None or scope in agreed)

    def _scope(self, form: Mapping[str, str], most: Level) -> dict[str, Level]:
        chosen = [each for each in LEVELS if each == form.get("level")]
        level = chosen[0] if chosen else most
        spaces = [each.id for each in self._estate.below(None)]
        wanted = form.get("workspace")
        return {each: level for each in spaces if wanted in {None, "", each}}


def _select(name: str, options: Mapping[str, str]) -> str:
    rows = "".join(
        f'<option value="{escape(value)}">{escape(text)}</option>'
        for value, text in options.items()
    )
    return f'<label>{name.capitalize()} <select name="{name}">{rows}</select></label>'
