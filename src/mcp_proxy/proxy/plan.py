"""What to do with one message of the client.

Pure, and the place to begin reading: every kind of message that is not simply
forwarded has its line in `plan` or in `passing`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from mcp_proxy.errors import NotPermitted
from mcp_proxy.proxy.tools.shape import SIGN_IN_TOOL
from mcp_proxy.values import dataclass, field
from mcp_proxy.wire import jsonrpc, mcp, splice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.policy.explanation import Circumstances
    from mcp_proxy.policy.model import Decision
    from mcp_proxy.proxy.tools.view import View
    from mcp_proxy.wire.jsonrpc import Message

METHOD_NOT_FOUND = -32601


@dataclass(frozen=True, slots=True)
class Forward:
    """Send `body` to the gateway."""

    body: bytes = field(repr=False)
    repeatable: bool = False
    """Whether a second delivery does no harm, should the first one's answer be lost."""


@dataclass(frozen=True, slots=True)
class Call:
    """Call a permitted tool: send `body`, write the audit."""

    tool: str
    decision: Decision
    body: bytes = field(repr=False)
    repeatable: bool
    size: int
    """Bytes of the client's message."""
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class ListTools:
    """Ask for a page of tools and surface the permitted ones."""

    body: bytes = field(repr=False)
    cursor: str | None = None


@dataclass(frozen=True, slots=True)
class Refuse:
    """Answer with an error; nothing reaches the gateway."""

    error: NotPermitted
    tool: str
    decision: Decision
    size: int
    arguments: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer with `line`, whatever the gateway does."""

    line: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Greet:
    """The client's `initialize`."""

    body: bytes = field(repr=False)
    requested_version: str


@dataclass(frozen=True, slots=True)
class Settle:
    """The client's `notifications/initialized`."""

    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Cancel:
    """The client no longer waits for `request_id`."""

    request_id: object


@dataclass(frozen=True, slots=True)
class Tell:
    """A notification, or the answer to a request of the gateway: no answer comes back."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """The helper tool that stands in for a list which nobody may see yet."""


@dataclass(frozen=True, slots=True)
class Discover:
    """A client probes: what `initialize` would tell, and nothing begins."""


@dataclass(frozen=True, slots=True)
class Listen:
    """A modern client wants to hear of changes, until it cancels this request."""


Action = Forward | Call | ListTools | Refuse | Answer | Greet | SignIn | Discover | Listen
"""What becomes of a request."""

Passing = Settle | Cancel | Tell
"""What becomes of a message that wants no answer."""


def plan(request: Message, view: View) -> Action:  # noqa: PLR0911 - one for each method
    """What to do with a request, given the tools known so far."""
    match request.method:
        case mcp.TOOLS_CALL:
            return _plan_call(request, view)
        case mcp.TOOLS_LIST:
            cursor = _param(request, "cursor")
            return ListTools(request.raw, cursor if isinstance(cursor, str) else None)
        case mcp.INITIALIZE:
            version = _param(request, "protocolVersion")
            return Greet(request.raw, version if isinstance(version, str) else mcp.LATEST_LEGACY)
        case mcp.PING:
            # Whether we are there: a client asks this of us.
            return Answer(jsonrpc.result(request.request_id, {}))
        case mcp.DISCOVER:
            return Discover()
        case mcp.LISTEN:
            return Listen()
        case _:
            return Forward(request.raw, repeatable=True)


def wants_facts(action: Action) -> bool:
    """Whether what the gateway lists of a tool could change `action`."""
    # Even a name that no allow list has may turn out to be another's alias.
    return isinstance(action, Call) or (
        isinstance(action, Refuse) and action.decision.rule != "deny"
    )


def passing(message: Message) -> Passing:
    """What to do with a notification, or with an answer to the gateway's own request."""
    match message.method:
        case mcp.INITIALIZED:
            return Settle(message.raw)
        case mcp.CANCELLED:
            return Cancel(_param(message, "requestId"))
        case _:
            return Tell()


def _plan_call(message: Message, view: View) -> Action:
    shown = _param(message, "name")
    if not isinstance(shown, str):
        return Forward(message.raw)
    real = view.real_name(shown)
    if shown == SIGN_IN_TOOL and view.tool(real) is None:
        return SignIn()
    tool = view.tool(real)
    arguments = _param(message, "arguments")
    given = arguments if isinstance(arguments, dict) else {}
    decision = view.judge(real, tool, given)
    if not decision.allowed:
        error = refusal(real, decision, view.circumstances)
        return Refuse(error, real, decision, len(message.raw), given)
    body = message.raw if real == shown else _renamed(message.raw, real)
    repeatable = view.only_reads(real, tool, given)
    return Call(real, decision, body, repeatable, len(message.raw), given)


def refusal(
    tool: str, decision: Decision, circumstances: Circumstances | None = None
) -> NotPermitted:
    """The error for a call that a local rule refuses."""
    # Most calls are permitted, and need no words.
    from mcp_proxy.policy.explanation import facts, sentence  # noqa: PLC0415

    return NotPermitted(
        sentence(tool, decision, circumstances),
        facts=facts(tool, decision, circumstances),
        hint="mcp-permit tools --all --why shows every tool and the rule that decides",
    )


def _renamed(raw: bytes, real: str) -> bytes:
    return splice.replace(raw, ("params", "name"), json.dumps(real).encode())


def _param(message: Message, name: str) -> object:
    return message.params.get(name) if isinstance(message.params, dict) else None
