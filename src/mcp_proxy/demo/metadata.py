"""What the demo publishes about itself for discovery, and where (`Faults.metadata`).

RFC 9728 for the gateway, RFC 8414 for the authorization server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

if TYPE_CHECKING:
    from starlette.requests import Request

    from mcp_proxy.demo.switches import Faults

SCOPE = "mcp"
_WELL_KNOWN = "/.well-known/oauth-authorization-server"
_PLACES = {
    "protected-resource": _WELL_KNOWN + "/o",
    "root": _WELL_KNOWN,
    "prefixed": "/o" + _WELL_KNOWN,
}


class Metadata:
    """The documents of one authorization server at `origin`, for the one gateway `resource`."""

    def __init__(self, origin: str, resource: str, faults: Faults) -> None:
        self.origin, self.resource, self._faults = origin, resource, faults

    @property
    def issuer(self) -> str:
        """Who the server says it is; its origin where metadata is published at the root."""
        return self.origin if self._faults.metadata == "root" else self.origin + "/o"

    @property
    def resource_url(self) -> str | None:
        """Where the gateway is described; None where it is not."""
        path = "/.well-known/oauth-protected-resource" + urlsplit(self.resource).path
        return self.origin + path if self._faults.metadata == "protected-resource" else None

    def routes(self) -> list[Route]:
        """The places of all layouts; all but one answer 404."""
        path = "/.well-known/oauth-protected-resource" + urlsplit(self.resource).path
        servers = [Route(place, self._of_server) for place in _PLACES.values()]
        return [Route(path, self._of_resource), *servers]

    async def _of_resource(self, _request: Request) -> Response:
        if self.resource_url is None:
            return Response(status_code=404)
        return JSONResponse(
            {
                "resource": self.resource,
                "authorization_servers": [self.issuer],
                "scopes_supported": [SCOPE],
                "resource_name": "Integration Gateway (DEV)",
            }
        )

    async def _of_server(self, request: Request) -> Response:
        if request.url.path != _PLACES.get(self._faults.metadata):
            return Response(status_code=404)
        chosen = self._faults.client_auth
        both = ["client_secret_basic", "client_secret_post"]
        return JSONResponse(
            {
                "issuer": self.issuer,
                "authorization_endpoint": self.origin + "/o/authorize/",
                "token_endpoint": self.origin + "/o/token/",
                "revocation_endpoint": self.origin + "/o/revoke_token/",
                "scopes_supported": [SCOPE],
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "token_endpoint_auth_methods_supported": both if chosen == "any" else [chosen],
                "code_challenge_methods_supported": ["S256"],
                "authorization_response_iss_parameter_supported": True,
            }
        )
