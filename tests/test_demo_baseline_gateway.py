"""The MCP server of the demo's Stable Baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from mcp.shared.exceptions import MCPError

from baseline_person import session, told, with_world
from mcp_proxy.demo.baseline.estate import LEDGER

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.world import BaselineWorld


def test_the_revision_is_that_of_the_documentation() -> None:
    """systems.md §4.1: 2025-03-26, whatever is asked for; a session of its own."""

    async def scenario(world: BaselineWorld) -> str:
        async with session(world, world.secrets["sta_r"]) as found:
            await found.list_tools()
            return world.counters.last_headers["mcp-protocol-version"]

    assert with_world(scenario) == "2025-03-26"


def test_prompts_and_resources_are_served() -> None:
    """systems.md §4.1: eight and six."""

    async def scenario(world: BaselineWorld) -> None:
        async with session(world, world.secrets["sta_r"]) as found:
            prompts = (await found.list_prompts()).prompts
            assert len(prompts) == 8
            asked = await found.get_prompt(prompts[0].name, {"topic": "payments"})
            assert "payments" in str(asked.messages[0].content)
            with pytest.raises(MCPError, match="Prompt not found"):
                await found.get_prompt("unknown", {})
            resources = (await found.list_resources()).resources
            assert len(resources) == 6
            for each in resources:
                assert (await found.read_resource(each.uri)).contents
            assert len((await found.list_resource_templates()).resource_templates) == 1
            with pytest.raises(MCPError, match="Resource not found"):
                await found.read_resource("sb://nothing")

    with_world(scenario)


@pytest.mark.parametrize("is_marked", [True, False])
def test_a_refusal_is_the_text_of_a_result(is_marked: bool) -> None:  # noqa: FBT001 - parametrized
    """systems.md §4.5; whether it is marked as an error no source says."""

    async def scenario(world: BaselineWorld) -> None:
        world.switches.marks_refusals = is_marked
        async with session(world, world.secrets["sta_r"]) as found:
            result = await found.call_tool("createFolder", {"projectId": LEDGER, "name": "New"})
            assert told(result) == {"code": "permission", "error": "Credential lacks 'write'"}
            assert result.is_error is is_marked
            assert result.structured_content is None

    with_world(scenario)


def test_an_unknown_tool_is_a_mistake_of_the_client() -> None:
    """MCP 2025-03-26, Tools, Error Handling."""

    async def scenario(world: BaselineWorld) -> None:
        async with session(world, world.secrets["sta_r"]) as found:
            with pytest.raises(MCPError, match="Unknown tool: nothing"):
                await found.call_tool("nothing", {})

    with_world(scenario)


def test_the_user_agent_changes_the_list() -> None:
    """systems.md §7.5, row "catalogue depends on client identity"."""

    async def listed(world: BaselineWorld, agent: str) -> set[str]:
        world.faults.page_size = None
        async with session(world, world.secrets["sta_whole"], agent=agent) as found:
            return {tool.name for tool in (await found.list_tools()).tools}

    async def scenario(world: BaselineWorld) -> set[str]:
        return await listed(world, "curl/8") - await listed(world, "claude-code/2")

    assert with_world(scenario) == {"listInvoices", "previewSeatChange", "applySeatChange"}
