"""How Stable Baseline refuses: a code and one sentence, inside the result of a call. Pure.

The first four shapes are those that the vendor has seen in production (design key SB-EVAL). The
last two are ours: a level that is missing everywhere is told as a missing capability is, and one
that is missing here only as the wrong argument that it is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.grants import Level


class Refused(Exception):
    """A call that the gateway refuses; `code` is `validation`, `user_facing` or `permission`."""

    def __init__(self, code: str, error: str) -> None:
        super().__init__(error)
        self.answer: dict[str, Any] = {"code": code, "error": error}


def malformed(argument: str) -> Refused:
    """An id that is no id."""
    return Refused("validation", f"{argument} must be a valid UUID")


def invalid(complaints: list[str]) -> Refused:
    """Arguments that the tool's schema does not allow."""
    return Refused("validation", "; ".join(complaints))


def not_found(kind: str) -> Refused:
    """An id of nothing; the same for what belongs to other tenants."""
    return Refused("user_facing", f"{kind.capitalize()} not found")


def outside(kind: str) -> Refused:
    """A resource that the credential does not reach."""
    return Refused("user_facing", f"{kind.capitalize()} is outside credential scope")


def lacks_flag(flag: str) -> Refused:
    """A capability of the organisation that is missing."""
    return Refused("permission", f"Credential lacks '{flag}' on this organisation")


def lacks_level(level: Level) -> Refused:
    """A level that the credential has nowhere."""
    return Refused("permission", f"Credential lacks '{level}'")


def lacks_level_here(level: Level, kind: str) -> Refused:
    """A level that the credential has, but not here."""
    return Refused("user_facing", f"Credential lacks '{level}' on this {kind}")


def conflict() -> Refused:
    """An edit that is based on an older version (SB-CC: re-read and retry)."""
    return Refused("user_facing", "Document was changed since versionTimestamp; read it again")
