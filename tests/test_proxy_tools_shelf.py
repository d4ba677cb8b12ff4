from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from mcp_proxy.policy.model import Policy
from net_world import Gateway, answer
from relay_world import (
    Client,
    Json,
    client_of,
    json_answer,
    mcp_gateway,
    profile,
    talk,
)

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_gateway_the_last_list_is_shown_and_nothing_is_called(tmp_path: Path) -> None:
    """peers.md §8, behaviour 32."""

    async def scenario() -> None:
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            live = await client.tools()
        async with client_of(profile(gateway.url), tmp_path) as client:
            assert (await client.greet())["result"]["serverInfo"]["name"] == "scripted"
            listed = (await client.ask("tools/list"))["result"]
            assert [tool["name"] for tool in listed["tools"]] == live
            assert "mcp-permit/snapshot" in listed["_meta"]
            assert (await client.call("look"))["error"]["code"] == 1005

    asyncio.run(scenario())


def test_a_snapshot_permits_nothing_that_only_annotations_permit(tmp_path: Path) -> None:
    """architecture.md, The life of one call. The tool has learnt to write since."""
    marks = iter([True, False])

    def listed(message: Json) -> bytes:
        tool = {"name": "look", "annotations": {"readOnlyHint": next(marks)}}
        return json_answer(message, {"tools": [tool]})

    async def scenario() -> None:
        async with Gateway(mcp_gateway(tools_list=listed)) as gateway:
            chosen = profile(gateway.url, policy=Policy(read_only=True))
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                assert "result" in await client.call("look")
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                for _ in range(2):
                    answer = await client.call("look")
                    assert answer["error"]["data"]["rule"] == "read-only"

    asyncio.run(scenario())


def test_a_list_of_many_pages_is_kept_whole(tmp_path: Path) -> None:
    """peers.md §8, behaviours 22 and 33."""

    def listed(message: Json) -> bytes:
        if "cursor" in message["params"]:
            return json_answer(message, {"tools": [{"name": "second"}]})
        return json_answer(message, {"tools": [{"name": "first"}], "nextCursor": "p2"})

    async def story(client: Client, _gateway: Gateway) -> None:
        assert await client.tools() == ["first"]
        assert not list((tmp_path / "catalogs").glob("*.json"))
        await client.ask("tools/list", {"cursor": "p2"})
        (snapshot,) = (tmp_path / "catalogs").glob("*.json")
        kept = json.loads(snapshot.read_bytes())
        assert [tool["name"] for tool in kept["tools"]] == ["first", "second"]

    talk(tmp_path, mcp_gateway(tools_list=listed), story)


def test_a_damaged_snapshot_is_said_set_aside_and_replaced(tmp_path: Path) -> None:
    """issue text: never overwritten in silence."""

    async def scenario() -> None:
        async with Gateway(mcp_gateway()) as gateway:
            chosen = profile(gateway.url)
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                await client.tools()
            (snapshot,) = listed(tmp_path / "catalogs")
            snapshot.write_bytes(b"{")
            async with client_of(chosen, tmp_path) as client:
                await client.greet()
                assert (await client.call("look"))["result"]["called"] == "look"
                await client.tools()
                assert len(client.complaints) == 1
                assert "damaged" in client.complaints[0]
        assert len(listed(tmp_path / "catalogs")) == 2

    asyncio.run(scenario())


def test_a_snapshot_that_cannot_be_written_costs_no_list(tmp_path: Path) -> None:
    """Ours."""

    async def scenario() -> None:
        (tmp_path / "catalogs").symlink_to(tmp_path)
        async with (
            Gateway(mcp_gateway()) as gateway,
            client_of(profile(gateway.url), tmp_path) as client,
        ):
            await client.greet()
            assert "look" in await client.tools()
            assert client.complaints

    asyncio.run(scenario())


def test_an_error_instead_of_a_list_is_the_clients(tmp_path: Path) -> None:
    """Ours. It teaches nothing."""

    def refused(message: Json) -> bytes:
        error = {"code": -32603, "message": "not now"}
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
        return answer(body, "Content-Type: application/json")

    async def story(client: Client, _gateway: Gateway) -> None:
        assert (await client.ask("tools/list"))["error"]["code"] == -32603
        assert not (tmp_path / "catalogs").exists()

    talk(tmp_path, mcp_gateway(tools_list=refused), story)


def test_a_list_that_cannot_be_cut_is_not_shown(tmp_path: Path) -> None:
    """Ours. Passed on as it is it would show what a rule hides."""

    def listed(message: Json) -> bytes:
        return json_answer(message, {"tools": [{"name": "change"}, {"title": "nameless"}]})

    async def story(client: Client, _gateway: Gateway) -> None:
        answer = await client.ask("tools/list")
        assert answer["error"]["data"]["type"] == "RemoteProtocolError"

    talk(tmp_path, mcp_gateway(tools_list=listed), story, policy=Policy(deny=("change",)))


def listed(folder: Path) -> list[Path]:
    """The snapshots in `folder`, damaged ones too."""
    return [path for path in folder.iterdir() if path.is_file()]
