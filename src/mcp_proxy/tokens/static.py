"""Access tokens that nobody here can renew: a configured one, or none.

With the face of `tokens.source`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import SignInRequired
from mcp_proxy.tokens.usage import NOTE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.tokens.usage import UsageNote

REFUSED = (
    "The gateway refuses the configured token: "
    "it was revoked, has expired or is for another deployment"
)
_NEVER = float("-inf")


class StaticTokens:
    """A token from the configuration.

    Args:
        token: as it is sent.
        note: where its uses are noted.
        now: epoch seconds; may jump.
    """

    def __init__(
        self, token: str, note: UsageNote | None = None, now: Callable[[], float] = time.time
    ) -> None:
        self._token = token
        self._note = note
        self._now = now
        self._note_at = _NEVER
        self._used_at = _NEVER

    proofs = None
    """It is bound to no key of ours."""

    def fresh_token(self) -> str | None:
        """The token. An event loop must be running."""
        now = self._used_at = self._now()
        if now >= self._note_at:
            self._note_at = now + NOTE_SECONDS
            asyncio.get_running_loop().run_in_executor(None, self._note_use)
        return self._token

    async def access_token(self, *, rejected: str | None = None) -> str:
        """The token.

        Raises:
            SignInRequired: the gateway has refused it.
        """
        if rejected == self._token:
            if self._note is not None:
                await asyncio.to_thread(self._note.failed, REFUSED)
            raise SignInRequired(
                REFUSED, hint="Put a new token where the profile's auth.token points to"
            )
        return self._token

    def is_refused_at_once(self, token: str) -> bool:  # noqa: ARG002 - one face
        """Always: there is no other."""
        return True

    async def close(self) -> None:
        """Note the last use."""
        if self._used_at != _NEVER:
            await asyncio.to_thread(self._note_use)

    def _note_use(self) -> None:
        if self._note is not None:
            self._note.used(self._used_at)


class NoTokens:
    """A profile that sends no token at all."""

    proofs = None

    def fresh_token(self) -> str | None:
        """Always None."""
        return None

    async def access_token(self, *, rejected: str | None = None) -> str:  # noqa: ARG002 - one face
        """Always an error.

        Raises:
            SignInRequired: there is no token and no way to one.
        """
        raise SignInRequired(
            "The gateway wants a token, and this profile has none",
            hint="Set auth.grant of the profile",
        )

    def is_refused_at_once(self, token: str) -> bool:  # noqa: ARG002 - one face
        """Always: there is no other."""
        return True

    async def close(self) -> None:
        """Nothing runs behind."""
