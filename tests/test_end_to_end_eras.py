"""The four pairs: the official client, over real stdio, before the official server."""

from __future__ import annotations

import asyncio
import sys
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import mcp_types as types
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.subscriptions import ResourceUpdated, ToolsListChanged
from mcp.shared.exceptions import MCPError
from pydantic import FileUrl

from era_gateway import gateway_of
from serve_process import surroundings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mcp.client.context import ClientRequestContext

MODERN = "2026-07-28"
PAIRS = [
    (mode, eras)
    for mode in ("legacy", "auto", MODERN)
    for eras in (("legacy",), ("modern",), ("legacy", "modern"))
]
pytestmark = pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
pairs = pytest.mark.parametrize(("mode", "eras"), PAIRS)


class Person:
    """Answers for the person, the model and the host, and hears what is told."""

    def __init__(self) -> None:
        self.logs: list[str] = []
        self.changes: list[str] = []
        self.news = asyncio.Event()

    async def elicited(
        self, context: ClientRequestContext, params: types.ElicitRequestParams
    ) -> types.ElicitResult:
        """The person's answer."""
        del context, params
        return types.ElicitResult(action="accept", content={"name": "Ünal"})

    async def sampled(
        self, context: ClientRequestContext, params: types.CreateMessageRequestParams
    ) -> types.CreateMessageResult:
        """The model's answer."""
        del context, params
        text = types.TextContent(type="text", text="Because")
        return types.CreateMessageResult(role="assistant", content=text, model="m")

    async def rooted(self, context: ClientRequestContext) -> types.ListRootsResult:
        """The host's folders."""
        del context
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl("file:///work"), name="work")])

    async def logged(self, params: types.LoggingMessageNotificationParams) -> None:
        """A log message."""
        self.logs.append(params.data["said"])

    async def told(self, message: Any) -> None:
        """A notification of the legacy era."""
        self.changes.append(getattr(message, "method", "?"))
        self.news.set()


@asynccontextmanager
async def host(mode: str, url: str, home: Path, person: Person) -> AsyncIterator[Client]:
    """The SDK's client before `mcp-permit serve`."""
    words = ["-m", "mcp_proxy", "serve", url]
    server = StdioServerParameters(command=sys.executable, args=words, env=surroundings(home))
    async with (
        asyncio.timeout(60),
        Client(
            server,
            mode=mode,
            elicitation_callback=person.elicited,
            sampling_callback=person.sampled,
            list_roots_callback=person.rooted,
            logging_callback=person.logged,
            message_handler=person.told,
            log_level="info",
        ) as client,
    ):
        yield client


def words(result: types.CallToolResult) -> str:
    """The text of a result."""
    (block,) = result.content
    assert isinstance(block, types.TextContent)
    return block.text


async def use(client: Client, person: Person, *, is_modern: bool) -> None:
    """Everything that a host does with a gateway, whatever the two speak."""
    listed = await client.list_tools()
    assert {tool.name for tool in listed.tools} == {
        "interview",
        "countdown",
        "note",
        "add",
        "touch",
    }
    sums = await asyncio.gather(
        *(client.call_tool("add", {"first": n, "second": n}) for n in range(10))
    )
    assert [one.structured_content for one in sums] == [{"sum": 2 * n} for n in range(10)]
    assert words(await client.call_tool("interview")) == "Ünal: Because in work"
    steps: list[float] = []

    async def progressed(progress: float, total: float | None, message: str | None) -> None:
        del total, message
        steps.append(progress)

    await client.call_tool("countdown", {"steps": 3}, progress_callback=progressed)
    assert steps == [1, 2, 3]
    if not is_modern:
        await client.session.set_logging_level("info")
    assert words(await client.call_tool("note")) == "noted"
    assert person.logs[-1] == "warning"
    assert not is_modern or "debug" not in person.logs
    read = await client.read_resource("memo://page")
    assert isinstance(read.contents[0], types.TextResourceContents)
    assert read.contents[0].text == "the page"
    with pytest.raises(MCPError) as missing:
        await client.read_resource("memo://missing")
    assert missing.value.code == (-32602 if is_modern else missing.value.code)
    prompt = await client.get_prompt("greeting", {"name": "Ada"})
    assert isinstance(prompt.messages[0].content, types.TextContent)
    about = types.PromptReference(type="ref/prompt", name="greeting")
    found = await client.complete(about, {"name": "name", "value": "A"})
    assert found.completion.values == ["A!"]


async def hear(client: Client, person: Person, *, is_modern: bool) -> None:
    """Changes, as each era tells of them."""
    if is_modern:
        async with client.listen(
            tools_list_changed=True, resource_subscriptions=["memo://page"]
        ) as events:
            assert events.honored.resource_subscriptions == ["memo://page"]
            await client.call_tool("touch")
            heard = {type(await anext(events)) for _ in range(2)}
        assert heard == {ToolsListChanged, ResourceUpdated}
        return
    await client.session.subscribe_resource("memo://page")
    await client.call_tool("touch")
    wanted = {"notifications/tools/list_changed", "notifications/resources/updated"}
    while not wanted <= set(person.changes):
        person.news.clear()
        await person.news.wait()


@pairs
def test_a_host_of_any_era_uses_a_gateway_of_any_era(
    tmp_path: Path, mode: str, eras: tuple[str, ...]
) -> None:
    """Issue 5, all four pairs: the host decides its era, and the gateway is found out."""

    async def scenario() -> None:
        person = Person()
        async with gateway_of(*eras) as url, host(mode, url, tmp_path, person) as client:
            is_modern = mode != "legacy"
            assert (client.server_info is not None) is (mode != MODERN), "a host may ask nobody"
            version = client.session.protocol_version
            assert (version == MODERN) is is_modern
            await use(client, person, is_modern=is_modern)
            await hear(client, person, is_modern=is_modern)

    asyncio.run(scenario())
