"""From a gateway to the metadata of its authorization server.

Pure: a flow yields requests and is sent responses; `net.http` carries them. Nothing
is cached or retried. Follows RFC 8414 §3, OpenID Connect Discovery §4 and MCP
2026-07-28, "Authorization Server Discovery"; for gateways without metadata of their
own, MCP 2025-03-26, "Server Metadata Discovery" and its fallbacks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mcp_proxy.errors import DiscoveryError
from mcp_proxy.oauth.document import fetch_document
from mcp_proxy.oauth.endpoint import check_endpoint, reach_of
from mcp_proxy.oauth.metadata import BY_HAND, configured_server, server_of
from mcp_proxy.oauth.model import AuthorizationServer
from mcp_proxy.oauth.refusal import without_query
from mcp_proxy.oauth.resource import discover_resource
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from mcp_proxy.oauth.challenge import Challenge
    from mcp_proxy.oauth.endpoint import Reach
    from mcp_proxy.oauth.http import Flow
    from mcp_proxy.oauth.metadata import Endpoints
    from mcp_proxy.oauth.model import ProtectedResource

_RFC_8414 = "/.well-known/oauth-authorization-server"
_OPENID = "/.well-known/openid-configuration"


@dataclass(frozen=True, slots=True)
class Discovered:
    """What discovery ends with; `resource` is None where a gateway publishes nothing."""

    resource: ProtectedResource | None
    server: AuthorizationServer


def discover(
    gateway: str,
    challenge: Challenge | None,
    *,
    endpoints: Endpoints | None = None,
    resource: str | None = None,
    allow_http: bool = False,
) -> Flow[Discovered]:
    """Find the authorization server of `gateway`; of several, the first it names.

    `endpoints` and `resource` are the profile's; with both there is nothing to ask.

    Raises:
        DiscoveryError: the metadata is about something else, or unsafe.
        GatewayRefused: a place answered 429 or 5xx, which is not the same as absent.
    """
    reach = reach_of(gateway, allow_http=allow_http)
    if endpoints is not None and resource is not None:
        return Discovered(None, configured_server(endpoints, allow_http=allow_http))
    found = yield from discover_resource(gateway, challenge, reach, vouched=resource)
    if endpoints is not None:
        named = found.authorization_servers if found is not None else ()
        return Discovered(found, configured_server(endpoints, named, allow_http=allow_http))
    if found is None:
        return Discovered(None, (yield from _server_of_older_gateway(gateway, reach)))
    if not found.authorization_servers:
        raise DiscoveryError("The gateway names no authorization server", hint=BY_HAND)
    server = yield from discover_server(found.authorization_servers[0], reach)
    return Discovered(found, server)


def discover_server(issuer: str, reach: Reach) -> Flow[AuthorizationServer]:
    """The metadata of `issuer`, found and checked.

    Raises:
        DiscoveryError: no document was found, or it cannot be used.
        GatewayRefused: a place answered 429 or 5xx.
    """
    try:
        parts = check_endpoint(issuer, reach)
    except ValueError as reason:
        raise DiscoveryError(
            f"The authorization server {without_query(issuer)} cannot be used: {reason}",
            hint=BY_HAND,
        ) from None
    if parts.query:
        raise DiscoveryError(f"{without_query(issuer)} is no issuer: it has a query")
    for url in well_known_urls(issuer):
        document = yield from fetch_document(url)
        if document is not None and "issuer" in document:
            return server_of(document, (issuer,), url, reach)
    raise DiscoveryError(f"There is no metadata of {without_query(issuer)}", hint=BY_HAND)


def well_known_urls(issuer: str) -> tuple[str, ...]:
    """Where the metadata of `issuer` may lie, in order.

    The bare root is no place for an issuer with a path: another issuer lives there.
    The fourth place is not in MCP's list: frameworks that mount OAuth below a prefix
    (django-oauth-toolkit below `/o/`) publish there, and the issuer is checked anyway.
    """
    parts = urlsplit(issuer)
    origin, path = f"{parts.scheme}://{parts.netloc}", parts.path.rstrip("/")
    if not path:
        return f"{origin}{_RFC_8414}", f"{origin}{_OPENID}"
    return (
        f"{origin}{_RFC_8414}{path}",
        f"{origin}{_OPENID}{path}",
        f"{origin}{path}{_OPENID}",
        f"{origin}{path}{_RFC_8414}",
    )


def _server_of_older_gateway(gateway: str, reach: Reach) -> Flow[AuthorizationServer]:
    """MCP 2025-03-26: the gateway's origin is the authorization server, paths by default."""
    parts = urlsplit(gateway)
    origin = f"{parts.scheme}://{parts.netloc}"
    url = f"{origin}{_RFC_8414}"
    document = yield from fetch_document(url)
    if document is not None and "issuer" in document:
        # Nobody has named an issuer, and RFC 8414 §3.1 leads from both to this document.
        return server_of(document, (origin, f"{origin}/"), url, reach)
    # Without metadata PKCE cannot be advertised; that revision demands it of every server.
    return AuthorizationServer(
        origin, f"{origin}/authorize", f"{origin}/token", registration_endpoint=f"{origin}/register"
    )
