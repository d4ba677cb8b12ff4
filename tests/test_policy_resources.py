"""What a profile grants itself on single resources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.policy.classes import Known
from mcp_proxy.policy.model import Policy, ResourceScope
from mcp_proxy.policy.preset import Preset, ResourceKind
from mcp_proxy.policy.resources import judge
from mcp_proxy.policy.rules import Use

if TYPE_CHECKING:
    from mcp_proxy.policy.model import Class, Decision, Level

PRESET = Preset(
    "Notes",
    resources={
        "workspace": ResourceKind("workspace", ("*workspaceid*",)),
        "project": ResourceKind("project", ("*projectid*",), within="workspace"),
        "folder": ResourceKind("folder", ("*folderid*",), within="project"),
    },
)
UUID = "11111111-aaaa-4111-8111-111111111111"
SCOPES = (
    ResourceScope("workspace", "w", "delete"),
    ResourceScope("project", "p", "write", within="w"),
    ResourceScope("folder", "f", "read", within="p"),
    ResourceScope("folder", UUID, "none", within="p"),
    ResourceScope("folder", "7", "write", within="p"),
)


def policy(*scopes: ResourceScope, without: Level = "read") -> Policy:
    return Policy(preset=lambda: PRESET, resource=scopes or SCOPES, without_resource=without)


def judged(
    tool_class: Class, arguments: dict[str, object] | None, given: Policy | None = None
) -> Decision:
    known = Known((tool_class,), "preset")
    return judge(Use(given or policy(), "tool", None, arguments, known))


@pytest.mark.parametrize("tool_class", ["read", "write", "delete"])
@pytest.mark.parametrize(("argument", "level"), [("workspaceId", "delete"), ("projectId", "write"),
                                                 ("folderId", "read")])  # fmt: skip
def test_a_resource_grants_its_level_and_those_below(
    argument: str, level: Level, tool_class: Level
) -> None:
    """systems.md §7.5, "Granular mode": three levels by three classes."""
    levels = ["read", "write", "delete"]
    decision = judged(tool_class, {argument: argument[0]})  # type: ignore[arg-type]  # one of three
    assert decision.allowed == (levels.index(tool_class) <= levels.index(level))
    assert decision.rule == "resource"


@pytest.mark.parametrize(
    ("tool_class", "needed"),
    [("read", "read"), ("debug", "read"), ("write", "write"), ("delete", "delete"),
     ("execute", "delete"), ("admin", "delete"), ("unknown", "delete")],
)  # fmt: skip
def test_a_class_needs_a_level(tool_class: Class, needed: Level) -> None:
    """Ours: what is not known to be less needs the most."""
    levels: list[Level] = ["none", "read", "write", "delete"]
    for level in levels:
        decision = judged(
            tool_class, {"folderId": "x"}, policy(ResourceScope("folder", "x", level))
        )
        assert decision.allowed == (levels.index(needed) <= levels.index(level))


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (
            {"projectId": "p"},
            "The profile grants itself write on project 'p', and this needs delete",
        ),
        (
            {"projectId": "other"},
            "The profile grants itself nothing on project 'other', and this needs delete",
        ),
        (
            {"title": "x"},
            (
                "The profile grants itself read on calls that name no resource, and this needs"
                " delete"
            ),
        ),
    ],
)
def test_a_refusal_names_the_id_that_was_sent(arguments: dict[str, object], reason: str) -> None:
    """systems.md §7.5: the proxy explains with the ids it sent."""
    decision = judged("delete", arguments)
    assert (decision.allowed, decision.reason) == (False, reason)


def test_what_carries_no_id_falls_to_the_default() -> None:
    """Ours: `permissions.without_resource`."""
    empty: tuple[dict[str, object], ...] = (
        {}, {"documentId": "d"}, {"projectId": None}, {"folderIds": []},
    )  # fmt: skip
    for arguments in empty:
        assert judged("read", arguments).allowed
        assert not judged("write", arguments).allowed
        assert not judged("read", arguments, policy(without="none")).allowed
        assert judged("write", arguments, policy(without="write")).allowed


@pytest.mark.parametrize(
    "arguments",
    [
        {"workspaceId": "w", "projectId": "other"},
        {"projectId": "p", "targetFolderId": "f"},
        {"folderIds": ["7", "f"]},
        {"items": [{"deep": {"folderId": "f"}}, {"folderId": "7"}]},
    ],
)
def test_every_id_that_a_call_carries_must_grant_what_it_needs(
    arguments: dict[str, object],
) -> None:
    """Ours: at any depth, in lists, and one that is granted covers no other."""
    assert not judged("write", arguments).allowed


def test_ids_that_are_all_granted_are_enough() -> None:
    """Ours."""
    arguments: dict[str, object] = {"workspaceId": "w", "projectId": "p", "items": [
        {"folderId": "7"}, {"folderIds": [7, " 7 "]},
    ]}  # fmt: skip
    assert judged("write", arguments).allowed


@pytest.mark.parametrize("value", ["", True, 1.5, {"id": "7"}, ["7", None], [["7"]], {}])
def test_what_is_no_id_is_granted_nothing(value: object) -> None:
    """Ours."""
    assert not judged("read", {"folderId": value}).allowed


@pytest.mark.parametrize(
    "spelling",
    [UUID, UUID.upper(), UUID.replace("-", ""), f"{{{UUID}}}", f"urn:uuid:{UUID}", f" {UUID}\n"],
)
def test_a_denial_holds_for_each_spelling_of_an_id(spelling: str) -> None:
    """RFC 9562 §4. Here every other folder is open."""
    every = ResourceScope("folder", "*", "write", within="p")
    given = policy(*SCOPES, every)
    assert not judged("read", {"folderId": spelling}, given).allowed
    assert judged("write", {"folderId": "any"}, given).allowed
    assert not judged("delete", {"folderId": "any"}, given).allowed


def test_an_id_counts_for_its_own_kind_only() -> None:
    """Ours: a workspace's grant is none on a project with the same id."""
    assert not judged("read", {"projectId": "w"}).allowed


def test_a_list_shows_what_some_arguments_permit() -> None:
    """systems.md §7.5: visibility cannot be decided per tool, only what is out of reach."""
    assert judged("delete", None).allowed
    folders = policy(ResourceScope("folder", "f", "read"), without="none")
    assert judged("read", None, folders).allowed
    assert not judged("write", None, folders).allowed
    assert judged(
        "write", None, policy(ResourceScope("folder", "f", "none"), without="write")
    ).allowed


def test_the_least_class_of_a_mixed_tool_decides_on_a_list() -> None:
    """Ours."""
    known = Known(("delete", "read"), "preset", "action", {"a": "delete", "b": "read"})
    given = policy(ResourceScope("folder", "f", "read"))
    assert judge(Use(given, "tool", None, None, known)).allowed


def test_without_a_preset_no_argument_names_a_resource() -> None:
    """Ours: settings like that are refused before."""
    known = Known(("write",), "nowhere")
    given = Policy(resource=SCOPES)
    assert not judge(Use(given, "tool", None, {"folderId": "7"}, known)).allowed
