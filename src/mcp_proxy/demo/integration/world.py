"""An Integration Gateway instance on one loopback address, after its documentation."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from mcp_proxy.demo.application import CODE_GRANTS, Application, hash_of, saved
from mcp_proxy.demo.integration.execution import Execution
from mcp_proxy.demo.integration.gateway import Gateway
from mcp_proxy.demo.integration.identities import (
    Group,
    Identity,
    groups,
    identities,
    service_account,
)
from mcp_proxy.demo.integration.seed import fresh_instance
from mcp_proxy.demo.integration.switches import WRITE_SCOPE, IntegrationFaults
from mcp_proxy.demo.layout import Layout
from mcp_proxy.demo.tokens import SERVICE_GRANTS
from mcp_proxy.demo.world import REDIRECT_URI, Deed, World
from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from starlette.requests import Request

    from mcp_proxy.demo.authorization import Consent
    from mcp_proxy.demo.integration.identities import Permission

CLIENT_ID = "ig-mcp-demo"
SERVICE_ID = "ig-service-demo"
ORPHAN_ID = "ig-orphan-demo"
SCOPE = "mcp"

SECRET_VARIABLE = "MCP_PERMIT_DEMO_SECRET"  # noqa: S105 - the name of a variable
_ELSEWHERE = "https://elsewhere.example/integrations/mcp/"
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

Environment = Literal["DEV", "TEST", "PROD"]
"""Each is an instance of its own (systems.md §2.4)."""


class IntegrationWorld(World):
    """An authorization server and an Integration Gateway instance.

    Secrets are never constants: they are made with the world unless they are given.

    Args:
        port: where to listen; 0: anywhere.
        environment: which of the three instances it is.
        client_secret: of the one application for people.
        redirect_uri: of the same; exact.
        consent: whether somebody has to choose on a page.
        faults: how it misbehaves.
        revision: the newest MCP revision that is spoken.
        json_answers: JSON bodies instead of event streams.
        service_key: PEM, P-256: the service account's application signs with its private half.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        environment: Environment = "DEV",
        client_secret: str | None = None,
        redirect_uri: str = REDIRECT_URI,
        consent: Consent = "scripted",
        faults: IntegrationFaults | None = None,
        revision: str = "2025-06-18",
        json_answers: bool = False,
        service_key: str | None = None,
    ) -> None:
        self.switches = faults or IntegrationFaults()
        layout = replace(LAYOUT, title=f"Integration Gateway ({environment})")
        super().__init__(layout, port, self.switches)
        self.client_id, self.client_secret = CLIENT_ID, client_secret or secrets.token_urlsafe(24)
        self.redirect_uri = redirect_uri
        self.service = service_account()
        self.service_id, self.service_secret = SERVICE_ID, secrets.token_urlsafe(24)
        self.orphan_id, self.orphan_secret = ORPHAN_ID, secrets.token_urlsafe(24)
        self.service_password = secrets.token_urlsafe(24)
        self.instance = fresh_instance(environment)
        self.gateway = Gateway(self.instance, self.switches, self.counters)
        self.accounts: dict[str, Identity] = identities()
        self.groups: dict[str, Group] = groups()
        routes = self.sign_in_routes(self._set_up(service_key), consent, self.service)
        slashless = Route(LAYOUT.mcp_path.rstrip("/"), self._slashless, methods=["GET", "POST"])
        self.furnish(
            self.gateway,
            self._admit,
            [*routes, self._execution().route(), slashless],
            revision=revision,
            json_answers=json_answers,
        )

    @property
    def saved_secret(self) -> str:
        """What somebody copies who looks up the secret of an application that was saved."""
        return saved(self.client_secret)

    def _set_up(self, service_key: str | None) -> list[Application]:
        """The clients that an administrator has registered, the last one not completely."""
        person = Application.registered(CLIENT_ID, self.client_secret, self.redirect_uri)
        person = replace(person, grant_types=CODE_GRANTS | {DEVICE_CODE})
        secret = None if service_key else hash_of(self.service_secret)
        robot = Application(SERVICE_ID, secret, None, SERVICE_GRANTS, service_key)
        orphan = Application(
            ORPHAN_ID, hash_of(self.orphan_secret), None, SERVICE_GRANTS, has_account=False
        )
        return [person, robot, orphan]

    def _execution(self) -> Execution:
        password, counters = self.service_password, self.counters
        return Execution(self.gateway, self.bearers, self.service, password, counters, self.clock)

    async def _slashless(self, _request: Request) -> Response:
        """The endpoint without its last slash (systems.md §7.2)."""
        match self.switches.slashless:
            case "missing":
                return Response(status_code=404)
            case "elsewhere":
                return RedirectResponse(_ELSEWHERE)
        return RedirectResponse(self.url)

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

    def deeds(self) -> dict[str, Deed]:
        """Those of every world, groups, grants, and what other people do."""
        return super().deeds() | {
            "join-group": self.join,
            "leave-group": self.leave,
            "grant": self.grant,
            "revoke-grant": self.revoke_grant,
            "somebody-saves": self.somebody_saves,
            "approve-runs": self.approve_runs,
        }

    def join(self, account: str, group: str) -> None:
        """Make an account a member: it has at once what the group has.

        Raises:
            KeyError: there is no such account, or no such group.
        """
        self.accounts[account].groups[group] = self.groups[group]

    def leave(self, account: str, group: str) -> None:
        """End a membership, and what came of it.

        Raises:
            KeyError: there is no such account, or it is no member.
        """
        del self.accounts[account].groups[group]

    def grant(self, account: str, permission: Permission, integration_id: int) -> None:
        """Give an account one of the four permissions on an integration.

        Raises:
            KeyError: there is no such account.
        """
        self.accounts[account].grants.setdefault(integration_id, set()).add(permission)

    def revoke_grant(self, account: str, permission: Permission, integration_id: int) -> None:
        """Take it away again.

        Raises:
            KeyError: there is no such account, or it has no such permission.
        """
        self.accounts[account].grants[integration_id].remove(permission)

    def somebody_saves(self, integration_id: int) -> None:
        """Let somebody else save an integration: who has read it before has an older state."""
        self.instance.integrations[integration_id].last_saved = self.instance.save()

    def approve_runs(self) -> None:
        """Let runs go on that were called with `wait_for_approval`; from any thread."""
        self.soon(self.gateway.approved.set)
