"""The rows of systems.md §7.5, through the relay: a host, the relay, and the demo's gateway."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.demo.baseline.estate import (
    ARCHIVE,
    DESIGN,
    DRAFT,
    ELSEWHERE,
    INJECTED,
    OVERVIEW,
    PAYMENTS,
    PLAIN,
    POSTED,
)
from mcp_proxy.demo.baseline.grants import Grant
from mcp_proxy.demo.baseline.world import BaselineWorld
from relay_world import client_of, profile
from sign_in_world import Person, free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from baseline_person import Json
    from mcp_proxy.config.model import Profile
    from relay_world import Client

    Talk = Callable[[Client, BaselineWorld], Awaitable[None]]

KEY = "TEST_BASELINE_KEY"


def played(
    talk: Talk,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    key: str = "sta_r",
    *,
    by_header: bool = False,
    **network: Any,
) -> None:
    """A host that talks through the relay with one of the world's keys."""

    async def run() -> None:
        async with asyncio.timeout(60), BaselineWorld.start() as world:
            monkeypatch.setenv(KEY, world.secrets[key])
            chosen = keyed(world, by_header=by_header, **network)
            async with client_of(chosen, folder) as client:
                await client.greet()
                await talk(client, world)

    asyncio.run(run())


def keyed(world: BaselineWorld, *, by_header: bool = False, **network: Any) -> Profile:
    """What somebody configures who has a key."""
    token = SecretRef("env", KEY)
    if by_header:
        return profile(world.url, headers={"x-api-key": token}, **network)
    return profile(world.url, auth=Auth(grant="bearer", token=token), **network)


async def all_tools(client: Client) -> list[str]:
    """The names on all pages of the list."""
    names: list[str] = []
    cursor: Json = {}
    while True:
        page = (await client.ask("tools/list", cursor))["result"]
        names += [tool["name"] for tool in page["tools"]]
        if "nextCursor" not in page:
            return names
        cursor = {"cursor": page["nextCursor"]}


def told(answer: Json) -> Json:
    """What the text says that the gateway has written: the last one."""
    return dict(json.loads(answer["result"]["content"][-1]["text"]))


async def outcome(client: Client, tool: str, **arguments: object) -> str:
    """`done`, or the code of the gateway's refusal."""
    return str(told(await client.call(tool, **arguments)).get("code", "done"))


async def three_calls(client: Client, document: str) -> list[str]:
    """What reading, writing and deleting a document come to."""
    stamp = told(await client.call("getDocument", documentId=document))["versionTimestamp"]
    words = {"versionTimestamp": stamp, "find": "a", "replace": "b"}
    return [
        await outcome(client, "getDocument", documentId=document),
        await outcome(client, "findAndReplaceTextInDocument", documentId=document, **words),
        await outcome(client, "deleteDocument", documentId=document),
    ]


@pytest.mark.parametrize(
    ("key", "outcomes"),
    [
        ("sta_r", ["done", "permission", "permission"]),
        ("sta_w", ["done", "done", "permission"]),
        ("sta_d", ["done", "done", "done"]),
    ],
)
@pytest.mark.parametrize("by_header", [False, True])
def test_simple_mode_has_nine_outcomes(
    key: str,
    outcomes: list[str],
    by_header: bool,  # noqa: FBT001 - parametrized
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows "read ⊂ write ⊂ delete" and "`x-api-key` accepted": the gateway's own words survive."""

    async def talk(client: Client, _world: BaselineWorld) -> None:
        assert await three_calls(client, OVERVIEW) == outcomes
        assert client.pages == []

    played(talk, tmp_path, monkeypatch, key, by_header=by_header)


@pytest.mark.parametrize(
    ("document", "outcomes"),
    [
        (PLAIN, ["done", "done", "done"]),
        (DRAFT, ["done", "done", "user_facing"]),
        (OVERVIEW, ["done", "user_facing", "user_facing"]),
    ],
)
def test_granular_mode_has_nine_outcomes_and_hides_nothing(
    document: str, outcomes: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "granular mode": decisions are the gateway's, call by call."""

    async def talk(client: Client, _world: BaselineWorld) -> None:
        assert await three_calls(client, document) == outcomes
        assert "deleteDocument" in await all_tools(client)

    played(talk, tmp_path, monkeypatch, "sta_gran")


def test_a_wrong_argument_hides_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row "out-of-scope and unknown are user-facing errors without leak"."""

    async def talk(client: Client, _world: BaselineWorld) -> None:
        before = await all_tools(client)
        assert await outcome(client, "listProjects", workspaceId=ARCHIVE) == "user_facing"
        assert await outcome(client, "getDocument", documentId=ELSEWHERE) == "user_facing"
        assert await outcome(client, "getDocument", documentId="x") == "validation"
        assert await all_tools(client) == before
        assert client.told == []

    played(talk, tmp_path, monkeypatch)


def test_all_two_hundred_tools_come_out_of_their_pages(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "184-196 tools"."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        names = await all_tools(client)
        assert len(names) == len(set(names)) == 200
        assert world.counters.posts["tools/list"] >= 4

    played(talk, tmp_path, monkeypatch)


@pytest.mark.parametrize(("agent", "count"), [("claude-desktop/1", 197), ("my-editor/1", 200)])
def test_the_name_under_which_we_ask_can_be_chosen(
    agent: str, count: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "catalogue depends on client identity", X26."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        assert len(await all_tools(client)) == count
        assert world.counters.last_headers["user-agent"] == agent

    played(talk, tmp_path, monkeypatch, headers={"User-Agent": agent})


def test_the_prompts_and_resources_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systems.md §4.1, X20: eight prompts and six resources."""

    async def talk(client: Client, _world: BaselineWorld) -> None:
        assert len((await client.ask("prompts/list"))["result"]["prompts"]) == 8
        resources = (await client.ask("resources/list"))["result"]["resources"]
        assert len(resources) == 6
        for each in resources:
            assert "result" in await client.ask("resources/read", {"uri": each["uri"]})

    played(talk, tmp_path, monkeypatch)


def test_text_that_imitates_instructions_passes_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "injected text is data"."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        read = told(await client.call("getDocument", documentId=POSTED))
        assert read["text"] == INJECTED
        assert world.counters.calls == {"getDocument": 1}
        assert world.counters.effects.total() == 0

    played(talk, tmp_path, monkeypatch)


def test_what_spends_is_never_sent_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row "preview-confirm-apply", X14: the answer is lost after the deed."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        preview = told(await client.call("previewSeatChange", seats=2))
        world.faults.answers, world.faults.answers_to = "cut-after", ("tools/call",)
        lost = await client.call("applySeatChange", confirmToken=preview["confirmToken"])
        assert "error" in lost
        world.faults.answers = "well"
        assert world.counters.effects == {"applySeatChange": 1}
        assert world.counters.calls["applySeatChange"] == 1

    played(talk, tmp_path, monkeypatch, "sta_whole")


@pytest.mark.parametrize("ending", ["expired", "revoked"])
def test_a_key_that_has_ended_is_said_and_nothing_is_opened(
    ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows "expiry" and "revoked keys never come back": no browser, no loop."""

    async def run() -> None:
        async with asyncio.timeout(60), BaselineWorld.start() as world:
            monkeypatch.setenv(KEY, world.issue("ci", Grant({PAYMENTS: "read"}), expiry="7 days"))
            async with client_of(keyed(world), tmp_path) as client:
                await client.greet()
                assert "result" in await client.call("listOrganisations")
                if ending == "expired":
                    world.clock.advance(8 * 86_400)
                else:
                    world.keys.revoke("ci")
                refused_before = world.counters.unauthorized
                answer = await client.call("listOrganisations")
                assert "error" in answer
                assert client.pages == []
                assert world.counters.unauthorized - refused_before <= 2
                assert world.counters.authorizations == 0

    asyncio.run(run())


def signed_in(
    talk: Talk,
    folder: Path,
    *,
    account: str = "owner",
    redirect_uri: str | None = None,
    grant: Any = "authorization-code",
    **options: Any,
) -> None:
    """A host that talks through a relay for which a person signs in."""

    async def run() -> None:
        async with (
            asyncio.timeout(60),
            BaselineWorld.start(consent="person", **options) as world,
        ):
            auth = Auth(grant=grant, browser=False, redirect_uri=redirect_uri)
            person = Person(account)
            chosen = profile(world.url, auth=auth)
            async with client_of(chosen, folder, on_page=person.open) as client:
                await client.greet()
                await talk(client, world)

    asyncio.run(run())


async def connected(client: Client) -> list[str]:
    """The tools, once somebody has signed in."""
    names = await client.tools()
    while names == ["sign_in"]:
        client.told.clear()
        await client.until(lambda: client.told)
        names = await client.tools()
    return await all_tools(client)


@pytest.mark.parametrize("document", ["A", "B"])
def test_nothing_but_the_address_is_needed_to_sign_in(document: Any, tmp_path: Path) -> None:
    """Rows "OAuth 2.1 with registration" and "endpoints differ between documents" (C5)."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        assert len(await connected(client)) == 200
        me = told(await client.call("getCurrentUser"))
        assert me["role"] == "owner"
        assert world.counters.registrations == 1
        assert world.counters.authorizations == 1
        assert world.counters.verifier_mismatches == 0

    signed_in(talk, tmp_path, document=document)


def test_less_than_was_asked_for_is_taken_as_it_is(tmp_path: Path) -> None:
    """Row "consent decides scope": refused calls lead to no further sign-in."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        await connected(client)
        for _ in range(3):
            assert await outcome(client, "createFolder", projectId=ELSEWHERE, name="N") != "done"
            answer = await client.call("createWorkspace", name="New")
            assert "can_lifecycle" in json.dumps(answer)
        assert world.counters.authorizations == 1

    signed_in(talk, tmp_path, account="editor")


def test_a_client_that_the_server_has_forgotten_registers_again(tmp_path: Path) -> None:
    """Row "OAuth 2.1 with registration": re-register when the server forgets the client."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        await connected(client)
        world.applications.forget()
        world.revoke_all()
        await client.call("getCurrentUser")
        await client.until(lambda: len(client.pages) > 1)
        await connected(client)
        assert world.counters.registrations == 2

    signed_in(talk, tmp_path)


def test_a_code_is_shown_where_no_browser_is(tmp_path: Path) -> None:
    """systems.md §4.3 and RFC 8628: the device endpoints of the same server."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        assert len(await connected(client)) == 200
        assert world.counters.device_polls >= 1

    signed_in(talk, tmp_path, grant="device-code")


def test_a_fixed_redirect_is_used_as_it_is(tmp_path: Path) -> None:
    """systems.md §4.3: each redirect must be allow-listed."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        assert await connected(client)
        assert world.counters.registrations == 1

    signed_in(talk, tmp_path, redirect_uri=f"http://127.0.0.1:{free_port()}/callback")


def test_two_keys_on_one_gateway_keep_separate_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "resource scope + operations": nothing of a wider credential is kept for a narrower."""

    async def listed(world: BaselineWorld, key: str) -> set[str]:
        monkeypatch.setenv(KEY, world.secrets[key])
        async with client_of(keyed(world), tmp_path) as client:
            await client.greet()
            return set(await all_tools(client))

    async def run() -> None:
        async with asyncio.timeout(60), BaselineWorld.start() as world:
            world.switches.only_permitted = True
            wide, narrow = await listed(world, "sta_d"), await listed(world, "sta_r")
            assert narrow < wide
            assert "deleteFolder" in wide - narrow

    asyncio.run(run())


def test_a_written_document_bears_the_name_of_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "writes are attributed to the credential's name"; the host's own is handed on."""

    async def talk(client: Client, world: BaselineWorld) -> None:
        made = told(await client.call("createDocument", folderId=DESIGN, title="New"))
        assert made["created_by_credential_name"] == "sta_w"
        assert "test" in world.counters.clients[-1]

    played(talk, tmp_path, monkeypatch, "sta_w")


@pytest.mark.parametrize("pasted", ["{}", "Bearer {}", "bearer {}", " {}\n"])
def test_a_key_works_however_it_was_pasted(
    pasted: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "raw token without `Bearer `": the scheme is always sent, and once."""

    async def run() -> None:
        async with asyncio.timeout(60), BaselineWorld.start() as world:
            monkeypatch.setenv(KEY, pasted.format(world.secrets["sta_r"]))
            async with client_of(keyed(world), tmp_path) as client:
                await client.greet()
                assert told(await client.call("getCurrentUser"))["credential"] == "sta_r"
                sent = world.counters.last_headers["authorization"]
                assert sent == f"Bearer {world.secrets['sta_r']}"

    asyncio.run(run())


def test_an_open_list_needs_no_credential_and_a_call_does(tmp_path: Path) -> None:
    """Row "catalogue may be listable without login": only signing up goes on from there."""

    async def run() -> None:
        async with asyncio.timeout(60), BaselineWorld.start() as world:
            world.switches.anonymous_list = True
            async with client_of(profile(world.url), tmp_path) as client:
                await client.greet()
                assert len(await all_tools(client)) == 200
                code = told(await client.call("startSignup"))["code"]
                assert told(await client.call("pollSignupStatus", code=code))["status"] == "pending"
                assert "error" in await client.call("listOrganisations")
                assert world.counters.last_used == {}

    asyncio.run(run())
