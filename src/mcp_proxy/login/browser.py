"""The way in by a page and a redirect to this machine (RFC 8252), or to a person's clipboard.

The redirect listener is bound before the page is opened, and the page that the person
sees last tells how the sign-in really ended. Where no browser can be opened and there is
a terminal, the address of that last page may be pasted instead; the listener waits all
the same, for a port may be forwarded.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_proxy.errors import AuthError, AuthorizationRefused, ConfigError, TokenRefused
from mcp_proxy.login.person import SignInPage
from mcp_proxy.net.browser import has_browser, open_url
from mcp_proxy.net.loopback import listen
from mcp_proxy.oauth.authorization import (
    Code,
    Noise,
    Refused,
    authorization_request,
    is_unknown_client,
    judge_redirect,
    openable,
)
from mcp_proxy.oauth.grants import redeem_code
from mcp_proxy.oauth.metadata import require_code_flow
from mcp_proxy.oauth.pasted import pasted_query

if TYPE_CHECKING:
    from mcp_proxy.config.model import Profile
    from mcp_proxy.login.client import Clients
    from mcp_proxy.login.person import Person
    from mcp_proxy.login.terms import Terms
    from mcp_proxy.net.loopback import RedirectListener
    from mcp_proxy.oauth.authorization import AuthorizationRequest
    from mcp_proxy.oauth.http import Performer
    from mcp_proxy.oauth.model import Client, TokenSet

ANY_PORT = "http://127.0.0.1:0/callback"
"""The redirect URI where none is prescribed: RFC 8252 §7.3, a port that is free."""


class _ForgottenError(AuthError):
    """The server no longer knows the client that it registered."""


class BrowserWay:
    """One sign-in by a page; whoever calls holds the lock.

    Args:
        web: performs the requests.
        profile: who signs in, where.
        terms: what is asked for.
        clients: as whom.
        person: who must say yes.
    """

    def __init__(
        self, web: Performer, profile: Profile, terms: Terms, clients: Clients, person: Person
    ) -> None:
        self._web = web
        self._profile = profile
        self._auth = profile.auth
        self._terms = terms
        self._clients = clients
        self._person = person

    async def run(self) -> tuple[Client, TokenSet]:
        """The tokens, and the client that they were given to.

        A client that was registered here and that the server has forgotten is registered
        anew, once.

        Raises:
            AuthError, GatewayError, ConfigError: there are none.
        """
        require_code_flow(self._terms.server)
        try:
            return await self._once()
        except _ForgottenError:
            return await self._once()

    async def _once(self) -> tuple[Client, TokenSet]:
        async with AsyncExitStack() as stack:
            listener, redirect_uri = await self._listen(stack)
            client, request = await self._request(redirect_uri)
            try:
                code = await self._consent(listener, request)
                return client, await self._redeemed(client, code, request)
            except (AuthorizationRefused, TokenRefused) as error:
                if self._clients.has_lost(client, error):
                    raise _ForgottenError("The authorization server has forgotten us") from error
                raise

    async def _listen(self, stack: AsyncExitStack) -> tuple[RedirectListener | None, str]:
        """The redirect URI, and who waits there; nobody where only pasting is left."""
        wanted = self._wanted_redirects()
        try:
            listener = await stack.enter_async_context(listen(*wanted))
        except (AuthError, ConfigError):
            if self._person.ask is None:
                raise
            return None, wanted[0]
        return listener, listener.redirect_uri

    def _wanted_redirects(self) -> tuple[str, ...]:
        """The prescribed redirect URI; else the registered one if its port is free, else any."""
        if self._auth.redirect_uri is not None:
            return (self._auth.redirect_uri,)
        remembered = self._clients.remembered(None)
        registered = remembered.redirect_uri if remembered is not None else None
        return (registered, ANY_PORT) if registered else (ANY_PORT,)

    async def _request(self, redirect_uri: str) -> tuple[Client, AuthorizationRequest]:
        """The request to put to a person, as a client that the server knows."""
        remembered = self._clients.remembered(redirect_uri)
        client = await self._clients.obtain(redirect_uri)
        request = self._asked(client, redirect_uri)
        # Not at a step-up: the gateway has just taken a token of this very client.
        if client == remembered and not self._terms.is_step_up:
            if not await self._web.perform(is_unknown_client(request)):
                return client, request
            self._clients.forget()
            client = await self._clients.obtain(redirect_uri)
        return client, self._asked(client, redirect_uri)

    def _asked(self, client: Client, redirect_uri: str) -> AuthorizationRequest:
        return authorization_request(
            self._terms.server,
            client,
            redirect_uri=redirect_uri,
            scope=self._terms.scope,
            resource=self._terms.resource,
            state=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(64),
        )

    async def _redeemed(self, client: Client, code: str, request: AuthorizationRequest) -> TokenSet:
        return await self._web.perform(
            redeem_code(
                self._terms.server,
                self._clients.proven(client),
                code,
                request,
                resource=self._terms.resource,
                scope=self._terms.scope,
                now=time.time(),
            )
        )

    async def _consent(
        self, listener: RedirectListener | None, request: AuthorizationRequest
    ) -> str:
        """The code that a person's consent brought back."""
        url = openable(request.url, allow_http=self._profile.network.allow_http)
        is_opened = self._auth.browser and has_browser() and open_url(url)
        port = urlsplit(request.redirect_uri).port if listener is not None else None
        self._person.show(SignInPage(url, is_opened=is_opened, port=port))
        seconds = self._auth.login_timeout_seconds
        try:
            async with asyncio.timeout(seconds):
                verdict = await self._verdict(listener, request, may_paste=not is_opened)
        except TimeoutError:
            message = f"Nobody finished the sign-in within {seconds:g} s"
            raise AuthorizationRefused(message, hint="mcp-permit login") from None
        if isinstance(verdict, Refused):
            raise verdict.error()
        return verdict.code

    async def _verdict(
        self, listener: RedirectListener | None, request: AuthorizationRequest, *, may_paste: bool
    ) -> Code | Refused:
        """What comes first: the redirect, or what somebody pastes."""
        ways: list[asyncio.Task[Code | Refused]] = []
        if listener is not None:
            ways.append(asyncio.create_task(listener.wait(lambda query: _heard(request, query))))
        if listener is None or (may_paste and self._person.ask is not None):
            ways.append(asyncio.create_task(self._pasted(request, is_alone=listener is None)))
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            return done.pop().result()
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)

    async def _pasted(self, request: AuthorizationRequest, *, is_alone: bool) -> Code | Refused:
        """What somebody pastes, once it answers this request."""
        ask, complaint = self._person.ask, None
        while ask is not None and (text := await ask(complaint)) is not None:
            verdict = judge_redirect(request, pasted_query(text))
            match verdict:
                case Noise():
                    complaint = "That is not the answer to this sign-in"
                case Refused(code="wrong_issuer" | "no_code", description=reason):
                    complaint = f"{reason} Paste the whole address"
                case _:
                    return verdict
        if is_alone:
            raise AuthorizationRefused("The sign-in was broken off", hint="mcp-permit login")
        # Nothing more will be pasted; the redirect may still come.
        forever: asyncio.Future[Code | Refused] = asyncio.get_running_loop().create_future()
        return await forever


def _heard(request: AuthorizationRequest, query: str) -> Code | Refused | None:
    verdict = judge_redirect(request, query)
    return None if isinstance(verdict, Noise) else verdict
