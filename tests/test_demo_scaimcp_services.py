"""What the built-in tools do, without any wire."""

from __future__ import annotations

from typing import Any

import pytest

from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE
from mcp_proxy.demo.scaimcp.events import Events
from mcp_proxy.demo.scaimcp.people import people
from mcp_proxy.demo.scaimcp.refusals import Refused
from mcp_proxy.demo.scaimcp.services import Work, done
from mcp_proxy.demo.scaimcp.tenant import fresh_tenant
from mcp_proxy.demo.switches import Counters

FITTING = {
    "id": {"models": "demo/embed", "bunker": "bunker-1", "backends": "gpu-1"},
    "model": "demo/chat-small",
    "skill": "sandbox",
    "module": "scaibot",
    "limit": 5,
}
READING = ("list", "get", "search", "view", "chat", "embed", "generate", "transcribe", "health")
ALSO_READING = ("synthesize", "usage", "summary")


def work(tool: str, tenant: Any = None) -> Work:
    person = people()["super"]
    return Work(tool, person, tenant or fresh_tenant(), Counters(), Events(lambda: 0.0))


def fitting(tool: str, tenant: Any) -> dict[str, Any]:
    """Arguments that make sense for a tool."""
    found: dict[str, Any] = {}
    collection = tool.rpartition("_")[0].replace("_send", "")
    collection = {"accounting_update": "budgets", "accounting_delete": "budgets"}.get(
        collection, collection
    )
    for name in CATALOGUE[tool].input_schema["properties"]:
        if name == "id":
            found[name] = next(iter(tenant.rows[collection]))
        else:
            found[name] = FITTING.get(name, "text")
    return found


@pytest.mark.parametrize("tool", CATALOGUE)
def test_every_tool_answers_and_only_what_changes_something_counts(tool: str) -> None:
    """Ours: small fakes, all of them."""
    tenant = fresh_tenant()
    found = work(tool, tenant)
    assert done(found, fitting(tool, tenant)) is not None
    last = tool.rpartition("_")[2]
    reads = tool.startswith("accounting_list") or last in (*READING, *ALSO_READING)
    assert found.counters.effects == ({} if reads else {tool: 1})
    assert len(found.events.found({})) == (not reads)


def test_what_is_written_can_be_read_again() -> None:
    """Ours: writing really changes the tenant."""
    tenant = fresh_tenant()
    made: Any = done(work("webhooks_create", tenant), {"name": "new", "url": "https://h.example"})
    read: Any = done(work("webhooks_get", tenant), {"id": made["id"]})
    assert read["url"] == "https://h.example"
    done(work("webhooks_delete", tenant), {"id": made["id"]})
    with pytest.raises(Refused) as caught:
        done(work("webhooks_get", tenant), {"id": made["id"]})
    assert caught.value.code == "NOT_FOUND"


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("modules_enable", {"module": "nope"}),
        ("skills_view", {"skill": "nope"}),
        ("inference_chat", {"model": "nope", "prompt": "x"}),
        ("rooms_send_message", {"id": "nope", "text": "x"}),
    ],
)
def test_what_is_not_there_is_said(tool: str, arguments: dict[str, Any]) -> None:
    """Ours."""
    with pytest.raises(Refused) as caught:
        done(work(tool), arguments)
    assert caught.value.code == "NOT_FOUND"


def test_a_module_is_switched_for_everybody() -> None:
    """SC-NAME: enabled for the tenant."""
    tenant = fresh_tenant()
    done(work("modules_disable", tenant), {"module": "scaimatrix"})
    assert "scaimatrix" not in tenant.enabled
    done(work("modules_enable", tenant), {"module": "scaimatrix"})
    assert "scaimatrix" in tenant.enabled


def test_me_says_who_one_is() -> None:
    """SC-TRBL: what an empty list is probed with."""
    found: Any = done(work("me_get"), {})
    assert found["name"] == "super"
    assert found["roles"] == ["super_admin"]
    assert found["tenant"] == "demo-bank"
