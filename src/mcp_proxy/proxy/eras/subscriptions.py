"""What a modern host listens to: its open `subscriptions/listen` requests.

Each is acknowledged before anything else is told on it, and whatever is told carries its
id. Changes come from the gateway, and from us: a sign-in can change the tools. Pure.
Follows MCP 2026-07-28, "Subscriptions".
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from mcp_proxy.errors import LocalProtocolError
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mcp_proxy.wire.jsonrpc import Id, Message

    Filter = Mapping[str, Any]

CHANGES: Final = {
    mcp.TOOLS_CHANGED: "toolsListChanged",
    mcp.PROMPTS_CHANGED: "promptsListChanged",
    mcp.RESOURCES_CHANGED: "resourcesListChanged",
}
"""The notifications of changed lists, and what a filter calls them."""
URIS: Final = "resourceSubscriptions"


def wanted(request: Message) -> Filter:
    """What a `subscriptions/listen` asks for: no other kinds, and nothing that is not wanted.

    Raises:
        LocalProtocolError: -32602, its filter is missing or malformed.
    """
    params = request.params if isinstance(request.params, dict) else {}
    found = params.get("notifications")
    asked = found if isinstance(found, dict) else {URIS: 0}
    uris = [] if asked.get(URIS) is None else asked[URIS]
    if not isinstance(uris, list) or not all(isinstance(uri, str) for uri in uris):
        text = "subscriptions/listen wants a filter: an object, with its URIs as strings"
        raise LocalProtocolError(text, code=mcp.INVALID_PARAMS, request_id=request.request_id)
    kinds = {kind: True for kind in CHANGES.values() if asked.get(kind) is True}
    return kinds | ({URIS: list(dict.fromkeys(uris))} if uris else {})


def agreed(asked: Filter, capabilities: Mapping[str, Any], uris: Iterable[str]) -> Filter:
    """The part of a filter that can be honoured before a gateway with these capabilities.

    `uris` are the resources that the gateway has agreed to tell of. Changed tools can always
    be told: a sign-in or a policy changes what is surfaced.
    """
    has = {"toolsListChanged": True}
    has["promptsListChanged"] = "prompts" in capabilities
    has["resourcesListChanged"] = "resources" in capabilities
    kinds = {kind: True for kind in CHANGES.values() if kind in asked and has[kind]}
    told = list(uris)
    return kinds | ({URIS: told} if told else {})


def acknowledgement(subscription: Id, filter_: Filter) -> bytes:
    """The first message of a subscription."""
    meta = {mcp.META_SUBSCRIPTION_ID: subscription}
    return jsonrpc.notification(mcp.ACKNOWLEDGED, {mcp.META: meta, "notifications": filter_})


def _ended(subscription: Id, server_info: bytes) -> bytes:
    """The answer to a `subscriptions/listen` that ends because we do."""
    meta = [
        (mcp.META_SUBSCRIPTION_ID, json.dumps(subscription).encode()),
        (mcp.META_SERVER_INFO, server_info),
    ]
    told = [(mcp.RESULT_TYPE, b'"complete"'), (mcp.META, splice.object_of(meta))]
    return jsonrpc.result_raw(subscription, splice.object_of(told))


class Subscriptions:
    """The subscriptions of one host, from their acknowledgement to their end."""

    def __init__(self) -> None:
        self._open: dict[Id, Filter] = {}

    def lines(self, message: Message) -> list[bytes]:
        """What the host hears of a notification: nothing, or once for each who wants it."""
        params = message.params if isinstance(message.params, dict) else {}
        meta = params.get(mcp.META)
        subscription = meta.get(mcp.META_SUBSCRIPTION_ID) if isinstance(meta, dict) else None
        if message.method == mcp.ACKNOWLEDGED:
            return self._begin(subscription, params.get("notifications"), message.raw)
        is_change = message.method in CHANGES or message.method == mcp.RESOURCE_UPDATED
        if subscription is not None or not is_change:
            return [message.raw]
        return [_tagged(message, one) for one in self._listening(message.method, params)]

    def end(self, subscription: Id) -> None:
        """Tell nothing any more under this id."""
        self._open.pop(subscription, None)

    def close(self, server_info: bytes) -> dict[Id, bytes]:
        """End all; the answers that say so."""
        answers = {subscription: _ended(subscription, server_info) for subscription in self._open}
        self._open.clear()
        return answers

    def _begin(self, subscription: object, filter_: object, line: bytes) -> list[bytes]:
        # One acknowledgement each, whoever gives another.
        if not jsonrpc.is_id(subscription) or subscription in self._open:
            return []
        self._open[subscription] = filter_ if isinstance(filter_, dict) else {}
        return [line]

    def _listening(self, method: str | None, params: Mapping[str, Any]) -> list[Id]:
        if method in CHANGES:
            return [one for one, told in self._open.items() if told.get(CHANGES[method])]
        with_uris = [one for one, told in self._open.items() if told.get(URIS)]
        exact = [one for one in with_uris if params.get("uri") in self._open[one][URIS]]
        # It may be part of what was subscribed to, and nothing says of which.
        return exact or with_uris


def _tagged(message: Message, subscription: Id) -> bytes:
    raw, tag = message.raw, json.dumps(subscription).encode()
    params = message.params if isinstance(message.params, dict) else None
    if params is None:
        raw = splice.replace(raw, ("params",), b"{}")
    if params is None or not isinstance(params.get(mcp.META), dict):
        raw = splice.replace(raw, ("params", mcp.META), b"{}")
    return splice.replace(raw, ("params", mcp.META, mcp.META_SUBSCRIPTION_ID), tag)
