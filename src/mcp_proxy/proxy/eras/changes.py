"""What a modern gateway tells unasked: the filter that asks for it, the tags on it.

A legacy host has never asked: it declared that it listens, and subscribed to resources
one by one. Pure. Follows MCP 2026-07-28, "Subscriptions".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.wire.jsonrpc import Id

KINDS = {
    "toolsListChanged": ("tools", mcp.TOOLS_CHANGED),
    "promptsListChanged": ("prompts", mcp.PROMPTS_CHANGED),
    "resourcesListChanged": ("resources", mcp.RESOURCES_CHANGED),
}
"""For each kind in a filter: the capability that promises it, the notification."""

Filter = dict[str, Any]


def standing_filter(capabilities: Mapping[str, Any], uris: Iterable[str]) -> Filter:
    """What a legacy host hears of a gateway with these capabilities; may be empty."""
    wanted: Filter = {
        kind: True for kind, (owner, _) in KINDS.items() if _changes(capabilities.get(owner))
    }
    subscribed = sorted(uris)
    return wanted | ({"resourceSubscriptions": subscribed} if subscribed else {})


def _changes(capability: object) -> bool:
    return isinstance(capability, dict) and capability.get("listChanged") is True


def listen_request(wanted: Filter, request_id: str) -> bytes:
    """A `subscriptions/listen` of our own."""
    return jsonrpc.request(request_id, mcp.LISTEN, {"notifications": wanted})


def acknowledged(line: bytes) -> Filter | None:
    """The filter that a gateway has agreed to; None where `line` tells something else."""
    if mcp.ACKNOWLEDGED.encode() not in line:
        return None
    message = jsonrpc.parse(line)
    if message.method != mcp.ACKNOWLEDGED:
        return None
    found = message.params.get("notifications") if isinstance(message.params, dict) else None
    return found if isinstance(found, dict) else {}


def honours(agreed: Filter, uri: str) -> bool:
    """Whether a gateway will tell of changes to a resource."""
    found = agreed.get("resourceSubscriptions")
    return isinstance(found, list) and uri in found


def untagged(line: bytes) -> bytes:
    """A notification without the tag of its subscription, which a legacy host does not know."""
    pairs = dict(splice.members(line))
    params = dict(splice.members(pairs.get("params", b"{}")))
    meta = [
        pair
        for pair in splice.members(params.pop(mcp.META, b"{}"))
        if pair[0] != mcp.META_SUBSCRIPTION_ID
    ]
    params |= {mcp.META: splice.object_of(meta)} if meta else {}
    pairs.pop("params", None)
    pairs |= {"params": splice.object_of(params.items())} if params else {}
    return splice.object_of(pairs.items())


def tagged(line: bytes, subscription: Id) -> bytes:
    """A message of a subscription under the id by which the host knows it."""
    holder = "result" if splice.member(line, "params") is None else "params"
    path = (holder, mcp.META, mcp.META_SUBSCRIPTION_ID)
    if splice.member(line, *path) is None:
        return line
    return splice.replace(line, path, json.dumps(subscription).encode())


def missed(agreed: Filter, subscription: Id | None = None) -> list[bytes]:
    """What to tell a host whose stream was away for a while: all of it may have changed.

    A gateway sends nothing again: who listens anew must look anew. With the tag of a
    subscription for a host that has one.
    """
    tag = {} if subscription is None else {mcp.META: {mcp.META_SUBSCRIPTION_ID: subscription}}
    told = [
        jsonrpc.notification(method, tag or None)
        for kind, (_, method) in KINDS.items()
        if agreed.get(kind) is True
    ]
    uris = agreed.get("resourceSubscriptions")
    return told + [
        jsonrpc.notification(mcp.RESOURCE_UPDATED, {"uri": uri} | tag)
        for uri in (uris if isinstance(uris, list) else [])
    ]
