"""New tokens for a grant that there is, without a person.

They come from the token endpoint of the sign-in and from nowhere else: a refresh token
is never shown to a server that the gateway names today and did not name then.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import DiscoveryError, GatewayError, SignInRequired, TokenRefused
from mcp_proxy.login.client import proven
from mcp_proxy.login.proof import performer, require_key
from mcp_proxy.login.unattended import tokens_without_person
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.assertion import without_assertion
from mcp_proxy.oauth.endpoint import reach_of
from mcp_proxy.oauth.grants import refresh
from mcp_proxy.oauth.resource import discover_resource, place_of
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.store import GrantStore

LOOK_SECONDS = 3.0
"""For the gateway to say who its authorization server is; silence says that none has changed."""


async def renew(profile: Profile, store: GrantStore, grant: Grant) -> Grant:
    """`grant` with new tokens, of which none is kept yet.

    Raises:
        SignInRequired: a new sign-in is needed, at another server or as another client.
        TokenRefused, GatewayError, ConfigError: there are none now; the grant is as good
            as before, but for `oauth.grants.is_terminal`.
    """
    async with Web(profile.network.ca_bundle, profile.network.user_agent) as web:
        if profile.auth.endpoints is None:
            grant = await _at_same_server(web, profile, grant)
        way = performer(web, grant.token_endpoint, grant.proof_key)
        if grant.is_unattended:
            tokens = await tokens_without_person(
                way,
                profile,
                grant.client,
                issuer=grant.issuer,
                token_endpoint=grant.token_endpoint,
                resource=grant.resource,
                scope=grant.tokens.scope,
            )
            return replace(grant, tokens=require_key(tokens, grant.proof_key))
        signed = replace(grant, client=proven(profile, grant.client, grant.issuer))
        try:
            renewed = await way.perform(refresh(signed, time.time()))
            require_key(renewed.tokens, grant.proof_key)
        except TokenRefused as error:
            if grant.client.origin != "registered" or error.code != "invalid_client":
                raise
            store.forget_clients(grant.issuer)
            told = "The authorization server has forgotten this program"
            raise _no_longer(told, grant) from error
        return replace(renewed, client=without_assertion(renewed.client))


async def _at_same_server(web: Web, profile: Profile, grant: Grant) -> Grant:
    """`grant`, unless the gateway says that another server grants its tokens now (SEP-2352).

    One request, as a rule: to where it has said so before, which the grant remembers.
    """
    reach = reach_of(profile.url, allow_http=profile.network.allow_http)
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            vouched, known = profile.auth.resource, grant.metadata_url
            looking = discover_resource(profile.url, None, reach, vouched=vouched, known=known)
            found = await web.perform(looking)
    except (GatewayError, DiscoveryError, TimeoutError):
        return grant
    named = found.authorization_servers if found is not None else ()
    if named and grant.issuer not in named:
        raise _no_longer("The gateway names another authorization server now", grant)
    return replace(grant, metadata_url=place_of(found))


def _no_longer(told: str, grant: Grant) -> SignInRequired:
    required = SignInRequired(told, hint="mcp-permit login")
    # Whoever signs in next must not take the stored grant for a good one.
    required.refused = grant.tokens.access_token
    return required
