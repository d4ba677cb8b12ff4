"""What a sign-in is about, whichever way it goes: server, resource and scope.

Found once, before a way in is chosen. Follows MCP 2026-07-28, Authorization.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.discovery import discover
from mcp_proxy.oauth.dpop import ALGORITHM, SCHEME
from mcp_proxy.oauth.http import HttpRequest
from mcp_proxy.oauth.resource import place_of, resource_indicator
from mcp_proxy.oauth.scopes import scope_to_request, scope_to_step_up
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.config.model import Profile
    from mcp_proxy.net.http import Web
    from mcp_proxy.oauth.challenge import Challenge
    from mcp_proxy.oauth.discovery import Discovered
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.model import AuthorizationServer


@dataclass(frozen=True, slots=True)
class Terms:
    """What is asked for, and of whom."""

    server: AuthorizationServer
    resource: str
    """RFC 8707, exactly, in every request."""
    scope: str | None
    is_step_up: bool = False
    """Whether there is a grant, and its scope was not enough for one use."""
    metadata_url: str | None = None
    """Where the gateway publishes about itself, see `Grant`."""
    is_bound: bool = False
    """Whether tokens shall be bound to a key (RFC 9449)."""


async def find_terms(
    web: Web,
    profile: Profile,
    headers: Mapping[str, str] | None,
    *,
    granted: str | None = None,
) -> Terms:
    """Ask the gateway, and the authorization server that it names.

    Args:
        web: performs the requests.
        profile: who signs in, where.
        headers: those of the gateway's 401 or 403; None asks the gateway for them.
        granted: for a step-up, the scope that was not enough.

    Raises:
        DiscoveryError, GatewayError: they cannot be found.
    """
    auth = profile.auth
    if headers is None:
        headers = await web.perform(ask_for_challenge(profile.url))
    challenge = bearer_challenge(headers)
    found = await web.perform(
        discover(
            profile.url,
            challenge,
            endpoints=auth.endpoints,
            resource=auth.resource,
            allow_http=profile.network.allow_http,
        )
    )
    scope = (
        scope_to_request(auth.scope, challenge, found.resource, found.server)
        if granted is None
        else scope_to_step_up(auth.scope, granted, challenge, found.server)
    )
    resource = resource_indicator(profile.url, auth.resource, found.resource)
    # Explicit endpoints are the person's word: nobody looks again.
    place = place_of(found.resource) if auth.endpoints is None else None
    is_bound = _is_bound(challenge, found)
    return Terms(found.server, resource, scope, granted is not None, place, is_bound)


def _is_bound(challenge: Challenge | None, found: Discovered) -> bool:
    """Whether the gateway wants tokens that are bound to a key, and the server gives them.

    That a server could is not enough: most gateways behind it take Bearer tokens alone.
    """
    is_wanted = challenge is not None and challenge.scheme == SCHEME.lower()
    if found.resource is not None and found.resource.dpop_bound_access_tokens_required:
        is_wanted = True
    return is_wanted and ALGORITHM in (found.server.dpop_signing_alg_values_supported or ())


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
