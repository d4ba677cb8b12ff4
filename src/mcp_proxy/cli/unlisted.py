"""What a gateway does not list for an identity, and what is missing for it.

The gateway's own register tells, where somebody may read it; else nobody knows (systems.md
§7.4). A list of nothing has causes that the preset knows; who is asking, a tool may tell.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from mcp_proxy.cli.output import Row, note, one_line, printable, say, table
from mcp_proxy.cli.register import fetched, remembered
from mcp_proxy.cli.session import session
from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.errors import AuthError, GatewayError
from mcp_proxy.policy.decide import decide
from mcp_proxy.wire import mcp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp_proxy.catalog.model import Snapshot
    from mcp_proxy.catalog.register import Registered
    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def unlisted(
    profile: Profile, home: Paths, snapshot: Snapshot, *, is_live: bool
) -> tuple[Registered, ...]:
    """The tools that the gateway has and does not list here, as far as anybody told."""
    if is_live:
        try:
            asyncio.run(fetched(profile, home))
        except (AuthError, GatewayError) as error:
            note(f"mcp-permit: the gateway's register of tools cannot be read: {error}")
    register = remembered(profile, home)
    listed = {tool.name for tool in snapshot.tools}
    return () if register is None else register.hidden(listed)


def show_unlisted(tools: Sequence[Registered]) -> None:
    """Print them with what each needs."""
    if tools:
        say("\nThe gateway has more tools, which it does not list for this identity\n")
        rows = [Row((printable(one.name), printable(one.needs()) or "nothing")) for one in tools]
        table(["Tool", "It needs"], rows)


def told(tools: Sequence[Registered]) -> list[dict[str, object]]:
    """The same for programs."""
    return [{"name": one.name, "permission": one.permission, "module": one.module} for one in tools]


def tell_who_asks(profile: Profile, home: Paths, snapshot: Snapshot, *, as_json: bool) -> None:
    """Where the gateway lists nothing: who it takes the caller for, if a tool tells that."""
    policy = policy_of(profile)
    empty = None if policy.preset is None else policy.preset().enquiry.empty
    names = {tool.name: tool for tool in snapshot.tools}
    if empty is None or empty.probe not in names or not names.keys() <= set(empty.besides):
        return
    if decide(policy, empty.probe, names[empty.probe], {}).allowed:
        words = asyncio.run(_probed(profile, home, empty.probe, as_json=as_json))
        sentence = f"{empty.probe} says who is asking: {one_line(words)}"
        note(json.dumps({"warning": sentence}) if as_json else f"mcp-permit: {sentence}")


async def _probed(profile: Profile, home: Paths, tool: str, *, as_json: bool) -> str:
    async with session(profile, home, as_json=as_json) as tap:
        answer = json.loads(await tap.request(mcp.TOOLS_CALL, {"name": tool, "arguments": {}}))
    result = answer.get("result", {})
    texts = [each["text"] for each in result.get("content", []) if "text" in each]
    return " ".join(texts) or json.dumps(answer.get("error", result))
