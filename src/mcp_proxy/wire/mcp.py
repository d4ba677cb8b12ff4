"""The words of MCP that this program acts upon: methods, `_meta` keys, revisions.

Pure data, and the one question which of the two eras a message belongs to.
Follows the MCP revisions 2024-11-05 to 2026-07-28.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from mcp_proxy.wire.jsonrpc import Message

LATEST_LEGACY: Final = "2025-11-25"
LEGACY_REVISIONS: Final = ("2024-11-05", "2025-03-26", "2025-06-18", LATEST_LEGACY)
"""The revisions with a handshake and a session, oldest first."""
MODERN_REVISIONS: Final = ("2026-07-28",)
"""The revisions whose requests each carry their own context."""
REVISIONS: Final = (*reversed(MODERN_REVISIONS), *reversed(LEGACY_REVISIONS))
"""All that we speak, latest first."""

# Requests of the client.
INITIALIZE: Final = "initialize"
DISCOVER: Final = "server/discover"
PING: Final = "ping"
TOOLS_LIST: Final = "tools/list"
TOOLS_CALL: Final = "tools/call"
PROMPTS_LIST: Final = "prompts/list"
PROMPTS_GET: Final = "prompts/get"
RESOURCES_LIST: Final = "resources/list"
TEMPLATES_LIST: Final = "resources/templates/list"
RESOURCES_READ: Final = "resources/read"
RESOURCES_SUBSCRIBE: Final = "resources/subscribe"
RESOURCES_UNSUBSCRIBE: Final = "resources/unsubscribe"
COMPLETE: Final = "completion/complete"
SET_LEVEL: Final = "logging/setLevel"
LISTEN: Final = "subscriptions/listen"

# Requests of the gateway (legacy).
SAMPLING: Final = "sampling/createMessage"
ELICITATION: Final = "elicitation/create"
ELICITATION_COMPLETE: Final = "notifications/elicitation/complete"
ROOTS_LIST: Final = "roots/list"

# Notifications.
INITIALIZED: Final = "notifications/initialized"
CANCELLED: Final = "notifications/cancelled"
PROGRESS: Final = "notifications/progress"
LOG_MESSAGE: Final = "notifications/message"
TOOLS_CHANGED: Final = "notifications/tools/list_changed"
PROMPTS_CHANGED: Final = "notifications/prompts/list_changed"
RESOURCES_CHANGED: Final = "notifications/resources/list_changed"
RESOURCE_UPDATED: Final = "notifications/resources/updated"
ROOTS_CHANGED: Final = "notifications/roots/list_changed"
TASK_STATUS: Final = "notifications/tasks/status"
ACKNOWLEDGED: Final = "notifications/subscriptions/acknowledged"

# Keys of `_meta`.
META: Final = "_meta"
META_PROGRESS: Final = "progressToken"
META_PROTOCOL_VERSION: Final = "io.modelcontextprotocol/protocolVersion"
META_CLIENT_INFO: Final = "io.modelcontextprotocol/clientInfo"
META_CLIENT_CAPABILITIES: Final = "io.modelcontextprotocol/clientCapabilities"
META_LOG_LEVEL: Final = "io.modelcontextprotocol/logLevel"
META_SERVER_INFO: Final = "io.modelcontextprotocol/serverInfo"
META_SUBSCRIPTION_ID: Final = "io.modelcontextprotocol/subscriptionId"

# What a modern result says of itself.
RESULT_TYPE: Final = "resultType"
COMPLETE_RESULT: Final = "complete"
INPUT_REQUIRED: Final = "input_required"

# Errors of JSON-RPC 2.0 §5.1, and those that only the modern era has.
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
HEADER_MISMATCH: Final = -32020
MISSING_CAPABILITY: Final = -32021
UNSUPPORTED_VERSION: Final = -32022
MODERN_ERRORS: Final = frozenset({HEADER_MISMATCH, MISSING_CAPABILITY, UNSUPPORTED_VERSION})

TASKS: Final = "io.modelcontextprotocol/tasks"
"""An extension of the modern era; the tasks of 2025-11-25 are another thing."""

Era = Literal["legacy", "modern"]


def era(message: Message) -> Era:
    """The era in which a client's message speaks.

    Modern requests name their revision in `_meta` (MCP 2026-07-28, Basic); the
    two methods that exist in one era only decide without it.
    """
    if message.method in {INITIALIZE, DISCOVER}:
        return "legacy" if message.method == INITIALIZE else "modern"
    return "modern" if has_envelope(message) else "legacy"


def has_envelope(message: Message) -> bool:
    """Whether a message names its revision in `_meta` (MCP 2026-07-28, Overview)."""
    meta = message.params.get(META) if isinstance(message.params, dict) else None
    return isinstance(meta, dict) and META_PROTOCOL_VERSION in meta
