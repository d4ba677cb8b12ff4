"""The REST surfaces beside the MCP endpoint: whole catalogue, audit, grants (SC-API, SC-AUD).

How a success is wrapped is not documented: `{"status": "success", "data", "meta"}` is ours.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE
from mcp_proxy.demo.scaimcp.permissions import CATALOG, covers
from mcp_proxy.demo.scaimcp.refusals import Refused, request_id, response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.requests import Request

    from mcp_proxy.demo.scaimcp.events import Events
    from mcp_proxy.demo.scaimcp.people import Person

    Caller = Callable[[Request], Person]
    """Who asks.

    Raises:
        Refused: nobody who is known.
    """
    Answer = Callable[[Request, Person], Awaitable[Response]]

_PAGE = 50


class Surfaces:
    """What an administrator may ask, each with the permission that it needs."""

    def __init__(self, caller: Caller, people: Mapping[str, Person], events: Events) -> None:
        self._caller, self._people, self._events = caller, people, events

    def routes(self) -> list[Route]:
        """The surfaces, for Starlette."""
        return [
            self.route("GET", "/v1/modules/scaimcp/tools", CATALOG, self._tools),
            self.route("GET", "/v1/audit-log", "admin:access", self._audit),
            self.route("GET", "/v1/audit/events", "admin:access", self._audit),
            self.route("PUT", "/v1/users/{id}/module-permissions", "users:manage", self._grant),
        ]

    def route(self, method: str, path: str, permission: str, answer: Answer) -> Route:
        """One surface, which refuses whoever lacks `permission`; an empty one is open to all."""

        async def serve(request: Request) -> Response:
            try:
                person = self._caller(request)
                check(person, permission)
                return await answer(request, person)
            except Refused as refused:
                return response(refused)

        return Route(path, serve, methods=[method])

    async def _tools(self, _request: Request, _person: Person) -> Response:
        """The whole core catalogue, whatever the caller may do."""
        return success([tool.row() for tool in CATALOGUE.values()])

    async def _audit(self, request: Request, _person: Person) -> Response:
        asked = dict(request.query_params)
        start = int(asked.pop("cursor", "0"))
        rows = self._events.found(asked)
        more = {"cursor": str(start + _PAGE)} if start + _PAGE < len(rows) else {}
        return success(rows[start : start + _PAGE], **more)

    async def _grant(self, request: Request, person: Person) -> Response:
        """Replaces somebody's direct grants (SC-USERS); those of the roles stay."""
        wanted = (await body_of(request)).get("permissions")
        found = [
            each for each in self._people.values() if each.user_id == request.path_params["id"]
        ]
        if not found:
            raise Refused("NOT_FOUND", "There is no such user")
        if not isinstance(wanted, list):
            field = {"field": "permissions", "message": "a list is needed"}
            raise Refused("VALIDATION_ERROR", "The body is not as it should be", [field])
        found[0].granted = {str(each) for each in wanted}
        self._events.note(person, "users.module_permissions.replace", "user")
        return success({"id": found[0].user_id, "permissions": sorted(found[0].permissions)})


def check(person: Person, permission: str) -> None:
    """Go on only with a permission.

    Raises:
        Refused: the person lacks it.
    """
    if not covers(person.permissions, permission):
        raise Refused("AUTHZ_PERMISSION_DENIED", f"Permission '{permission}' is required")


def success(data: object, **more: object) -> JSONResponse:
    """A good answer over REST; `more` is told beside the id of the request."""
    meta = {"request_id": request_id(), **more}
    return JSONResponse({"status": "success", "data": data, "meta": meta})


async def body_of(request: Request) -> dict[str, Any]:
    """The JSON object of a request.

    Raises:
        Refused: there is none.
    """
    try:
        found = json.loads(await request.body())
    except ValueError as error:
        raise Refused("VALIDATION_ERROR", "The body is no JSON") from error
    if not isinstance(found, dict):
        raise Refused("VALIDATION_ERROR", "The body is no JSON object")
    return found
