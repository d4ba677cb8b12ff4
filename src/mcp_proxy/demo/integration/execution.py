"""Execution over REST: `POST /integrations/execute/{path_name}`, what service accounts are for.

After systems.md §1.7: `Idempotency-Key`, 64 characters at most, gives the first answer again for
24 hours without another run, and 409 while the first still runs. A bearer token, or Basic with a
service account's name and password (§1.3). The shapes of the refusals are ours.
"""

from __future__ import annotations

import hmac
import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.application import basic
from mcp_proxy.demo.integration.desk import Denied, Desk
from mcp_proxy.demo.integration.runs import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from mcp_proxy.demo.bearer import Bearers
    from mcp_proxy.demo.integration.gateway import Gateway
    from mcp_proxy.demo.integration.identities import Identity
    from mcp_proxy.demo.integration.instance import Integration
    from mcp_proxy.demo.switches import Counters

PATH = "/integrations/execute/"
DEED = "REST execute"
"""As what such a run is counted."""

_KEY_LENGTH = 64
_DAY_SECONDS = 86_400.0


class Execution:
    """The REST side of one instance.

    Args:
        gateway: whose integrations; its approvals let waiting runs go on.
        bearers: who may come with a token.
        service: the account that may come with a password.
        password: that password.
        counters: where effects are counted.
        now: epoch seconds.
    """

    def __init__(
        self,
        gateway: Gateway,
        bearers: Bearers,
        service: Identity,
        password: str,
        counters: Counters,
        now: Callable[[], float],
    ) -> None:
        self._gateway, self._bearers = gateway, bearers
        self._service, self._password = service, password
        self._counters, self._now = counters, now
        self._answers: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
        self._under_way: set[tuple[str, str]] = set()

    def route(self) -> Route:
        """For Starlette."""
        return Route(PATH + "{name}", self._execute, methods=["POST"])

    async def _execute(self, request: Request) -> Response:
        identity = self._identity(request)
        if identity is None:
            return self._bearers.refused(request)
        found = self._integration(request.path_params["name"])
        if found is None:
            return _error(404, "not_found", "There is no such integration")
        try:
            payload = json.loads(await request.body() or b"{}")
        except ValueError:
            return _error(400, "invalid_payload", "That is no JSON")
        key = request.headers.get("idempotency-key")
        if key is None:
            return await self._answered(identity, found, payload)
        if len(key) > _KEY_LENGTH:
            return _error(400, "invalid_key", f"A key has at most {_KEY_LENGTH} characters")
        return await self._once((identity.name, key), identity, found, payload)

    async def _once(
        self, key: tuple[str, str], identity: Identity, found: Integration, payload: dict[str, Any]
    ) -> Response:
        told_at, answer = self._answers.get(key, (0.0, {}))
        if self._now() < told_at + _DAY_SECONDS:
            return JSONResponse(answer)
        if key in self._under_way:
            return _error(409, "conflict", "The first request with this key still runs")
        self._under_way.add(key)
        try:
            response = await self._answered(identity, found, payload)
        finally:
            self._under_way.discard(key)
        self._answers[key] = (self._now(), json.loads(bytes(response.body)))
        return response

    async def _answered(
        self, identity: Identity, found: Integration, payload: dict[str, Any]
    ) -> Response:
        gateway = self._gateway
        desk = Desk(gateway.instance, identity, self._counters, DEED, approval=gateway.approval)
        try:
            return JSONResponse(await run(desk, found, payload))
        except Denied as denied:
            return JSONResponse(denied.answer, 403)

    def _identity(self, request: Request) -> Identity | None:
        header = request.headers.get("authorization", "")
        if header.lower().startswith("basic "):
            name, password = basic(header)
            is_right = hmac.compare_digest(password.encode(), self._password.encode())
            return self._service if name == self._service.name and is_right else None
        is_known = self._bearers.family(request) is not None
        identity: Identity | None = request.scope["identity"] if is_known else None
        return identity

    def _integration(self, name: str) -> Integration | None:
        each = self._gateway.instance.integrations.values()
        return next((one for one in each if path_name(one) == name), None)


def path_name(found: Integration) -> str:
    """An integration's name in an address."""
    return found.name.lower().replace(" ", "-")


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"success": False, "error": code, "message": message}, status)
