"""The admin port of a world: its switches, its deeds and its counters, over HTTP.

A port of its own on loopback, with a bearer token; nothing of it can be reached through the
gateway (systems.md §7.6).

    GET  /             what is switched, what was counted, and which deeds there are
    PUT  /faults       {"token_life_seconds": 10}
    POST /deeds/NAME   {"argument": value}
"""

from __future__ import annotations

import asyncio
import hmac
import inspect
import json
import secrets
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.embedded import EmbeddedServer, bound

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from starlette.requests import Request

    from mcp_proxy.demo.world import Deed, World

    Answer = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Control:
    """The admin port of one world."""

    world: World
    url: str
    token: str = field(repr=False)

    def app(self) -> Starlette:
        """What it serves."""
        return Starlette(
            routes=[
                Route("/", self._guarded(self._state), methods=["GET"]),
                Route("/faults", self._guarded(self._switch), methods=["PUT"]),
                Route("/deeds/{name}", self._guarded(self._do), methods=["POST"]),
            ]
        )

    def _guarded(self, answer: Answer) -> Answer:
        expected = f"Bearer {self.token}"

        async def serve(request: Request) -> Response:
            sent = request.headers.get("authorization", "")
            if not hmac.compare_digest(sent.encode(), expected.encode()):
                return _wrong(401, "The admin token is needed")
            try:
                return await answer(request)
            except ValueError as error:
                return _wrong(422, str(error))

        return serve

    async def _state(self, _request: Request) -> Response:
        world = self.world
        counters = _members(world.counters)
        hidden = {"authorization", world.layout.key_header}
        headers = world.counters.last_headers
        counters["last_headers"] = {name: headers[name] for name in headers if name not in hidden}
        deeds = {name: _arguments(deed) for name, deed in world.deeds().items()}
        found = {
            "faults": _members(world.faults),
            "deeds": deeds,
            "counters": counters,
            "keys": world.keys.rows(),
        }
        return Response(json.dumps(found, default=list), media_type="application/json")

    async def _switch(self, request: Request) -> Response:
        asked = await _object(request)
        faults, known = self.world.faults, {each.name for each in fields(self.world.faults)}
        if unknown := sorted(set(asked) - known):
            raise ValueError(
                f"There is no switch {unknown[0]}; there are {', '.join(sorted(known))}"
            )
        for name, value in asked.items():
            setattr(faults, name, _like(getattr(faults, name), value))
        return JSONResponse({"switched": sorted(asked)})

    async def _do(self, request: Request) -> Response:
        deeds, name = self.world.deeds(), request.path_params["name"]
        if name not in deeds:
            return _wrong(404, f"There is no deed {name}; there are {', '.join(sorted(deeds))}")
        asked = await _object(request)
        try:
            inspect.signature(deeds[name]).bind(**asked)
            done = deeds[name](**asked)
            if inspect.isawaitable(done):
                await done
        except (KeyError, TypeError) as error:
            raise ValueError(f"{name}: {error}") from error
        return JSONResponse({"done": name})


@asynccontextmanager
async def controlled(world: World) -> AsyncIterator[Control]:
    """The admin port of `world`, open while the block lasts."""
    listening = bound(0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}/"
    control = Control(world, url, secrets.token_urlsafe(24))
    server = EmbeddedServer(control.app())
    serving = asyncio.create_task(server.serve([listening]))
    try:
        await server.ready.wait()
        yield control
    finally:
        server.leave.set()
        await serving


async def _object(request: Request) -> dict[str, Any]:
    found = json.loads(await request.body() or b"{}")
    if not isinstance(found, dict):
        raise ValueError("A JSON object is needed")  # noqa: TRY004 - as all that JSON may do wrong
    return found


def _members(values: Any) -> dict[str, Any]:
    return {each.name: getattr(values, each.name) for each in fields(values)}


def _arguments(deed: Deed) -> list[str]:
    return list(inspect.signature(deed).parameters)


def _like(old: object, new: object) -> object:
    """A JSON value as a switch has it: lists become what they replace."""
    return type(old)(new) if isinstance(old, (tuple, frozenset)) and isinstance(new, list) else new


def _wrong(status: int, text: str) -> Response:
    return JSONResponse({"error": text}, status)
