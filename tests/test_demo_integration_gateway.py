"""The MCP server of the instance, over the SDK's own client."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp.shared.exceptions import MCPError

from demo_person import session, tokens
from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from mcp import ClientSession
    from mcp.client.session import ClientRequestContext

RUN: dict[str, Any] = {"integration_id": 1, "payload": {"applicant": "A"}}
WAITING: dict[str, Any] = RUN | {"payload": {"applicant": "A", "wait_for_approval": True}}


class Heard:
    """What a host was told, kind by kind, and a way to wait for it."""

    def __init__(self) -> None:
        self.methods: list[str] = []
        self.logs: list[Any] = []
        self._news = asyncio.Event()

    async def message(self, message: Any) -> None:
        self.methods.append(getattr(message, "method", type(message).__name__))
        self._news.set()

    async def log(self, params: types.LoggingMessageNotificationParams) -> None:
        self.logs.append(params.data)

    async def until(self, method: str) -> None:
        while method not in self.methods:
            self._news.clear()
            await self._news.wait()


def with_session(
    scenario: Callable[[IntegrationWorld, ClientSession], Awaitable[None]],
    account: str = "staff-full",
    callbacks: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    async def run() -> None:
        async with (
            asyncio.timeout(10),
            IntegrationWorld.start(consent="person", **options) as world,
        ):
            token = (await tokens(world, account))["access_token"]
            async with session(world, token, **(callbacks or {})) as found:
                await scenario(world, found)

    asyncio.run(run())


def test_it_introduces_itself_and_says_what_it_can() -> None:
    """MCP 2025-06-18, Lifecycle."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        assert found.protocol_version == "2025-06-18"
        assert found.server_info is not None
        assert found.server_info.name == "integration-gateway"
        able = found.server_capabilities
        assert able is not None
        assert able.tools is not None
        assert able.tools.list_changed is True
        assert able.resources is not None
        assert able.resources.subscribe is True
        assert able.logging is not None
        assert able.completions is not None
        assert "DEV" in (found.instructions or "")

    with_session(scenario)


def test_a_call_answers_text_and_structure_alike() -> None:
    """MCP 2025-06-18, Structured Content: the same JSON as text."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        answer = await found.call_tool("list_integrations", {"active_only": True})
        assert isinstance(answer, types.CallToolResult)
        assert answer.is_error is False
        assert answer.structured_content is not None
        assert answer.structured_content["count"] == 2

    with_session(scenario)


def test_a_refusal_is_a_result_that_names_the_permission() -> None:
    """systems.md §1.4; the shape is ours."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        answer = await found.call_tool("execute_integration", RUN)
        assert isinstance(answer, types.CallToolResult)
        assert answer.is_error is True
        assert answer.structured_content is not None
        assert answer.structured_content["permission"] == "execute"

    with_session(scenario, "staff-limited")


def test_an_unknown_tool_is_a_json_rpc_error() -> None:
    """MCP 2025-06-18, Tools, Error Handling: -32602."""

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        with pytest.raises(MCPError) as caught:
            await found.call_tool("no_such_tool", {})
        assert caught.value.code == types.INVALID_PARAMS
        assert world.counters.calls["no_such_tool"] == 1

    with_session(scenario)


def test_a_run_reports_its_progress_and_logs_on_the_calls_own_stream() -> None:
    """MCP 2025-06-18, Progress and Logging."""
    heard = Heard()

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        steps: list[tuple[float, float | None, str | None]] = []

        async def told(progress: float, total: float | None, message: str | None) -> None:
            steps.append((progress, total, message))

        await found.call_tool("execute_integration", RUN, progress_callback=told)
        assert steps == [(1, 3, "Find customer"), (2, 3, "Open loan"), (3, 3, "Notify desk")]
        assert [each["step"] for each in heard.logs] == [step for _, _, step in steps]
        request = types.SetLevelRequest(params=types.SetLevelRequestParams(level="error"))
        await found.send_request(request, types.EmptyResult)
        await found.call_tool("execute_integration", RUN)
        assert len(heard.logs) == 3

    with_session(scenario, callbacks={"logging_callback": heard.log})


def test_a_waiting_run_goes_on_when_it_is_approved_and_others_pass_it() -> None:
    """Issue 2: a slow call holds up nothing."""

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        waits = asyncio.Event()

        async def told(progress: float, total: float | None, message: str | None) -> None:
            if (progress, total, message) == (0, 3, "Waiting for approval"):
                waits.set()

        slow = asyncio.create_task(
            found.call_tool("execute_integration", WAITING, progress_callback=told)
        )
        await waits.wait()
        await found.call_tool("list_integrations", {})
        assert not slow.done()
        world.approve_runs()
        answer = await slow
        assert isinstance(answer, types.CallToolResult)
        assert answer.structured_content is not None
        assert answer.structured_content["success"] is True

    with_session(scenario)


def test_a_cancelled_run_is_given_up_and_has_no_effect() -> None:
    """MCP 2025-06-18, Cancellation."""

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        waits = asyncio.Event()

        async def told(progress: float, total: float | None, message: str | None) -> None:
            assert (progress, total, message) == (0, 3, "Waiting for approval")
            waits.set()

        slow = asyncio.create_task(
            found.call_tool("execute_integration", WAITING, progress_callback=told)
        )
        await waits.wait()
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        while not world.counters.cancelled:
            await found.send_ping()
        assert not world.counters.effects
        assert any(run.status == "Cancelled" for run in world.instance.runs.values())

    with_session(scenario)


@pytest.mark.parametrize(("answer", "is_deleted"), [("accept", True), ("decline", False)])
def test_a_host_that_can_ask_is_asked_before_anything_is_deleted(
    answer: str, *, is_deleted: bool
) -> None:
    """MCP 2025-06-18, Elicitation; systems.md §1.5: explicit confirmation."""
    asked: list[str] = []

    async def elicited(
        _context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        asked.append(params.message)
        content: dict[str, Any] = {"confirm": True} if is_deleted else {}
        return types.ElicitResult.model_validate({"action": answer, "content": content})

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        arguments = {"integration_id": 1, "component": "tags", "component_id": 19}
        await found.call_tool("delete_integration_component", arguments)
        assert asked == ["Delete tags 19 of Loan Onboarding?"]
        assert (world.instance.integrations[1].components["tags"] == []) is is_deleted

    with_session(scenario, callbacks={"elicitation_callback": elicited})


def test_a_new_tool_is_announced_and_can_be_called_in_the_same_session() -> None:
    """systems.md §7.2: G registers a tool on that call; MCP 2025-06-18 list_changed."""
    heard = Heard()

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        world.accounts["staff-full"].grants[2].add("execute")
        await listening(world, found)
        definition = {"name": "pull_report", "description": "Pull a report"}
        arguments = {"integration_id": 2, "payload": {}, "tool_definition": definition}
        await found.call_tool("execute_integration", arguments)
        await heard.until("notifications/tools/list_changed")
        assert heard.methods.count("notifications/tools/list_changed") == 1
        assert "pull_report" in [each.name for each in (await found.list_tools()).tools]
        answer = await found.call_tool("pull_report", {})
        assert isinstance(answer, types.CallToolResult)
        assert answer.structured_content == {"success": True, "steps": 1}

    with_session(scenario, callbacks={"message_handler": heard.message})


def test_who_subscribes_to_an_integration_hears_of_its_changes_until_it_unsubscribes() -> None:
    """MCP 2025-06-18, Resources, Subscriptions."""
    heard = Heard()

    async def scenario(world: IntegrationWorld, found: ClientSession) -> None:
        await listening(world, found)
        about = types.SubscribeRequestParams(uri="ig://integrations/1")
        await found.send_request(types.SubscribeRequest(params=about), types.EmptyResult)
        await found.call_tool("write_integration", {"id": 1, "name": "Renamed"})
        await heard.until("notifications/resources/updated")
        no_more = types.UnsubscribeRequestParams(uri="ig://integrations/1")
        await found.send_request(types.UnsubscribeRequest(params=no_more), types.EmptyResult)
        await found.call_tool("write_integration", {"id": 1, "name": "Again"})
        await found.send_ping()
        assert heard.methods.count("notifications/resources/updated") == 1

    with_session(scenario, callbacks={"message_handler": heard.message})


async def listening(world: IntegrationWorld, found: ClientSession) -> None:
    """The GET stream is open: what the gateway says on its own can be heard."""
    while not world.counters.streams:
        await found.send_ping()
    await found.send_ping()


def test_tools_can_be_listed_page_by_page() -> None:
    """MCP 2025-06-18, Pagination."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        page = await found.list_tools()
        pages = [page.tools]
        while page.next_cursor is not None:
            asked = types.PaginatedRequestParams(cursor=page.next_cursor)
            page = await found.list_tools(params=asked)
            pages.append(page.tools)
        assert [len(each) for each in pages] == [7, 7, 2]
        assert len({tool.name for each in pages for tool in each}) == 16

    with_session(scenario, faults=IntegrationFaults(page_size=7))


def test_it_can_answer_in_plain_json_and_then_asks_nobody() -> None:
    """MCP 2025-06-18, Transports: one JSON object instead of a stream."""

    async def elicited(
        _context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        raise AssertionError(params.message)

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        for tool, arguments in (
            ("execute_integration", RUN),
            ("delete_integration_component", {"integration_id": 1}),
        ):
            answer = await found.call_tool(tool, arguments)
            assert isinstance(answer, types.CallToolResult)
            assert answer.structured_content is not None
            assert answer.structured_content["success"] is True

    with_session(scenario, callbacks={"elicitation_callback": elicited}, json_answers=True)


def test_prompts_resources_and_completion_are_served() -> None:
    """Issue 2: a proxy must carry them."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        prompt = await found.get_prompt("explain_run", {"run_history_id": "104"})
        assert isinstance(prompt, types.GetPromptResult)
        assert "Failed" in str(prompt.messages[0].content)
        assert [each.name for each in (await found.list_prompts()).prompts] == ["explain_run"]
        assert len((await found.list_resources()).resources) == 2
        assert len((await found.list_resource_templates()).resource_templates) == 1
        text = (await found.read_resource("ig://integrations/2")).contents[0]
        assert "Credit Check" in str(text)
        about = types.PromptReference(type="ref/prompt", name="explain_run")
        done = await found.complete(about, {"name": "run_history_id", "value": "109"})
        assert done.completion.values == ["109"]

    with_session(scenario)


def test_what_an_account_may_not_read_is_a_json_rpc_error() -> None:
    """Ours: the second shape of a refusal."""

    async def scenario(_world: IntegrationWorld, found: ClientSession) -> None:
        with pytest.raises(MCPError) as caught:
            await found.get_prompt("explain_run", {"run_history_id": "101"})
        assert caught.value.data["permission"] == "debug"

    with_session(scenario, "staff-limited")
