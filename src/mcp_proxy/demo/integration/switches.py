"""What a test may switch in an Integration Gateway's world beyond the common faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.switches import Faults

WRITE_SCOPE = "mcp:write"
"""Asked for by nobody at first; see `Faults.scopes`."""


@dataclass(slots=True)
class IntegrationFaults(Faults):
    """How the world misbehaves; as created, it does not."""

    only_permitted: bool = False
    """The list leaves out what the account can never call. No source says whether it does (C7)."""
    announces_tools: bool = True
    """Sessions are told of a new tool. As documented a client had to be restarted (IG-MCP)."""
    page_permissions: dict[str, str] = field(default_factory=dict)
    """By tool, an account permission that it needs as well (IG-PERM: the newer page names some)."""
    slashless: Literal["redirect", "elsewhere", "missing"] = "redirect"
    """What the endpoint's address without its last slash answers: a redirect to the right one,
    one to another host, or 404."""


INTEGRATION_FAULTS: dict[str, dict[str, Any]] = FAULTS | {
    "insufficient-scope": {"scopes": {"list_integrations": WRITE_SCOPE}},
    "filtered-list": {"only_permitted": True},
    "silent-list": {"announces_tools": False},
    "page-permission": {"page_permissions": {"frontend_operations": "can_view_frontends_page"}},
    "slashless-elsewhere": {"slashless": "elsewhere"},
}
"""What can be made to go wrong here, by name."""
