"""The rights of an identity, resource by resource: asked for behind the calls, to explain.

The tool that tells them is called by the same rules as by the client: not at all where the
profile denies it, and with a line in the audit. Nothing is ever permitted by what it says
(systems.md §7.2).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mcp_proxy.catalog.matrix import holding, matrix
from mcp_proxy.policy.glob import first_match
from mcp_proxy.proxy import plan as plans
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.catalog.facts import FactStore
    from mcp_proxy.catalog.matrix import Matrix
    from mcp_proxy.policy.enquiry import MatrixTool
    from mcp_proxy.policy.preset import Preset
    from mcp_proxy.proxy.gateway.side import Side
    from mcp_proxy.proxy.plan import Call
    from mcp_proxy.proxy.tools.view import View
    from mcp_proxy.proxy.trail import Trail

MATRIX_SECONDS: Final = 3600.0
"""How long a matrix need not be asked for again (ours)."""
_MINUTE: Final = 60
"""Seconds."""


class Rights:
    """What one identity may do with each resource of one gateway.

    Args:
        preset: what is known of the gateway's system.
        view: whether the tool that tells them may be called.
        facts: keeps them.
        key: the cache key's digest.
        trail: the audit.
        now: epoch seconds.
    """

    def __init__(
        self,
        preset: Callable[[], Preset],
        view: View,
        facts: FactStore,
        key: Callable[[], str],
        trail: Trail,
        now: Callable[[], float],
    ) -> None:
        self._preset = preset
        self._view = view
        self._facts = facts
        self._key = key
        self._trail = trail
        self._now = now
        self._asked_at: float | None = None
        self._count = 0

    def outdate(self) -> None:
        """Ask again at the next occasion: somebody has signed in, or something was refused."""
        self._asked_at = 0.0

    def is_due(self) -> bool:
        """Whether they should and may be asked for: unknown, or an hour old."""
        shape = self._shape()
        if shape is None or self._view.tool(shape.tool) is None:
            return False
        if not self._view.judge(shape.tool, arguments={}).allowed:
            return False
        if self._asked_at is None:
            known = self._facts.matrix(self._key())
            self._asked_at = known.taken_at if known is not None else 0.0
        return not 0 <= self._now() - self._asked_at < MATRIX_SECONDS

    async def ask(self, side: Side) -> None:
        """Ask `side` for them and keep them; only where they are due.

        Raises:
            AuthError, GatewayError, NotPermitted: there is no answer.
            StoreError: they cannot be kept.
        """
        shape = self._shape()
        assert shape is not None  # noqa: S101 - they are due
        # Also where it fails, or a gateway that does not tell would be asked with each list.
        self._asked_at = self._now()
        self._count += 1
        params = {"name": self._view.shown_name(shape.tool), "arguments": {}}
        line = jsonrpc.request(f"mcp-permit-rights-{self._count}", mcp.TOOLS_CALL, params)
        action = plans.plan(jsonrpc.parse(line), self._view)
        if not isinstance(action, plans.Call):
            return  # hidden just now
        with self._trail.begin(action) as entry:
            answer = await side.ask(
                jsonrpc.parse(action.body), repeatable=True, on_message=lambda _line: None
            )
            entry.answered(answer)
        found = matrix(answer, shape, self._now())
        if found is not None:
            self._facts.keep_matrix(self._key(), found)

    def known(self, call: Call) -> str | None:
        """What is known about the resource that a call names, in one sentence."""
        shape = self._shape()
        told = None if shape is None else self._facts.matrix(self._key())
        if shape is None or told is None:
            return None
        names = self._preset().resources[shape.on].arguments
        for name, value in call.arguments.items():
            if first_match(names, name) is not None and (row := told.row(value)) is not None:
                return f"{_age(told, self._now())}, it holds {holding(row)}."
        return None

    def _shape(self) -> MatrixTool | None:
        return self._preset().enquiry.matrix


def _age(told: Matrix, now: float) -> str:
    minutes = max(int((now - told.taken_at) // _MINUTE), 0)
    return f"As {told.tool} told {minutes} min ago" if minutes else f"As {told.tool} told just now"
