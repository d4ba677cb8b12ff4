"""The authorization server of the demo instance, on the paths that its gateway documents.

`/o/authorize/`, `/o/token/`, `/o/revoke_token/`. One exact redirect URI; PKCE S256 or nothing;
`iss` in every redirect where metadata promises it (RFC 9207). Which accounts there are is shown
on the consent page: nobody has a password here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.ledger import Family, Refusal
from mcp_proxy.demo.metadata import SCOPE
from mcp_proxy.demo.pages import consent_page, refusal_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from mcp_proxy.demo.application import Application
    from mcp_proxy.demo.identities import Identity
    from mcp_proxy.demo.ledger import Ledger
    from mcp_proxy.demo.metadata import Metadata
    from mcp_proxy.demo.switches import Counters, Faults

Consent = Literal["scripted", "person"]
"""`scripted`: the application has "Skip authorization" on, as documented, and the redirect comes
at once; `person`: somebody must choose an account on a page and press a button."""

_NO_STORE = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class Pending:
    """An authorization request that waits for a person."""

    redirect_uri: str
    state: str | None
    challenge: str


class AuthorizationServer:
    """The endpoints; what they grant is written down in the ledger."""

    def __init__(
        self,
        metadata: Metadata,
        application: Application,
        accounts: Mapping[str, Identity],
        ledger: Ledger,
        faults: Faults,
        counters: Counters,
        consent: Consent,
    ) -> None:
        self._metadata, self._application = metadata, application
        self._accounts, self._ledger = accounts, ledger
        self._faults, self._counters = faults, counters
        self._consent = consent
        self._pending: dict[str, Pending] = {}

    def routes(self) -> list[Route]:
        """The endpoints, for Starlette."""
        return [
            Route("/o/authorize/", self._authorize, methods=["GET"]),
            Route("/o/authorize/", self._decide, methods=["POST"]),
            Route("/o/token/", self._token, methods=["POST"]),
            Route("/o/revoke_token/", self._revoke, methods=["POST"]),
        ]

    async def _authorize(self, request: Request) -> Response:
        self._counters.authorizations += 1
        asked = dict(request.query_params)
        # Until these two are known to be good, nothing goes to the redirect URI (RFC 6749
        # §4.1.2.1).
        if asked.get("client_id") != self._application.client_id:
            return HTMLResponse(refusal_page("No application has this client id."), 400)
        if asked.get("redirect_uri") != self._application.redirect_uri:
            return HTMLResponse(refusal_page("The redirect URI is not the registered one."), 400)
        pending = Pending(
            asked["redirect_uri"], asked.get("state"), asked.get("code_challenge", "")
        )
        try:
            self._check(asked)
        except Refusal as refusal:
            return self._back(pending, _error(refusal))
        if self._consent == "scripted":
            return self._decided(pending, next(iter(self._accounts)), is_allowed=True)
        ticket = secrets.token_urlsafe(16)
        self._pending[ticket] = pending
        accounts = list(self._accounts.values())
        return HTMLResponse(consent_page(ticket, self._application.client_id, accounts))

    def _check(self, asked: Mapping[str, str]) -> None:
        """Go on only with a request that may be put before a person.

        Raises:
            Refusal: something is missing or wrong.
        """
        if asked.get("response_type") != "code":
            raise Refusal("unsupported_response_type", "Only response_type=code is served")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise Refusal("invalid_request", "PKCE with S256 is required")
        if self._resource(asked) != self._metadata.resource:
            raise Refusal("invalid_target", f"The only resource is {self._metadata.resource}")
        if asked.get("scope", SCOPE) != SCOPE:
            raise Refusal("invalid_scope", f"The only scope is {SCOPE}")

    def _resource(self, asked: Mapping[str, str]) -> str | None:
        """The resource asked for. A server that describes none knows only its own gateway."""
        is_described = self._faults.metadata == "protected-resource"
        return asked.get("resource", None if is_described else self._metadata.resource)

    async def _decide(self, request: Request) -> Response:
        form = await _form(request)
        pending = self._pending.pop(form.get("ticket", ""), None)
        if pending is None:
            return HTMLResponse(refusal_page("This page was used before."), 400)
        account = form.get("account", next(iter(self._accounts)))
        return self._decided(pending, account, is_allowed=form.get("decision") == "allow")

    def _decided(self, pending: Pending, account: str, *, is_allowed: bool) -> Response:
        if self._faults.deny_consent or not is_allowed or account not in self._accounts:
            return self._back(pending, _error(Refusal("access_denied", "The person said no")))
        family = Family(
            self._accounts[account], self._application.client_id, self._metadata.resource, SCOPE
        )
        code = self._ledger.issue_code(family, pending.redirect_uri, pending.challenge)
        return self._back(pending, {"code": code})

    def _back(self, pending: Pending, answer: dict[str, str]) -> Response:
        if pending.state is not None:
            answer["state"] = pending.state
        # A server that publishes no metadata cannot promise `iss`, and older ones send none.
        if self._faults.metadata != "none":
            answer["iss"] = self._metadata.issuer
        return RedirectResponse(f"{pending.redirect_uri}?{urlencode(answer)}", 302, _NO_STORE)

    async def _token(self, request: Request) -> Response:
        self._counters.token_requests += 1
        if self._faults.token_endpoint_status is not None:
            return HTMLResponse("<h1>Out of order</h1>", self._faults.token_endpoint_status)
        form = await _form(request)
        try:
            self._authenticate(request, form)
            return JSONResponse(self._grant(form), 200, _NO_STORE)
        except Refusal as refusal:
            return _refused(refusal)

    def _grant(self, form: Mapping[str, str]) -> dict[str, object]:
        resource = self._resource(form)
        if form.get("grant_type") == "refresh_token":
            return self._ledger.refresh(form.get("refresh_token", ""), resource)
        if form.get("grant_type") != "authorization_code":
            raise Refusal("unsupported_grant_type", "Codes and refresh tokens only")
        if resource is None:
            raise Refusal("invalid_target", "The resource is missing")
        code, verifier = form.get("code", ""), form.get("code_verifier", "")
        return self._ledger.redeem(code, verifier, form.get("redirect_uri", ""), resource)

    async def _revoke(self, request: Request) -> Response:
        form = await _form(request)
        try:
            self._authenticate(request, form)
        except Refusal as refusal:
            return _refused(refusal)
        self._counters.revocations += 1
        self._ledger.revoke(form.get("token", ""))
        return Response(status_code=200)

    def _authenticate(self, request: Request, form: Mapping[str, str]) -> None:
        header = request.headers.get("authorization")
        self._application.authenticate(header, form, self._faults.client_auth)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def _error(refusal: Refusal) -> dict[str, str]:
    return {"error": refusal.code, "error_description": str(refusal)}


def _refused(refusal: Refusal) -> Response:
    """RFC 6749 §5.2: 401 with a challenge for the client's own proof, else 400."""
    if refusal.code != "invalid_client":
        return JSONResponse(_error(refusal), 400, _NO_STORE)
    challenge = {"WWW-Authenticate": 'Basic realm="demo"'}
    return JSONResponse(_error(refusal), 401, _NO_STORE | challenge)
