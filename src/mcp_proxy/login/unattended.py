"""The ways in without a person: a client's own credentials, or somebody else's word.

The same for the first token and for every later one: secrets, keys and assertions are read
anew each time, for they are rotated where they lie.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from mcp_proxy.config.load import read_client_secret, read_jwt
from mcp_proxy.login.client import proven
from mcp_proxy.oauth.exchange import id_assertion, redeem_assertion
from mcp_proxy.oauth.grants import client_credentials
from mcp_proxy.oauth.model import Client
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.config.model import IdentityProvider, Profile
    from mcp_proxy.oauth.http import Flow, Performer
    from mcp_proxy.oauth.model import TokenSet


async def tokens_without_person(
    web: Performer,
    profile: Profile,
    client: Client,
    *,
    issuer: str,
    token_endpoint: str,
    resource: str | None,
    scope: str | None,
) -> TokenSet:
    """New tokens for `client`.

    Args:
        web: performs the requests.
        profile: whose grant names the way.
        client: as whom.
        issuer: the authorization server.
        token_endpoint: its token endpoint, and no other.
        resource: RFC 8707, exactly.
        scope: what to ask for.

    Raises:
        TokenRefused, GatewayError, ConfigError: there are none.
    """
    auth, now = profile.auth, time.time()
    if auth.client_secret is not None:
        client = replace(client, client_secret=read_client_secret(auth.client_secret))
    client = proven(profile, client, issuer)
    if auth.grant == "client-credentials":
        flow = client_credentials(token_endpoint, client, scope=scope, resource=resource, now=now)
        return await web.perform(flow)
    if auth.identity_provider is not None:
        vouching = _vouched(auth.identity_provider, issuer, resource, scope)
        assertion = await web.perform(vouching)
    else:
        assert auth.assertion is not None  # noqa: S101 - `config.checks` has seen to it
        assertion = read_jwt(auth.assertion)
    return await web.perform(
        redeem_assertion(token_endpoint, client, assertion, resource=resource, scope=scope, now=now)
    )


def _vouched(
    provider: IdentityProvider, issuer: str, resource: str | None, scope: str | None
) -> Flow[str]:
    client = Client(provider.client_id)
    if provider.client_secret is not None:
        secret = read_client_secret(provider.client_secret)
        client = Client(provider.client_id, secret, auth_method="client_secret_basic")
    return id_assertion(
        provider.token_endpoint,
        client,
        read_jwt(provider.id_token),
        issuer=issuer,
        resource=resource,
        scope=scope,
    )
