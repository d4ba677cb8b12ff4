"""ScaiGrid's own way to a JWT, `/v1/auth/…`, and ScaiLink's discovery document (SC-AUTH, SL-API).

Over the same book of codes and tokens as ScaiKey's OAuth endpoints: identify, authorize, sign in
with a browser, token, refresh. Refusals have ScaiGrid's codes instead of OAuth's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.ledger import Refusal
from mcp_proxy.demo.scaimcp.people import TENANT
from mcp_proxy.demo.scaimcp.refusals import Refused, response
from mcp_proxy.demo.scaimcp.surfaces import body_of, success

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from mcp_proxy.demo.ledger import Ledger
    from mcp_proxy.demo.metadata import Metadata

    Answer = Callable[[dict[str, Any]], Awaitable[object]]


class Flows:
    """The steps to a JWT for the client `client_id` with the one redirect URI."""

    def __init__(
        self, metadata: Metadata, ledger: Ledger, client_id: str, redirect_uri: str
    ) -> None:
        self._metadata, self._ledger = metadata, ledger
        self._client_id, self._redirect_uri = client_id, redirect_uri

    def routes(self) -> list[Route]:
        """The steps, for Starlette."""
        steps = {
            "identify": self._identify,
            "authorize": self._authorize,
            "token": self._token,
            "refresh": self._refresh,
        }
        found = [_step(f"/v1/auth/{name}", step) for name, step in steps.items()]
        return [*found, Route("/v1/scailink/auth/discover", self._discover, methods=["GET"])]

    async def _identify(self, _asked: dict[str, Any]) -> object:
        """An e-mail address for tenants: everybody is of the one tenant."""
        return {"tenants": [{"slug": TENANT, "name": "Demo Bank"}]}

    async def _authorize(self, asked: dict[str, Any]) -> object:
        """A tenant and a code challenge for the address of a sign-in."""
        if asked.get("tenant") != TENANT or not asked.get("code_challenge"):
            raise Refused("AUTH_FLOW_INVALID", "A tenant and a code_challenge are needed")
        layout = self._metadata.layout
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._client_id,
                "redirect_uri": self._redirect_uri,
                "code_challenge": asked["code_challenge"],
                "code_challenge_method": "S256",
                "resource": self._metadata.resource,
                "scope": layout.scope,
                **({"state": asked["state"]} if "state" in asked else {}),
            }
        )
        return {"url": f"{self._metadata.origin}{layout.authorize}?{query}"}

    async def _token(self, asked: dict[str, Any]) -> object:
        code, verifier = str(asked.get("code", "")), str(asked.get("code_verifier", ""))
        try:
            return self._ledger.redeem(code, verifier, self._redirect_uri, self._metadata.resource)
        except Refusal as refusal:
            raise Refused("AUTH_FLOW_INVALID", str(refusal)) from refusal

    async def _refresh(self, asked: dict[str, Any]) -> object:
        try:
            return self._ledger.refresh(str(asked.get("refresh_token", "")), None)
        except Refusal as refusal:
            raise Refused("AUTH_TOKEN_INVALID", str(refusal)) from refusal

    async def _discover(self, _request: Request) -> Response:
        """What a desktop needs to sign in; open to everybody."""
        origin, layout = self._metadata.origin, self._metadata.layout
        return JSONResponse(
            {
                "issuer": self._metadata.issuer,
                "authorization_endpoint": origin + layout.authorize,
                "token_endpoint": origin + layout.token,
                "device_authorization_endpoint": origin + layout.device,
                "jwks_uri": f"{self._metadata.issuer}/jwks",
                "scopes": layout.scope.split(),
                "client_id": self._client_id,
            }
        )


def _step(path: str, answer: Answer) -> Route:
    async def serve(request: Request) -> Response:
        try:
            return success(await answer(await body_of(request)))
        except Refused as refused:
            return response(refused)

    return Route(path, serve, methods=["POST"])
