"""A token endpoint to renew grants at: it rotates refresh tokens, and reuse ends the family."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from mcp_proxy.config.model import Profile
from mcp_proxy.errors import TokenRefused
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey

if TYPE_CHECKING:
    from mcp_proxy.errors import PermitError

NOW = 1_000_000.0
HOUR = 3_600.0
PROFILE = Profile("demo", "https://gw.example/mcp/")
TOKENS = TokenSet("access-1", "refresh-1", NOW, NOW + HOUR)
GRANT = Grant("https://as.example", "https://as.example/token", Client("me"), None, TOKENS)
KEY = CacheKey(PROFILE.url, GRANT.issuer, "me", None, PROFILE.account)


class Clock:
    """The time of day, set by hand."""

    def __init__(self) -> None:
        self.time = NOW

    def __call__(self) -> float:
        return self.time


class Desk:
    """The authorization server's side of a renewal. Made inside the event loop.

    `asked` is set by a renewal that has come; it then waits for `open`, which is set at first.
    """

    def __init__(self, clock: Clock) -> None:
        self.life_seconds: float | None = HOUR
        self.spent: list[str | None] = []
        self.trouble: PermitError | None = None
        self.repeats_access_token = False
        self.asked = asyncio.Event()
        self.open = asyncio.Event()
        self.open.set()
        self._clock = clock
        self._ended = False

    def end_family(self) -> None:
        self._ended = True

    async def renew(self, grant: Grant) -> Grant:
        self.asked.set()
        await self.open.wait()
        spent = grant.tokens.refresh_token
        self.spent.append(spent)
        if self.trouble is not None:
            raise self.trouble
        if self._ended or spent in self.spent[:-1]:
            self._ended = True
            raise TokenRefused("The refresh token was used before", code="invalid_grant")
        number = len(self.spent) + 1
        now = self._clock()
        access = grant.tokens.access_token if self.repeats_access_token else f"access-{number}"
        end = None if self.life_seconds is None else now + self.life_seconds
        return replace(grant, tokens=TokenSet(access, f"refresh-{number}", now, end))
