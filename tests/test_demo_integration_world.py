"""The Integration Gateway instance DEV as a world."""

from __future__ import annotations

import asyncio

from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.world import REDIRECT_URI


def test_it_has_the_documented_addresses_and_a_secret_of_its_own() -> None:
    """systems.md §1.1, §1.3; issue 2."""

    async def scenario() -> tuple[str, str]:
        async with IntegrationWorld.start() as one, IntegrationWorld.start() as other:
            assert one.url == f"http://127.0.0.1:{one.port}/integrations/mcp/"
            assert one.redirect_uri == REDIRECT_URI == "http://localhost:6545/oauth/callback"
            return one.client_secret, other.client_secret

    one, other = asyncio.run(scenario())
    assert one != other
