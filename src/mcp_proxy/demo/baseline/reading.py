"""What a host may read beside tools: eight prompts and six resources (systems.md §4.1). Pure.

Four resources are the vendor's by name (SB-README), one of them for each project; the prompts'
names and all texts are ours.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.baseline.catalogue import TOOLS
from mcp_proxy.demo.baseline.estate import CARDS, LEDGER

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.estate import Estate
    from mcp_proxy.demo.baseline.grants import Credential

_PROMPTS = {
    "draft_document": "Draft a document about a topic",
    "review_document": "Review a document for gaps",
    "summarise_project": "Summarise a project",
    "plan_quarter": "Plan a quarter for a topic",
    "record_decision": "Record a decision",
    "explain_diagram": "Explain a diagram",
    "find_improvements": "Find improvements for a topic",
    "onboard_reader": "Introduce somebody to a topic",
}
_TOPIC = {"name": "topic", "description": "What it is about", "required": True}
_HIERARCHY = "sb://projects/{id}/hierarchy"
_PROJECT = re.compile(r"sb://projects/([^/]+)/hierarchy")
_STATIC = {
    "sb://cdmd-guide": "How documents are written",
    "sb://diagram-types": "The kinds of diagrams",
    "sb://server-info": "What this server is",
    "sb://tool-categories": "The categories of tools",
}


class NotThere(Exception):
    """A prompt or a resource that there is not, or not for this credential."""


def prompts() -> list[dict[str, Any]]:
    """The entries of `prompts/list`."""
    return [
        {"name": name, "description": text, "arguments": [_TOPIC]}
        for name, text in _PROMPTS.items()
    ]


def prompt(name: str, arguments: dict[str, str]) -> dict[str, Any]:
    """One prompt, about a topic.

    Raises:
        NotThere: there is none of this name.
    """
    if name not in _PROMPTS:
        raise NotThere(f"Prompt not found: {name}")
    text = f"{_PROMPTS[name]}: {arguments.get('topic', '')}"
    message = {"role": "user", "content": {"type": "text", "text": text}}
    return {"description": _PROMPTS[name], "messages": [message]}


def resources() -> list[dict[str, Any]]:
    """The entries of `resources/list`: the same for everybody."""
    trees = {
        _HIERARCHY.format(id=LEDGER): "Hierarchy of Ledger",
        _HIERARCHY.format(id=CARDS): "Hierarchy of Cards",
    }
    return [
        {"uri": uri, "name": name, "mimeType": "application/json"}
        for uri, name in (_STATIC | trees).items()
    ]


def templates() -> list[dict[str, Any]]:
    """The form of a project's resource."""
    return [{"uriTemplate": _HIERARCHY, "name": "Hierarchy of a project"}]


def resource(uri: str, estate: Estate, credential: Credential | None) -> dict[str, Any]:
    """One resource as JSON.

    Raises:
        NotThere: there is none, or this credential does not reach its project.
    """
    return {
        "contents": [
            {
                "uri": uri,
                "mimeType": "application/json",
                "text": json.dumps(_content(uri, estate, credential)),
            }
        ]
    }


def _content(uri: str, estate: Estate, credential: Credential | None) -> dict[str, Any]:
    if uri == "sb://tool-categories":
        return {"categories": sorted({tool.category for tool in TOOLS})}
    if uri in _STATIC:
        return {"about": _STATIC[uri]}
    found = _PROJECT.fullmatch(uri)
    chain = estate.chain(found[1]) if found else []
    if credential is None or not chain or credential.level(chain) == "none":
        raise NotThere(f"Resource not found: {uri}")
    below = [each.name for each in estate.below(chain[0]) if _is_open(each.id, estate, credential)]
    return {"project": estate.places[chain[0]].name, "contains": below}


def _is_open(place_id: str, estate: Estate, credential: Credential) -> bool:
    return credential.level(estate.chain(place_id)) != "none"
