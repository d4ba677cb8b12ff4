"""What a test may switch in Stable Baseline's world beyond the common faults.

The sources contradict each other about the list (systems.md §6, C6): as created every credential
is shown all tools, and nobody without one anything; the other claims are switches.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.switches import Faults


@dataclass(slots=True)
class BaselineFaults(Faults):
    """How the world misbehaves; as created, it does not."""

    registration: Literal["off", "open", "refused"] = "open"
    """Clients register themselves (SB-SETUP)."""
    device_codes: bool = True
    page_size: int | None = 50
    anonymous_list: bool = False
    """The list, and the tools for signing up, need no credential (SB-BUILD)."""
    only_permitted: bool = False
    """The list leaves out what the credential can never call (SB-NAV)."""
    hides_billing: bool = True
    """Some makers' clients are not shown what costs money (SB-BUILD)."""
    consents_to: frozenset[str] | None = None
    """Scopes that people agree to, of those asked for; None: to all that their role has."""
    marks_refusals: bool = True
    """A refusal is a result with `isError`; off: a result like any other."""


BASELINE_FAULTS: dict[str, dict[str, Any]] = FAULTS | {
    "anonymous-list": {"anonymous_list": True},
    "filtered-list": {"only_permitted": True},
    "same-list-for-all": {"hides_billing": False},
    "less-consent": {"consents_to": frozenset({"openid"})},
    "plain-refusals": {"marks_refusals": False},
    "no-registration": {"registration": "off"},
}
"""What can be made to go wrong here, by name."""
