"""Have a grant: the stored one if it is good enough, else a new one.

One sign-in at a time over all processes: whoever waits for the lock reads the
vault when it gets in. Nothing is used before it is durably kept.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import PermitError
from mcp_proxy.login.attempts import Attempts
from mcp_proxy.login.browser import BrowserSignIn
from mcp_proxy.tokens.renewal import LOCK_SECONDS
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.oauth.model import Grant


async def sign_in(
    profile: Profile,
    home: Paths,
    *,
    on_waiting: Callable[[str], None],
    again: bool = False,
    unasked: bool = False,
    refused: str | None = None,
    challenge: Mapping[str, str] | None = None,
) -> Grant:
    """Have a grant: the stored one if it is good enough, else a new one.

    Args:
        profile: who signs in, where.
        home: where grants are kept.
        on_waiting: told the page that a person must open.
        again: whether a person wants a new grant although there is one.
        unasked: whether nobody has asked for it just now; after a failure it pauses.
        refused: an access token that the gateway no longer takes.
        challenge: the headers of the 401 that refused it.

    Raises:
        AuthError, GatewayError, ConfigError, StoreError: there is none.
    """
    store = GrantStore(home.vault)
    attempts = Attempts(home.state / "attempts", profile.identity, time.time)
    async with store.lock(profile.identity, "sign-in", profile.auth.login_timeout_seconds):
        kept = None if again else _kept(store, profile, refused)
        if kept is not None:
            return kept
        if unasked:
            attempts.check()
        try:
            key, grant = await BrowserSignIn(profile, store, on_waiting).run(challenge)
        except PermitError as error:
            attempts.failed(error)
            raise
        # A renewal of the old grant may be under way; it must not have the last word.
        async with store.lock(key.digest, "refresh", LOCK_SECONDS):
            store.save(key, grant, configured_client_id=profile.auth.client_id)
        attempts.succeeded()
        return grant


def _kept(store: GrantStore, profile: Profile, refused: str | None) -> Grant | None:
    """The stored grant, if it is good for anything."""
    found = store.find(profile.url, profile.account, profile.auth.client_id)
    grant = found[1] if found is not None else None
    if grant is None or grant.tokens.access_token == refused or not grant.is_usable(time.time()):
        return None
    return grant
