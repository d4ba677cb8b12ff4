"""The authorization server's book: codes, access tokens, refresh tokens, and whose they are.

No HTTP here; `authorization` puts it on the wire. OAuth 2.1 as far as the documented
gateway goes: authorization code with PKCE S256, rotating refresh tokens, revocation. One
sign-in is one family: a spent refresh token or code that comes again ends all of it
(RFC 9700 §4.14.2, RFC 6749 §4.1.2).
"""

from __future__ import annotations

import hashlib
import secrets
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.layout import Layout
    from mcp_proxy.demo.switches import Counters, Faults

CODE_LIFE_SECONDS = 60.0
"""django-oauth-toolkit's default, which the documented gateway seems to be built on."""


class Refusal(Exception):
    """A request that OAuth refuses; `code` is RFC 6749 §4.1.2.1's or §5.2's."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code


@dataclass(slots=True)
class Family:
    """One sign-in and all tokens that came of it."""

    identity: Account
    client_id: str
    resource: str
    scope: str
    refresh_token: str | None = None
    """The one refresh token that is good now."""
    is_alive: bool = True


@dataclass(slots=True)
class Code:
    """An authorization code and what it was asked with."""

    family: Family
    redirect_uri: str
    challenge: str
    expires_at: float
    is_spent: bool = False


@dataclass(slots=True)
class Access:
    """An access token's entry."""

    family: Family
    expires_at: float


class Ledger:
    """All grants of one authorization server.

    Args:
        layout: how its tokens begin.
        faults: how long they live, and whether they can be renewed.
        counters: where renewals are counted.
        now: epoch seconds.
        mint: makes an access token for a grant and the time when it ends; None: random text.
    """

    def __init__(
        self,
        layout: Layout,
        faults: Faults,
        counters: Counters,
        now: Callable[[], float],
        mint: Callable[[Family, float], str] | None = None,
    ) -> None:
        self._layout, self._faults, self._counters, self._now = layout, faults, counters, now
        self._mint = mint or self._random
        self._codes: dict[str, Code] = {}
        self._access: dict[str, Access] = {}
        self._refresh: dict[str, Family] = {}

    def issue_code(self, family: Family, redirect_uri: str, challenge: str) -> str:
        """A code for a sign-in that somebody has just agreed to."""
        code = secrets.token_urlsafe(24)
        self._codes[code] = Code(family, redirect_uri, challenge, self._now() + CODE_LIFE_SECONDS)
        return code

    def redeem(
        self, code: str, verifier: str, redirect_uri: str, resource: str | None
    ) -> dict[str, object]:
        """The token answer for a code (RFC 6749 §4.1.4).

        Raises:
            Refusal: unknown, spent or late code, another redirect, wrong verifier or resource.
        """
        entry = self._codes.get(code)
        if entry is None or not entry.family.is_alive or self._now() > entry.expires_at:
            raise Refusal("invalid_grant", "The code is unknown or has expired")
        if entry.is_spent:
            self._end(entry.family)
            raise Refusal("invalid_grant", "The code was redeemed before; its sign-in is ended")
        entry.is_spent = True
        if redirect_uri != entry.redirect_uri:
            raise Refusal(
                "invalid_grant", "The redirect URI is not that of the authorization request"
            )
        if s256(verifier) != entry.challenge:
            self._counters.verifier_mismatches += 1
            raise Refusal("invalid_grant", "The code verifier does not fit the code challenge")
        self._check_resource(entry.family, resource)
        return self.answer(entry.family)

    def refresh(self, token: str, resource: str | None) -> dict[str, object]:
        """The token answer for a refresh token (RFC 6749 §6).

        Raises:
            Refusal: unknown, spent or ended token, or another resource.
        """
        family = self._refresh.get(token)
        if family is None or not family.is_alive:
            raise Refusal("invalid_grant", "The refresh token is unknown or its sign-in has ended")
        if token != family.refresh_token and self._faults.refresh_tokens == "lenient":
            raise Refusal("invalid_grant", "The refresh token was used before")
        if token != family.refresh_token:
            self._end(family)
            raise Refusal(
                "invalid_grant", "The refresh token was used before; its sign-in is ended"
            )
        self._check_resource(family, resource)
        self._counters.refreshes += 1
        return self.answer(family)

    def revoke(self, token: str) -> None:
        """End the sign-in that `token` belongs to; an unknown token is none's (RFC 7009 §2.2)."""
        family = self._refresh.get(token) or (
            self._access[token].family if token in self._access else None
        )
        if family is not None:
            family.is_alive = False

    def bearer(self, token: str) -> Family | None:
        """Whose access token this is, while it is good."""
        entry = self._access.get(token)
        good = entry is not None and entry.family.is_alive and self._now() < entry.expires_at
        return entry.family if entry is not None and good else None

    def has_expired(self, token: str) -> bool:
        """Whether this is an access token whose time is over and whose sign-in is not."""
        entry = self._access.get(token)
        return entry is not None and entry.family.is_alive and self._now() >= entry.expires_at

    def signed_in(self) -> list[str]:
        """The accounts whose sign-ins have not ended."""
        families = {id(entry.family): entry.family for entry in self._access.values()}
        return [family.identity.name for family in families.values() if family.is_alive]

    def tokens(self) -> list[str]:
        """Every access and refresh token issued so far."""
        return [*self._access, *self._refresh]

    def expire_tokens(self) -> None:
        """Let every access token end now; refresh tokens stay good."""
        for entry in self._access.values():
            entry.expires_at = 0.0

    def end_all(self) -> None:
        """End every sign-in, as an administrator would."""
        for family in self._refresh.values():
            family.is_alive = False

    def answer(self, family: Family, *, is_renewable: bool = True) -> dict[str, object]:
        """The token answer for a sign-in (RFC 6749 §5.1)."""
        life = self._faults.token_life_seconds
        ends_at = self._now() + life
        token = self._mint(family, ends_at)
        self._access[token] = Access(family, ends_at)
        found: dict[str, object] = {
            "access_token": token,
            "token_type": "Bearer",
            "scope": family.scope,
        }
        if not self._faults.omit_expires_in:
            found["expires_in"] = int(life)
        return found | (self._next_refresh_token(family) if is_renewable else {})

    def _next_refresh_token(self, family: Family) -> dict[str, object]:
        if self._faults.refresh_tokens == "none":
            return {}
        if self._faults.refresh_tokens == "kept" and family.refresh_token is not None:
            return {}
        family.refresh_token = self._layout.refresh_prefix + secrets.token_urlsafe(24)
        self._refresh[family.refresh_token] = family
        return {"refresh_token": family.refresh_token}

    def _random(self, _family: Family, _ends_at: float) -> str:
        return self._layout.access_prefix + secrets.token_urlsafe(24)

    def _end(self, family: Family) -> None:
        family.is_alive = False
        self._counters.families_ended += 1

    @staticmethod
    def _check_resource(family: Family, resource: str | None) -> None:
        if resource is not None and resource != family.resource:
            raise Refusal("invalid_target", "The token was granted for another resource")


def s256(verifier: str) -> str:
    """The code challenge of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
