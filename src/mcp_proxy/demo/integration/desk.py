"""Where a tool call is served: the instance, who asks, and what an answer may be."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.demo.integration.identities import Identity, Permission
    from mcp_proxy.demo.integration.instance import Instance, Integration
    from mcp_proxy.demo.switches import Counters

MASK = "XXXXXXXX"
"""What stands for a masked or encrypted value in every answer."""


class Denied(Exception):
    """A call that the instance refuses; `answer` is what its caller is told.

    The documentation names the permissions but not the shape of a refusal: this one is ours.
    """

    def __init__(self, error: str, message: str, **facts: object) -> None:
        super().__init__(message)
        self.answer: dict[str, Any] = {
            "success": False,
            "error": error,
            "message": message,
            **facts,
        }


async def _silent(_done: int, _total: int, _message: str) -> None:
    """No progress is wanted."""


async def _unasked(_question: str) -> bool | None:
    """There is nobody to ask."""
    return None


async def _unheard(_integration_id: int) -> None:
    """Nobody has subscribed."""


async def _at_once() -> None:
    """Nothing to wait for."""


@dataclass(slots=True)
class Desk:
    """One call's view of the world."""

    instance: Instance
    identity: Identity
    counters: Counters
    tool: str
    progress: Callable[[int, int, str], Awaitable[None]] = field(default=_silent)
    """Tells the caller: steps done, steps in all, what is being done."""
    confirm: Callable[[str], Awaitable[bool | None]] = field(default=_unasked)
    """Asks the person behind the caller; None where the host cannot ask."""
    approval: Callable[[], Awaitable[None]] = field(default=_at_once)
    """Returns when a waiting run is approved."""
    tools_changed: Callable[[], Awaitable[None]] = field(default=_at_once)
    saved: Callable[[int], Awaitable[None]] = field(default=_unheard)
    """Told the id of an integration that was changed."""

    def effect(self) -> None:
        """Count that this call has changed something."""
        self.counters.effects[self.tool] += 1

    def integration(self, integration_id: object, permission: Permission) -> Integration:
        """The integration of a call that needs `permission` on it.

        Raises:
            Denied: there is none, or the account lacks the permission.
        """
        found = (
            self.instance.integrations.get(integration_id)
            if isinstance(integration_id, int)
            else None
        )
        if found is None:
            raise Denied("not_found", f"There is no integration {integration_id}")
        if not self.identity.may(permission, found.id):
            raise Denied(
                "permission_denied",
                f"{self.identity.name} lacks the permission '{permission}' on {found.name}",
                permission=permission,
                integration=found.name,
            )
        return found

    async def confirmed(self, what: str) -> None:
        """Go on with a deletion, unless the person behind the caller was asked and says no.

        Raises:
            Denied: the person did not confirm.
        """
        if await self.confirm(f"Delete {what}?") is False:
            raise Denied("not_confirmed", "The person did not confirm; nothing was deleted")

    def account(self, permission: str) -> None:
        """Go on only with an account permission.

        Raises:
            Denied: the account lacks it.
        """
        if not self.identity.has(permission):
            raise Denied(
                "permission_denied",
                f"{self.identity.name} lacks the account permission '{permission}'",
                permission=permission,
            )
