"""What an HTTP error of the gateway means for a person.

Pure. A JSON-RPC error in its body is an answer and never comes here.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.errors import AuthError, GatewayRefused, InsufficientScope
from mcp_proxy.oauth.challenge import bearer_challenge
from mcp_proxy.oauth.refusal import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.errors import PermitError

OK, ACCEPTED, REDIRECTION = 200, 202, 300
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 400, 401, 403, 404, 405
NOT_IMPLEMENTED = 501
_FORGETFUL = {BAD_REQUEST, 410, 503}
_NOBODYS = (None, "server-error")
"""The id of an error about no request: JSON-RPC's, and that of the mcp SDK's server."""

HINTS = {
    FORBIDDEN: "Ask the gateway's administrator, or sign in as somebody else: "
    "mcp-permit login --again",
    NOT_FOUND: "Nothing is at this path; check the address, a slash at its end included",
    NOT_ALLOWED: "This path takes no MCP requests; check the address",
    429: "The gateway limits how often it is asked; wait a little",
}
"""What to do about a status (ours)."""


def forgets_session(status: int, body: bytes) -> bool:
    """Whether a gateway says that it does not know the session of a request.

    404 says so (MCP 2025-03-26 to 2025-11-25, "Session Management"). Others say it in words,
    and in an error that is no answer to the request (peers.md §8, behaviour 18).
    """
    if status == NOT_FOUND:
        return True
    return status in _FORGETFUL and b"session" in body.lower() and not _answers_a_request(body)


def _answers_a_request(body: bytes) -> bool:
    return _members(body).get("id") not in _NOBODYS


def _members(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _words(body: bytes) -> str | None:
    """What the gateway says about it: in a JSON-RPC error, or as RFC 6750 has it."""
    found = _members(body)
    error = found.get("error")
    said = error.get("message") if isinstance(error, dict) else found.get("error_description")
    return printable(said) if isinstance(said, str) and said else None


def http_error(status: int, headers: Mapping[str, str], body: bytes = b"") -> PermitError:
    """The error for an HTTP answer that is neither a success nor an answer to the request.

    `insufficient_scope` is RFC 6750 §3.1 and MCP 2025-11-25, "Scope Challenge Handling".
    """
    challenge = bearer_challenge(headers)
    if challenge is not None and challenge.error == "insufficient_scope":
        return _scope_error(challenge.scope)
    if REDIRECTION <= status < BAD_REQUEST:
        text = f"The gateway redirects this address (HTTP {status}), and requests never follow"
        place = headers.get("location")
        return GatewayRefused(text, status=status, hint=place and f"Use this address: {place}")
    said = _words(body)
    text = f"The gateway answered HTTP {status}" + (f": {said}" if said else "")
    if status == FORBIDDEN:
        # In the message itself: some clients show nothing else of an error.
        text += (
            ". This account may not use the gateway's MCP endpoint; "
            "to sign in as somebody else: mcp-permit login --again"
        )
    return GatewayRefused(text, status=status, headers=headers, body=body, hint=HINTS.get(status))


def _scope_error(scope: str | None) -> AuthError:
    hint = f'Sign in again with more scope: mcp-permit login --scope "{scope}"' if scope else None
    return InsufficientScope("The sign-in does not cover this use", scope=scope, hint=hint)
