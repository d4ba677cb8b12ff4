"""An Integration Gateway instance on one loopback address, after its documentation."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from starlette.responses import JSONResponse

from mcp_proxy.demo.application import CODE_GRANTS, Application, hash_of
from mcp_proxy.demo.faults import FAULTS
from mcp_proxy.demo.integration.gateway import Gateway
from mcp_proxy.demo.integration.identities import Identity, identities, service_account
from mcp_proxy.demo.integration.seed import fresh_instance
from mcp_proxy.demo.layout import Layout
from mcp_proxy.demo.switches import Faults
from mcp_proxy.demo.tokens import SERVICE_GRANTS
from mcp_proxy.demo.world import REDIRECT_URI, World
from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from mcp_proxy.demo.authorization import Consent

CLIENT_ID = "ig-mcp-demo"
SERVICE_ID = "ig-service-demo"
SCOPE = "mcp"
WRITE_SCOPE = "mcp:write"
"""Asked for by nobody at first; see `Faults.scopes`."""

SECRET_VARIABLE = "MCP_PERMIT_DEMO_SECRET"  # noqa: S105 - the name of a variable
_WELL_KNOWN = "/.well-known/oauth-authorization-server"

LAYOUT = Layout(
    title="Integration Gateway (DEV)",
    realm="integration-gateway",
    mcp_path="/integrations/mcp/",
    issuer_path="/o",
    metadata_paths={
        "protected-resource": _WELL_KNOWN + "/o",
        "root": _WELL_KNOWN,
        "prefixed": "/o" + _WELL_KNOWN,
    },
    authorize="/o/authorize/",
    token="/o/token/",  # noqa: S106 - a path
    revoke="/o/revoke_token/",
    register="/o/register/",
    device="/o/device_authorization/",
    device_page="/o/device/",
    scope=SCOPE,
    scopes=frozenset({SCOPE, WRITE_SCOPE}),
    access_prefix="iga_",
    refresh_prefix="igr_",
)

INTEGRATION_FAULTS = FAULTS | {"insufficient-scope": {"scopes": {"list_integrations": WRITE_SCOPE}}}
"""What can be made to go wrong here, by name."""


class IntegrationWorld(World):
    """An authorization server and an Integration Gateway instance.

    The client's secret is never a constant: it is made with the world unless it is given.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        client_secret: str | None = None,
        redirect_uri: str = REDIRECT_URI,
        consent: Consent = "scripted",
        faults: Faults | None = None,
        revision: str = "2025-06-18",
        json_answers: bool = False,
        service_key: str | None = None,
    ) -> None:
        super().__init__(LAYOUT, port, faults or Faults())
        self.client_id, self.client_secret = CLIENT_ID, client_secret or secrets.token_urlsafe(24)
        self.redirect_uri = redirect_uri
        self.service = service_account()
        self.service_id, self.service_secret = SERVICE_ID, secrets.token_urlsafe(24)
        self.instance = fresh_instance()
        self.gateway = Gateway(self.instance, self.faults, self.counters)
        self.accounts: dict[str, Identity] = identities()
        routes = self.sign_in_routes(self._set_up(service_key), consent, self.service)
        self.furnish(
            self.gateway, self._admit, routes, revision=revision, json_answers=json_answers
        )

    def _set_up(self, service_key: str | None) -> list[Application]:
        """The clients that an administrator has registered: a person's, and a service account's.

        The latter signs with the private half of `service_key` (PEM, P-256), or has a secret.
        """
        person = Application.registered(CLIENT_ID, self.client_secret, self.redirect_uri)
        person = replace(person, grant_types=CODE_GRANTS | {DEVICE_CODE})
        secret = None if service_key else hash_of(self.service_secret)
        robot = Application(SERVICE_ID, secret, None, SERVICE_GRANTS, service_key)
        return [person, robot]

    def _admit(self, request: Request, message: dict[str, Any]) -> Response | None:
        """Staff only (systems.md §1.4)."""
        family = self.bearers.family(request)
        if family is None:
            return self.bearers.refused(request)
        identity: Identity = request.scope["identity"]
        if not identity.is_staff:
            text = f"{identity.name} is neither Staff nor Superuser; MCP is closed to it"
            return JSONResponse({"error": "forbidden", "error_description": text}, 403)
        return self.bearers.step_up(family, message)

    def approve_runs(self) -> None:
        """Let runs go on that were called with `wait_for_approval`; from any thread."""
        self.soon(self.gateway.approved.set)
