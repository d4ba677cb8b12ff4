"""The ScaiMCP world: who may come in, and what the others are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from mcp_proxy.demo.scaimcp.refusals import STATUS
from mcp_proxy.demo.scaimcp.switches import SCAI_FAULTS, ScaiFaults
from scai_person import ACCEPT, called, in_world, listed, post, rest
from test_demo_scaimcp_flows import signed_in

if TYPE_CHECKING:
    from mcp_proxy.demo.scaimcp.world import ScaiWorld

DISCOVERY = "/api/v1/platform/oauth/.well-known/openid-configuration"


def test_sign_in_is_found_where_scaikey_has_it_and_needs_no_secret() -> None:
    """SK-OAUTH: discovery; PKCE S256 for public clients; RFC 9728 is ours."""

    async def scenario(world: ScaiWorld) -> None:
        assert world.url == world.origin + "/mcp"
        refused = await post(world, None, "tools/list")
        place = refused.headers["www-authenticate"].partition('resource_metadata="')[2][:-1]
        described = (await rest(world, None, place.removeprefix(world.origin))).json()
        assert described["authorization_servers"] == [world.issuer]
        found = (await rest(world, None, DISCOVERY)).json()
        assert found["issuer"] == world.issuer == world.origin + "/api/v1/platform/oauth"
        assert "none" in found["token_endpoint_auth_methods_supported"]
        assert found["code_challenge_methods_supported"] == ["S256"]
        assert "device_authorization_endpoint" in found

    in_world(scenario)


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (None, "AUTH_TOKEN_MISSING"),
        ("{key}", "AUTH_TOKEN_MISSING"),
        ("Bearer sgk_of-another-deployment", "AUTH_TOKEN_INVALID"),
        ("Bearer sgs_service", "SERVICE_TOKEN_INVALID"),
        ("Bearer {revoked}", "AUTH_TOKEN_INVALID"),
        ("Bearer {over}", "AUTH_TOKEN_INVALID"),
        ("Bearer {expired}", "SESSION_EXPIRED"),
        ("Bearer {ended}", "AUTH_TOKEN_INVALID"),
    ],
)
def test_a_credential_that_is_not_good_is_refused_by_its_code(
    header: str | None, code: str
) -> None:
    """SC-ERRC; SC-TRBL: missing `Bearer `, expired, revoked, another deployment."""

    async def scenario(world: ScaiWorld) -> None:
        facts = {"key": world.key("user"), "revoked": world.key("agent")}
        facts["over"] = world.key("viewer", life_seconds=-1)
        world.keys.revoke("agent")
        ended, expired = await signed_in(world, "user"), await signed_in(world, "user")
        world.expire_tokens()
        world.ledger.revoke(ended["access_token"])
        facts |= {"expired": expired["access_token"], "ended": ended["access_token"]}
        sent = {} if header is None else {"Authorization": header.format(**facts)}
        async with httpx2.AsyncClient(headers=ACCEPT | sent) as client:
            for path in ("/mcp", "/v1/modules/scaimcp/tools"):
                method = "POST" if path == "/mcp" else "GET"
                answer = await client.request(method, world.origin + path)
                assert answer.status_code == 401
                assert answer.json()["error"]["code"] == code
        assert world.counters.unauthorized == 2

    in_world(scenario)


def test_a_key_that_is_revoked_ends_at_once() -> None:
    """SC-AUTH, SC-USERS: in-flight requests included."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key("agent")
        assert (await called(world, key, "me_get"))["name"] == "agent"
        world.keys.revoke("agent")
        assert (await post(world, key, "tools/list")).status_code == 401
        again = world.key("agent")
        assert (await post(world, key, "tools/list")).status_code == 401
        assert (await post(world, again, "tools/list")).status_code == 200

    in_world(scenario)


def test_a_jwt_lasts_an_hour() -> None:
    """SC-AUTH; by the world's clock."""

    async def scenario(world: ScaiWorld) -> None:
        token = (await signed_in(world, "viewer"))["access_token"]
        world.clock.advance(3590)
        assert len(await listed(world, token)) == 6
        world.clock.advance(11)
        answer = await post(world, token, "tools/list")
        assert answer.json()["error"]["code"] == "SESSION_EXPIRED"

    in_world(scenario, consent="person")


@pytest.mark.parametrize("code", STATUS)
def test_it_can_be_told_to_refuse_with_any_code(code: str) -> None:
    """systems.md §7.4: one case per code."""

    async def scenario(world: ScaiWorld) -> None:
        answer = await post(world, world.key("super"), "tools/list")
        assert answer.status_code == STATUS[code]
        assert answer.json()["error"]["code"] == code
        assert ("www-authenticate" in answer.headers) == (STATUS[code] == 401)

    in_world(scenario, faults=ScaiFaults(refusal=code))


def test_a_tool_may_want_a_scope_that_a_token_lacks() -> None:
    """SC-ERRC: AUTH_INSUFFICIENT_SCOPE."""

    async def scenario(world: ScaiWorld) -> None:
        world.faults.scopes["models_list"] = "offline_access"
        answer = await post(world, world.key("user"), "tools/call", name="models_list")
        assert answer.status_code == 403
        assert answer.json()["error"]["code"] == "AUTH_INSUFFICIENT_SCOPE"
        assert 'scope="offline_access"' in answer.headers["www-authenticate"]

    in_world(scenario)


@pytest.mark.parametrize(
    ("fault", "gone"), [("module-off", "bunker_exec"), ("remote-down", "remote.tenant.")]
)
def test_a_world_may_begin_with_a_fault(fault: str, gone: str) -> None:
    """systems.md §7.6: switches."""

    async def scenario(world: ScaiWorld) -> None:
        assert not any(name.startswith(gone) for name in await listed(world, world.key("super")))

    options: dict[str, Any] = SCAI_FAULTS[fault]
    in_world(scenario, faults=ScaiFaults(**options))


def test_nobody_gets_a_key_who_is_not_there() -> None:
    """Ours."""

    async def scenario(world: ScaiWorld) -> None:
        with pytest.raises(KeyError):
            world.key("nobody")

    in_world(scenario)
