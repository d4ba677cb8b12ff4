"""A token that somebody brings: kept sealed in the vault, like one of our own making.

For gateways with keys, and for programs that must not ask a person: from a file or stdin.
Nobody here can renew it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.oauth.model import GIVEN, Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.redemption import LOCK_SECONDS
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


async def keep_token(
    profile: Profile, home: Paths, token: str, *, expires_at: float | None = None
) -> Grant:
    """Keep `token` as the grant of `profile`, in place of the one that there is.

    Args:
        profile: for which gateway, under which account.
        home: where grants are kept.
        token: as it is sent.
        expires_at: epoch seconds; None where nobody knows.

    Raises:
        StoreError: it cannot be kept.
    """
    store, now = GrantStore(home.vault), time.time()
    key = CacheKey(profile.url, "", "", None, profile.account)
    grant = Grant(
        issuer="",
        token_endpoint="",
        client=Client(""),
        resource=None,
        tokens=TokenSet(token, issued_at=now, expires_at=expires_at),
        account=profile.account,
        signed_in_at=now,
        grant_type=GIVEN,
    )
    seconds = profile.auth.login_timeout_seconds
    async with (
        store.lock(profile.identity, "sign-in", seconds),
        store.lock(key.digest, "refresh", LOCK_SECONDS),
    ):
        store.save(key, grant, configured_client_id=profile.auth.client_id)
    FactStore(home.catalogs).forget_lessons(key.digest)
    return grant
