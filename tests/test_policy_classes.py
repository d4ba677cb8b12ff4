"""The class of a tool: what using it amounts to, and who says so."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.policy.classes import Known, known
from mcp_proxy.policy.model import Policy, Tool
from mcp_proxy.policy.preset import KnownTool, NamePattern, Need, Preset

if TYPE_CHECKING:
    from mcp_proxy.policy.classes import Origin
    from mcp_proxy.policy.model import Class

DEEDS: dict[str, Class] = {"open": "read", "burn": "delete"}
PRESET = Preset(
    "Archive",
    tools={
        "boxes": KnownTool(("read", "delete"), "deed", DEEDS, Need(right="use", on="box")),
        "get_purged": KnownTool(("debug",)),
    },
    patterns=(
        NamePattern(("remote.*",), needs=Need(permission="remote:use")),
        NamePattern(words=frozenset({"delete", "purge"}), tool_class="delete"),
        NamePattern(("stamp?",), frozenset({"label"}), "write", Need(module="cellar")),
        NamePattern(words=frozenset({"get"}), tool_class="read"),
    ),
)


def preset() -> Preset:
    return PRESET


POLICY = Policy(preset=preset)
TRUSTING = Policy(preset=preset, trust_annotations=True)


def tool(name: str, **hints: object) -> Tool:
    return Tool(name, json.dumps({"name": name, "annotations": hints}).encode())


def test_the_preset_knows_a_tool_by_its_name_and_nothing_else_is_asked() -> None:
    """systems.md §1.5: classes of known tools are data."""
    found = known(TRUSTING, "boxes", tool("boxes", readOnlyHint=True))
    assert found == Known(("read", "delete"), "preset", "deed", DEEDS, "right use on the box")
    assert known(POLICY, "get_purged", None) == Known(("debug",), "preset")
    assert known(POLICY, "BOXES", None).origin == "nowhere", "a name is a name"


@pytest.mark.parametrize(
    ("arguments", "classes"),
    [
        (None, ("read", "delete")),
        ({"deed": "open"}, ("read",)),
        ({"deed": "burn", "more": 1}, ("delete",)),
        ({"deed": "Open"}, ("unknown",)),
        ({"deed": "open "}, ("unknown",)),
        ({"deed": ["open"]}, ("unknown",)),
        ({"deed": None}, ("unknown",)),
        ({}, ("unknown",)),
    ],
)
def test_an_argument_decides_what_a_call_amounts_to(
    arguments: dict[str, object] | None, classes: tuple[Class, ...]
) -> None:
    """systems.md §7.2: an unknown action has no class. On a list nothing is decided yet."""
    assert known(POLICY, "boxes", None).of_call(arguments) == classes


def test_a_tool_with_one_class_has_it_whatever_its_arguments() -> None:
    """Ours."""
    assert known(POLICY, "get_purged", None).of_call({"deed": "burn"}) == ("debug",)


@pytest.mark.parametrize(
    ("hints", "found"),
    [
        ({"readOnlyHint": True}, "read"),
        ({"readOnlyHint": True, "destructiveHint": True}, "read"),
        ({"readOnlyHint": False}, "delete"),
        ({"destructiveHint": True}, "delete"),
        ({"destructiveHint": False}, "write"),
        ({"readOnlyHint": False, "destructiveHint": False}, "write"),
    ],
)
def test_hints_class_a_tool_where_they_are_trusted(hints: dict[str, bool], found: Class) -> None:
    """MCP 2025-11-25, Tools, `ToolAnnotations`: destructive unless it says that it is not; and
    untrusted unless the server is trusted."""
    hinted = tool("frobnicate", **hints)
    assert known(TRUSTING, "frobnicate", hinted) == Known((found,), "annotations")
    assert known(POLICY, "frobnicate", hinted) == Known(("unknown",), "nowhere")


@pytest.mark.parametrize(
    "hints", [{}, {"idempotentHint": True}, {"readOnlyHint": "true"}, {"destructiveHint": 0}]
)
def test_hints_that_say_nothing_class_nothing(hints: dict[str, object]) -> None:
    """Ours: only true and false count. Then the name is asked."""
    assert known(TRUSTING, "get_it", tool("get_it", **hints)).origin == "name"


@pytest.mark.parametrize(
    ("name", "classes", "origin"),
    [
        ("get_page", "read", "name"),
        ("getPage", "read", "name"),
        ("GET-PAGE", "read", "name"),
        ("pages.get", "read", "name"),
        ("getHTTPPage", "read", "name"),
        ("get2", "read", "name"),
        ("getaway", "unknown", "nowhere"),
        ("get_and_delete", "delete", "name"),
        ("deletePage", "delete", "name"),
        ("remote.tenant.x.purge", "delete", "name"),
        ("remote.delete-1.get", "read", "name"),
        ("delete.page", "unknown", "nowhere"),
        ("stamps", "write", "name"),
        ("stamping", "unknown", "nowhere"),
        ("g\u00e9t_get", "unknown", "nowhere"),
        ("get_\uff44\uff45\uff4c\uff45\uff54\uff45", "unknown", "nowhere"),
        ("", "unknown", "nowhere"),
    ],
)
def test_names_tell_what_nobody_else_tells(name: str, classes: Class, origin: Origin) -> None:
    """Ours: the first pattern decides; a name with other letters may only look harmless."""
    found = known(POLICY, name, None)
    assert (found.classes, found.origin) == ((classes,), origin)


def test_a_pattern_may_tell_the_need_and_another_the_class() -> None:
    """systems.md §3.5: any `remote.` tool needs one permission, whatever it does."""
    assert known(POLICY, "remote.a.get", None) == Known(
        ("read",), "name", needs="permission remote:use"
    )
    hinted = known(TRUSTING, "remote.a.b", tool("remote.a.b", readOnlyHint=True))
    assert (hinted.origin, hinted.needs) == ("annotations", "permission remote:use")
    assert known(POLICY, "label", None).needs == "module cellar"


def test_without_a_preset_only_trusted_hints_tell() -> None:
    """Ours."""
    hinted = tool("get_it", readOnlyHint=True)
    assert known(Policy(strict=True), "get_it", hinted).classes == ("unknown",)
    trusting = Policy(strict=True, trust_annotations=True)
    assert known(trusting, "get_it", hinted).classes == ("read",)
    assert known(trusting, "get_it", None).classes == ("unknown",)
