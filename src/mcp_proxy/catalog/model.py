"""A snapshot: the tools of one gateway as one identity last saw them.

The list is unfiltered and complete; a snapshot shows, it never permits.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from mcp_proxy.values import dataclass, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.policy.model import Tool


@dataclass(frozen=True, slots=True)
class Head:
    """What a snapshot says of the gateway itself."""

    gateway: str
    account: str
    taken_at: float
    """Epoch seconds."""
    digest: str
    """That of its tools; not checked."""
    initialize: bytes = field(repr=False)
    """The gateway's `initialize` result, its own JSON text: identity, capabilities."""
    revisions: Mapping[str, str] = field(default_factory=dict)
    """The protocol revisions that it was asked for, and those that it settled on."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What one complete `tools/list` said, and who asked whom and when."""

    gateway: str
    account: str
    taken_at: float
    """Epoch seconds."""
    protocol_version: str
    initialize: bytes = field(repr=False)
    """The gateway's `initialize` result, its own JSON text: identity, capabilities."""
    tools: tuple[Tool, ...] = field(repr=False)
    revisions: Mapping[str, str] = field(default_factory=dict)
    """As in `Head`."""
    user_agent: str | None = None
    """What the gateway was told that we are: the list may depend on it (systems.md X26)."""

    @property
    def digest(self) -> str:
        """SHA-256 over the raw entries in their order, hexadecimal (ours)."""
        return tools_digest(self.tools)


def tools_digest(tools: tuple[Tool, ...]) -> str:
    """The hash that tells two complete lists apart."""
    state = hashlib.sha256()
    for tool in tools:
        state.update(len(tool.raw).to_bytes(8, "big") + tool.raw)
    return state.hexdigest()
