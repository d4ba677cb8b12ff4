"""ScaiGrid's own way to a JWT."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from mcp_proxy.demo.browser import sign_in
from mcp_proxy.demo.ledger import s256
from scai_person import called, in_world, rest

if TYPE_CHECKING:
    import httpx2

    from mcp_proxy.demo.scaimcp.world import ScaiWorld

VERIFIER = "v" * 43


async def step(world: ScaiWorld, name: str, **asked: Any) -> httpx2.Response:
    return await rest(world, None, f"/v1/auth/{name}", "POST", asked)


async def signed_in(world: ScaiWorld, account: str) -> dict[str, Any]:
    """The tokens of somebody who has gone all four steps."""
    tenants = (await step(world, "identify", email="a@demo.example")).json()["data"]["tenants"]
    asked = {"tenant": tenants[0]["slug"], "code_challenge": s256(VERIFIER), "state": "s"}
    url = (await step(world, "authorize", **asked)).json()["data"]["url"]
    page = await asyncio.to_thread(sign_in, url, account=account, until=world.redirect_uri)
    code = parse_qs(urlsplit(page.location or "").query)["code"][0]
    answer = await step(world, "token", code=code, code_verifier=VERIFIER)
    return dict(answer.json()["data"])


def test_four_steps_lead_to_a_jwt_of_an_hour_and_a_fifth_renews_it_once() -> None:
    """SC-AUTH; SK-OIDC: one-time refresh tokens."""

    async def scenario(world: ScaiWorld) -> None:
        found = await signed_in(world, "tadmin")
        assert found["expires_in"] == 3600
        assert found["access_token"].count(".") == 2
        assert (await called(world, found["access_token"], "me_get"))["name"] == "tadmin"
        renewed = await step(world, "refresh", refresh_token=found["refresh_token"])
        fresh = renewed.json()["data"]["access_token"]
        assert (await called(world, fresh, "me_get"))["name"] == "tadmin"
        again = await step(world, "refresh", refresh_token=found["refresh_token"])
        assert again.status_code == 401
        assert again.json()["error"]["code"] == "AUTH_TOKEN_INVALID"
        # Strict rotation: who comes with a spent token ends the whole sign-in.
        assert world.counters.families_ended == 1
        assert (await rest(world, fresh, "/v1/audit-log")).status_code == 401

    in_world(scenario, consent="person")


def test_a_flow_that_is_none_is_said_to_be() -> None:
    """SC-ERRC: AUTH_FLOW_INVALID."""

    async def scenario(world: ScaiWorld) -> None:
        for name in ("authorize", "token"):
            answer = await step(world, name)
            assert answer.status_code == 401
            assert answer.json()["error"]["code"] == "AUTH_FLOW_INVALID"

    in_world(scenario)


def test_a_desktop_finds_everything_without_a_token() -> None:
    """SL-API, SL-DESK."""

    async def scenario(world: ScaiWorld) -> None:
        found = (await rest(world, None, "/v1/scailink/auth/discover")).json()
        assert found["client_id"] == world.client_id
        assert found["scopes"] == ["openid", "profile", "email", "groups"]
        assert found["issuer"] == world.issuer
        assert found["device_authorization_endpoint"].startswith(world.issuer)

    in_world(scenario)
