"""The page on which a person answers a sign-up that an assistant has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.authorization import form_of
from mcp_proxy.demo.baseline.grants import ROLES
from mcp_proxy.demo.pages import consent_page, done_page, refusal_page

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from mcp_proxy.demo.account import Account
    from mcp_proxy.demo.baseline.signup import SignUps
    from mcp_proxy.demo.granting import Granting

PATH = "/signup"
_NOBODY = "No sign-up waits for this code."


class SignUpPage:
    """The way in for somebody who has no key yet.

    Args:
        sign_ups: what has begun.
        granting: what a person may give.
        issue: makes a key of this name for what was given.
        title: how the system calls itself.
    """

    def __init__(
        self,
        sign_ups: SignUps,
        granting: Granting,
        issue: Callable[[str, Account], str],
        title: str,
    ) -> None:
        self._sign_ups, self._granting = sign_ups, granting
        self._issue, self._title = issue, title

    def routes(self) -> list[Route]:
        """The page, for Starlette."""
        return [
            Route(PATH, self._show, methods=["GET"]),
            Route(PATH, self._decide, methods=["POST"]),
        ]

    async def _show(self, request: Request) -> Response:
        code = request.query_params.get("code", "")
        if self._sign_ups.pending(code) is None:
            return HTMLResponse(refusal_page(_NOBODY), 400)
        roles, more = list(ROLES.values()), self._granting.choices()
        return HTMLResponse(consent_page(self._title, code, "sign-up", roles, more))

    async def _decide(self, request: Request) -> Response:
        form = await form_of(request)
        code, role = form.get("ticket", ""), ROLES.get(form.get("account", "owner"))
        if role is None or self._sign_ups.pending(code) is None:
            return HTMLResponse(refusal_page(_NOBODY), 400)
        if form.get("decision") == "allow":
            name = f"signup-{code}"
            given, _ = self._granting.granted(role, name, "", form)
            self._sign_ups.agree(code, self._issue(name, given))
        else:
            self._sign_ups.deny(code)
        return HTMLResponse(done_page())
