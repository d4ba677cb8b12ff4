"""Prompts, resources and completion, without any wire."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from mcp_proxy.demo.integration.desk import Denied
from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.integration.reading import complete, get_prompt, list_resources, read_resource
from mcp_proxy.demo.integration.seed import fresh_instance


def params(**members: Any) -> SimpleNamespace:
    return SimpleNamespace(**members)


def test_a_prompt_for_nothing_is_not_found() -> None:
    """MCP 2025-06-18, Prompts: invalid name or arguments."""
    staff = identities()["staff-full"]
    for name, run in (("other", "101"), ("explain_run", "7"), ("explain_run", "x")):
        with pytest.raises(Denied):
            get_prompt(
                fresh_instance(), staff, params(name=name, arguments={"run_history_id": run})
            )


def test_resources_are_those_that_may_be_read() -> None:
    """systems.md §1.4."""
    instance, accounts = fresh_instance(), identities()
    assert len(list_resources(instance, accounts["staff-limited"], None)["resources"]) == 2
    assert list_resources(instance, accounts["staff-debug"], None)["resources"] == []
    with pytest.raises(Denied):
        read_resource(instance, accounts["staff-debug"], params(uri="ig://integrations/1"))
    with pytest.raises(Denied):
        read_resource(instance, accounts["staff-full"], params(uri="ig://integrations/9"))


def test_ids_of_integrations_are_completed_for_the_template() -> None:
    """MCP 2025-06-18, Completion."""
    asked = params(ref=params(type="ref/resource"), argument=params(value="2"))
    answer = complete(fresh_instance(), identities()["staff-full"], asked)
    assert answer["completion"] == {"values": ["2"], "total": 1, "hasMore": False}
