"""The rows of systems.md §7.4, through the relay: a host, the relay, and the demo's ScaiMCP."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE
from mcp_proxy.demo.scaimcp.permissions import ROLES
from mcp_proxy.demo.scaimcp.switches import ScaiFaults, Shape
from mcp_proxy.demo.scaimcp.world import ScaiWorld
from mcp_proxy.demo.world import world_in_thread
from mcp_proxy.values import replace
from relay_world import client_of, profile
from serve_process import served
from sign_in_world import Person, free_port

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from relay_world import Client, Json
    from serve_process import Served

    Talk = Callable[[Client, ScaiWorld], Awaitable[None]]

KEY = "TEST_SCAI_KEY"
CHANGED = "notifications/tools/list_changed"
CHAT = {"model": "demo/chat-small", "prompt": "Hello"}


def keyed(world: ScaiWorld) -> Profile:
    """What somebody configures who has a key."""
    auth = Auth(grant="bearer", token=SecretRef("env", KEY))
    return replace(profile(world.url, auth=auth), preset="scaimcp", contact="the tenant's admin")


def played(
    talk: Talk,
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    who: str = "user",
    *,
    able: bool = False,
    **options: Any,
) -> None:
    """A host that talks through the relay with the key of one of the roles.

    `able`: the host can ask its person.
    """

    async def run() -> None:
        async with asyncio.timeout(60), ScaiWorld.start(**options) as world:
            monkeypatch.setenv(KEY, world.key(who))
            async with client_of(keyed(world), folder) as client:
                await greet(client, able=able)
                await talk(client, world)

    asyncio.run(run())


async def greet(client: Client, *, able: bool) -> None:
    params = {
        "protocolVersion": "2025-11-25",
        "capabilities": {"elicitation": {"form": {}}} if able else {},
        "clientInfo": {"name": "test", "version": "1"},
    }
    await client.ask("initialize", params)
    client.send({"method": "notifications/initialized"})


def told(answer: Json) -> Json:
    """What the gateway has written: the last text."""
    return dict(json.loads(answer["result"]["content"][-1]["text"]))


def sentence(answer: Json) -> str:
    """What the relay has written before it."""
    assert answer["result"]["isError"] is True
    return str(answer["result"]["content"][0]["text"])


def times_changed(client: Client) -> int:
    return sum(message["method"] == CHANGED for message in client.told)


# ---- the list and the call --------------------------------------------------------------------


def test_two_users_of_one_tenant_see_different_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "the list is filtered per caller": never one list for both."""
    lists: dict[str, set[str]] = {}

    for who in ("viewer", "user", "tadmin"):

        async def talk(client: Client, _world: ScaiWorld, who: str = who) -> None:
            lists[who] = set(await client.tools())

        played(talk, tmp_path, monkeypatch, who)
    assert lists["viewer"] < lists["user"]
    assert {who: len(names) for who, names in lists.items()} == {
        "viewer": 6,
        "user": 28,
        "tadmin": 74,
    }


@pytest.mark.parametrize("shape", ["nested", "flat", "envelope"])
@pytest.mark.parametrize("marks_errors", [False, True])
def test_a_permission_that_ends_mid_session_is_explained_and_its_tools_go_once(
    shape: Shape,
    marks_errors: bool,  # noqa: FBT001 - parametrized
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Rows "stateless transport" and "failures are JSON too", in the three shapes of C11."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        assert "inference_chat" in await client.tools()
        assert told(await client.call("inference_chat", **CHAT))["output"] == "Answer to: Hello"
        world.people["user"].revoke("models:use")
        answer = await client.call("inference_chat", **CHAT)
        words = sentence(answer)
        for part in ("inference_chat", "models:use (PERMISSION_DENIED)", "the tenant's admin"):
            assert part in words
        assert "models:use" in json.dumps(told(answer))
        await client.until(lambda: times_changed(client))
        names = await client.tools()
        assert "inference_chat" not in names
        assert "models_list" in names
        assert times_changed(client) == 1

    faults = ScaiFaults(shape=shape, marks_errors=marks_errors)
    played(talk, tmp_path, monkeypatch, faults=faults)


def test_a_module_that_is_off_is_no_matter_of_permission(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "module not enabled": a message of its own."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        assert "bunker_exec" in await client.tools()
        world.tenant.disable("scaibunker")
        words = sentence(await client.call("bunker_exec", id="bunker-1", command="ls"))
        assert "module" in words
        assert "scaibunker (MODULE_NOT_ENABLED)" in words
        assert "permission" not in words
        await client.until(lambda: times_changed(client))
        assert not [name for name in await client.tools() if name.startswith("bunker_")]
        assert not world.counters.effects

    played(talk, tmp_path, monkeypatch, "tadmin")


@pytest.mark.parametrize(
    ("tool", "arguments", "code"),
    [
        ("inference_chat", {"model": "nobody/none", "prompt": "x"}, "NOT_FOUND"),
        ("inference_chat", {"model": 5}, "VALIDATION_ERROR"),
    ],
)
def test_what_is_wrong_with_an_argument_hides_nothing(
    tool: str, arguments: Json, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X27; row "REST-style codes"."""

    async def talk(client: Client, _world: ScaiWorld) -> None:
        before = await client.tools()
        answer = await client.call(tool, **arguments)
        assert told(answer)["error"]["code"] == code
        assert await client.tools() == before
        assert times_changed(client) == 0

    played(talk, tmp_path, monkeypatch)


# ---- tools of other servers -------------------------------------------------------------------


def test_remote_tools_have_legal_names_that_stay_the_same_and_arrive_with_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "remote names contain dots", X15: also the two that collide, and the long one."""
    lists: list[list[str]] = []

    async def talk(client: Client, world: ScaiWorld) -> None:
        names = await client.tools()
        lists.append(names)
        assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in names)
        remote = [name for name in names if "search_pages" in name]
        called = {told(await client.call(name, query="x"))["tool"] for name in remote}
        assert called == {"search_pages", "search.pages"}
        assert sum(name.startswith("remote.") for name in world.counters.calls) == 2

    played(talk, tmp_path, monkeypatch, "linker")
    played(talk, tmp_path, monkeypatch, "linker")
    assert lists[0] == lists[1]


def test_losing_remote_use_takes_remote_tools_with_one_notification(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "cloud tools need `scailink:remote.use`"; systems.md §7.7, scenario 3."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        before = await client.tools()
        remote = [name for name in before if name.startswith("remote")]
        assert len(remote) == 8
        world.people["linker"].revoke("scailink:remote.use")
        events = next(name for name in remote if "list_events" in name)
        assert "scailink:remote.use" in sentence(await client.call(events))
        await client.until(lambda: times_changed(client))
        assert await client.tools() == [name for name in before if name not in remote]
        assert times_changed(client) == 1
        assert "output" in told(await client.call("inference_chat", **CHAT))

    played(talk, tmp_path, monkeypatch, "linker")


@pytest.mark.parametrize("is_run", [True, False])
@pytest.mark.parametrize("revision", ["2025-06-18", "2025-11-25", "2026-07-28"])
def test_a_tool_that_must_be_confirmed_asks_the_person_through_the_relay(
    revision: str,
    is_run: bool,  # noqa: FBT001 - parametrized
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Row "consent tier": confirmation requests pass, in both eras of the gateway."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        name = next(name for name in await client.tools() if "create_page" in name)
        calling = asyncio.create_task(client.call(name, title="t"))
        await client.until(lambda: client.asked or calling.done())
        (question,) = client.asked
        assert question["method"] == "elicitation/create"
        action: Json = {"action": "accept", "content": {"confirm": True}}
        answer = action if is_run else {"action": "decline"}
        client.send({"id": question["id"], "result": answer})
        found = told(await calling)
        assert (found.get("tool") == "create_page") is is_run
        assert sum(world.counters.effects.values()) == is_run

    played(talk, tmp_path, monkeypatch, "linker", able=True, revision=revision)


def test_a_locked_tool_and_one_that_nobody_can_confirm_do_not_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "consent tier"."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        names = await client.tools()
        for last, code in (("empty_trash", "LOCKED"), ("create_page", "REQUIRED")):
            name = next(name for name in names if last in name)
            answer = await client.call(name, title="t")
            assert told(answer)["error"]["code"] == f"CONSENT_{code}"
        assert not world.counters.effects

    played(talk, tmp_path, monkeypatch, "linker")


# ---- credentials ------------------------------------------------------------------------------


def test_a_key_that_is_revoked_is_said_to_be_and_no_browser_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "`sgk_` key as bearer"."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        assert len(await client.tools()) == 17
        world.keys.revoke("agent")
        error = (await client.call("me_get"))["error"]
        for part in ("revoked", "expired", "another deployment"):
            assert part in error["message"]
        assert client.pages == []

    played(talk, tmp_path, monkeypatch, "agent")


def test_an_hours_token_is_renewed_with_one_time_refresh_tokens(tmp_path: Path) -> None:
    """Rows "SESSION_EXPIRED" and "one-hour JWT": a sign-in, then renewals, and no family ended."""

    async def run() -> None:
        redirect_uri = f"http://localhost:{free_port()}/oauth/callback"
        options: Json = {"redirect_uri": redirect_uri, "consent": "person"}
        async with asyncio.timeout(60), ScaiWorld.start(**options) as world:
            auth = Auth(
                client_id=world.client_id,
                redirect_uri=redirect_uri,
                browser=False,
                login_timeout_seconds=20.0,
            )
            person = Person("tadmin")
            async with client_of(
                profile(world.url, auth=auth), tmp_path, on_page=person.open
            ) as client:
                await greet(client, able=False)
                if len(await client.tools()) == 1:  # the helper of a list that waits for a sign-in
                    await client.until(lambda: times_changed(client))
                assert len(await client.tools()) == 74
                for renewals in (1, 2, 3):
                    world.expire_tokens()
                    assert told(await client.call("me_get"))["name"] == "tadmin"
                    assert world.counters.refreshes == renewals
            assert len(person.opened) == 1
            assert world.counters.families_ended == 0

    asyncio.run(run())


# ---- limits and outages -----------------------------------------------------------------------


def test_a_write_that_is_over_the_limit_is_told_with_its_seconds_and_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "rate limits"."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        await client.tools()
        await client.until(lambda: world.counters.posts["tools/list"])
        world.scai_faults.limits |= {"key": 0, "user": 0}
        answer = await client.call("webhooks_create", name="new")
        assert "RATE_LIMITED" in json.dumps(answer)
        assert re.search(r"\d+ s", json.dumps(answer))
        assert not world.counters.effects
        assert world.counters.calls["webhooks_create"] == 0

    played(talk, tmp_path, monkeypatch, "tadmin")


def test_a_write_whose_answer_is_lost_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.7, scenario 10."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        world.faults.answers, world.faults.answers_to = "cut-after", ("tools/call",)
        error = (await client.call("webhooks_create", name="new"))["error"]
        assert error["data"]["type"] == "OutcomeUnknown"
        assert world.counters.effects == {"webhooks_create": 1}

    played(talk, tmp_path, monkeypatch, "tadmin")


def test_our_audit_and_the_gateways_tell_of_the_same_write(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row "audit under the underlying action": theirs leaves reads out, ours does not."""

    async def talk(client: Client, world: ScaiWorld) -> None:
        await client.call("webhooks_list")
        await client.call("webhooks_create", name="new")
        (theirs,) = world.events.found({"actor_id": world.people["tadmin"].user_id})
        assert theirs["action"] == "webhooks.create"

    played(talk, tmp_path, monkeypatch, "tadmin")
    rows = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text().splitlines()]
    assert [row["tool"] for row in rows] == ["webhooks_list", "webhooks_create"]


# ---- processes --------------------------------------------------------------------------------

PROFILE = """
[profiles.demo]
url = "{url}"
preset = "scaimcp"
[profiles.demo.auth]
client_id = "{client_id}"
redirect_uri = "{redirect_uri}"
"""


def test_a_day_of_work_takes_one_sign_in(tmp_path: Path) -> None:
    """systems.md §7.7, scenario 2: an hour's tokens, strict rotation, three processes."""

    async def run() -> None:
        options: Json = {
            "redirect_uri": f"http://localhost:{free_port()}/oauth/callback",
            "consent": "person",
        }
        async with ScaiWorld.start(**options) as world, AsyncExitStack() as stack:
            facts = {"url": world.url, "client_id": world.client_id}
            config = PROFILE.format(redirect_uri=world.redirect_uri, **facts)
            (tmp_path / "config.toml").write_text(config)

            async def launched() -> Served:
                client = await stack.enter_async_context(served(tmp_path, "demo"))
                await greet(client, able=False)
                if len(await client.tools()) == 1:  # the helper, until somebody has signed in
                    await client.until(lambda: times_changed(client))
                return client

            clients = list(await asyncio.gather(launched(), launched(), launched()))
            for hour in range(8):
                world.clock.advance(3600)
                answers = await asyncio.gather(*(client.call("me_get") for client in clients))
                assert [told(answer)["name"] for answer in answers] == ["user"] * 3
                if hour in {2, 5}:
                    clients[0].hang_up()
                    assert await clients[0].ended() == 0
                    clients[0] = await launched()
                if hour == 4:
                    clients[1].process.kill()
                    clients[1] = await launched()
            assert world.counters.authorizations == 1
            assert world.counters.families_ended == 0
            assert world.counters.refreshes == 8

    asyncio.run(run())


def test_two_identities_are_compared_without_the_gateway(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """systems.md §7.7, scenarios 5 and 6: exactly the expected names, offline."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    with world_in_thread(ScaiWorld) as world:
        text = []
        for who in ("viewer", "user"):
            monkeypatch.setenv(f"KEY_{who.upper()}", world.key(who))
            auth = f'grant = "bearer"\ntoken = "env:KEY_{who.upper()}"'
            url = f'url = "{world.url}"\naccount = "{who}"'
            text.append(f"[profiles.{who}]\n{url}\n[profiles.{who}.auth]\n{auth}\n")
        (tmp_path / "config.toml").write_text("\n".join(text))
        assert main(["tools", "viewer"]) == main(["tools", "user"]) == 0
        expected = {
            tool.name
            for tool in CATALOGUE.values()
            if tool.required_permission in ROLES["tenant_user"] - ROLES["tenant_viewer"]
        }
    capsys.readouterr()
    assert main(["catalog", "diff", "viewer", "user", "--json"]) == 0
    told_of = json.loads(capsys.readouterr().out)
    assert set(re.findall(r"\w+", json.dumps(told_of))) & set(CATALOGUE) == expected
