"""What an HTTP error of the gateway means for a person.

Pure. A JSON-RPC error in its body is an answer and never comes here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import AuthError, GatewayRefused, InsufficientScope
from mcp_proxy.oauth.challenge import bearer_challenge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.errors import PermitError

OK, ACCEPTED, REDIRECTION = 200, 202, 300
BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED = 400, 401, 403, 404, 405
NOT_IMPLEMENTED = 501

HINTS = {
    FORBIDDEN: "This account may not use the gateway's MCP endpoint; ask its administrator",
    NOT_FOUND: "Nothing is at this path; check the address, a slash at its end included",
    NOT_ALLOWED: "This path takes no MCP requests; check the address",
    429: "The gateway limits how often it is asked; wait a little",
}
"""What to do about a status (ours)."""


def http_error(status: int, headers: Mapping[str, str]) -> PermitError:
    """The error for an HTTP answer that is neither a success nor JSON-RPC.

    `insufficient_scope` is RFC 6750 §3.1 and MCP 2025-11-25, "Scope Challenge Handling".
    """
    challenge = bearer_challenge(headers)
    if challenge is not None and challenge.error == "insufficient_scope":
        return _scope_error(challenge.scope)
    if REDIRECTION <= status < BAD_REQUEST:
        text = f"The gateway redirects this address (HTTP {status}), and requests never follow"
        place = headers.get("location")
        return GatewayRefused(text, status=status, hint=place and f"Use this address: {place}")
    text = f"The gateway answered HTTP {status}"
    return GatewayRefused(text, status=status, hint=HINTS.get(status))


def _scope_error(scope: str | None) -> AuthError:
    hint = f'Sign in again with more scope: mcp-permit login --scope "{scope}"' if scope else None
    return InsufficientScope("The sign-in does not cover this use", scope=scope, hint=hint)
