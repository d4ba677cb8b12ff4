"""The pages of the demo's authorization server: where a person says yes or no.

One for a browser that is redirected back, one for a code from another device. One exact redirect
URI for each client; PKCE S256 or nothing; `iss` in every redirect where metadata promises it
(RFC 9207). Which accounts there are is shown on the consent page: nobody has a password here.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import parse_qsl, urlencode

from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.granting import Granting
from mcp_proxy.demo.ledger import Family, Refusal
from mcp_proxy.demo.pages import consent_page, done_page, refusal_page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.applications import Applications
    from mcp_proxy.demo.devices import Devices
    from mcp_proxy.demo.layout import Layout
    from mcp_proxy.demo.ledger import Ledger
    from mcp_proxy.demo.metadata import Metadata
    from mcp_proxy.demo.switches import Counters, Faults

Consent = Literal["scripted", "person"]
"""`scripted`: the application has "Skip authorization" on, as documented, and the redirect comes
at once; `person`: somebody must choose an account on a page and press a button."""

NO_STORE = {"Cache-Control": "no-store"}
_WRONG_ISSUER = "https://elsewhere.example"


@dataclass(frozen=True, slots=True)
class Pending:
    """An authorization request that waits for a person."""

    client_id: str
    redirect_uri: str
    state: str | None
    challenge: str
    scope: str


@dataclass(frozen=True, slots=True)
class Books:
    """What the pages and the endpoints of one authorization server share."""

    metadata: Metadata
    applications: Applications
    ledger: Ledger
    devices: Devices
    faults: Faults
    counters: Counters


class AuthorizationServer:
    """The pages; what is granted on them is written down in the ledger."""

    def __init__(
        self,
        books: Books,
        accounts: Mapping[str, Account],
        consent: Consent,
        granting: Granting | None = None,
    ) -> None:
        self._metadata, self._applications = books.metadata, books.applications
        self._ledger, self._devices = books.ledger, books.devices
        self._faults, self._counters = books.faults, books.counters
        self._accounts, self._consent = accounts, consent
        self._granting = granting or Granting()
        self._pending: dict[str, Pending] = {}

    def routes(self) -> list[Route]:
        """The pages, for Starlette."""
        layout = self._metadata.layout
        return [
            Route(layout.authorize, self._authorize, methods=["GET"]),
            Route(layout.authorize, self._decide, methods=["POST"]),
            Route(layout.device_page, self._device, methods=["GET"]),
            Route(layout.device_page, self._decide_device, methods=["POST"]),
        ]

    async def _authorize(self, request: Request) -> Response:
        self._counters.authorizations += 1
        asked = dict(request.query_params)
        application = self._applications.find(asked.get("client_id", ""))
        # Until these two are known to be good, nothing goes to the redirect URI (RFC 6749
        # §4.1.2.1).
        if application is None:
            return HTMLResponse(refusal_page("No application has this client id."), 400)
        if (
            application.redirect_uri is None
            or asked.get("redirect_uri") != application.redirect_uri
        ):
            return HTMLResponse(refusal_page("The redirect URI is not the registered one."), 400)
        pending = Pending(
            application.client_id,
            application.redirect_uri,
            asked.get("state"),
            asked.get("code_challenge", ""),
            asked.get("scope", self._metadata.layout.scope),
        )
        try:
            self._check(asked)
        except Refusal as refusal:
            return self._back(pending, error_of(refusal))
        await asyncio.sleep(self._faults.consent_seconds)
        if self._consent == "scripted":
            return self._decided(pending, {"decision": "allow"})
        ticket = secrets.token_urlsafe(16)
        self._pending[ticket] = pending
        return self._consent_page(ticket, application.client_id)

    def _check(self, asked: Mapping[str, str]) -> None:
        """Go on only with a request that may be put before a person.

        Raises:
            Refusal: something is missing or wrong.
        """
        if asked.get("response_type") != "code":
            raise Refusal("unsupported_response_type", "Only response_type=code is served")
        if asked.get("code_challenge_method") != "S256" or not asked.get("code_challenge"):
            raise Refusal("invalid_request", "PKCE with S256 is required")
        if self._metadata.asked_resource(asked) != self._metadata.resource:
            raise Refusal("invalid_target", f"The only resource is {self._metadata.resource}")
        check_scope(asked.get("scope"), self._metadata.layout)

    def _consent_page(self, ticket: str, client_id: str) -> Response:
        accounts, title = list(self._accounts.values()), self._metadata.layout.title
        more = self._granting.choices()
        return HTMLResponse(consent_page(title, ticket, client_id, accounts, more))

    async def _decide(self, request: Request) -> Response:
        form = await form_of(request)
        pending = self._pending.pop(form.get("ticket", ""), None)
        if pending is None:
            return HTMLResponse(refusal_page("This page was used before."), 400)
        return self._decided(pending, form)

    def _decided(self, pending: Pending, form: Mapping[str, str]) -> Response:
        family = self._agreed(pending.client_id, pending.scope, form)
        if family is None:
            return self._back(pending, error_of(Refusal("access_denied", "The person said no")))
        code = self._ledger.issue_code(family, pending.redirect_uri, pending.challenge)
        return self._back(pending, {"code": code})

    def _agreed(self, client_id: str, scope: str, form: Mapping[str, str]) -> Family | None:
        """What somebody has agreed to on a page; None for a no."""
        account = self._accounts.get(form.get("account", next(iter(self._accounts))))
        if account is None or self._faults.deny_consent or form.get("decision") != "allow":
            return None
        identity, given = self._granting.granted(account, client_id, scope, form)
        return Family(identity, client_id, self._metadata.resource, given)

    def _back(self, pending: Pending, answer: dict[str, str]) -> Response:
        if pending.state is not None:
            is_wrong = self._faults.redirect_state == "wrong"
            answer["state"] = pending.state + "-wrong" * is_wrong
        iss = self._faults.redirect_iss
        # A server that publishes no metadata cannot promise `iss`, and older ones send none.
        if self._faults.metadata != "none" and iss != "missing":
            answer["iss"] = _WRONG_ISSUER if iss == "wrong" else self._metadata.issuer
        return RedirectResponse(f"{pending.redirect_uri}?{urlencode(answer)}", 302, NO_STORE)

    async def _device(self, request: Request) -> Response:
        """RFC 8628 §3.3: here somebody enters the code, or compares it."""
        code = request.query_params.get("user_code", "")
        waiting = self._devices.find(code)
        if waiting is None:
            return HTMLResponse(refusal_page("Nobody waits for this code."), 400)
        return self._consent_page(code, waiting.client_id)

    async def _decide_device(self, request: Request) -> Response:
        form = await form_of(request)
        waiting = self._devices.find(form.get("ticket", ""))
        if waiting is None:
            return HTMLResponse(refusal_page("Nobody waits for this code."), 400)
        waiting.family = self._agreed(waiting.client_id, waiting.scope, form)
        waiting.is_denied = waiting.family is None
        return HTMLResponse(done_page())


def check_scope(scope: str | None, layout: Layout) -> str:
    """The scopes asked for, or those that a gateway asks for, where all of them exist.

    Raises:
        Refusal: there is another among them.
    """
    asked = layout.scope if scope is None else scope
    if not set(asked.split()) <= layout.scopes:
        known = ", ".join(sorted(layout.scopes))
        raise Refusal("invalid_scope", f"The only scopes are {known}")
    return asked


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def error_of(refusal: Refusal) -> dict[str, str]:
    """A refusal as OAuth spells it (RFC 6749 §4.1.2.1, §5.2)."""
    return {"error": refusal.code, "error_description": str(refusal)}
