"""What a preset says by itself."""

from __future__ import annotations

import pytest

from mcp_proxy.policy.preset import Environment, Need, Preset

PROD = Environment("prod", ("read", "debug"), also=("production",), hosts=("*prod", "live"))
DEV = Environment("dev", ("read", "write"), hosts=("*dev",))
PRESET = Preset("Any", environments={"dev": DEV, "prod": PROD})


@pytest.mark.parametrize("label", ["prod", "PROD", "Production"])
def test_an_environment_has_other_labels_whatever_their_case(label: str) -> None:
    """Ours: who writes PRODUCTION means prod, and must not get less than prod."""
    assert PRESET.environment(label) == PROD


@pytest.mark.parametrize("label", [None, "", "prd", "prod-eu"])
def test_another_label_is_another_environment(label: str | None) -> None:
    """Ours."""
    assert PRESET.environment(label) is None


@pytest.mark.parametrize(
    ("need", "words"),
    [
        (Need(permission="models:use"), "permission models:use"),
        (Need(capability="can_lifecycle"), "capability can_lifecycle"),
        (Need(right="read", on="integration"), "right read on the integration"),
        (
            Need(permission="scaibunker:execute", module="scaibunker"),
            "permission scaibunker:execute and module scaibunker",
        ),
        (
            Need(permission="Can use MCP Run History tool", right="debug", on="integration"),
            "permission Can use MCP Run History tool and right debug on the integration",
        ),
    ],
)
def test_a_need_names_all_that_is_needed(need: Need, words: str) -> None:
    """systems.md §1.4: two checks stack for the run history."""
    assert str(need) == words


@pytest.mark.parametrize(
    ("host", "found"),
    [
        ("igprod.example", PROD),
        ("api.LIVE-eu.example", PROD),
        ("glyuedev", DEV),
        ("gateway.example.dev", None),
        ("dev-live.example", None),
        ("devices.example", None),
        ("", None),
    ],
)
def test_a_host_may_tell_of_one_environment(host: str, found: Environment | None) -> None:
    """systems.md §7.3. The last label is anybody's; who tells of two tells of none."""
    assert PRESET.environment_of_host(host) == found
