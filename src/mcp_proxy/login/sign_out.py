"""Ending a grant: on this machine always, at the server where it offers that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_proxy.errors import PermitError
from mcp_proxy.oauth.grants import revoke
from mcp_proxy.tokens.renewal import LOCK_SECONDS
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a sign-out achieved."""

    removed: bool
    """Whether there was a grant here."""
    revoked: bool
    """Whether the authorization server has ended it too."""


async def sign_out(profile: Profile, home: Paths) -> SignedOut:
    """End the grant of `profile`, at the server too where it offers that.

    The grant is removed here first: a server that cannot be reached keeps nobody
    signed in on this machine.
    """
    from mcp_proxy.net.http import Web  # noqa: PLC0415 - httpx2 takes 100 ms to import

    store = GrantStore(home.vault)
    found = store.find(profile.url, profile.account, profile.auth.client_id)
    if found is None:
        return SignedOut(removed=False, revoked=False)
    key, grant = found
    # A renewal under way would bring the grant back.
    async with store.lock(key.digest, "refresh", LOCK_SECONDS):
        store.remove(key)
    async with Web(ca_bundle=profile.network.ca_bundle) as web:
        try:
            revoked = await web.perform(revoke(grant))
        except PermitError:
            revoked = False
    return SignedOut(removed=True, revoked=revoked)
