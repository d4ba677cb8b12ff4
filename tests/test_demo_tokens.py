"""What programs ask the demo's authorization server."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from mcp_proxy.demo.browser import sign_in
from mcp_proxy.demo.integration.world import IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def played(scenario: Callable[[IntegrationWorld, httpx2.AsyncClient], Awaitable[None]]) -> None:
    async def play() -> None:
        async with (
            IntegrationWorld.start(consent="person") as world,
            httpx2.AsyncClient() as client,
        ):
            await scenario(world, client)

    asyncio.run(play())


def service(world: IntegrationWorld, **changes: str) -> dict[str, str]:
    return {
        "grant_type": "client_credentials",
        "client_id": world.service_id,
        "client_secret": world.service_secret,
        "resource": world.url,
    } | changes


def test_a_service_account_has_tokens_and_mcp_stays_closed_to_it() -> None:
    """systems.md §7.3: it executes; the MCP endpoint answers 403."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        answer = (await client.post(f"{world.origin}/o/token/", data=service(world))).json()
        assert "refresh_token" not in answer
        bearer = {"Authorization": f"Bearer {answer['access_token']}"}
        assert (await client.post(world.url, headers=bearer, json={})).status_code == 403

    played(scenario)


def test_client_credentials_want_a_service_account_behind_them() -> None:
    """systems.md §7.3, row "a client-credentials app must be tied to a service account"."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        orphan = {"client_id": world.orphan_id, "client_secret": world.orphan_secret}
        answer = await client.post(f"{world.origin}/o/token/", data=service(world, **orphan))
        assert answer.json() == {
            "error": "invalid_client",
            "error_description": "The application is tied to no service account",
        }

    played(scenario)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "invalid_client"),
        ({"client_id": "nobody"}, "invalid_client"),
        ({"grant_type": "authorization_code"}, "unauthorized_client"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"resource": "https://other.example"}, "invalid_target"),
        ({"scope": "admin"}, "invalid_scope"),
    ],
)
def test_a_service_account_is_refused_what_is_wrong(changes: dict[str, str], error: str) -> None:
    """RFC 6749 §5.2."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        answer = await client.post(f"{world.origin}/o/token/", data=service(world, **changes))
        assert answer.json()["error"] == error

    played(scenario)


async def _begun(world: IntegrationWorld, client: httpx2.AsyncClient, **changes: str) -> Any:
    proof = {"client_id": world.client_id, "client_secret": world.client_secret}
    form = proof | {"resource": world.url} | changes
    return (await client.post(f"{world.origin}/o/device_authorization/", data=form)).json()


def test_a_person_enters_a_code_on_another_device() -> None:
    """RFC 8628 §3: the page has the code in it."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        world.faults.device_codes = True
        begun = await _begun(world, client)
        page = await asyncio.to_thread(sign_in, begun["verification_uri_complete"])
        assert "Done" in page.text
        proof = {"client_id": world.client_id, "client_secret": world.client_secret}
        form = proof | {"grant_type": DEVICE, "device_code": begun["device_code"]}
        answer = await client.post(f"{world.origin}/o/token/", data=form | {"resource": world.url})
        assert answer.json()["access_token"]
        gone = await client.get(f"{begun['verification_uri']}?user_code=BBBB-BBBB")
        assert gone.status_code == 400

    played(scenario)


def test_device_codes_are_refused_to_whom_they_are_not_for() -> None:
    """RFC 8628 §3.2."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        nothing = await client.post(f"{world.origin}/o/device_authorization/")
        assert nothing.status_code == 404
        world.faults.device_codes = True
        robot = {"client_id": world.service_id, "client_secret": world.service_secret}
        assert (await _begun(world, client, **robot))["error"] == "unauthorized_client"
        other = await _begun(world, client, resource="https://other.example")
        assert other["error"] == "invalid_target"
        assert (await _begun(world, client, scope="admin"))["error"] == "invalid_scope"

    played(scenario)


def test_clients_register_themselves_where_that_is_open() -> None:
    """RFC 7591 §3."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        place = f"{world.origin}/o/register/"
        assert (await client.post(place, json={})).status_code == 404
        world.faults.registration = "open"
        answer = await client.post(place, json={"redirect_uris": ["http://127.0.0.1:1/"]})
        assert answer.status_code == 201
        assert (await client.post(place, content=b"{")).json()["error"]
        world.faults.registration = "refused"
        assert (await client.post(place, json={})).status_code == 400
        assert world.counters.registrations == 1

    played(scenario)


def test_a_token_endpoint_may_lead_elsewhere() -> None:
    """peers.md §8, behaviour 30: a redirect that nobody may follow."""

    async def scenario(world: IntegrationWorld, client: httpx2.AsyncClient) -> None:
        world.faults.token_endpoint_status = 307
        answer = await client.post(f"{world.origin}/o/token/", data=service(world))
        assert answer.headers["location"].startswith("https://elsewhere.example")

    played(scenario)
