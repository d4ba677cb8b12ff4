"""The rights of an identity, resource by resource."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.audit.log import Audit
from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.catalog.matrix import Matrix, Row
from mcp_proxy.policy.enquiry import Enquiry, MatrixTool
from mcp_proxy.policy.model import Decision, Policy, Tool
from mcp_proxy.policy.preset import Preset, ResourceKind
from mcp_proxy.proxy.plan import Call
from mcp_proxy.proxy.refused.rights import MATRIX_SECONDS, Rights
from mcp_proxy.proxy.tools.view import View
from mcp_proxy.proxy.trail import Trail
from refusing_world import audit, listing, named, talk, told, until
from relay_world import profile

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Gateway
    from relay_world import Client, Json

PRESET = Preset(
    "Integration Gateway",
    resources={"integration": ResourceKind("integration", ("integration_id", "*_integration"))},
    enquiry=Enquiry(
        MatrixTool(
            "list_integrations", "/integrations", "/name", "/id", "/permissions", "integration"
        )
    ),
)
MATRIX = Matrix(
    "integration",
    "list_integrations",
    1_000_000.0,
    (Row("1", "A", {"read": True, "debug": False}),),
)
NOW = 1_000_000.0


class World:
    """One process, and a clock."""

    def __init__(self, folder: Path, preset: Preset = PRESET, policy: Policy | None = None) -> None:
        self.now = NOW
        self.facts = FactStore(folder / "catalogs")
        view = View(policy or Policy())
        view.learn([Tool("list_integrations", b'{"name":"list_integrations"}')])
        trail = Trail(Audit(folder / "a.jsonl"), profile("https://x.example"), lambda: 0.0, print)
        self.rights = Rights(
            lambda: preset, view, self.facts, lambda: "key", trail, lambda: self.now
        )

    def known(self, **arguments: Any) -> str | None:
        return self.rights.known(
            Call("get", Decision(True, "default", ""), b"{}", False, 2, arguments)
        )


def test_they_are_due_once_an_hour(tmp_path: Path) -> None:
    """systems.md §7.2: after the sign-in; not with each list."""
    world = World(tmp_path)
    assert world.rights.is_due()
    world.facts.keep_matrix("key", MATRIX)
    assert World(tmp_path).rights.is_due() is False
    again = World(tmp_path)
    again.now = NOW + MATRIX_SECONDS
    assert again.rights.is_due()
    again.now = NOW - 5
    assert again.rights.is_due()


def test_they_are_looked_at_again_after_a_refusal_or_a_sign_in(tmp_path: Path) -> None:
    """systems.md §7.3: permissions may change at any moment."""
    world = World(tmp_path)
    world.facts.keep_matrix("key", MATRIX)
    assert not world.rights.is_due()
    world.rights.outdate()
    assert world.rights.is_due()


def test_what_may_not_be_asked_is_not_due(tmp_path: Path) -> None:
    """systems.md §7.2: never where a rule denies it."""
    assert World(tmp_path, policy=Policy(deny=("list_*",))).rights.is_due() is False


def test_a_system_without_a_matrix_is_never_asked(tmp_path: Path) -> None:
    """Ours."""
    assert World(tmp_path, Preset("plain")).rights.is_due() is False
    assert World(tmp_path, Preset("plain")).known(integration_id=1) is None


@pytest.mark.parametrize(
    ("later", "age"),
    [(0, "told just now"), (59, "told just now"), (300, "told 5 min ago"), (-9, "told just now")],
)
def test_what_is_known_of_the_resource_of_a_call_is_told_with_its_age(
    tmp_path: Path, later: float, age: str
) -> None:
    """systems.md §7.2: explain refusals with it."""
    world = World(tmp_path)
    assert world.known(integration_id=1) is None
    world.facts.keep_matrix("key", MATRIX)
    world.now += later
    assert world.known(other=1, integration_id="1") == (
        f"As list_integrations {age}, it holds read on A, no debug."
    )
    assert world.known(from_integration=1) is not None
    assert world.known(integration_id=7) is None
    assert world.known() is None


INTEGRATIONS = {
    "integrations": [{"id": 1, "name": "A", "permissions": {"read": True, "debug": False}}]
}
REFUSED = {
    "success": False,
    "error": "permission_denied",
    "message": "staff-limited lacks the permission 'debug' on A",
    "permission": "debug",
    "integration": "A",
}


def gateway(asked: list[str], matrix: Json | None = None) -> Any:
    def answer(message: Json) -> bytes:
        asked.append(named(message))
        if named(message) == "list_integrations":
            return told(message, matrix or INTEGRATIONS)
        return told(message, REFUSED, isError=True)

    return answer


def facts_of(folder: Path) -> Matrix | None:
    """What was kept, whatever the key."""
    files = list((folder / "catalogs" / "facts").glob("*.matrix.json"))
    key = files[0].name.partition(".")[0] if files else "none"
    return FactStore(folder / "catalogs").matrix(key)


def test_they_are_asked_for_behind_the_first_list_and_explain_a_refusal(tmp_path: Path) -> None:
    """systems.md §7.2: read on A, no debug on A; with a line in the audit."""
    asked: list[str] = []

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        await client.tools()
        await until(client, lambda: asked)
        await until(client, lambda: facts_of(tmp_path))
        answer = await client.call("get_run_history", run_history_id=5, integration_id=1)
        text = answer["result"]["content"][0]["text"]
        assert "it holds read on A, no debug." in text
        assert answer["result"]["content"][1]["text"] == json.dumps(REFUSED)
        assert await client.tools() == ["list_integrations", "get_run_history"]

    talk(
        tmp_path,
        story,
        {"preset": "integration-gateway"},
        tools_call=gateway(asked),
        tools_list=listing("list_integrations", "get_run_history"),
    )
    assert asked.count("list_integrations") == 1
    rows = audit(tmp_path)
    assert [row["tool"] for row in rows] == ["list_integrations", "get_run_history"]
    assert rows[1]["outcome"] == "refused-by-gateway"


def test_they_are_asked_for_again_behind_a_refusal_of_a_tool(tmp_path: Path) -> None:
    """systems.md §7.3: permissions may change at any moment."""
    asked: list[str] = []

    def answer(message: Json) -> bytes:
        asked.append(named(message))
        if named(message) == "list_integrations":
            return told(message, INTEGRATIONS)
        denied = {"success": False, "error": "permission_denied", "message": "no such permission"}
        return told(message, denied, isError=True)

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        await until(client, lambda: asked == ["list_integrations"])
        await client.call("get_run_history")
        await until(client, lambda: asked.count("list_integrations") == 2)

    talk(
        tmp_path,
        story,
        {"preset": "integration-gateway"},
        tools_call=answer,
        tools_list=listing("list_integrations", "get_run_history"),
    )


@pytest.mark.parametrize("tools", [("get_run_history",), ("list_integrations",)])
def test_a_tool_that_is_denied_or_not_there_is_not_called(
    tmp_path: Path, tools: tuple[str, ...]
) -> None:
    """systems.md §7.2: by the same rules as everything else."""
    asked: list[str] = []

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        for _ in range(3):
            await client.ask("prompts/list")

    settings = {"preset": "integration-gateway", "permissions": Policy(deny=("list_*",))}
    talk(tmp_path, story, settings, tools_call=gateway(asked), tools_list=listing(*tools))
    assert asked == []


def test_an_answer_that_is_no_matrix_is_not_kept(tmp_path: Path) -> None:
    """Ours; and it is not asked for again with each list."""
    asked: list[str] = []

    async def story(client: Client, _gateway: Gateway) -> None:
        await client.tools()
        await until(client, lambda: asked)
        for _ in range(3):
            await client.tools()

    talk(
        tmp_path,
        story,
        {"preset": "integration-gateway"},
        tools_call=gateway(asked, {"count": 0}),
        tools_list=listing("list_integrations"),
    )
    assert asked == ["list_integrations"]
    assert facts_of(tmp_path) is None
