"""Where a call is served: the organisation, who asks, and what may go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.catalogue import Tool
    from mcp_proxy.demo.baseline.estate import Estate, Place
    from mcp_proxy.demo.baseline.grants import Credential, Level
    from mcp_proxy.demo.baseline.orders import Orders
    from mcp_proxy.demo.baseline.signup import SignUps
    from mcp_proxy.demo.switches import Counters


@dataclass(frozen=True, slots=True)
class Desk:
    """One call's view of the world."""

    estate: Estate
    credential: Credential | None
    """None for a caller that brings none."""
    counters: Counters
    tool: Tool
    orders: Orders
    sign_ups: SignUps
    sign_up_page: str

    @property
    def caller(self) -> Credential:
        """Whose credential it is; asked for only where the gateway has let somebody in."""
        if self.credential is None:
            raise RuntimeError(f"{self.tool.name} was let through without a credential")
        return self.credential

    @property
    def stamp(self) -> dict[str, str]:
        """What every write is signed with (systems.md §4.5, attribution)."""
        caller = self.caller
        return {"user": caller.role.name, "created_by_credential_name": caller.name}

    def effect(self) -> None:
        """Count that this call has changed something."""
        self.counters.effects[self.tool.name] += 1

    def level(self, place: Place) -> Level:
        """What the caller may do with a resource."""
        return self.caller.level(self.estate.chain(place.id))

    def reaches(self, place: Place) -> bool:
        """Whether the caller may see a resource at all."""
        return self.level(place) != "none"
