"""Who asks the gateway: the bearer of a token or of an API key, or nobody.

RFC 6750; RFC 9728 §5.1 where the gateway is described. What each caller may do then is the
business of the world.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.responses import JSONResponse, Response

from mcp_proxy.demo.ledger import Family

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from mcp_proxy.demo.keys import Keys
    from mcp_proxy.demo.ledger import Ledger
    from mcp_proxy.demo.metadata import Metadata
    from mcp_proxy.demo.switches import Counters, Faults


class Bearers:
    """The check of credentials at one gateway, for its MCP endpoint and what else it serves."""

    def __init__(
        self,
        metadata: Metadata,
        ledger: Ledger,
        keys: Keys,
        faults: Faults,
        counters: Counters,
        now: Callable[[], float],
    ) -> None:
        self._metadata, self._ledger, self._keys = metadata, ledger, keys
        self._faults, self._counters, self._now = faults, counters, now

    def credential(self, request: Request) -> str:
        """What the request brings, whole and unchecked; empty where it brings nothing."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token
        header = self._metadata.layout.key_header
        return request.headers.get(header, "") if header else ""

    def family(self, request: Request) -> Family | None:
        """The grant behind a request, while it is good; its account is put into the scope."""
        token = self.credential(request)
        found = self._ledger.bearer(token) or self._of_key(token)
        if found is None or found.resource != self._metadata.resource:
            self._counters.unauthorized += 1
            return None
        self._counters.last_used[found.identity.name] = self._now()
        request.scope["identity"] = found.identity
        request.scope["user"] = _user(found, token, self._metadata.issuer)
        return found

    def _of_key(self, token: str) -> Family | None:
        key = self._keys.bearer(token)
        if key is None:
            return None
        layout = self._metadata.layout
        return Family(key.account, key.label, self._metadata.resource, layout.scope)

    def challenge(self, request: Request) -> dict[str, str]:
        """The header of a 401 (RFC 6750 §3), with RFC 9728's pointer where there is one."""
        parts = [f'realm="{self._metadata.layout.realm}"']
        if request.headers.get("authorization"):
            parts += ['error="invalid_token"', 'error_description="The access token has ended"']
        return {"WWW-Authenticate": "Bearer " + ", ".join(parts + self._pointer())}

    def refused(self, request: Request) -> Response:
        """401 for a request whose credential is missing or not good."""
        challenge = self.challenge(request) if self._faults.challenges else None
        return JSONResponse({"error": "invalid_token"}, 401, challenge)

    def step_up(self, family: Family, message: dict[str, Any]) -> Response | None:
        """403 for a tool that needs another scope (MCP 2025-11-25, Scope Challenge Handling)."""
        challenge = self.lacking(family, message)
        if challenge is None:
            return None
        return JSONResponse({"error": "insufficient_scope"}, 403, challenge)

    def lacking(self, family: Family, message: dict[str, Any]) -> dict[str, str] | None:
        """The header of that 403, where it is due."""
        lacking = self._faults.scopes.get(called(message))
        if lacking is None or lacking in family.scope.split():
            return None
        self._counters.scope_refusals += 1
        parts = ['Bearer error="insufficient_scope"', f'scope="{lacking}"', *self._pointer()]
        return {"WWW-Authenticate": ", ".join(parts)}

    def _pointer(self) -> list[str]:
        place = self._metadata.resource_url
        return [] if place is None else [f'resource_metadata="{place}"']


def called(message: dict[str, Any]) -> str:
    """The tool that a message calls; empty where it calls none."""
    is_call = message.get("method") == "tools/call"
    return str((message.get("params") or {}).get("name")) if is_call else ""


def _user(family: Family, token: str, issuer: str) -> AuthenticatedUser:
    """Whom the SDK binds a session to: the account, whatever its token is today."""
    name, claims = family.identity.name, {"iss": issuer, "sub": family.identity.name}
    access = AccessToken(token=token, client_id=family.client_id, scopes=[], subject=name)
    return AuthenticatedUser(access.model_copy(update={"claims": claims}))
