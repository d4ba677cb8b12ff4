"""What may be asked of a gateway about permissions, as far as a preset knows.

Pure data. The answers explain; none of them ever permits.
"""

from __future__ import annotations

from mcp_proxy.values import dataclass, field


@dataclass(frozen=True, slots=True)
class MatrixTool:
    """A tool that tells what an identity may do with each resource (systems.md §7.2)."""

    tool: str
    rows: str
    """JSON pointer into its answer: an array with one object for each resource."""
    name: str
    """In a row: what people call the resource."""
    id: str
    """In a row: what arguments call it."""
    rights: str
    """In a row: an object of booleans by the name of the right."""
    on: str
    """The kind of the resources, as the preset names it."""


@dataclass(frozen=True, slots=True)
class ToolRegister:
    """A list outside MCP of all tools with what each needs (systems.md §3.1, SC-API)."""

    path: str
    """Of the URL, on the gateway's own origin."""
    rows: tuple[str, ...]
    """JSON pointers; the first that leads to an array counts."""
    name: str
    permission: str
    module: str | None = None


@dataclass(frozen=True, slots=True)
class EmptyList:
    """What it may mean that an identity is shown no tools (systems.md §3.9)."""

    causes: tuple[str, ...]
    besides: tuple[str, ...] = ()
    """Tools that everybody is shown; a list of these alone is empty, too."""
    probe: str | None = None
    """A tool that tells who is asking."""


@dataclass(frozen=True, slots=True)
class Enquiry:
    """All that may be asked of one system."""

    matrix: MatrixTool | None = None
    register: ToolRegister | None = None
    empty: EmptyList | None = None
    relist: tuple[tuple[str, str], ...] = field(default=())
    """Tools, and an argument of each: a call that has it may change the list of tools."""
