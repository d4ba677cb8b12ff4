"""A Stable Baseline on one loopback address: the rows of systems.md §7.5 that need the wire."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

import httpx2
import pytest
from mcp_types import PaginatedRequestParams

from baseline_person import call, redirected, registered, session, tokens, told, with_world
from mcp_proxy.demo.baseline.estate import DESIGN, LEDGER, OVERVIEW, PAYMENTS
from mcp_proxy.demo.baseline.grants import Grant, InvalidGrant
from mcp_proxy.demo.baseline.keys import EXPIRIES, KEYS
from mcp_proxy.demo.baseline.world import BaselineWorld

if TYPE_CHECKING:
    from typing import Any

PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}


async def status(world: BaselineWorld, **headers: str) -> int:
    """What a POST with these headers is answered: 401, or the SDK's 400 without a session."""
    async with httpx2.AsyncClient(headers=headers) as client:
        return (await client.post(world.url, json=PING)).status_code


def test_every_key_of_the_table_works_and_says_what_it_is() -> None:
    """systems.md §7.6, identities: a key tells its scope and its capabilities."""

    async def scenario(world: BaselineWorld) -> dict[str, Any]:
        return {
            name: await call(world, key, "getCurrentUser") for name, key in world.secrets.items()
        }

    found = with_world(scenario)
    assert set(found) == set(KEYS)
    assert [each["level"] for each in found["sta_gran"]["scope"]] == ["delete", "write", "read"]
    assert found["sta_gran"]["mode"] == "granular"
    assert found["sta_life"]["capabilities"] == ["can_lifecycle"]
    assert found["sta_ceiling"]["scope"][0]["level"] == "read"
    assert found["sta_ceiling"]["capabilities"] == []


def test_a_bare_key_is_refused_and_the_other_header_is_not() -> None:
    """systems.md §7.5, row "raw token without `Bearer `"."""

    async def scenario(world: BaselineWorld) -> list[int]:
        key = world.secrets["sta_r"]
        return [
            await status(world, Authorization=f"Bearer {key}"),
            await status(world, **{"X-API-Key": key}),
            await status(world, Authorization=key),
            await status(world, Authorization=f"Basic {key}"),
            await status(world, **{"X-API-Key": f"Bearer {key}"}),
            await status(world),
        ]

    assert with_world(scenario) == [400, 400, 401, 401, 401, 401]


def test_both_headers_lead_to_the_same_credential() -> None:
    """systems.md §4.1, header."""

    async def scenario(world: BaselineWorld) -> None:
        async with session(world, world.secrets["sta_r"], by_header=True) as found:
            assert told(await found.call_tool("getCurrentUser", {}))["credential"] == "sta_r"

    with_world(scenario)


@pytest.mark.parametrize("expiry", EXPIRIES)
def test_a_key_ends_when_its_time_is_over(expiry: Any) -> None:
    """systems.md §7.5, row "expiry": the clock moved forward."""

    async def scenario(world: BaselineWorld) -> list[int]:
        key = world.issue("ci", Grant({PAYMENTS: "read"}), expiry=expiry)
        life = EXPIRIES[expiry] or 10 * 365 * 86_400
        world.clock.advance(life - 60)
        before = await status(world, **{"X-API-Key": key})
        world.clock.advance(120)
        return [before, await status(world, **{"X-API-Key": key})]

    assert with_world(scenario) == [400, 400 if expiry == "never" else 401]


def test_a_revoked_key_never_comes_back_and_stays_in_the_history() -> None:
    """systems.md §4.2, revocation, display and last use."""

    async def scenario(world: BaselineWorld) -> None:
        key = world.issue("ci", Grant({PAYMENTS: "read"}))
        assert await status(world, **{"X-API-Key": key}) == 400
        world.keys.revoke("ci")
        assert await status(world, **{"X-API-Key": key}) == 401
        other = world.issue("ci", Grant({PAYMENTS: "read"}))
        assert await status(world, **{"X-API-Key": key}) == 401
        assert await status(world, **{"X-API-Key": other}) == 400
        rows = [row for row in world.keys.rows() if row["label"] == "ci"]
        assert [row["is_revoked"] for row in rows] == [True, False]
        assert rows[0]["shown"] == key[:8]
        assert rows[0]["used_at"] is not None
        assert key not in str(rows)
        assert world.counters.last_used["ci"] >= rows[1]["used_at"] > rows[0]["used_at"]

    with_world(scenario)


def test_the_documented_granular_key_is_refused_by_its_own_rule() -> None:
    """systems.md §7.5 row "granular mode" and §7.6: a child above its parent."""

    async def scenario(world: BaselineWorld) -> None:
        levels = {PAYMENTS: "read", LEDGER: "write", DESIGN: "delete"}
        with pytest.raises(InvalidGrant, match="never exceeds its parent"):
            world.issue("sta_gran", Grant(levels, mode="granular"))  # type: ignore[arg-type]  # literals of a dict

    with_world(scenario)


def test_nobody_comes_in_without_a_credential() -> None:
    """systems.md §4.5: 401 on POST; with the challenge that OAuth begins with, or without."""

    async def scenario(world: BaselineWorld) -> None:
        async with httpx2.AsyncClient() as client:
            answer = await client.post(world.url, json=PING)
            place = f"{world.origin}/.well-known/oauth-protected-resource{world.layout.mcp_path}"
            assert f'resource_metadata="{place}"' in answer.headers["www-authenticate"]
            described = (await client.get(place)).json()
            assert described["authorization_servers"] == [world.issuer]
            world.switches.challenges = False
            answer = await client.post(world.url, json=PING)
            assert answer.status_code == 401
            assert "www-authenticate" not in answer.headers

    with_world(scenario)


@pytest.mark.parametrize("document", ["A", "B"])
def test_a_client_registers_itself_and_a_person_signs_in(document: Any) -> None:
    """systems.md §7.5, rows "OAuth 2.1 with registration" and "endpoints differ" (C5)."""

    async def scenario(world: BaselineWorld) -> None:
        granted = await tokens(world)
        me = await call(world, granted["access_token"], "getCurrentUser")
        assert me["role"] == "owner"
        assert "can_lifecycle" in me["capabilities"]
        assert world.counters.registrations == world.counters.authorizations == 1
        well_known = world.layout.metadata_paths["protected-resource"]
        async with httpx2.AsyncClient() as client:
            found = (await client.get(world.metadata.sign_in_origin + well_known)).json()
        assert found["issuer"] == world.issuer
        assert "none" in found["token_endpoint_auth_methods_supported"]
        is_elsewhere = not found["authorization_endpoint"].startswith(world.origin)
        assert is_elsewhere == (document == "A")
        assert found["registration_endpoint"].startswith(world.origin)

    with_world(scenario, document=document)


def test_only_s256_and_known_redirects_are_let_in() -> None:
    """systems.md §4.3: PKCE, and bogus redirects are refused."""

    async def scenario(world: BaselineWorld) -> None:
        client_id = await registered(world)
        plain = await redirected(world, client_id, code_challenge_method="plain")
        assert plain["error"] == "invalid_request"
        bogus = await redirected(world, client_id, redirect_uri="http://127.0.0.1:1/x")
        assert bogus == {"page": "400"}

    with_world(scenario)


def test_a_person_gives_less_than_was_asked_for() -> None:
    """systems.md §7.5, row "consent decides scope"."""

    async def scenario(world: BaselineWorld) -> None:
        editor = await tokens(world, "editor")
        assert set(editor["scope"].split()) == {"openid", "profile", "email"}
        refused = await call(world, editor["access_token"], "createWorkspace", name="New")
        assert refused["error"] == "Credential lacks 'can_lifecycle' on this organisation"
        world.switches.consents_to = frozenset({"lifecycle"})
        owner = await tokens(world)
        assert owner["scope"] == "lifecycle"

    with_world(scenario, consent="person")


def test_the_list_comes_in_pages_of_fifty() -> None:
    """systems.md §7.5, row "184-196 tools"."""

    async def scenario(world: BaselineWorld) -> list[int]:
        sizes, cursor = [], None
        async with session(world, world.secrets["sta_r"]) as found:
            while True:
                page = await found.list_tools(params=PaginatedRequestParams(cursor=cursor))
                sizes.append(len(page.tools))
                cursor = page.next_cursor
                if cursor is None:
                    return sizes

    assert with_world(scenario) == [50, 50, 50, 50]


def test_the_list_and_the_sign_up_can_be_open_to_everybody() -> None:
    """systems.md §7.5, row "catalogue may be listable without login"."""

    async def scenario(world: BaselineWorld) -> None:
        world.switches.anonymous_list = True
        async with session(world, None) as found:
            assert len((await found.list_tools()).tools) == 50
            begun = told(await found.call_tool("startSignup", {}))
            assert re.fullmatch("[A-Z2-9]{6}", begun["code"])
        async with httpx2.AsyncClient() as client:
            read = PING | {"method": "tools/call", "params": {"name": "listOrganisations"}}
            assert (await client.post(world.url, json=read)).status_code == 401
            # A credential that is not good is no reason to be let in as nobody.
            bad = {"Authorization": "Bearer sta_unknown"}
            hello = PING | {"method": "tools/list"}
            assert (await client.post(world.url, json=hello, headers=bad)).status_code == 401

    with_world(scenario)


def test_a_sign_up_ends_in_a_key() -> None:
    """systems.md §7.5, row "device-style sign-up": from nothing to a key, told once."""

    async def scenario(world: BaselineWorld) -> None:
        world.switches.anonymous_list = True
        begun = await call(world, None, "startSignup")
        assert (await call(world, None, "pollSignupStatus", code=begun["code"]))["status"] == (
            "pending"
        )
        async with httpx2.AsyncClient() as client:
            page = await client.get(begun["verificationUrl"])
            assert "All workspaces" in page.text
            answer = {"ticket": begun["code"], "account": "editor", "workspace": PAYMENTS}
            answer |= {"level": "read", "decision": "allow"}
            await client.post(begun["verificationUrl"], data=answer)
        world.clock.advance(5)
        key = (await call(world, None, "pollSignupStatus", code=begun["code"]))["apiKey"]
        again = await call(world, None, "pollSignupStatus", code=begun["code"])
        assert again == {"status": "consumed"}
        me = await call(world, key, "getCurrentUser")
        assert me["scope"] == [
            {"id": PAYMENTS, "kind": "workspace", "name": "Payments", "level": "read"}
        ]

    with_world(scenario)


def test_a_grant_may_change_while_somebody_works() -> None:
    """systems.md §7.6, switches: permission add or remove; the list changes with it."""

    async def scenario(world: BaselineWorld) -> None:
        world.switches.only_permitted = True
        world.faults.page_size = None
        async with session(world, world.secrets["sta_d"]) as found:
            before = {tool.name for tool in (await found.list_tools()).tools}
            await world.regrant("sta_d", Grant({PAYMENTS: "read"}))
            after = {tool.name for tool in (await found.list_tools()).tools}
            assert "deleteDocument" in before - after
            refused = await found.call_tool("deleteDocument", {"documentId": OVERVIEW})
            assert told(refused)["code"] == "permission"
        with pytest.raises(InvalidGrant):
            await world.regrant("sta_d", Grant({}))

    with_world(scenario)


def test_all_that_happens_is_counted() -> None:
    """systems.md §7.6, counters."""

    async def scenario(world: BaselineWorld) -> None:
        name = {"folderId": DESIGN, "title": "New"}
        await call(world, world.secrets["sta_w"], "createDocument", **name)
        await call(world, world.secrets["sta_r"], "createDocument", **name)
        assert world.counters.calls == {"createDocument": 2}
        assert world.counters.effects == {"createDocument": 1}
        assert set(world.counters.last_used) == {"sta_w", "sta_r"}
        assert world.counters.last_headers["user-agent"] == "test"
        assert world.counters.clients == ["mcp", "mcp"]

    with_world(scenario)


def test_two_worlds_accept_nothing_of_each_other() -> None:
    """systems.md §4.2: a key is one deployment's."""

    async def scenario() -> int:
        async with BaselineWorld.start() as one, BaselineWorld.start() as other:
            return await status(other, **{"X-API-Key": one.secrets["sta_d"]})

    assert asyncio.run(scenario()) == 401


def test_a_key_is_given_another_grant_from_outside() -> None:
    """systems.md §7.6, switches: permission add or remove."""

    async def scenario(world: BaselineWorld) -> None:
        done = world.deeds()["regrant"]("sta_r", {PAYMENTS: "write"}, flags=["can_lifecycle"])
        await done  # type: ignore[misc]  # as `control` does
        me = await call(world, world.secrets["sta_r"], "getCurrentUser")
        assert me["scope"][0]["level"] == "write"
        assert me["capabilities"] == ["can_lifecycle"]

    with_world(scenario)


def test_a_list_may_say_other_words_and_hold_other_tools() -> None:
    """systems.md §7.6, switches: changed description, extra tool (X19)."""

    async def scenario(world: BaselineWorld) -> None:
        world.faults.page_size = None
        world.faults.descriptions = {"getDocument": "Other words."}
        world.faults.extra_tools = ("brandNew",)
        async with session(world, world.secrets["sta_r"]) as found:
            tools = {tool.name: tool.description for tool in (await found.list_tools()).tools}
        assert tools["getDocument"] == "Other words."
        assert "brandNew" in tools

    with_world(scenario)
