"""The endpoints of the demo's authorization server that programs ask, with no page.

Tokens and their revocation always; registration and device codes where they are switched on.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.application import CODE_GRANTS
from mcp_proxy.demo.authorization import NO_STORE, check_scope, error_of, form_of
from mcp_proxy.demo.devices import LIFE_SECONDS
from mcp_proxy.demo.ledger import Family, Refusal
from mcp_proxy.oauth.model import CLIENT_CREDENTIALS, DEVICE_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.application import Application
    from mcp_proxy.demo.authorization import Books

SERVICE_GRANTS = frozenset({CLIENT_CREDENTIALS})
_KNOWN = CODE_GRANTS | SERVICE_GRANTS | {DEVICE_CODE}
_REDIRECT = 307
_ELSEWHERE = "https://elsewhere.example/o/token/"


class TokenEndpoints:
    """What a program asks; `service` is the account behind client credentials, if any."""

    def __init__(self, books: Books, service: Account | None = None) -> None:
        self._metadata, self._applications = books.metadata, books.applications
        self._ledger, self._devices = books.ledger, books.devices
        self._faults, self._counters = books.faults, books.counters
        self._service = service

    def routes(self) -> list[Route]:
        """The endpoints, for Starlette."""
        layout = self._metadata.layout
        return [
            Route(layout.token, self._token, methods=["POST"]),
            Route(layout.revoke, self._revoke, methods=["POST"]),
            Route(layout.register, self._register, methods=["POST"]),
            Route(layout.device, self._device, methods=["POST"]),
        ]

    async def _token(self, request: Request) -> Response:
        self._counters.token_requests += 1
        status = self._faults.token_endpoint_status
        if status == _REDIRECT:
            return RedirectResponse(_ELSEWHERE, status)
        if status is not None:
            return HTMLResponse("<h1>Out of order</h1>", status)
        form = await form_of(request)
        try:
            application = self._authenticated(request, form)
            return JSONResponse(self._granted(application, form), 200, NO_STORE)
        except Refusal as refusal:
            return _refused(refusal)

    def _granted(self, application: Application, form: Mapping[str, str]) -> dict[str, object]:
        grant, resource = form.get("grant_type"), self._metadata.asked_resource(form)
        if grant not in _KNOWN:
            raise Refusal("unsupported_grant_type", "There is no such grant here")
        if grant not in application.grant_types:
            raise Refusal("unauthorized_client", "The client is not registered for this grant")
        if grant == "refresh_token":
            return self._ledger.refresh(form.get("refresh_token", ""), resource)
        if resource is None:
            raise Refusal("invalid_target", "The resource is missing")
        match grant:
            case "authorization_code":
                code, verifier = form.get("code", ""), form.get("code_verifier", "")
                return self._ledger.redeem(code, verifier, form.get("redirect_uri", ""), resource)
            case "client_credentials":
                return self._of_service(application, resource, form.get("scope"))
        self._counters.device_polls += 1
        family = self._devices.poll(form.get("device_code", ""), application.client_id)
        return self._ledger.answer(family)

    def _of_service(
        self, application: Application, resource: str, asked: str | None
    ) -> dict[str, object]:
        scope = check_scope(asked, self._metadata.layout)
        if not application.has_account:
            raise Refusal("invalid_client", "The application is tied to no service account")
        if self._service is None:
            raise Refusal("unauthorized_client", "There are no service accounts here")
        if resource != self._metadata.resource:
            raise Refusal("invalid_target", f"The only resource is {self._metadata.resource}")
        family = Family(self._service, application.client_id, resource, scope)
        return self._ledger.answer(family, is_renewable=False)

    async def _revoke(self, request: Request) -> Response:
        form = await form_of(request)
        try:
            self._authenticated(request, form)
        except Refusal as refusal:
            return _refused(refusal)
        self._counters.revocations += 1
        self._ledger.revoke(form.get("token", ""))
        return Response(status_code=200)

    async def _register(self, request: Request) -> Response:
        if self._faults.registration == "off":
            return Response(status_code=404)
        try:
            document = json.loads(await request.body())
            return JSONResponse(self._applications.register(document), 201, NO_STORE)
        except ValueError:
            return _refused(Refusal("invalid_client_metadata", "That is no JSON"))
        except Refusal as refusal:
            return _refused(refusal)

    async def _device(self, request: Request) -> Response:
        if not self._faults.device_codes:
            return Response(status_code=404)
        form = await form_of(request)
        try:
            return JSONResponse(self._begun(self._authenticated(request, form), form))
        except Refusal as refusal:
            return _refused(refusal)

    def _begun(self, application: Application, form: Mapping[str, str]) -> dict[str, object]:
        resource = self._metadata.asked_resource(form)
        if DEVICE_CODE not in application.grant_types:
            raise Refusal("unauthorized_client", "The client is not registered for device codes")
        if resource != self._metadata.resource:
            raise Refusal("invalid_target", f"The only resource is {self._metadata.resource}")
        scope = check_scope(form.get("scope"), self._metadata.layout)
        interval = self._faults.device_interval_seconds
        device_code, user_code = self._devices.begin(
            application.client_id, resource, scope, interval
        )
        page = self._metadata.sign_in_origin + self._metadata.layout.device_page
        return {
            "device_code": device_code,
            "user_code": user_code,
            "verification_uri": page,
            "verification_uri_complete": f"{page}?user_code={user_code}",
            "expires_in": int(LIFE_SECONDS),
            "interval": interval,
        }

    def _authenticated(self, request: Request, form: Mapping[str, str]) -> Application:
        header = request.headers.get("authorization")
        return self._applications.authenticated(header, form, self._metadata.issuer)


def _refused(refusal: Refusal) -> Response:
    """RFC 6749 §5.2: 401 with a challenge for the client's own proof, else 400."""
    if refusal.code != "invalid_client":
        return JSONResponse(error_of(refusal), 400, NO_STORE)
    challenge = {"WWW-Authenticate": 'Basic realm="demo"'}
    return JSONResponse(error_of(refusal), 401, NO_STORE | challenge)
