"""The way in by a browser: a page for a person, a redirect to this machine.

The redirect listener is bound before the page is opened, and the page that the
person sees last tells how the sign-in really ended. Follows RFC 8252 and
MCP 2025-11-25, "Authorization".
"""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING

from mcp_proxy.config.load import read_client_secret
from mcp_proxy.errors import AuthorizationRefused, TokenRefused
from mcp_proxy.oauth.authorization import (
    Code,
    Noise,
    Refused,
    Verdict,
    authorization_request,
    judge_redirect,
    openable,
)
from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.discovery import discover
from mcp_proxy.oauth.grants import redeem_code
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.model import Client, Grant
from mcp_proxy.oauth.registration import obtain_client
from mcp_proxy.oauth.resource import resource_indicator
from mcp_proxy.oauth.scopes import scope_to_request
from mcp_proxy.tokens.cachekey import CacheKey

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.net.http import Web
    from mcp_proxy.net.loopback import RedirectListener
    from mcp_proxy.oauth.authorization import AuthorizationRequest
    from mcp_proxy.oauth.challenge import Challenge
    from mcp_proxy.oauth.discovery import Discovered
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import TokenSet
    from mcp_proxy.tokens.store import GrantStore

ANY_PORT = "http://127.0.0.1:0/callback"
"""The redirect URI where none is prescribed: RFC 8252 §7.3, a port that is free."""


class BrowserSignIn:
    """The steps of one sign-in; whoever calls holds the lock.

    Args:
        profile: who signs in, where.
        store: where registrations are kept.
        on_waiting: told the page that a person must open.
    """

    def __init__(
        self, profile: Profile, store: GrantStore, on_waiting: Callable[[str], None]
    ) -> None:
        self._profile = profile
        self._auth = profile.auth
        self._store = store
        self._on_waiting = on_waiting

    async def run(self, headers: Mapping[str, str] | None) -> tuple[CacheKey, Grant]:
        """A new grant, and the key under which it is to be kept.

        `headers` are those of the gateway's 401; None asks the gateway for them.

        Raises:
            AuthError, GatewayError, ConfigError: there is none.
        """
        from mcp_proxy.net.http import Web  # noqa: PLC0415 - httpx2 takes 100 ms to import

        async with Web(ca_bundle=self._profile.network.ca_bundle) as web:
            if headers is None:
                headers = await web.perform(ask_for_challenge(self._profile.url))
            challenge = bearer_challenge(headers)
            found = await web.perform(self._discover(challenge))
            return await self._authorize(web, found, challenge)

    def _discover(self, challenge: Challenge | None) -> Flow[Discovered]:
        return discover(
            self._profile.url,
            challenge,
            endpoints=self._auth.endpoints,
            resource=self._auth.resource,
            allow_http=self._profile.network.allow_http,
        )

    async def _authorize(
        self, web: Web, found: Discovered, challenge: Challenge | None
    ) -> tuple[CacheKey, Grant]:
        from mcp_proxy.net.loopback import listen  # noqa: PLC0415 - only a sign-in needs it

        server = found.server
        resource = resource_indicator(self._profile.url, self._auth.resource, found.resource)
        scope = scope_to_request(self._auth.scope, challenge, found.resource, server)
        remembered = self._store.client_for(server.issuer, self._auth.redirect_uri)
        async with listen(*self._wanted_redirects(remembered)) as listener:
            client = await web.perform(
                obtain_client(
                    server,
                    configured=self._configured_client(),
                    metadata_url=self._auth.client_metadata_url,
                    remembered=remembered,
                    redirect_uri=listener.redirect_uri,
                    now=time.time(),
                    scope=scope,
                    bound_to=self._earlier_issuer(),
                )
            )
            if client.origin == "registered":
                self._store.remember_client(server.issuer, client)
            request = authorization_request(
                server,
                client,
                redirect_uri=listener.redirect_uri,
                scope=scope,
                resource=resource,
                state=secrets.token_urlsafe(32),
                verifier=secrets.token_urlsafe(64),
            )
            code = await self._consent(listener, request)
            redemption = redeem_code(
                server, client, code, request, resource=resource, scope=scope, now=time.time()
            )
            tokens = await self._redeemed(web, redemption, server.issuer, client)
        key = CacheKey(
            self._profile.url, server.issuer, client.client_id, resource, self._profile.account
        )
        grant = Grant(
            issuer=server.issuer,
            token_endpoint=server.token_endpoint,
            revocation_endpoint=server.revocation_endpoint,
            client=client,
            resource=resource,
            tokens=tokens,
            account=self._profile.account,
            signed_in_at=tokens.issued_at,
        )
        return key, grant

    async def _redeemed(
        self, web: Web, redemption: Flow[TokenSet], issuer: str, client: Client
    ) -> TokenSet:
        try:
            return await web.perform(redemption)
        except TokenRefused as error:
            if error.code == "invalid_client" and client.origin == "registered":
                # The server has forgotten us; the next sign-in registers anew.
                self._store.forget_clients(issuer)
            raise

    def _wanted_redirects(self, remembered: Client | None) -> tuple[str, ...]:
        """The prescribed redirect URI; else the registered one if its port is free, else any."""
        if self._auth.redirect_uri is not None:
            return (self._auth.redirect_uri,)
        registered = remembered.redirect_uri if remembered is not None else None
        return (registered, ANY_PORT) if registered is not None else (ANY_PORT,)

    def _configured_client(self) -> Client | None:
        auth = self._auth
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
        auth = self._auth
        if auth.client_id is None:
            return None
        found = self._store.find(self._profile.url, self._profile.account, auth.client_id)
        return found[0].issuer if found is not None else None

    async def _consent(self, listener: RedirectListener, request: AuthorizationRequest) -> str:
        """The code that a person's consent brought back."""
        url = openable(request.url, allow_http=self._profile.network.allow_http)
        self._on_waiting(url)
        if self._auth.browser:
            from mcp_proxy.net.browser import open_url  # noqa: PLC0415 - only a sign-in needs it

            open_url(url)
        seconds = self._auth.login_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                verdict: Code | Refused = await listener.wait(
                    lambda query: _verdict(request, query)
                )
        except TimeoutError:
            message = f"Nobody finished the sign-in within {seconds:g} s"
            raise AuthorizationRefused(message, hint="mcp-permit login") from None
        if isinstance(verdict, Refused):
            raise verdict.error()
        return verdict.code


def _verdict(request: AuthorizationRequest, query: str) -> Code | Refused | None:
    verdict: Verdict = judge_redirect(request, query)
    return None if isinstance(verdict, Noise) else verdict


def ask_for_challenge(gateway: str) -> Flow[Mapping[str, str]]:
    """The headers with which `gateway` answers a client that brings no token.

    An `initialize` that carries nothing: a gateway that asks for no token at all
    answers it with a session, which it forgets by itself.
    """
    body = (
        b'{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25",'
        b'"capabilities":{},"clientInfo":{"name":"mcp-permit","version":"0"}}}'
    )
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
    }
    response = yield HttpRequest("POST", gateway, headers, body)
    return response.headers
