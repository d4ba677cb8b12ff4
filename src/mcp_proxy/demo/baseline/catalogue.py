"""The 200 tools of the demo's Stable Baseline: names, classes, needs, parameters. Pure data.

Names and classes of the named ones are the vendor's (design §4.3 and §4.4: SB-NAV, SB-FOLD,
SB-CC, SB-README, PL-SIGN); which capability a tool needs is SB-PERM's. Marked `ours` are those
that stand for what is documented without a name, and the generated ones that fill the pages.
Parameters are ours throughout: the vendor publishes no schemas that we could read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mcp_proxy.demo.baseline.estate import Kind
    from mcp_proxy.demo.baseline.grants import Level

SIZE = 200
_NUMBERS = frozenset({"seats", "limit"})
_LISTS = frozenset({"folderIds"})
_PLACE = re.compile(r"(workspace|project|folder|document)Id")


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool."""

    name: str
    category: str
    level: Level
    description: str
    parameters: tuple[str, ...] = ()
    """A name that ends in `?` is optional. The first that names a resource is what the call is
    about."""
    flag: str | None = None
    """The capability of the organisation that it needs."""
    is_anonymous: bool = False

    @property
    def place(self) -> tuple[str, Kind] | None:
        """The parameter that names the resource, and what kind that is."""
        for each in self.parameters:
            if found := _PLACE.fullmatch(each):
                kind: Any = found[1]
                return each, kind
        return None

    def entry(self) -> dict[str, Any]:
        """The tool in `tools/list`."""
        hints: dict[str, bool] = {"readOnlyHint": self.level == "read"}
        if not hints["readOnlyHint"]:
            hints["destructiveHint"] = self.level == "delete"
        schema = {
            "type": "object",
            "properties": {each.rstrip("?"): _schema(each.rstrip("?")) for each in self.parameters},
            "required": [each for each in self.parameters if not each.endswith("?")],
            "additionalProperties": False,
        }
        return {
            "name": self.name,
            "description": self.description,
            "inputSchema": schema,
            "annotations": hints,
        }


def _schema(parameter: str) -> dict[str, Any]:
    if parameter in _NUMBERS:
        return {"type": "integer", "minimum": 1}
    if parameter in _LISTS:
        return {"type": "array", "items": {"type": "string"}}
    return {"type": "string"}


def _rows(category: str, level: Level, *rows: str, flag: str | None = None) -> Iterator[Tool]:
    """Tools of one category and class, each `name parameter ...: description`."""
    for row in rows:
        head, _, description = row.partition(": ")
        name, *parameters = head.split()
        yield Tool(name, category, level, description, tuple(parameters), flag)


def _named() -> Iterator[Tool]:
    yield from _rows(
        "navigation",
        "read",
        "getCurrentUser: Who you are here, and what this credential may do.",
        "listOrganisations: The organisations of this credential. A good first check.",
        "listWorkspaces: The workspaces that this credential reaches.",
        "listProjects workspaceId: The projects of a workspace.",
        "getProjectHierarchy workspaceId: The projects of a workspace and what lies in them.",
        "getFolderHierarchy projectId: The folders of a project and what lies in them.",
        "searchTools query? category?: Find tools by text or category.",
    )
    yield from _rows("folders", "read", "listFolders projectId: The folders of a project.")
    yield from _rows(
        "folders",
        "write",
        "createFolder projectId name: Create a folder in a project.",
        "updateFolder folderId name: Rename a folder.",
        "reorderFolders projectId folderIds: Put the folders of a project into another order.",
    )
    yield from _rows(
        "folders", "delete", "deleteFolder folderId: Delete a folder with everything in it."
    )
    yield from _documents()
    yield from _diagrams()
    yield from _organisation()


def _documents() -> Iterator[Tool]:
    yield from _rows(
        "documents",
        "read",
        "getDocument documentId: Read a document; carries versionTimestamp for edits.",
        "listDocuments folderId: The documents of a folder.",
        "kg_search query: Search the knowledge graph.",
    )
    yield from _rows(
        "documents",
        "write",
        "createDocument folderId title text?: Create a document in a folder.",
        "editDocument documentId versionTimestamp text: Replace the text of a document.",
        "findAndReplaceTextInDocument documentId versionTimestamp find replace: Replace words.",
    )
    # Ours: `delete` at each of the four places is wanted to see what a grant does.
    yield from _rows("documents", "delete", "deleteDocument documentId: Delete a document. Ours.")


def _diagrams() -> Iterator[Tool]:
    yield from _rows(
        "diagrams",
        "read",
        "listDiagramTypes: The kinds of diagrams that there are.",
        "getDiagramTypeGuide type: How a kind of diagram is written.",
        "listArchitectureIcons: The icons for architecture diagrams.",
        "getDiagramInDocument documentId diagramId: The source of a diagram.",
    )
    yield from _rows(
        "diagrams",
        "write",
        "insertDiagramInDocument documentId source: Put a diagram into a document.",
        "updateDiagramInDocument documentId diagramId source: Change a diagram.",
        "createImageUploadSession documentId: An address to send an image to.",
        "insertImageInDocument documentId uploadId: Put a sent image into a document.",
        "updateImageInDocument documentId imageId uploadId: Exchange an image.",
        "createVegaDataUploadSession documentId: An address to send chart data to.",
    )
    yield from _rows(
        "diagrams",
        "delete",
        "deleteImageInDocument documentId imageId: Delete an image.",
        "deleteVegaDataFile documentId fileId: Delete chart data.",
    )


def _organisation() -> Iterator[Tool]:
    yield from _rows(
        "lifecycle",
        "write",
        "createWorkspace name: Create a workspace.",
        "updateWorkspace workspaceId name: Rename a workspace.",
        "createProject workspaceId name: Create a project.",
        "updateProject projectId name: Rename a project.",
        flag="can_lifecycle",
    )
    yield from _rows(
        "permissions",
        "write",
        "upsertResourcePermission workspaceId role level: Change what a role may do. A dry run.",
        flag="can_manage_perms",
    )
    yield from _rows(
        "kg_admin", "write", "kg_rebuild: Rebuild the graph. Ours.", flag="can_manage_kg"
    )
    yield from _rows(
        "billing", "read", "listInvoices: Past invoices. Ours.", flag="can_manage_billing"
    )
    yield from _rows(
        "billing",
        "write",
        "previewSeatChange seats: What more seats would cost; gives a token to apply. Ours.",
        "applySeatChange confirmToken: Spend the money of a preview, once. Ours.",
        flag="can_manage_billing",
    )
    for row in (
        "startSignup: Begin a sign-up: a page to open and a code.",
        "pollSignupStatus code: Where a sign-up stands; tells the key once.",
    ):
        found = next(_rows("signup", "none", row))
        yield Tool(found.name, "signup", "none", found.description, found.parameters, None, True)


_VERBS: tuple[tuple[str, Level, str], ...] = (
    ("list", "read", "workspaceId"),
    ("get", "read", "workspaceId itemId"),
    ("create", "write", "workspaceId name"),
    ("update", "write", "workspaceId itemId name"),
    ("delete", "delete", "workspaceId itemId"),
)
_NOUNS = {
    "plans": "Plan Milestone Task Roadmap Objective KeyResult Sprint Budget",
    "improvements": "Improvement Finding Experiment Metric Baseline Retrospective Survey",
    "architecture": "Decision Principle Capability Component Interface Standard Pattern Quality",
    "risk": "Risk Control Assumption Dependency Incident Exception Audit Evidence",
    "people": "Stakeholder Team Responsibility Skill",
}


def _generated() -> Iterator[Tool]:
    for category, nouns in _NOUNS.items():
        for noun in nouns.split():
            for verb, level, parameters in _VERBS:
                text = f"{verb.capitalize()} {noun} records. Ours, generated to fill the pages."
                yield Tool(f"{verb}{noun}", category, level, text, tuple(parameters.split()))


def _filled(named: Iterable[Tool], generated: Iterable[Tool]) -> tuple[Tool, ...]:
    found = [*named, *generated]
    if len(found) < SIZE:
        raise ValueError(f"There are only {len(found)} tools")
    return tuple(found[:SIZE])


TOOLS = _filled(_named(), _generated())
BY_NAME = {tool.name: tool for tool in TOOLS}
BILLING = frozenset(tool.name for tool in TOOLS if tool.category == "billing")
"""Hidden from clients of some makers (SB-BUILD: sixteen there, three here)."""
