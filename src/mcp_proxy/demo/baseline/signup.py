"""Signing up from within an assistant: `startSignup`, then `pollSignupStatus`. Pure.

After design keys PL-SIGN and PL-POLL: a page to open and a code of six characters; the states
`pending`, `authorized`, `consumed`, `denied`, `expired` after ten minutes, `not_found` and
`slow_down`; the key is told once.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

LIFE_SECONDS = 600.0
INTERVAL_SECONDS = 5.0
"""Between two polls; ours, as RFC 8628 §3.2 has it by default."""


@dataclass(slots=True)
class SignUp:
    """One that has begun."""

    expires_at: float
    asked_at: float | None = None
    key: str | None = field(default=None, repr=False)
    """What the person has agreed to, until it is told."""
    state: str = "pending"


class SignUps:
    """All that have begun.

    Args:
        now: epoch seconds.
        draw: a new code of six characters.
    """

    def __init__(self, now: Callable[[], float], draw: Callable[[], str]) -> None:
        self._now, self._draw = now, draw
        self._begun: dict[str, SignUp] = {}

    def start(self, page: str) -> dict[str, Any]:
        """What the assistant is told: the page to open, the code to enter, how long there is."""
        code = self._draw()
        self._begun[code] = SignUp(self._now() + LIFE_SECONDS)
        return {
            "verificationUrl": f"{page}?code={code}",
            "code": code,
            "expiresIn": int(LIFE_SECONDS),
            "interval": int(INTERVAL_SECONDS),
        }

    def pending(self, code: str) -> SignUp | None:
        """The sign-up that waits for a person with this code."""
        found = self._begun.get(code.strip().upper())
        waits = found is not None and found.state == "pending" and self._now() < found.expires_at
        return found if waits else None

    def waiting(self) -> list[str]:
        """The codes that nobody has answered yet."""
        return [code for code in self._begun if self.pending(code)]

    def agree(self, code: str, key: str) -> None:
        """The person has said yes, and this key was made for the assistant."""
        found = self.pending(code)
        if found is not None:
            found.key, found.state = key, "authorized"

    def deny(self, code: str) -> None:
        """The person has said no."""
        found = self.pending(code)
        if found is not None:
            found.state = "denied"

    def poll(self, code: str) -> dict[str, Any]:
        """Where it stands; the key, once."""
        found = self._begun.get(code)
        if found is None:
            return {"status": "not_found"}
        if found.state in {"consumed", "denied"}:
            return {"status": found.state}
        now, before = self._now(), found.asked_at
        if now >= found.expires_at:
            return {"status": "expired"}
        found.asked_at = now
        if found.state == "authorized":
            key, found.key, found.state = found.key, None, "consumed"
            return {"status": "authorized", "apiKey": key}
        too_soon = before is not None and now - before < INTERVAL_SECONDS
        return {"status": "slow_down" if too_soon else "pending"}
