"""ScaiMCP with ScaiLink on one loopback address: the gateway, ScaiKey, and the REST surfaces.

async with ScaiWorld.start() as world:
    world.url, world.client_id      sign in as one of `world.accounts`
    world.key("agent")              or come with an API key of one of them
    world.people["linker"].revoke("scailink:remote.use")
    world.tenant.enabled.discard("scaibunker")
    world.registry.servers["rs-shared"].break_down()
"""

from __future__ import annotations

import json
import secrets
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Any, cast

from mcp_proxy.demo.application import CODE_GRANTS, Application
from mcp_proxy.demo.layout import Layout
from mcp_proxy.demo.scaimcp.events import Events
from mcp_proxy.demo.scaimcp.flows import Flows
from mcp_proxy.demo.scaimcp.gateway import Gateway
from mcp_proxy.demo.scaimcp.limits import Limits
from mcp_proxy.demo.scaimcp.people import Person, agent, people
from mcp_proxy.demo.scaimcp.refusals import STATUS, Refused, response
from mcp_proxy.demo.scaimcp.registering import Registering
from mcp_proxy.demo.scaimcp.remote import Registry, registered
from mcp_proxy.demo.scaimcp.surfaces import Surfaces
from mcp_proxy.demo.scaimcp.switches import ScaiFaults
from mcp_proxy.demo.scaimcp.tenant import fresh_tenant
from mcp_proxy.demo.world import REDIRECT_URI, World
from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from mcp_proxy.demo.authorization import Consent
    from mcp_proxy.demo.ledger import Family
    from mcp_proxy.demo.world import Deed

CLIENT_ID = "scaigrid-mcp-demo"
_PLATFORM = "/api/v1/platform/oauth"
_SCOPE = "openid profile email groups"

LAYOUT = Layout(
    title="ScaiGrid (demo)",
    realm="scaigrid",
    mcp_path="/mcp",
    issuer_path=_PLATFORM,
    metadata_paths={
        "protected-resource": _PLATFORM + "/.well-known/openid-configuration",
        "root": "/.well-known/oauth-authorization-server",
        "prefixed": _PLATFORM + "/.well-known/oauth-authorization-server",
    },
    authorize=_PLATFORM + "/authorize",
    token=_PLATFORM + "/token",
    revoke=_PLATFORM + "/revoke",
    register=_PLATFORM + "/register",
    device=_PLATFORM + "/device/code",
    device_page=_PLATFORM + "/device",
    scope=_SCOPE,
    scopes=frozenset(_SCOPE.split()),
    access_prefix="",
    refresh_prefix="skr_",
    has_public_clients=True,
    key_prefix="sgk_",
)
"""Only the place of the discovery document is documented (SK-OAUTH); the rest stands in it."""


class ScaiWorld(World):
    """An authorization server and ScaiMCP, for one tenant."""

    def __init__(
        self,
        port: int = 0,
        *,
        redirect_uri: str = REDIRECT_URI,
        consent: Consent = "scripted",
        faults: ScaiFaults | None = None,
        revision: str = "2025-11-25",
        json_answers: bool = False,
    ) -> None:
        self.scai_faults = faults or ScaiFaults()
        super().__init__(LAYOUT, port, self.scai_faults, _jwt)
        self.client_id, self.redirect_uri = CLIENT_ID, redirect_uri
        self.people = people()
        self.agent = agent()
        self.accounts = self.people
        self.tenant = fresh_tenant(self.scai_faults.disabled_modules)
        self.registry = Registry(registered(self.people["linker"].user_id))
        if self.scai_faults.remote_is_down:
            self.registry.servers["rs-shared"].break_down()
        self.events = Events(self.clock)
        self.gateway = Gateway(
            self.tenant, self.registry, self.events, self.scai_faults, self.counters
        )
        person = Application(CLIENT_ID, None, redirect_uri, CODE_GRANTS | {DEVICE_CODE})
        surfaces = Surfaces(self._caller, self.people, self.events)
        self.furnish(
            self.gateway,
            self._admit,
            [
                *self.sign_in_routes([person], consent),
                *surfaces.routes(),
                *Registering(self.registry, self.scai_faults).routes(surfaces),
                *Flows(self.metadata, self.ledger, CLIENT_ID, redirect_uri).routes(),
            ],
            revision=revision,
            json_answers=json_answers,
            around=Limits(self._payers, self.scai_faults, self.clock).around,
        )

    def key(self, name: str, *, life_seconds: float | None = None) -> str:
        """The text of a new API key of one of `people`, or of the narrow identity `agent`.

        Raises:
            KeyError: there is nobody of this name.
        """
        person = self.agent if name == "agent" else self.people[name]
        return self.keys.issue(name, person, life_seconds=life_seconds)

    def deeds(self) -> dict[str, Deed]:
        """Those of all worlds, and what an administrator of ScaiGrid does."""
        return super().deeds() | {
            "grant": self._grant,
            "revoke": self._revoke,
            "enable-module": self.tenant.enable,
            "disable-module": self.tenant.disable,
            "break-remote": lambda server: self.registry.servers[server].break_down(),
            "mend-remote": lambda server: self.registry.servers[server].mend(),
        }

    def _grant(self, account: str, permission: str) -> None:
        self.people[account].grant(permission)

    def _revoke(self, account: str, permission: str) -> None:
        self.people[account].revoke(permission)

    def _admit(self, request: Request, message: dict[str, Any]) -> Response | None:
        """Any authenticated identity may speak MCP (SC-PERM)."""
        code = self.scai_faults.refusal
        if code is not None:
            return self._refused(request, Refused(code, "The demo was told to refuse"))
        family = self.bearers.family(request)
        if family is None:
            return self._refused(request, self._why(request))
        challenge = self.bearers.lacking(family, message)
        if challenge is not None:
            refused = Refused("AUTH_INSUFFICIENT_SCOPE", "The token lacks a scope for this tool")
            return response(refused, challenge)
        return None

    def _refused(self, request: Request, refused: Refused) -> Response:
        is_unknown = STATUS[refused.code] == STATUS["AUTH_TOKEN_MISSING"]
        return response(refused, self.bearers.challenge(request) if is_unknown else None)

    def _why(self, request: Request) -> Refused:
        """What is wrong with a credential, as far as its bearer may know (SC-ERRC)."""
        token = self.bearers.credential(request)
        if not token:
            return Refused("AUTH_TOKEN_MISSING", "A bearer token or an API key is needed")
        if self.ledger.has_expired(token):
            return Refused("SESSION_EXPIRED", "The token has expired; refresh it")
        if token.startswith("sgs_"):
            return Refused("SERVICE_TOKEN_INVALID", "The service token is not known here")
        return Refused("AUTH_TOKEN_INVALID", "The token is not known here, or was revoked")

    def _caller(self, request: Request) -> Person:
        """Who asks a REST surface.

        Raises:
            Refused: nobody who is known.
        """
        if self.bearers.family(request) is None:
            raise self._why(request)
        return cast("Person", request.scope["identity"])

    def _payers(self, request: Request) -> dict[str, str]:
        """Whose windows a request counts in."""
        token = self.bearers.credential(request)
        key, family = self.keys.find(token), self.ledger.bearer(token)
        found = key.account if key else family.identity if family else None
        if found is None:
            return {}
        person = cast("Person", found)
        windows = {"user": person.user_id, "tenant": person.tenant, "partner": "demo"}
        return windows | ({"key": key.label} if key else {})


def _jwt(family: Family, ends_at: float) -> str:
    """What looks like a JWT signed with RS256; nobody reads it, and the signature is chance."""
    person = cast("Person", family.identity)
    claims = {
        "sub": person.user_id,
        "tenant": person.tenant,
        "aud": family.resource,
        "scope": family.scope,
        "exp": int(ends_at),
        "jti": secrets.token_hex(8),
    }
    return ".".join(
        (_part({"alg": "RS256", "typ": "JWT"}), _part(claims), secrets.token_urlsafe(64))
    )


def _part(value: dict[str, Any]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
