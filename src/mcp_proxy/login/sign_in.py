"""Have a grant: the stored one if it is good enough, else a new one by the way that fits.

One sign-in at a time over all processes: whoever waits for the lock reads the
vault when it gets in. Nothing is used before it is durably kept.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.errors import (
    GatewayError,
    InsufficientScope,
    PermitError,
    SignInRequired,
    TokenRefused,
    addressing,
)
from mcp_proxy.login.attempts import attempts_of
from mcp_proxy.login.browser import BrowserWay
from mcp_proxy.login.client import Clients
from mcp_proxy.login.device import DeviceWay
from mcp_proxy.login.person import Person
from mcp_proxy.login.proof import new_secret, performer, require_key
from mcp_proxy.login.terms import find_terms
from mcp_proxy.login.unattended import tokens_without_person
from mcp_proxy.net.browser import has_browser
from mcp_proxy.oauth.assertion import without_assertion
from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.model import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    GIVEN,
    JWT_BEARER,
    Grant,
)
from mcp_proxy.oauth.scopes import is_covered
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.daemon import in_daemon
from mcp_proxy.tokens.redemption import LOCK_SECONDS
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.login.terms import Terms
    from mcp_proxy.oauth.http import Performer
    from mcp_proxy.oauth.model import Client, TokenSet

    Tokens = tuple[str, Client, TokenSet]
    """The grant type, as whom, and what was given."""

_UNATTENDED = {"client-credentials": CLIENT_CREDENTIALS, "jwt-bearer": JWT_BEARER}


async def sign_in(
    profile: Profile,
    home: Paths,
    *,
    on_waiting: Callable[[SignInPage], None],
    ask: Callable[[str | None], Awaitable[str | None]] | None = None,
    again: bool = False,
    unasked: bool = False,
    refused: str | None = None,
    challenge: Mapping[str, str] | None = None,
    is_step_up: bool = False,
) -> Grant:
    """Have a grant: the stored one if it is good enough, else a new one.

    Args:
        profile: who signs in, where.
        home: where grants are kept.
        on_waiting: told the page that a person must open.
        ask: takes what a person pastes, see `Person`; None where there is no terminal.
        again: whether a person wants a new grant although there is one.
        unasked: whether nobody has asked for it just now; after a failure it pauses.
        refused: an access token that the gateway does not take, or not for this use.
        challenge: the headers of the 401 or 403 that refused it.
        is_step_up: whether only the scope of `refused` was not enough.

    Raises:
        AuthError, GatewayError, ConfigError, StoreError: there is none.
    """
    store = GrantStore(home.vault)
    attempts = attempts_of(profile, home)
    with addressing(profile.name):
        async with store.lock(profile.identity, "sign-in", profile.auth.login_timeout_seconds):
            # A keyring may ask somebody first: calls go on meanwhile, and nobody signs in
            # before it is sure that the grant can be kept.
            await in_daemon(store.unlock)
            found = store.find(profile.url, profile.account, profile.auth.client_id)
            before = found[1] if found is not None else None
            if before is not None and not again:
                if before.tokens.access_token != refused and before.is_usable(time.time()):
                    return before
                _require_a_way(before, unasked=unasked or refused is not None)
                if is_step_up:
                    _require_news(before, challenge)
            if unasked:
                attempts.check()
            granted = (before.tokens.scope or "") if before is not None and is_step_up else None
            try:
                person = Person(on_waiting, ask)
                key, grant = await _new_grant(profile, store, person, challenge, granted)
            except PermitError as error:
                # A server that is down for a moment bothers nobody who might close a window.
                if not (profile.auth.is_unattended and isinstance(error, GatewayError)):
                    attempts.failed(error)
                raise
            # A renewal of the old grant may be under way; it must not have the last word.
            async with store.lock(key.digest, "refresh", LOCK_SECONDS):
                store.save(key, grant, configured_client_id=profile.auth.client_id)
            # What another grant was refused says nothing about this one.
            FactStore(home.catalogs).forget_lessons(key.digest)
            attempts.succeeded()
            return grant


def _require_a_way(before: Grant, *, unasked: bool) -> None:
    """Go on unless a token that somebody gave us would be replaced without their asking."""
    if unasked and before.grant_type == GIVEN:
        raise SignInRequired(
            "The gateway refuses the token that was stored for this profile: "
            "it was revoked, has expired or is for another deployment",
            hint="mcp-permit login --token-file FILE",
        )


def _require_news(before: Grant, challenge: Mapping[str, str] | None) -> None:
    """Go on unless the gateway wants what was granted already: a page would change nothing."""
    wanted = bearer_challenge(challenge or {})
    scope = wanted.scope if wanted is not None else None
    if is_covered(scope, before.tokens.scope):
        raise InsufficientScope(
            "The sign-in has the scope that this use needs, and yet the gateway refuses",
            scope=scope,
            hint="Ask the gateway's administrator whether this account may do this",
        )


async def _new_grant(
    profile: Profile,
    store: GrantStore,
    person: Person,
    challenge: Mapping[str, str] | None,
    granted: str | None,
) -> tuple[CacheKey, Grant]:
    from mcp_proxy.net.http import Web  # noqa: PLC0415 - httpx2 takes 100 ms to import

    async with Web(profile.network.ca_bundle, profile.network.user_agent) as web:
        terms = await find_terms(web, profile, challenge, granted=granted)
        clients = Clients(web, profile, store, terms)
        server, secret = terms.server, new_secret() if terms.is_bound else None
        way = performer(web, server.token_endpoint, secret)
        grant_type, client, tokens = await _way_in(way, profile, terms, clients, person)
    key = CacheKey(profile.url, server.issuer, client.client_id, terms.resource, profile.account)
    grant = Grant(
        issuer=server.issuer,
        token_endpoint=server.token_endpoint,
        revocation_endpoint=server.revocation_endpoint,
        client=without_assertion(client),
        resource=terms.resource,
        tokens=require_key(tokens, secret),
        account=profile.account,
        signed_in_at=tokens.issued_at,
        grant_type=grant_type,
        metadata_url=terms.metadata_url,
        proof_key=secret,
    )
    return key, grant


async def _way_in(
    web: Performer, profile: Profile, terms: Terms, clients: Clients, person: Person
) -> Tokens:
    """The way that the profile names; for a person without a browser, a code if there are codes."""
    auth, server = profile.auth, terms.server
    if auth.is_unattended:
        client = await clients.obtain("")
        tokens = await tokens_without_person(
            web,
            profile,
            client,
            issuer=server.issuer,
            token_endpoint=server.token_endpoint,
            resource=terms.resource,
            scope=terms.scope,
        )
        return _UNATTENDED[auth.grant], client, tokens
    # `browser = false` is a person's word for a page without a browser.
    is_stranded = auth.browser and not has_browser()
    offers_codes = server.device_authorization_endpoint is not None
    if auth.grant == "device-code" or (is_stranded and offers_codes):
        device = DeviceWay(web, profile, terms, clients, person)
        try:
            client, asked = await device.begin()
        except TokenRefused:
            # Where nobody has named this way, its client may be for another one.
            if auth.grant == "device-code":
                raise
        else:
            return DEVICE_CODE, client, await device.finish(client, asked)
    return AUTHORIZATION_CODE, *await BrowserWay(web, profile, terms, clients, person).run()
