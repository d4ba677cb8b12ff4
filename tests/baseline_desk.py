"""The desk of the demo's Stable Baseline, asked without any wire."""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline import calls
from mcp_proxy.demo.baseline.catalogue import BY_NAME
from mcp_proxy.demo.baseline.desk import Desk
from mcp_proxy.demo.baseline.estate import PAYMENTS, Estate, fresh_estate
from mcp_proxy.demo.baseline.grants import ROLES, Credential, Grant
from mcp_proxy.demo.baseline.orders import Orders
from mcp_proxy.demo.baseline.refusals import Refused
from mcp_proxy.demo.baseline.signup import SignUps
from mcp_proxy.demo.switches import Counters

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.grants import Level, Mode


def held_by(
    scope: dict[str, Level] | Level,
    *flags: str,
    mode: Mode = "simple",
    role: str = "owner",
    name: str = "a key",
) -> Credential:
    """A credential; a level alone is about one workspace."""
    levels: dict[str, Level] = {PAYMENTS: scope} if isinstance(scope, str) else scope
    return Credential(name, ROLES[role], Grant(levels, frozenset(flags), mode))


class Office:
    """One organisation, and what its tools answer."""

    def __init__(self, estate: Estate | None = None) -> None:
        self.estate, self.counters = estate or fresh_estate(), Counters()
        numbers = count(1)
        self.orders = Orders(lambda: f"token-{next(numbers)}")
        self.sign_ups = SignUps(lambda: 1000.0, lambda: f"CODE{next(numbers):02}")

    def desk(self, who: Credential | None, tool: str) -> Desk:
        """Where a call of `tool` is served."""
        page = "http://127.0.0.1/signup"
        return Desk(
            self.estate, who, self.counters, BY_NAME[tool], self.orders, self.sign_ups, page
        )

    def ask(self, who: Credential | None, tool: str, **arguments: object) -> dict[str, Any]:
        """What a tool answers; a refusal's answer for what is refused."""
        try:
            return calls.answer(self.desk(who, tool), arguments)
        except Refused as refused:
            return refused.answer
