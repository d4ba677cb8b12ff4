"""What to ask for.

Follows MCP 2026-07-28, Authorization, "Scope Selection Strategy", and SEP-2207 for
`offline_access`. A scope that nobody named is never invented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mcp_proxy.oauth.challenge import Challenge
    from mcp_proxy.oauth.model import AuthorizationServer, ProtectedResource

_OFFLINE_ACCESS = "offline_access"


def scope_to_request(
    configured: str | None,
    challenge: Challenge | None,
    resource: ProtectedResource | None,
    server: AuthorizationServer,
) -> str | None:
    """The scope of the authorization request, or None to send none.

    In this order: what the profile says, exactly; what the challenge names; all that
    the gateway supports; nothing. `offline_access` comes with the middle two where the
    authorization server lists it; alone it would turn "the default" into "nothing else".
    """
    if configured is not None:
        return configured or None
    supported = resource.scopes_supported if resource is not None else None
    asked = (challenge and challenge.scope) or " ".join(supported or ())
    can_stay = _OFFLINE_ACCESS in (server.scopes_supported or ())
    return united(asked, _OFFLINE_ACCESS if asked and can_stay else None)


def scope_to_step_up(
    configured: str | None,
    granted: str | None,
    challenge: Challenge | None,
    server: AuthorizationServer,
) -> str | None:
    """The scope of a new authorization request after a 403 `insufficient_scope`.

    All that was granted or is configured, and what the challenge wants (SEP-2350): a token
    with only the new scopes would fail at the next use of the old ones. `offline_access`
    as in `scope_to_request`, for servers do not repeat it among what they grant.
    """
    first = scope_to_request(configured, challenge, None, server)
    return united(granted, challenge.scope if challenge is not None else None, first)


def is_covered(scope: str | None, by: str | None) -> bool:
    """Whether every scope of `scope` is one of `by`."""
    return set((scope or "").split()) <= set((by or "").split())


def united(*scopes: str | None) -> str | None:
    """Every scope of `scopes` once, in order; None when there is none."""
    names = dict.fromkeys(name for scope in scopes if scope for name in scope.split())
    return " ".join(names) or None
