"""The way in by a code that a person enters on another device (RFC 8628)."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthorizationRefused
from mcp_proxy.login.person import SignInPage
from mcp_proxy.net.browser import has_browser, open_url
from mcp_proxy.oauth.device import NotYet, authorize_device, poll

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.login.client import Clients
    from mcp_proxy.login.person import Person
    from mcp_proxy.login.terms import Terms
    from mcp_proxy.oauth.device import DeviceAuthorization
    from mcp_proxy.oauth.http import Performer
    from mcp_proxy.oauth.model import Client, TokenSet

WITHOUT_REDIRECT = ""
"""What a registration for this way is bound to."""


class DeviceWay:
    """One sign-in by a code; whoever calls holds the lock.

    Args:
        web: performs the requests.
        profile: who signs in, where.
        terms: what is asked for.
        clients: as whom.
        person: who must enter the code.
        sleep: waits between two questions.
    """

    def __init__(
        self,
        web: Performer,
        profile: Profile,
        terms: Terms,
        clients: Clients,
        person: Person,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._web = web
        self._profile = profile
        self._terms = terms
        self._clients = clients
        self._person = person
        self._sleep = sleep

    async def begin(self) -> tuple[Client, DeviceAuthorization]:
        """Ask for a code; nobody has been shown anything yet.

        Raises:
            TokenRefused: this client may not have one.
            AuthError, GatewayError, ConfigError: there is none.
        """
        client = await self._clients.obtain(WITHOUT_REDIRECT)
        asked = await self._web.perform(
            authorize_device(
                self._terms.server,
                self._clients.proven(client),
                scope=self._terms.scope,
                resource=self._terms.resource,
                now=time.time(),
                allow_http=self._profile.network.allow_http,
            )
        )
        return client, asked

    async def finish(self, client: Client, asked: DeviceAuthorization) -> TokenSet:
        """The tokens, once the person has entered the code.

        Raises:
            AuthorizationRefused: the person said no, or did not do it in time.
            TokenRefused, ConfigError: there are none.
        """
        is_opened = self._profile.auth.browser and has_browser() and open_url(asked.url)
        self._person.show(SignInPage(asked.url, asked.user_code, is_opened=is_opened))
        limit_seconds = self._profile.auth.login_timeout_seconds
        ends_at = min(asked.expires_at, time.time() + limit_seconds)
        interval = asked.interval_seconds
        while (left := ends_at - time.time()) > 0:
            await self._sleep(min(interval, left))
            found = await self._web.perform(
                poll(
                    self._terms.server,
                    self._clients.proven(client),
                    asked,
                    scope=self._terms.scope,
                    resource=self._terms.resource,
                    interval_seconds=interval,
                    now=time.time(),
                )
            )
            if not isinstance(found, NotYet):
                return found
            interval = found.interval_seconds
        raise AuthorizationRefused(
            f"Nobody entered the code within {limit_seconds:g} s", hint="mcp-permit login"
        )
