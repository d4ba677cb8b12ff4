"""What an authorization server says of itself, checked, or what a profile says in its place.

Follows RFC 8414 §2 and §3.3 and MCP 2026-07-28, "Authorization Code Protection".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from mcp_proxy.errors import DiscoveryError
from mcp_proxy.oauth.document import texts
from mcp_proxy.oauth.endpoint import Reach, check_endpoint
from mcp_proxy.oauth.model import AuthorizationServer
from mcp_proxy.oauth.refusal import printable
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mcp_proxy.oauth.document import Document

BY_HAND = "Set auth.endpoints in the profile if you know this authorization server."
_PROFILE = "auth.endpoints"


class Endpoints(Protocol):
    """Endpoints that a person wrote down (`config.model.Endpoints` is one)."""

    @property
    def authorization_endpoint(self) -> str | None: ...  # noqa: D102 - RFC 8414 §2 says it
    @property
    def token_endpoint(self) -> str: ...  # noqa: D102 - the same
    @property
    def issuer(self) -> str | None: ...  # noqa: D102 - the same
    @property
    def registration_endpoint(self) -> str | None: ...  # noqa: D102 - the same
    @property
    def revocation_endpoint(self) -> str | None: ...  # noqa: D102 - the same
    @property
    def device_authorization_endpoint(self) -> str | None: ...  # noqa: D102 - RFC 8628 §4 says it


def configured_server(
    endpoints: Endpoints, named: Iterable[str] = (), *, allow_http: bool
) -> AuthorizationServer:
    """The server that a profile describes.

    Where the profile names no issuer, the first of those that the gateway has `named` does
    that lies on the origin of the token endpoint; else that origin itself stands in.

    Exempt from the PKCE check: that check reads what a server advertises, and one that
    advertises nothing is why these endpoints were written down. S256 is sent all the same.

    Raises:
        DiscoveryError: an endpoint is no URL that can be used.
    """
    written: Document = {
        "authorization_endpoint": endpoints.authorization_endpoint,
        "token_endpoint": endpoints.token_endpoint,
        "registration_endpoint": endpoints.registration_endpoint,
        "revocation_endpoint": endpoints.revocation_endpoint,
        "device_authorization_endpoint": endpoints.device_authorization_endpoint,
    }
    reach = Reach(allow_http=allow_http, allow_private=True)
    token = urlsplit(_required(written, "token_endpoint", _PROFILE, reach))
    origin = f"{token.scheme}://{token.netloc}"
    nearby = (issuer for issuer in named if f"{issuer}/".startswith(f"{origin}/"))
    issuer = endpoints.issuer or next(nearby, origin)
    return _server(written, issuer, _PROFILE, reach)


def server_of(
    document: Document, issuers: tuple[str, ...], url: str, reach: Reach
) -> AuthorizationServer:
    """The server that `document`, found at `url`, describes; its issuer is one of `issuers`.

    Raises:
        DiscoveryError: another issuer, or an endpoint that cannot be used.
    """
    issuer = document.get("issuer")
    # RFC 8414 §3.3: compared as strings. Normalizing would let one issuer answer for another.
    if not isinstance(issuer, str) or issuer not in issuers:
        raise DiscoveryError(
            f"{url} describes another issuer than {issuers[0]}: {printable(str(issuer))}",
            hint=BY_HAND,
        )
    server = _server(document, issuer, url, reach)
    methods = texts(document, "code_challenge_methods_supported") or ()
    return replace(server, is_known_for_s256="S256" in methods)


def require_code_flow(server: AuthorizationServer) -> str:
    """The authorization endpoint of `server`, if a code may be asked for there.

    Asked before anything else is: a server without PKCE gets neither a registration nor
    a person (MCP 2026-07-28: clients MUST refuse to proceed). Ways in without a code,
    such as RFC 8628's and client credentials, need neither.

    Raises:
        DiscoveryError: it has none, or does not advertise PKCE with S256.
    """
    if server.authorization_endpoint is None:
        raise DiscoveryError(f"{server.issuer} names no authorization_endpoint", hint=BY_HAND)
    if not server.is_known_for_s256:
        raise DiscoveryError(f"{server.issuer} does not advertise PKCE with S256", hint=BY_HAND)
    return server.authorization_endpoint


def _server(document: Document, issuer: str, where: str, reach: Reach) -> AuthorizationServer:
    return AuthorizationServer(
        issuer=issuer,
        authorization_endpoint=_endpoint(document, "authorization_endpoint", where, reach),
        token_endpoint=_required(document, "token_endpoint", where, reach),
        registration_endpoint=_endpoint(document, "registration_endpoint", where, reach),
        revocation_endpoint=_endpoint(document, "revocation_endpoint", where, reach),
        device_authorization_endpoint=_endpoint(
            document, "device_authorization_endpoint", where, reach
        ),
        scopes_supported=texts(document, "scopes_supported"),
        token_endpoint_auth_methods_supported=texts(
            document, "token_endpoint_auth_methods_supported"
        ),
        token_endpoint_auth_signing_alg_values_supported=texts(
            document, "token_endpoint_auth_signing_alg_values_supported"
        ),
        dpop_signing_alg_values_supported=texts(document, "dpop_signing_alg_values_supported"),
        client_id_metadata_document_supported=(
            document.get("client_id_metadata_document_supported") is True
        ),
        authorization_response_iss_parameter_supported=(
            document.get("authorization_response_iss_parameter_supported") is True
        ),
    )


def _required(document: Document, name: str, where: str, reach: Reach) -> str:
    url = _endpoint(document, name, where, reach)
    if url is None:
        raise DiscoveryError(f"{where} names no {name}", hint=BY_HAND)
    return url


def _endpoint(document: Document, name: str, where: str, reach: Reach) -> str | None:
    url = document.get(name)
    if url is None or url == "":
        return None
    try:
        check_endpoint(str(url), reach)
    except ValueError as reason:
        raise DiscoveryError(
            f"The {name} of {where} cannot be used: {reason}", hint=BY_HAND
        ) from None
    return str(url)
