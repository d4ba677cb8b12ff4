"""A gateway's own metadata, and the resource that a token is asked for.

Follows RFC 9728 §3 and §5, RFC 8707 §2 and MCP 2026-07-28, Authorization,
"Protected Resource Metadata Discovery Requirements".
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urldefrag, urlsplit

from mcp_proxy.errors import DiscoveryError
from mcp_proxy.oauth.document import fetch_document, texts
from mcp_proxy.oauth.endpoint import ANYWHERE, Reach, check_endpoint
from mcp_proxy.oauth.model import ProtectedResource
from mcp_proxy.oauth.refusal import printable, without_query

if TYPE_CHECKING:
    from mcp_proxy.oauth.challenge import Challenge
    from mcp_proxy.oauth.document import Document
    from mcp_proxy.oauth.http import Flow

_WELL_KNOWN = "/.well-known/oauth-protected-resource"
_DEFAULT_PORTS = {"https": 443, "http": 80}


def discover_resource(
    gateway: str,
    challenge: Challenge | None,
    reach: Reach,
    *,
    vouched: str | None = None,
    known: str | None = None,
) -> Flow[ProtectedResource | None]:
    """The metadata of `gateway`, or None where it publishes none.

    `vouched` is the resource of the profile: a document may name it although it does
    not cover the gateway's address. `known` is where the metadata was the last time, and
    asked before all others; where it was nowhere (empty), only the likeliest place is.

    Raises:
        DiscoveryError: the metadata is about another resource.
        GatewayRefused: a place answered 429 or 5xx.
    """
    places = metadata_urls(gateway, challenge, reach)
    if known is not None:
        places = [known, *places] if known else places[:1]
    for url in dict.fromkeys(places):
        document = yield from fetch_document(url)
        # A server that answers every path with some JSON has published nothing.
        if document is not None and "resource" in document:
            return _checked(document, gateway, url, vouched)
    return None


def metadata_urls(gateway: str, challenge: Challenge | None, reach: Reach) -> list[str]:
    """Where to look, in order: what the challenge names, below the path, at the root.

    An address in the challenge that cannot be used is passed over: gateways behind a
    TLS proxy name themselves by plain http, and publish at the right place all the same.
    """
    parts = urlsplit(gateway)
    base = f"{parts.scheme}://{parts.netloc}{_WELL_KNOWN}"
    query = f"?{parts.query}" if parts.query else ""
    # RFC 9728 §3.1 keeps a slash at the end of a path; many servers do not.
    paths = [parts.path if parts.path != "/" else "", parts.path.rstrip("/")]
    places = [*(f"{base}{path}{query}" for path in paths), base]
    named = challenge.resource_metadata if challenge is not None else None
    if named is not None and _is_usable(named, reach):
        places.insert(0, named)
    return list(dict.fromkeys(places))


def covers(resource: str, gateway: str) -> bool:
    """Whether a token for `resource` is one for `gateway`: same origin, same or parent path.

    MCP 2026-07-28 loosens RFC 9728 §3.3, which wants the two to be identical, this far.
    """
    try:
        theirs = check_endpoint(resource, ANYWHERE)
    except ValueError:
        return False
    ours = urlsplit(gateway)
    if _origin(theirs) != _origin(ours) or theirs.query not in {"", ours.query}:
        return False
    # Whole segments: `/mcp` is no parent of `/mcp-admin`.
    return f"{ours.path}/".startswith(f"{theirs.path.rstrip('/')}/")


def resource_indicator(
    gateway: str, configured: str | None, resource: ProtectedResource | None
) -> str:
    """What to send as `resource`, in every authorization and token request.

    The profile's word, else the published string exactly, else the gateway's address
    as given: no slash is added or taken away, only a fragment (RFC 8707 §2).
    """
    if configured is not None:
        return configured
    return resource.resource if resource is not None else urldefrag(gateway).url


def place_of(resource: ProtectedResource | None) -> str:
    """What to remember of a search, for `discover_resource` as `known`."""
    return resource.url if resource is not None else ""


def _checked(document: Document, gateway: str, url: str, vouched: str | None) -> ProtectedResource:
    resource = document["resource"]
    if not isinstance(resource, str) or not (resource == vouched or covers(resource, gateway)):
        raise DiscoveryError(
            f"{without_query(url)} is about another resource: {printable(str(resource))}",
            hint="Use the address that the gateway publishes, "
            "or name its resource as auth.resource when both are the same gateway.",
        )
    servers = texts(document, "authorization_servers") or ()
    is_bound = document.get("dpop_bound_access_tokens_required") is True
    scopes = texts(document, "scopes_supported")
    return ProtectedResource(resource, servers, scopes, url, is_bound)


def _is_usable(url: str, reach: Reach) -> bool:
    try:
        check_endpoint(url, reach)
    except ValueError:
        return False
    return True


def _origin(parts: SplitResult) -> tuple[str, str | None, int | None]:
    return parts.scheme, parts.hostname, parts.port or _DEFAULT_PORTS.get(parts.scheme)
