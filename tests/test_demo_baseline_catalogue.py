"""The 200 tools of the demo's Stable Baseline."""

from __future__ import annotations

import re
from collections import Counter

import pytest

from mcp_proxy.demo.baseline import catalogue
from mcp_proxy.demo.baseline.catalogue import BILLING, BY_NAME, SIZE, TOOLS
from mcp_proxy.demo.baseline.grants import FLAGS

READ = """getFolderHierarchy getProjectHierarchy listOrganisations listProjects listWorkspaces
 searchTools getCurrentUser listFolders getDocument listDocuments listDiagramTypes
 getDiagramTypeGuide listArchitectureIcons getDiagramInDocument kg_search"""
WRITE = """createFolder reorderFolders updateFolder createDocument editDocument
 findAndReplaceTextInDocument insertDiagramInDocument updateDiagramInDocument
 createImageUploadSession insertImageInDocument updateImageInDocument createVegaDataUploadSession"""
DELETE = "deleteFolder deleteImageInDocument deleteVegaDataFile"


@pytest.mark.parametrize(("level", "names"), [("read", READ), ("write", WRITE), ("delete", DELETE)])
def test_the_documented_tools_have_their_documented_class(level: str, names: str) -> None:
    """systems.md §4.4, the lists by class."""
    assert {name: BY_NAME[name].level for name in names.split()} == dict.fromkeys(
        names.split(), level
    )


def test_capabilities_gate_what_the_documentation_says() -> None:
    """systems.md §4.4, capability flags."""
    needs = {name: tool.flag for name, tool in BY_NAME.items() if tool.flag}
    lifecycle = {"createWorkspace", "createProject", "updateWorkspace", "updateProject"}
    assert {name for name in needs if needs[name] == "can_lifecycle"} == lifecycle
    assert needs["upsertResourcePermission"] == "can_manage_perms"
    assert {needs[name] for name in BILLING} == {"can_manage_billing"}
    assert set(needs.values()) <= set(FLAGS.values())


def test_there_are_two_hundred_tools_with_legal_names() -> None:
    """systems.md §7.5: 184 to 196 tools; three of 200 are not for everybody."""
    assert len(TOOLS) == len(BY_NAME) == SIZE
    assert len(BILLING) == 3
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name) for name in BY_NAME)
    assert min(Counter(tool.level for tool in TOOLS).values()) >= 2


def test_an_entry_says_what_the_tool_takes_and_does() -> None:
    """MCP 2025-03-26, Tool and its annotations."""
    assert BY_NAME["deleteFolder"].entry() == {
        "name": "deleteFolder",
        "description": "Delete a folder with everything in it.",
        "inputSchema": {
            "type": "object",
            "properties": {"folderId": {"type": "string"}},
            "required": ["folderId"],
            "additionalProperties": False,
        },
        "annotations": {"readOnlyHint": False, "destructiveHint": True},
    }
    search = BY_NAME["searchTools"].entry()
    assert search["inputSchema"]["required"] == []
    assert search["annotations"] == {"readOnlyHint": True}
    shapes = BY_NAME["reorderFolders"].entry()["inputSchema"]["properties"]
    assert shapes["folderIds"] == {"type": "array", "items": {"type": "string"}}
    seats = BY_NAME["previewSeatChange"].entry()["inputSchema"]["properties"]["seats"]
    assert seats == {"type": "integer", "minimum": 1}


def test_a_call_is_about_the_first_resource_that_it_names() -> None:
    """Ours."""
    assert BY_NAME["reorderFolders"].place == ("projectId", "project")
    assert BY_NAME["editDocument"].place == ("documentId", "document")
    assert BY_NAME["searchTools"].place is None


def test_too_few_tools_are_noticed() -> None:
    """Ours: the pages of the list are counted on."""
    with pytest.raises(ValueError, match="only 0 tools"):
        catalogue._filled([], [])
