"""Which client a sign-in is made as, and how that client proves itself.

A registration is remembered under its issuer; one that the server has forgotten is
forgotten here too, and made anew once.
"""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING

from mcp_proxy.config.load import read_client_secret, read_key
from mcp_proxy.oauth.assertion import with_algorithm, with_assertion
from mcp_proxy.oauth.model import Client
from mcp_proxy.oauth.registration import obtain_client
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.errors import AuthorizationRefused, TokenRefused
    from mcp_proxy.login.terms import Terms
    from mcp_proxy.net.http import Web
    from mcp_proxy.tokens.store import GrantStore


class Clients:
    """The clients of one profile at one authorization server.

    Args:
        web: performs a registration.
        profile: which may name a client.
        store: where registrations are kept.
        terms: at which server, for which scope.
    """

    def __init__(self, web: Web, profile: Profile, store: GrantStore, terms: Terms) -> None:
        self._web = web
        self._profile = profile
        self._store = store
        self._terms = terms

    def remembered(self, redirect_uri: str | None) -> Client | None:
        """An earlier registration for `redirect_uri`; for None the newest one."""
        return self._store.client_for(self._terms.server.issuer, redirect_uri)

    async def obtain(self, redirect_uri: str) -> Client:
        """The client for a way in that redirects to `redirect_uri`; empty where none does.

        Raises:
            RegistrationError, ConfigError, GatewayError: there is none.
        """
        auth, server = self._profile.auth, self._terms.server
        if auth.is_unattended:
            # What registers itself is nobody: it gets no token of its own.
            server = replace(server, registration_endpoint=None)
        client = await self._web.perform(
            obtain_client(
                server,
                configured=self._configured(),
                metadata_url=auth.client_metadata_url,
                remembered=self.remembered(redirect_uri),
                redirect_uri=redirect_uri,
                now=time.time(),
                scope=self._terms.scope,
                bound_to=self._earlier_issuer(),
            )
        )
        if client.origin == "registered":
            self._store.remember_client(server.issuer, client)
        elif auth.client_key is not None:
            signing = replace(client, auth_method="private_key_jwt")
            client = with_algorithm(signing, read_key(auth.client_key), server)
        return client

    def proven(self, client: Client) -> Client:
        """`client`, ready for one request to a token endpoint."""
        return proven(self._profile, client, self._terms.server.issuer)

    def has_lost(self, client: Client, error: AuthorizationRefused | TokenRefused) -> bool:
        """Whether `error` says that the server no longer knows a client that it registered.

        It is forgotten here too then, and the next one is registered anew.
        """
        if client.origin != "registered" or error.code != "invalid_client":
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Forget what was registered at this server."""
        self._store.forget_clients(self._terms.server.issuer)

    def _configured(self) -> Client | None:
        auth = self._profile.auth
        if auth.client_id is None:
            return None
        if auth.client_secret is None:
            return Client(auth.client_id, redirect_uri=auth.redirect_uri)
        return Client(
            auth.client_id,
            client_secret=read_client_secret(auth.client_secret),
            auth_method=auth.token_endpoint_auth_method or "none",
            redirect_uri=auth.redirect_uri,
        )

    def _earlier_issuer(self) -> str | None:
        """The authorization server that a configured client was used with before."""
        profile = self._profile
        if profile.auth.client_id is None:
            return None
        found = self._store.find(profile.url, profile.account, profile.auth.client_id)
        return found[0].issuer or None if found is not None else None


def proven(profile: Profile, client: Client, issuer: str) -> Client:
    """`client` with a fresh signature, where it signs; else as it is.

    Raises:
        ConfigError: the profile's key cannot be read.
    """
    if client.auth_method != "private_key_jwt" or profile.auth.client_key is None:
        return client
    key = read_key(profile.auth.client_key)
    return with_assertion(client, key, issuer, jti=secrets.token_urlsafe(24), now=time.time())
