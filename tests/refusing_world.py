"""A gateway that refuses, in front of it a relay with a preset, and a client."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.values import replace
from net_world import Gateway, answer
from relay_world import PATIENCE, client_of, json_answer, mcp_gateway, profile

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from net_world import Play
    from relay_world import Client, Json, Talk


def named(message: Json) -> str:
    """The tool that a message calls."""
    return str(message["params"]["name"])


def told(message: Json, document: object, **members: Any) -> bytes:
    """A tool's answer: its one text is JSON."""
    block = {"type": "text", "text": json.dumps(document)}
    return json_answer(message, {"content": [block]} | members)


def failed(message: Json, error: Json) -> bytes:
    """A JSON-RPC error."""
    body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}).encode()
    return answer(body, "Content-Type: application/json")


def status(code: str, document: object, *headers: str) -> bytes:
    """An HTTP answer that is no JSON-RPC answer."""
    body = json.dumps(document).encode()
    return answer(body, "Content-Type: application/json", *headers, status=code)


def tools(*names: str) -> list[Json]:
    """Entries of a list."""
    return [{"name": name, "inputSchema": {"type": "object"}} for name in names]


def listing(*names: str) -> Callable[[Json], bytes]:
    """Answers a list with these tools."""
    return lambda message: json_answer(message, {"tools": tools(*names)})


def talk(
    folder: Path, story: Talk, settings: Json, **by_method: Callable[[Json], bytes | Play]
) -> Gateway:
    """Play `story`; `settings` are fields of the profile."""

    async def scenario() -> Gateway:
        async with Gateway(mcp_gateway(**by_method)) as gateway:
            chosen = replace(profile(gateway.url), **settings)
            async with client_of(chosen, folder) as client:
                await client.greet()
                await story(client, gateway)
            return gateway

    return asyncio.run(scenario())


async def until(client: Client, happened: Callable[[], object]) -> None:
    """Wait, request by request, until something behind them has made `happened` true."""
    async with asyncio.timeout(PATIENCE):
        while not happened():
            await client.ask("prompts/list")


def audit(folder: Path) -> list[Json]:
    """The lines of the audit."""
    return [json.loads(line) for line in (folder / "audit.jsonl").read_text().splitlines()]


def words(result: Json) -> list[str]:
    """The texts of a result."""
    return [block["text"] for block in result["content"]]
