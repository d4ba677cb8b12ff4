"""What the demo publishes about itself for discovery, and where (`Faults.metadata`).

RFC 9728 for the gateway, RFC 8414 for the authorization server.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from mcp_proxy.demo.layout import Layout
    from mcp_proxy.demo.switches import Faults


class Metadata:
    """The documents of one authorization server, for the gateway at `origin`.

    People meet it at `sign_in_origin`, programs beside the gateway.
    """

    def __init__(
        self, origin: str, layout: Layout, faults: Faults, sign_in_origin: str | None = None
    ) -> None:
        self.origin, self.layout, self._faults = origin, layout, faults
        self.sign_in_origin = sign_in_origin or origin
        self.resource = origin + layout.mcp_path

    @property
    def issuer(self) -> str:
        """Who the server says it is; its origin where metadata is published at the root."""
        is_root = self._faults.metadata == "root"
        return self.origin if is_root else self.sign_in_origin + self.layout.issuer_path

    @property
    def resource_url(self) -> str | None:
        """Where the gateway is described; None where it is not."""
        path = "/.well-known/oauth-protected-resource" + urlsplit(self.resource).path
        return self.origin + path if self._faults.metadata == "protected-resource" else None

    def asked_resource(self, asked: Mapping[str, str]) -> str | None:
        """The resource of a request. A server that describes none knows only its own gateway."""
        is_described = self._faults.metadata == "protected-resource"
        return asked.get("resource", None if is_described else self.resource)

    def routes(self) -> list[Route]:
        """The places of all layouts; all but one answer 404."""
        path = "/.well-known/oauth-protected-resource" + urlsplit(self.resource).path
        servers = [Route(place, self._of_server) for place in self.layout.metadata_paths.values()]
        return [Route(path, self._of_resource), *servers]

    async def _of_resource(self, _request: Request) -> Response:
        if self.resource_url is None:
            return Response(status_code=404)
        return JSONResponse(
            {
                "resource": self.resource,
                "authorization_servers": [self.issuer],
                "scopes_supported": self.layout.scope.split(),
                "resource_name": self.layout.title,
            }
        )

    async def _of_server(self, request: Request) -> Response:
        if request.url.path != self.layout.metadata_paths.get(self._faults.metadata):
            return Response(status_code=404)
        faults, layout = self._faults, self.layout
        both = ["client_secret_basic", "client_secret_post"]
        methods = both if faults.client_auth == "any" else [faults.client_auth]
        grants = ["authorization_code", "refresh_token", "client_credentials"]
        document: dict[str, object] = {
            "issuer": faults.issuer or self.issuer,
            "authorization_endpoint": faults.authorization_endpoint
            or self.sign_in_origin + layout.authorize,
            "token_endpoint": self.origin + layout.token,
            "revocation_endpoint": self.origin + layout.revoke,
            "scopes_supported": sorted(layout.scopes),
            "response_types_supported": ["code"],
            "grant_types_supported": grants,
            "token_endpoint_auth_methods_supported": [
                *methods,
                "private_key_jwt",
                *(["none"] if layout.has_public_clients else []),
            ],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": list(faults.pkce_methods),
            "authorization_response_iss_parameter_supported": True,
        }
        if faults.registration != "off":
            document["registration_endpoint"] = self.origin + layout.register
            document["token_endpoint_auth_methods_supported"] = [*methods, "none"]
        if faults.device_codes:
            document["device_authorization_endpoint"] = self.origin + layout.device
            document["grant_types_supported"] = [*grants, DEVICE_CODE]
        return JSONResponse(document)
