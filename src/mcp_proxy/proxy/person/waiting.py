"""What a client is told while a person is still signing in.

Pure. A host gives up after ten seconds, a person may need minutes: lists wait a
little and then hold a helper tool, calls are answered with the page to open.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import (
    AuthError,
    InsufficientScope,
    PermitError,
    SignInPending,
    SignInRequired,
)
from mcp_proxy.proxy.tools import shape
from mcp_proxy.wire import jsonrpc, mcp

if TYPE_CHECKING:
    from mcp_proxy.login.person import SignInPage
    from mcp_proxy.wire.jsonrpc import Message

LIST_SECONDS = 8.0
"""How long a list waits for a sign-in; the strictest host gives up at 10 (protocol.md §5.2)."""
CALL_SECONDS = 1.5
"""How long a call waits for a sign-in before it explains (peers.md §8, behaviour 9)."""

EMPTY_LISTS = {
    mcp.PROMPTS_LIST: b'{"prompts":[]}',
    mcp.RESOURCES_LIST: b'{"resources":[]}',
    mcp.TEMPLATES_LIST: b'{"resourceTemplates":[]}',
}

CHANGED = {
    mcp.TOOLS_LIST: {mcp.TOOLS_CHANGED},
    mcp.PROMPTS_LIST: {mcp.PROMPTS_CHANGED},
    mcp.RESOURCES_LIST: {mcp.RESOURCES_CHANGED},
    mcp.TEMPLATES_LIST: {mcp.RESOURCES_CHANGED},
}
"""What to announce once the real list can be had."""


def patience(method: str | None) -> float:
    """Seconds that a request waits for a sign-in."""
    is_list = method == mcp.TOOLS_LIST or method in EMPTY_LISTS
    return LIST_SECONDS if is_list else CALL_SECONDS


def pending(page: SignInPage | None, *, is_step_up: bool = False) -> SignInPending:
    """The error of a request that waited in vain for a person."""
    where = page.deed if page is not None else "finish the sign-in page that is open in a browser"
    what = (
        "A person must agree to more access first, which this use needs"
        if is_step_up
        else "A person must sign in to the gateway first"
    )
    return SignInPending(
        what,
        url=None if page is None else page.url,
        user_code=None if page is None else page.user_code,
        hint=f"To sign in, {where} and then ask again; nothing was carried out",
    )


def instead(message: Message, error: PermitError, last_seen: bytes | None) -> bytes:
    """What to answer where `error` keeps the gateway's answer away.

    `last_seen` is the result of the last snapshot. The error itself is raised
    where nothing stands in for an answer.
    """
    if last_seen is not None:
        return jsonrpc.result_raw(message.request_id, last_seen)
    if not _helps_to_wait(error):
        raise error
    if message.method == mcp.TOOLS_LIST:
        return jsonrpc.result_raw(message.request_id, shape.sign_in_list())
    if message.method == mcp.TOOLS_CALL:
        return shape.tool_text(message.request_id, error.in_full(), is_error=True)
    if message.method in EMPTY_LISTS:
        return jsonrpc.result_raw(message.request_id, EMPTY_LISTS[message.method])
    raise error


def _helps_to_wait(error: PermitError) -> bool:
    # A plain SignInRequired comes from a token that no person can renew here.
    if isinstance(error, SignInPending):
        return True
    hopeless = isinstance(error, (SignInRequired, InsufficientScope))
    return isinstance(error, AuthError) and not hopeless
