"""Three instances on three ports: DEV, TEST and PROD, each with its own accounts and tokens.

async with environments() as worlds:
    worlds["ig-prod"].url

After systems.md §2.4: each environment is its own instance; nothing of one is good at another.
"""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any, get_args

from mcp_proxy.demo.integration.world import Environment, IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

NAMES: Mapping[str, Environment] = {f"ig-{each.lower()}": each for each in get_args(Environment)}


@asynccontextmanager
async def environments(**options: Any) -> AsyncIterator[dict[str, IntegrationWorld]]:
    """All three by name, up while the block lasts; `options` are those of `IntegrationWorld`."""
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(
                IntegrationWorld.start(environment=environment, **options)
            )
            for name, environment in NAMES.items()
        }
