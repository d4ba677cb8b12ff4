"""What a test may switch in Stable Baseline's world beside the faults of all worlds.

Plain attributes: a test in another thread may set them. The sources contradict each other about
the list (systems.md §6, C6); each claim is one of these.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Switches:
    """As created: every credential is shown all tools, and nobody without one anything."""

    anonymous_list: bool = False
    """The list, and the tools for signing up, need no credential (SB-BUILD)."""
    only_permitted: bool = False
    """The list leaves out what the credential can never call (SB-NAV)."""
    hides_billing: bool = True
    """Some makers' clients are not shown what costs money (SB-BUILD)."""
    challenges: bool = True
    """A 401 carries `WWW-Authenticate`."""
    consents_to: frozenset[str] | None = None
    """Scopes that people agree to, of those asked for; None: to all that their role has."""
    marks_refusals: bool = True
    """A refusal is a result with `isError`; off: a result like any other."""
