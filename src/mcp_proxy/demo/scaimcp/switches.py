"""What a test may switch in the ScaiMCP world beyond the common faults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.switches import Faults

Shape = Literal["nested", "flat", "envelope"]
"""How a failure looks in a tool's result, of which only the codes are documented (C11):
`{"error": {"code", "message"}}`, `{"code", "message"}`, or the REST envelope."""

MODULE = "scaibunker"
"""The module that is switched off by name."""


@dataclass(slots=True)
class ScaiFaults(Faults):
    """How the world misbehaves; as created, it does not."""

    device_codes: bool = True
    """ScaiLink publishes a device endpoint (SL-API)."""
    shape: Shape = "nested"
    marks_errors: bool = False
    """Whether a failure also has `isError`; as documented it is a successful result."""
    names_nothing: bool = False
    """Whether a filtered tool is answered `TOOL_NOT_FOUND`, as SC-API also defines it."""
    refusal: str | None = None
    """A code of `refusals.STATUS` that the MCP endpoint answers every POST with."""
    backend: str | None = None
    """A code that every tool but the open ones answers with, in its result."""
    registry_is_disabled: bool = False
    """Whether ScaiLink lacks the key for its stored credentials (SL-TRBL)."""
    disabled_modules: tuple[str, ...] = ()
    """Modules that are not enabled for the tenant, from the start."""
    remote_is_down: bool = False
    """Whether the tenant-shared remote server is in `error`, from the start."""
    limits: dict[str, int] = field(
        default_factory=lambda: {"key": 60, "user": 120, "tenant": 1000, "partner": 5000}
    )
    """Requests in 60 seconds, by window (SC-RATE)."""


SCAI_FAULTS: dict[str, dict[str, Any]] = FAULTS | {
    "module-off": {"disabled_modules": (MODULE,)},
    "remote-down": {"remote_is_down": True},
    "registry-off": {"registry_is_disabled": True},
    "rate-limit": {"limits": {"key": 5, "user": 5, "tenant": 1000, "partner": 5000}},
    "flat-refusals": {"shape": "flat"},
    "envelope-refusals": {"shape": "envelope"},
    "is-error": {"marks_errors": True},
    "not-found-refusals": {"names_nothing": True},
    "session-expired": {"refusal": "SESSION_EXPIRED"},
    "token-invalid": {"refusal": "AUTH_TOKEN_INVALID"},
    "insufficient-scope": {"refusal": "AUTH_INSUFFICIENT_SCOPE"},
    "backend-timeout": {"backend": "BACKEND_TIMEOUT"},
    "backend-error": {"backend": "BACKEND_ERROR"},
}
"""What can be made to go wrong here, by name."""
