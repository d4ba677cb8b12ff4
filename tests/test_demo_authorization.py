"""The authorization server, spoken to by hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx2

from demo_person import authorization_url, code_form, redirected, refreshed, token_request, tokens
from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    import pytest


def with_world(scenario: Callable[[IntegrationWorld], Awaitable[Any]], **options: Any) -> Any:
    """What a scenario finds in a world of its own."""

    async def run() -> Any:
        async with asyncio.timeout(10), IntegrationWorld.start(**options) as world:
            return await scenario(world)

    return asyncio.run(run())


def test_a_person_signs_in_with_one_page_and_one_press() -> None:
    """Issue 2. RFC 6749 §4.1, RFC 9207: state and issuer come back with the code."""

    async def scenario(world: IntegrationWorld) -> None:
        answer = await redirected(world, account="staff-limited")
        assert answer["state"] == "s-1"
        assert answer["iss"] == world.issuer
        found = (await token_request(world, code_form(world, answer["code"]))).json()
        family = world.ledger.bearer(found["access_token"])
        assert family is not None
        assert family.identity.name == "staff-limited"
        assert (world.counters.authorizations, world.counters.token_requests) == (1, 1)

    with_world(scenario, consent="person")


def test_with_skip_authorization_the_redirect_comes_at_once() -> None:
    """systems.md §1.3: "Skip authorization" is on in the documented set-up."""

    async def scenario(world: IntegrationWorld) -> int:
        async with httpx2.AsyncClient() as client:
            return (await client.get(authorization_url(world))).status_code

    assert with_world(scenario) == 302


def test_a_redirect_may_carry_a_state_that_nobody_sent() -> None:
    """systems.md §7.6, switches: wrong `state`."""

    async def scenario(world: IntegrationWorld) -> str:
        return (await redirected(world))["state"]

    wrong = IntegrationFaults(redirect_state="wrong")
    assert (with_world(scenario), with_world(scenario, faults=wrong)) == ("s-1", "s-1-wrong")


def test_an_unknown_client_and_an_inexact_redirect_get_a_page_and_no_redirect() -> None:
    """RFC 6749 §4.1.2.1, RFC 9700 §2.1: exact string matching."""

    async def scenario(world: IntegrationWorld) -> list[dict[str, str]]:
        changes: list[dict[str, str]] = [
            {"client_id": "other"},
            {"redirect_uri": world.redirect_uri + "/"},
            {"redirect_uri": "http://127.0.0.1:6545/oauth/callback"},
            {"redirect_uri": "http://localhost:6546/oauth/callback"},
            {"redirect_uri": ""},
        ]
        return [await redirected(world, change) for change in changes]

    assert with_world(scenario) == [{"page": "400"}] * 5


def test_a_bad_request_goes_back_with_its_error_and_state() -> None:
    """OAuth 2.1 §4.1.2.1, RFC 8707 §2, RFC 7636 §4.4.1."""

    async def scenario(world: IntegrationWorld) -> list[str]:
        changes: list[dict[str, str]] = [
            {"response_type": "token"},
            {"code_challenge": ""},
            {"code_challenge_method": "plain"},
            {"code_challenge_method": ""},
            {"resource": world.url.rstrip("/")},
            {"resource": ""},
            {"scope": "everything"},
        ]
        answers = [await redirected(world, change) for change in changes]
        assert {each["state"] for each in answers} == {"s-1"}
        assert {each["iss"] for each in answers} == {world.issuer}
        return [each["error"] for each in answers]

    assert with_world(scenario) == [
        "unsupported_response_type",
        "invalid_request",
        "invalid_request",
        "invalid_request",
        "invalid_target",
        "invalid_target",
        "invalid_scope",
    ]


def test_no_is_an_answer_on_the_page_and_by_the_switch() -> None:
    """RFC 6749 §4.1.2.1 access_denied."""

    async def scenario(world: IntegrationWorld) -> None:
        pressed = await redirected(world, is_allowed=False)
        assert pressed["error"] == "access_denied"
        nobody = await redirected(world, account="nobody")
        assert nobody["error"] == "access_denied"
        world.faults.deny_consent = True
        assert (await redirected(world, {"state": ""}))["error"] == "access_denied"

    with_world(scenario, consent="person")


def test_a_consent_page_works_once() -> None:
    """Ours: the ticket on the page is spent by the press."""

    async def scenario(world: IntegrationWorld) -> list[int]:
        async with httpx2.AsyncClient() as client:
            page = (await client.get(authorization_url(world))).text
            ticket = page.split('name="ticket" value="')[1].split('"')[0]
            form = {"ticket": ticket, "decision": "allow"}
            url = f"{world.origin}/o/authorize/"
            return [(await client.post(url, data=form)).status_code for _ in range(2)]

    assert with_world(scenario, consent="person") == [302, 400]


def test_the_token_endpoint_refuses_what_is_wrong() -> None:
    """RFC 6749 §5.2: 401 for the client, 400 for the rest."""

    async def scenario(world: IntegrationWorld) -> list[tuple[int, str]]:
        async def code() -> str:
            return (await redirected(world))["code"]

        bad_verifier = code_form(world, await code(), code_verifier="w" * 43)
        no_resource = code_form(world, await code())
        del no_resource["resource"]
        answers = [
            await token_request(world, code_form(world, await code()), secret="wrong"),
            await token_request(world, bad_verifier),
            await token_request(world, no_resource),
            await token_request(world, {"grant_type": "password"}),
            await token_request(world, code_form(world, "never-issued")),
        ]
        return [(each.status_code, each.json()["error"]) for each in answers]

    assert with_world(scenario) == [
        (401, "invalid_client"),
        (400, "invalid_grant"),
        (400, "invalid_target"),
        (400, "unsupported_grant_type"),
        (400, "invalid_grant"),
    ]


def test_a_spent_code_and_a_spent_refresh_token_end_the_sign_in() -> None:
    """Issue 2."""

    async def scenario(world: IntegrationWorld) -> None:
        answer = await redirected(world)
        form = code_form(world, answer["code"])
        assert (await token_request(world, form)).status_code == 200
        assert (await token_request(world, form)).json()["error"] == "invalid_grant"
        first = (await tokens(world))["refresh_token"]
        second = (await refreshed(world, first)).json()["refresh_token"]
        assert (await refreshed(world, first)).json()["error"] == "invalid_grant"
        assert (await refreshed(world, second)).json()["error"] == "invalid_grant"
        assert world.counters.families_ended == 2

    with_world(scenario)


def test_the_form_proves_the_client_as_well_unless_switched_off() -> None:
    """systems.md §7.2: Basic only, form only."""

    async def scenario(world: IntegrationWorld) -> list[int]:
        codes = [(await redirected(world))["code"] for _ in range(2)]
        first = await token_request(world, code_form(world, codes[0]), method="post")
        world.faults.client_auth = "client_secret_basic"
        second = await token_request(world, code_form(world, codes[1]), method="post")
        return [first.status_code, second.status_code]

    assert with_world(scenario) == [200, 401]


def test_a_token_endpoint_out_of_order_answers_html() -> None:
    """Ours: what proxies and maintenance pages answer."""

    async def scenario(world: IntegrationWorld) -> httpx2.Response:
        return await token_request(world, {"grant_type": "refresh_token"})

    answer = with_world(scenario, faults=IntegrationFaults(token_endpoint_status=503))
    assert answer.status_code == 503
    assert answer.headers["content-type"].startswith("text/html")


def test_without_metadata_there_is_no_iss_and_the_resource_may_be_missing() -> None:
    """systems.md §1.3: older servers know neither."""

    async def scenario(world: IntegrationWorld) -> dict[str, str]:
        return await redirected(world, {"resource": ""})

    answer = with_world(scenario, faults=IntegrationFaults(metadata="none"))
    assert set(answer) == {"code", "state"}


def test_revocation_ends_the_sign_in_for_the_client_alone() -> None:
    """RFC 7009 §2.1."""

    async def scenario(world: IntegrationWorld) -> None:
        found = await tokens(world)
        url, form = f"{world.origin}/o/revoke_token/", {"token": found["refresh_token"]}
        async with httpx2.AsyncClient() as client:
            assert (await client.post(url, data=form)).status_code == 401
            auth = httpx2.BasicAuth(world.client_id, world.client_secret)
            assert (await client.post(url, data=form, auth=auth)).status_code == 200
        assert (await refreshed(world, found["refresh_token"])).json()["error"] == "invalid_grant"
        assert world.counters.revocations == 1

    with_world(scenario)


def test_nothing_secret_is_printed(capfd: pytest.CaptureFixture[str]) -> None:
    """peers.md behaviour 27."""

    async def scenario(world: IntegrationWorld) -> list[str]:
        found = await tokens(world)
        return [found["access_token"], found["refresh_token"], world.client_secret]

    canaries = with_world(scenario)
    printed = "".join(capfd.readouterr())
    assert not [each for each in canaries if each in printed]
