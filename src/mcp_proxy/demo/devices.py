"""Device codes of the demo's authorization server (RFC 8628), where they are switched on.

No HTTP here; `authorization` puts it on the wire.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_proxy.demo.ledger import Refusal

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.demo.ledger import Family

LIFE_SECONDS = 600.0
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"
"""RFC 8628 §6.1: no vowels, so that no code is a word."""
_SLOWER = 5.0


@dataclass(slots=True)
class Waiting:
    """A code that somebody has asked for, and what became of it."""

    client_id: str
    resource: str
    scope: str
    expires_at: float
    interval_seconds: float
    asked_at: float
    family: Family | None = None
    is_denied: bool = False


class Devices:
    """Codes that wait for a person. `now` gives epoch seconds."""

    def __init__(self, now: Callable[[], float]) -> None:
        self._now = now
        self._by_device_code: dict[str, Waiting] = {}
        self._by_user_code: dict[str, Waiting] = {}

    def begin(
        self, client_id: str, resource: str, scope: str, interval_seconds: float
    ) -> tuple[str, str]:
        """A device code, and the user code that is shown with it."""
        now = self._now()
        waiting = Waiting(client_id, resource, scope, now + LIFE_SECONDS, interval_seconds, now)
        letters = "".join(secrets.choice(_LETTERS) for _ in range(8))
        device_code, user_code = secrets.token_urlsafe(24), f"{letters[:4]}-{letters[4:]}"
        self._by_device_code[device_code] = waiting
        self._by_user_code[user_code] = waiting
        return device_code, user_code

    def find(self, user_code: str) -> Waiting | None:
        """What a person has entered the code of."""
        return self._by_user_code.get(user_code.strip().upper())

    def waiting(self) -> list[str]:
        """The user codes that nobody has answered yet."""
        return [
            code
            for code, one in self._by_user_code.items()
            if one.family is None and not one.is_denied
        ]

    def poll(self, device_code: str, client_id: str) -> Family:
        """The sign-in that a person has agreed to; the code is spent by it (RFC 8628 §3.5).

        Raises:
            Refusal: nobody has yet, or said no, or it is too late, or too early.
        """
        waiting = self._by_device_code.get(device_code)
        if waiting is None or waiting.client_id != client_id:
            raise Refusal("invalid_grant", "The device code is unknown")
        now, before = self._now(), waiting.asked_at
        waiting.asked_at = now
        if now >= waiting.expires_at:
            raise Refusal("expired_token", "The code has ended")
        if waiting.is_denied:
            raise Refusal("access_denied", "The person said no")
        if waiting.family is not None:
            del self._by_device_code[device_code]
            return waiting.family
        if now - before < waiting.interval_seconds:
            waiting.interval_seconds += _SLOWER
            raise Refusal("slow_down", "That was too soon")
        raise Refusal("authorization_pending", "Nobody has entered the code yet")
