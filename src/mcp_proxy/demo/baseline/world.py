"""A Stable Baseline on one loopback address, with the keys and the sign-in of its documentation.

async with BaselineWorld.start() as world:
    world.url, world.secrets["sta_r"]
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Literal, cast

from mcp_proxy.demo.application import CODE_GRANTS, Application
from mcp_proxy.demo.baseline.catalogue import BY_NAME
from mcp_proxy.demo.baseline.consent import FIRST_SCOPE, SCOPES, BaselineGranting
from mcp_proxy.demo.baseline.estate import fresh_estate
from mcp_proxy.demo.baseline.gateway import Gateway
from mcp_proxy.demo.baseline.grants import ROLES, Credential, Grant, checked
from mcp_proxy.demo.baseline.keys import EXPIRIES, KEYS, Expiry
from mcp_proxy.demo.baseline.orders import Orders
from mcp_proxy.demo.baseline.signup import SignUps
from mcp_proxy.demo.baseline.signup_page import PATH, SignUpPage
from mcp_proxy.demo.baseline.switches import BaselineFaults
from mcp_proxy.demo.bearer import called
from mcp_proxy.demo.layout import Layout
from mcp_proxy.demo.world import REDIRECT_URI, Deed, World
from mcp_proxy.oauth.model import DEVICE_CODE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from mcp_proxy.demo.authorization import Consent
    from mcp_proxy.demo.baseline.grants import Level, Mode

Document = Literal["A", "B"]
"""Which of the vendor's contradicting documents is right about the OAuth endpoints (C5)."""

CLIENT_ID = "sb-demo"
_WELL_KNOWN, _CLOUD = "/.well-known/oauth-authorization-server", "/functions/v1/cloud-serve"
_DEEDS = frozenset({"tools/call", "prompts/get", "resources/read"})
"""What a credential is needed for even where the list is open; ours."""

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ23456789"


def _layout(prefix: str, issuer_path: str, *, signs_in_elsewhere: bool) -> Layout:
    return Layout(
        title="Stable Baseline",
        realm="stable-baseline",
        mcp_path=f"{_CLOUD}/mcp",
        issuer_path=issuer_path,
        metadata_paths={
            "protected-resource": _WELL_KNOWN + issuer_path,
            "root": _WELL_KNOWN,
            "prefixed": prefix + _WELL_KNOWN,
        },
        authorize=f"{prefix}/authorize",
        token=f"{prefix}/token",
        revoke=f"{prefix}/revoke",
        register=f"{prefix}/register",
        device=f"{prefix}/device_authorization",
        device_page=f"{prefix}/device",
        scope=FIRST_SCOPE,
        scopes=SCOPES,
        access_prefix="sbo_",
        refresh_prefix="sbr_",
        has_public_clients=True,
        signs_in_elsewhere=signs_in_elsewhere,
        key_prefix="sta_",
        key_header="x-api-key",
    )


LAYOUTS: Mapping[Document, Layout] = {
    "A": _layout("/oauth", "", signs_in_elsewhere=True),
    "B": _layout(f"{_CLOUD}/oauth", _CLOUD, signs_in_elsewhere=False),
}


class BaselineWorld(World):
    """An organisation with three workspaces, people by role, and keys that are narrower.

    Args:
        port: where to listen; 0: anywhere.
        document: which OAuth endpoints there are.
        consent: whether somebody has to choose on a page.
        faults: how it misbehaves.
        redirect_uri: of the one client that was set up by hand; others register themselves.
        json_answers: JSON bodies instead of event streams.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        document: Document = "B",
        consent: Consent = "scripted",
        faults: BaselineFaults | None = None,
        redirect_uri: str = REDIRECT_URI,
        json_answers: bool = False,
    ) -> None:
        self.switches = faults or BaselineFaults()
        super().__init__(LAYOUTS[document], port, self.switches)
        self.client_id, self.redirect_uri = CLIENT_ID, redirect_uri
        self.estate = fresh_estate()
        self.accounts = ROLES
        self.orders = Orders(secrets.token_hex)
        self.sign_ups = SignUps(self.clock, _code)
        self.secrets = {
            name: self.issue(name, grant, role=role) for name, (role, grant, _) in KEYS.items()
        }
        """The keys by name: nobody else is told."""
        grants = CODE_GRANTS | {DEVICE_CODE}
        granting = BaselineGranting(self.estate, self.switches)
        by_hand = Application(CLIENT_ID, None, redirect_uri, grants)
        sign_up = SignUpPage(self.sign_ups, granting, self.keys.issue, self.layout.title)
        routes = self.sign_in_routes([by_hand], consent, granting=granting)
        self.gateway = Gateway(
            self.estate,
            self.orders,
            self.sign_ups,
            self.origin + PATH,
            self.switches,
            self.counters,
        )
        self.furnish(
            self.gateway,
            self._admit,
            [*routes, *sign_up.routes()],
            revision="2025-03-26",
            json_answers=json_answers,
        )

    def issue(
        self, name: str, grant: Grant, *, role: str = "owner", expiry: Expiry = "never"
    ) -> str:
        """A new key, told this once.

        Raises:
            InvalidGrant: nobody may have such a grant.
        """
        who = Credential(name, ROLES[role], checked(grant, self.estate.chain))
        return self.keys.issue(name, who, life_seconds=EXPIRIES[expiry])

    def deeds(self) -> dict[str, Deed]:
        """Those of every world, and another grant for a key."""
        return super().deeds() | {"regrant": self._regrant}

    async def _regrant(
        self, name: str, scope: dict[str, Level], mode: Mode = "simple", flags: Sequence[str] = ()
    ) -> None:
        await self.regrant(name, Grant(scope, frozenset(flags), mode))

    async def regrant(self, name: str, grant: Grant) -> None:
        """Change what a key may do from now on, and tell all sessions that the list is another.

        Raises:
            InvalidGrant: nobody may have such a grant.
            KeyError: there is no such key.
        """
        key = self.keys.by_label()[name]
        role = cast("Credential", key.account).role
        key.account = Credential(name, role, checked(grant, self.estate.chain))
        await self.gateway.tools_changed()

    def _admit(self, request: Request, message: dict[str, Any]) -> Response | None:
        """Whoever has a credential, and for some things whoever comes (systems.md §4.6)."""
        if not self.bearers.credential(request) and self._is_open(request, message):
            return None
        family = self.bearers.family(request)
        if family is None:
            return self.bearers.refused(request)
        return self.bearers.step_up(family, message)

    def _is_open(self, request: Request, message: dict[str, Any]) -> bool:
        if not self.switches.anonymous_list or request.headers.get("authorization"):
            return False
        tool = BY_NAME.get(called(message))
        is_sign_up = tool is not None and tool.is_anonymous
        return is_sign_up or message.get("method") not in _DEEDS


def _code() -> str:
    """Six characters, and no word among them (RFC 8628 §6.1)."""
    return "".join(secrets.choice(_LETTERS) for _ in range(6))
