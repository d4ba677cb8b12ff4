"""Ending a grant: on this machine always, at the server where it offers that.

What ends is the sign-in that was there when somebody asked, with every token that it
has brought since. A sign-in made meanwhile is another one, and is left alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.config.model import Network
from mcp_proxy.errors import PermitError, StoreError
from mcp_proxy.oauth.grants import revoke
from mcp_proxy.tokens.redemption import LOCK_SECONDS
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import dataclass, replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.cachekey import CacheKey


@dataclass(frozen=True, slots=True)
class SignedOut:
    """What a sign-out achieved."""

    removed: bool
    """Whether there was a grant here."""
    revoked: bool
    """Whether the authorization server has ended it too."""


NOTHING = SignedOut(removed=False, revoked=False)


async def sign_out(profile: Profile, home: Paths) -> SignedOut:
    """End the grant of `profile`, at the server too where it offers that.

    Raises:
        StoreError: the vault cannot be used.
    """
    store = GrantStore(home.vault)
    found = store.find(profile.url, profile.account, profile.auth.client_id)
    return NOTHING if found is None else await _ended(store, *found, profile)


async def sign_out_everywhere(
    profiles: Iterable[Profile], home: Paths
) -> list[tuple[CacheKey, SignedOut | StoreError]]:
    """End every grant of this user, whether or not a profile still uses it.

    What cannot be ended is told, and keeps nothing else from ending.
    """
    store = GrantStore(home.vault)
    users = {(one.url, one.account): one for one in profiles}
    done: list[tuple[CacheKey, SignedOut | StoreError]] = []
    for key, grant in store.all():
        left: SignedOut | StoreError
        try:
            if isinstance(grant, StoreError):
                raise grant
            left = await _ended(store, key, grant, users.get((key.gateway, key.account)))
        except StoreError as error:
            left = error
        done.append((key, left))
    return done


async def _ended(
    store: GrantStore, key: CacheKey, grant: Grant, profile: Profile | None
) -> SignedOut:
    # A renewal under way would bring the grant back. It has another token when it is over.
    async with store.lock(key.digest, "refresh", LOCK_SECONDS):
        latest = store.load(key)
        if latest is None or latest.signed_in_at != grant.signed_in_at:
            return NOTHING
        # First: a server that cannot be reached keeps nobody signed in on this machine.
        store.remove(key)
        store.usage_note(key).forget()
    return SignedOut(removed=True, revoked=await _revoked(latest, profile))


async def _revoked(grant: Grant, profile: Profile | None) -> bool:
    if grant.revocation_endpoint is None:
        return False
    from mcp_proxy.login.client import proven  # noqa: PLC0415 - only this wants its half of OAuth
    from mcp_proxy.net.http import Web  # noqa: PLC0415 - httpx2 takes 100 ms to import

    try:
        if profile is not None:
            grant = replace(grant, client=proven(profile, grant.client, grant.issuer))
        network = Network() if profile is None else profile.network
        async with Web(network.ca_bundle, network.user_agent) as web:
            return await web.perform(revoke(grant))
    except PermitError:
        return False
