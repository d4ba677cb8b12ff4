"""The third ring: real processes over real stdio, as a desktop program has them."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest

from gate import Gate
from mcp_proxy.demo.integration.world import IntegrationWorld
from relay_world import PATIENCE
from sdk_gateway import Registrar, sdk_gateway
from sdk_host import Diary, straight, through, use_all, use_both_ways
from serve_process import Served, served, surroundings
from sign_in_world import free_port

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PROFILE = """
[profiles.demo]
url = "{url}"
[profiles.demo.auth]
client_id = "{client_id}"
client_secret = "env:CLIENT_SECRET"
redirect_uri = "{redirect_uri}"
"""
EXPLICIT = """
resource = "{url}"
[profiles.demo.auth.endpoints]
issuer = "{issuer}"
authorization_endpoint = "{origin}/o/authorize/"
token_endpoint = "{tokens}/o/token/"
"""
LOUD = f"{sys.executable} {Path(__file__).with_name('loud_browser.py')} %s"
NOBODY = f"{sys.executable} -c pass %s"
"""A browser before which nobody sits."""

WAITING_RUN = {
    "name": "execute_integration",
    "arguments": {"integration_id": 1, "payload": {"wait_for_approval": True, "applicant": "A"}},
}
"""A call that begins at the gateway and does not end."""


class Office:
    """The demo world, and a home with a profile for it."""

    def __init__(self, world: IntegrationWorld, home: Path) -> None:
        self.world, self.home = world, home
        self.environ = surroundings(home, CLIENT_SECRET=world.client_secret)
        self._configure(PROFILE)

    def ask_tokens_at(self, gate: Gate) -> None:
        """Publish no metadata, and have the profile name a token endpoint behind `gate`."""
        self.world.faults.metadata = "none"
        self._configure(PROFILE + EXPLICIT, gate.origin)

    def _configure(self, text: str, tokens: str = "") -> None:
        world = self.world
        facts = {
            "url": world.url,
            "client_id": world.client_id,
            "redirect_uri": world.redirect_uri,
            "issuer": world.issuer,
            "origin": world.origin,
            "tokens": tokens,
        }
        self.home.joinpath("config.toml").write_text(text.format(**facts))

    @asynccontextmanager
    async def host(self, *words: str, **environ: str) -> AsyncIterator[Served]:
        """A desktop program that has launched `serve demo`."""
        surrounded = self.environ | environ
        async with served(self.home, "demo", *words, environ=surrounded) as client:
            yield client

    def holds_port(self) -> bool:
        """Whether somebody listens for the redirect."""
        port = int(self.world.redirect_uri.split(":")[2].partition("/")[0])
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0


@asynccontextmanager
async def office(home: Path, **options: Any) -> AsyncIterator[Office]:
    """The demo world with a redirect port of its own; a person must consent."""
    redirect_uri = f"http://localhost:{free_port()}/oauth/callback"
    async with IntegrationWorld.start(
        redirect_uri=redirect_uri, consent="person", **options
    ) as world:
        yield Office(world, home)


async def connected(client: Served) -> list[str]:
    """Shake hands; the tools, after a sign-in if it takes one."""
    await client.greet()
    return await client.tools()


async def bid_farewell(client: Served) -> None:
    """End it as a host does."""
    client.hang_up()
    assert await client.ended() == 0


@asynccontextmanager
async def together(*hosts: Any) -> AsyncIterator[list[Served]]:
    """Several hosts launched at once."""
    clients = await asyncio.gather(*(host.__aenter__() for host in hosts))
    try:
        yield clients
    finally:
        await asyncio.gather(*(host.__aexit__(None, None, None) for host in hosts))


# ---- signing in --------------------------------------------------------------------------------


def test_eight_at_once_open_one_page_and_renew_once(tmp_path: Path) -> None:
    """Issue 2; peers.md §8, behaviours 1 and 10."""

    async def scenario() -> None:
        async with office(tmp_path) as found:
            world = found.world
            async with together(*(found.host() for _ in range(8))) as clients:
                lists = await asyncio.gather(*map(connected, clients))
                assert [len(tools) for tools in lists] == [16] * 8
                assert (world.counters.authorizations, world.counters.token_requests) == (1, 1)
                world.expire_tokens()
                calls = (client.call("list_integrations") for client in clients)
                assert all("result" in answer for answer in await asyncio.gather(*calls))
                assert (world.counters.authorizations, world.counters.refreshes) == (1, 1)
                await asyncio.gather(*map(bid_farewell, clients))
            assert world.counters.deletes == 8
            assert world.counters.families_ended == 0

    asyncio.run(scenario())


def test_eight_at_once_register_once(tmp_path: Path) -> None:
    """Issue 2. The authorization server is the SDK's; a URL is all that is configured."""

    async def scenario() -> None:
        registrar = Registrar()
        async with (
            sdk_gateway(registrar) as url,
            together(*(served(tmp_path, url) for _ in range(8))) as clients,
        ):
            lists = await asyncio.gather(*map(connected, clients))
            assert [tools[:1] for tools in lists] == [["countdown"]] * 8
            assert len(registrar.clients) == 1
            assert registrar.authorizations == 1
            await asyncio.gather(*map(bid_farewell, clients))

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["eof", "SIGTERM", "SIGINT", "SIGHUP", "SIGKILL"])
def test_whoever_waits_for_a_person_leaves_nothing_behind(tmp_path: Path, how: str) -> None:
    """peers.md §8, behaviours 3, 11 and 12: port and lock are free for the next one at once."""

    async def scenario() -> None:
        async with office(tmp_path) as found:
            async with found.host(BROWSER=NOBODY) as client:
                await client.greet()
                client.begin("tools/list")
                await client.until(lambda: b"sign in" in client.stderr)
                assert found.holds_port()
                if how == "eof":
                    client.hang_up()
                else:
                    client.process.send_signal(getattr(signal, how))
                await client.ended()
                assert not found.holds_port()
            async with found.host() as client:
                assert len(await connected(client)) == 16
                await bid_farewell(client)

    asyncio.run(scenario())


def test_a_script_that_ends_at_once_opens_no_page(tmp_path: Path) -> None:
    """Ours. Nobody is left who would see the tools."""

    async def scenario() -> None:
        async with office(tmp_path) as found, found.host() as client:
            greeted = client.begin("initialize", hello("2025-06-18"))
            client.send({"method": "notifications/initialized"})
            answers = [client.begin("tools/list"), client.begin("prompts/list")]
            client.hang_up()
            assert await client.ended() == 0
            assert "result" in greeted.result()
            assert all("error" in answer.result() for answer in answers)
            assert found.world.counters.authorizations == 0

    asyncio.run(scenario())


def test_tokens_that_the_gateway_refuses_open_one_page_in_all_processes(tmp_path: Path) -> None:
    """peers.md §8, behaviour 10. Whoever signs in again at once gets the same tokens again."""

    async def scenario() -> None:
        async with office(tmp_path) as found:
            # Tokens look good and are over when they arrive.
            found.world.faults.token_life_seconds = 0.0
            found.world.faults.omit_expires_in = True
            async with together(found.host(), found.host()) as clients:
                for client in clients:
                    await client.greet()
                    for _ in range(3):
                        answer = await client.call("list_integrations")
                        assert "refuses a sign-in" in text_of(answer)
            assert found.world.counters.authorizations == 1

    asyncio.run(scenario())


def text_of(answer: dict[str, Any]) -> str:
    """The text of a call's result."""
    assert "result" in answer, answer
    return str(answer["result"]["content"][0]["text"])


# ---- killed, and started again -------------------------------------------------------------------


def test_a_renewal_that_is_killed_holds_up_nobody(tmp_path: Path) -> None:
    """peers.md §8, behaviour 3; the end of stdin in mid-renewal: behaviour 11."""

    async def scenario() -> None:
        async with office(tmp_path) as found, Gate(found.world.port) as gate:
            found.ask_tokens_at(gate)
            for how in ("SIGKILL", "eof"):
                async with together(found.host(), found.host()) as (one, other):
                    await connected(one)
                    await connected(other)
                    found.world.expire_tokens()
                    gate.shut()
                    one.begin("tools/call", {"name": "list_integrations"})
                    await asyncio.wait_for(gate.knocked.wait(), PATIENCE)
                    # Only what is there now: the sibling may knock as soon as the lock is free.
                    knocking = gate.visits()
                    waiting = other.begin("tools/call", {"name": "list_integrations"})
                    if how == "eof":
                        one.hang_up()
                        assert await one.ended() == 0
                    else:
                        one.process.kill()
                    await gate.cut(knocking)
                    gate.opened.set()
                    assert "result" in await asyncio.wait_for(waiting, PATIENCE)
                    await bid_farewell(other)
            assert found.world.counters.authorizations == 1
            assert found.world.counters.families_ended == 0

    asyncio.run(scenario())


@pytest.mark.parametrize("how", ["SIGKILL", "eof"])
def test_a_renewal_outlives_whoever_asked_for_it(tmp_path: Path, how: str) -> None:
    """Issue 3; peers.md §8, behaviour 7. The refresh token works once; reuse ends the sign-in."""

    async def scenario() -> None:
        async with office(tmp_path) as found, Gate(found.world.port) as gate:
            found.ask_tokens_at(gate)
            async with together(found.host(), found.host()) as (one, other):
                await connected(one)
                await connected(other)
                found.world.expire_tokens()
                gate.shut()
                one.begin("tools/call", {"name": "list_integrations"})
                await asyncio.wait_for(gate.knocked.wait(), PATIENCE)
                if how == "eof":
                    one.hang_up()
                else:
                    one.process.kill()
                # What it waited for is not waited for long any more.
                gate.opened.set()
                await one.ended()
                waiting = other.begin("tools/call", {"name": "list_integrations"})
                assert "result" in await asyncio.wait_for(waiting, PATIENCE)
                await bid_farewell(other)
            assert found.world.counters.refreshes == 1
            assert found.world.counters.authorizations == 1
            assert found.world.counters.families_ended == 0

    asyncio.run(scenario())


def test_killed_in_mid_call_and_started_again(tmp_path: Path) -> None:
    """Issue 2: `serve` killed at any moment. What it was doing is not done a second time."""

    async def scenario() -> None:
        async with office(tmp_path) as found:
            async with found.host() as client:
                await connected(client)
                client.begin("tools/call", WAITING_RUN)
                await client.until(lambda: any("Waiting" in str(told) for told in client.told))
                client.process.kill()
                await client.process.wait()
            async with found.host() as client:
                assert len(await connected(client)) == 16
                await bid_farewell(client)
            assert found.world.counters.calls["execute_integration"] == 1
            assert found.world.counters.authorizations == 1

    asyncio.run(scenario())


def test_what_the_gateway_says_of_itself_is_remembered_from_the_first_session_on(
    tmp_path: Path,
) -> None:
    """peers.md §8, behaviour 32. The first session's handshake was answered before it was open."""

    async def scenario() -> None:
        async with office(tmp_path) as found:
            async with found.host() as first:
                assert (await first.greet())["result"]["serverInfo"]["name"] == "mcp-permit"
                listed = await first.tools()
                await bid_farewell(first)
            await found.world.stop()
            async with found.host() as second:
                greeted = (await second.greet())["result"]
                assert greeted["serverInfo"]["name"] == "integration-gateway"
                assert greeted["capabilities"]["tools"] == {"listChanged": True}
                assert await second.tools() == listed
                await bid_farewell(second)

    asyncio.run(scenario())


# ---- a gateway in trouble ------------------------------------------------------------------------


def test_every_request_to_a_gateway_in_trouble_gets_one_error_and_the_next_one_succeeds(
    tmp_path: Path,
) -> None:
    """Issue 2, Bad input; peers.md §8, behaviour 21."""

    async def scenario() -> None:
        async with office(tmp_path) as found, found.host() as client:
            await found.world.stop()
            assert (await client.greet())["result"]["serverInfo"]["name"] == "mcp-permit"
            assert (await client.ask("tools/list"))["error"]["code"] == 1005
            assert (await client.call("list_integrations"))["error"]["code"] == 1005
            await found.world.open()
            assert len(await client.tools()) == 16
            for fault in ("500", "html", "half-event", "cut-before", "cut-after"):
                found.world.faults.answers = fault
                asked = [
                    client.call("list_integrations"),
                    client.call("write_integration", name="new"),
                    client.ask("tools/list"),
                    client.ask("prompts/list"),
                ]
                answers = await asyncio.gather(*asked)
                assert [answer["error"]["code"] for answer in answers] == [1005] * 4, fault
                found.world.faults.answers = "well"
                assert "result" in await client.call("list_integrations")
            # Whether the one that was cut after the deed was done a second time.
            assert found.world.counters.effects["write_integration"] == 1
            cut = client.begin("tools/call", WAITING_RUN)
            await client.until(lambda: any("Waiting" in str(told) for told in client.told))
            await found.world.stop()
            told = (await asyncio.wait_for(cut, PATIENCE))["error"]["data"]
            assert told["type"] == "OutcomeUnknown"
            await found.world.open()
            assert "result" in await client.call("list_integrations")
            await bid_farewell(client)

    asyncio.run(scenario())


# ---- nothing on the wire that does not belong there --------------------------------------------


def test_no_secret_is_in_any_stream_file_or_argument_and_nothing_strays_onto_stdout(
    tmp_path: Path,
) -> None:
    """peers.md §8, behaviours 27 and 40, at the most verbose level."""
    key = "canary-of-a-header"

    async def scenario() -> tuple[list[str], bytes]:
        async with office(tmp_path) as found, Gate(found.world.port) as gate:
            found.ask_tokens_at(gate)
            words = ("--verbose", "--header", "X-Key: env:KEY")
            async with found.host(*words, BROWSER=LOUD, KEY=key) as client:
                await connected(client)
                found.world.expire_tokens()
                await client.call("list_integrations")
                found.world.faults.answers = "500"
                await client.call("list_integrations")
                found.world.faults.answers = "well"
                found.world.faults.token_endpoint_status = 500
                found.world.expire_tokens()
                await client.call("list_integrations")
                found.world.revoke_all()
                found.world.faults.token_endpoint_status = None
                await client.call("list_integrations")
                shown = arguments_of(client.process.pid)
                await bid_farewell(client)
            sent = re.findall(rb"\b(?:code|code_verifier)=([^&\s]+)", gate.heard)
            assert len(sent) >= 2
            secrets = [key, found.world.client_secret, *found.world.ledger.tokens()]
            secrets += [unquote(value.decode()) for value in sent]
            shown += b"".join(client.lines) + client.stderr
            assert b"not from a gateway" not in shown
            assert b"no display" not in shown
            return secrets, shown

    secrets, shown = asyncio.run(scenario())
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 4
    for whole in (shown, *(path.read_bytes() for path in files)):
        assert not [secret for secret in secrets if secret.encode() in whole]


def arguments_of(pid: int) -> bytes:
    """The command line of a process, where it can be read."""
    path = Path(f"/proc/{pid}/cmdline")
    return path.read_bytes() if path.exists() else b""


# ---- a server that nobody here wrote -------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::mcp.shared.exceptions.MCPDeprecationWarning")
@pytest.mark.parametrize("stateless", [False, True])
@pytest.mark.parametrize("json_answers", [False, True])
def test_a_host_gets_through_us_what_it_gets_without_us(
    tmp_path: Path, *, stateless: bool, json_answers: bool
) -> None:
    """peers.md §8, behaviour 15: the SDK's client and the SDK's server, with and without us."""
    options: dict[str, Any] = {"stateless_http": stateless, "json_response": json_answers}

    async def scenario() -> tuple[Diary, Diary]:
        plain, ours = Diary(), Diary()
        async with sdk_gateway(**options) as url:
            for diary, session in (
                (plain, straight(url, plain)),
                (ours, through(url, tmp_path, ours)),
            ):
                async with session as used:
                    await use_all(used, diary)
                    if not stateless and not json_answers:
                        await use_both_ways(used, diary)
        return plain, ours

    plain, ours = asyncio.run(scenario())
    # The one difference that is meant: we may have other tools to announce.
    plain.answers[0]["capabilities"]["tools"]["listChanged"] = True
    assert ours.answers == plain.answers
    assert ours.heard == plain.heard
    assert ours.asked == plain.asked


@pytest.mark.parametrize("revision", ["2025-03-26", "2025-06-18", "2025-11-25"])
def test_the_revision_is_agreed_between_host_and_gateway(tmp_path: Path, revision: str) -> None:
    """Issue 2: hosts and gateways of 2025-03-26 to 2025-11-25."""

    async def scenario() -> None:
        async with office(tmp_path, revision=revision) as found:
            async with found.host() as client:
                await connected(client)
                await bid_farewell(client)
            asked = ["2025-03-26", "2025-06-18", "2025-11-25"]
            async with together(*(found.host() for _ in asked)) as clients:
                greetings = [
                    client.ask("initialize", hello(each))
                    for client, each in zip(clients, asked, strict=True)
                ]
                greeted = await asyncio.gather(*greetings)
                agreed = [answer["result"]["protocolVersion"] for answer in greeted]
                assert agreed == [min(each, revision) for each in asked]
                for client, each in zip(clients, agreed, strict=True):
                    client.send({"method": "notifications/initialized"})
                    assert len(await client.tools()) == 16
                    assert found.world.counters.last_headers["mcp-protocol-version"] == each
                await asyncio.gather(*map(bid_farewell, clients))

    asyncio.run(scenario())


def hello(revision: str) -> dict[str, Any]:
    """The parameters of `initialize`."""
    who = {"name": "test", "version": "1"}
    return {"protocolVersion": revision, "capabilities": {}, "clientInfo": who}
