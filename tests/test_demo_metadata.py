"""Where the demo publishes its metadata, layout by layout."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, get_args

import httpx2

from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.switches import Metadata

if TYPE_CHECKING:
    from typing import Any

RESOURCE = "/.well-known/oauth-protected-resource/integrations/mcp/"
SERVER = "/.well-known/oauth-authorization-server"
PLACES = (RESOURCE, SERVER, SERVER + "/o", "/o" + SERVER)


def published(layout: Metadata) -> tuple[dict[str, Any], str, str]:
    """Documents by the place where they are found, the issuer, and the origin."""

    async def scenario() -> tuple[dict[str, Any], str, str]:
        async with (
            IntegrationWorld.start(faults=IntegrationFaults(metadata=layout)) as world,
            httpx2.AsyncClient() as c,
        ):
            answers = {place: await c.get(world.origin + place) for place in PLACES}
            found = {at: each.json() for at, each in answers.items() if each.status_code == 200}
            return found, world.issuer, world.origin

    return asyncio.run(scenario())


def test_the_gateway_names_its_authorization_server_which_names_itself() -> None:
    """RFC 9728 §3.3, RFC 8414 §3.3: path insertion, identical strings."""
    found, issuer, origin = published("protected-resource")
    assert set(found) == {RESOURCE, SERVER + "/o"}
    assert found[RESOURCE]["resource"] == origin + "/integrations/mcp/"
    assert found[RESOURCE]["authorization_servers"] == [issuer] == [found[SERVER + "/o"]["issuer"]]
    assert found[SERVER + "/o"]["code_challenge_methods_supported"] == ["S256"]
    assert "registration_endpoint" not in found[SERVER + "/o"]


def test_each_other_layout_has_one_place_or_none() -> None:
    """systems.md §1.3: metadata may live at the root, under the prefix, or nowhere."""
    places = {layout: set(published(layout)[0]) for layout in get_args(Metadata)}
    assert places["root"] == {SERVER}
    assert places["prefixed"] == {"/o" + SERVER}
    assert places["none"] == set()


def test_metadata_at_the_root_names_the_origin_as_issuer() -> None:
    """RFC 8414 §3.3."""
    found, issuer, origin = published("root")
    assert found[SERVER]["issuer"] == issuer == origin
