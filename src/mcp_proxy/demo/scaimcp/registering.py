"""The REST surface of ScaiLink's registry: list, register, refresh and remove (SL-TUT, SL-QS)."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args

from mcp_proxy.demo.scaimcp.permissions import REMOTE_OWN, REMOTE_TENANT, REMOTE_USE
from mcp_proxy.demo.scaimcp.refusals import Refused
from mcp_proxy.demo.scaimcp.remote import RemoteServer, RemoteTool, Tier
from mcp_proxy.demo.scaimcp.surfaces import body_of, check, success

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    from mcp_proxy.demo.scaimcp.people import Person
    from mcp_proxy.demo.scaimcp.remote import Registry
    from mcp_proxy.demo.scaimcp.surfaces import Surfaces
    from mcp_proxy.demo.scaimcp.switches import ScaiFaults

_PLACE = "/v1/modules/scailink/remote-servers"
_UNREACHABLE = ".invalid"
"""RFC 2606: a host of this end does not exist, so that such a server is saved in `error`."""


class Registering:
    """What may be done with the registry, in the name of one person."""

    def __init__(self, registry: Registry, faults: ScaiFaults) -> None:
        self._registry, self._faults = registry, faults

    def routes(self, surfaces: Surfaces) -> list[Route]:
        """The surface, for Starlette."""
        one = _PLACE + "/{id}"
        return [
            surfaces.route("GET", _PLACE, REMOTE_USE, self._list),
            surfaces.route("POST", _PLACE, "", self._register),
            surfaces.route("POST", one + "/refresh", REMOTE_USE, self._refresh),
            surfaces.route("DELETE", one, "", self._remove),
        ]

    def _check(self) -> None:
        if self._faults.registry_is_disabled:
            raise Refused("SCAILINK_REGISTRY_DISABLED", "The registry has no key for credentials")

    async def _list(self, _request: Request, person: Person) -> Response:
        self._check()
        return success([each.row() for each in self._registry.seen_by(person)])

    async def _register(self, request: Request, person: Person) -> Response:
        self._check()
        asked = await body_of(request)
        is_shared = asked.get("is_tenant_shared") is True
        check(person, REMOTE_TENANT if is_shared else REMOTE_OWN)
        tier, url = asked.get("consent_tier", "auto"), str(asked.get("endpoint_url", ""))
        if not asked.get("name") or not url or tier not in get_args(Tier):
            raise Refused("VALIDATION_ERROR", "A server needs name, endpoint_url and a known tier")
        new = RemoteServer(
            f"rs-{len(self._registry.servers) + 1}",
            str(asked["name"]),
            person.user_id,
            is_shared,
            (RemoteTool("ping", "Answer.", tier),),
            url,
            tier,
        )
        if url.partition("//")[2].partition("/")[0].endswith(_UNREACHABLE):
            new.break_down()
        self._registry.servers[new.id] = new
        return success(new.row())

    async def _refresh(self, request: Request, person: Person) -> Response:
        self._check()
        found = self._one(request, person)
        found.refresh()
        return success(found.row())

    async def _remove(self, request: Request, person: Person) -> Response:
        self._check()
        found = self._one(request, person)
        check(person, REMOTE_TENANT if found.is_shared else REMOTE_OWN)
        del self._registry.servers[found.id]
        return success({"removed": found.id})

    def _one(self, request: Request, person: Person) -> RemoteServer:
        wanted = request.path_params["id"]
        for each in self._registry.seen_by(person):
            if each.id == wanted:
                return each
        raise Refused("NOT_FOUND", f"There is no remote server {wanted}")
