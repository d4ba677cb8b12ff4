"""Which uses of the gateway are worth another authorization request, and which are not.

Pure. Follows MCP 2025-11-25, "Scope Challenge Handling": a few tries, and failures are
remembered, here for as long as the process lives. There is one resource per process, so
an operation names the pair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInRequired

if TYPE_CHECKING:
    from mcp_proxy.errors import InsufficientScope
    from mcp_proxy.wire.jsonrpc import Message

MOST_TRIES = 2
"""Step-ups of one operation; with the sign-in before them, three authorization requests."""


def operation(message: Message) -> str:
    """What a request uses: its method, and the tool, prompt or resource that it names."""
    params = message.params if isinstance(message.params, dict) else {}
    named = params.get("name") or params.get("uri") or ""
    return f"{message.method} {named}"


class StepUps:
    """What has been tried in vain so far."""

    def __init__(self) -> None:
        self._tried: dict[str, set[str | None]] = {}

    def required(self, use: str, lacking: InsufficientScope) -> SignInRequired:
        """The sign-in that `use` needs.

        Raises:
            InsufficientScope: `lacking`, where another one would not help.
        """
        tried = self._tried.get(use, set())
        if lacking.scope in tried or len(tried) >= MOST_TRIES:
            raise lacking
        required = SignInRequired(
            "This use needs more access than was agreed to", challenge=lacking.challenge
        )
        required.refused, required.is_step_up = lacking.refused, True
        return required

    def tried(self, use: str, lacking: InsufficientScope) -> None:
        """A person was asked for what `use` lacks, and has answered."""
        self._tried.setdefault(use, set()).add(lacking.scope)

    def worked(self, use: str) -> None:
        """The gateway has served `use`."""
        self._tried.pop(use, None)
