"""`serve` as a process: however its streams are made, and in every way in which it can end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING, Any

import pytest

from net_world import Gateway, answer
from relay_world import PATIENCE, Json, event_stream, json_answer, mcp_gateway
from serve_process import Served, served, surroundings

if TYPE_CHECKING:
    from pathlib import Path

    from net_world import Play

WHO = {"name": "test", "version": "1"}
HELLO = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": WHO}
MEGABYTE = 1_000_000


def line(method: str, request_id: int | None = None, **params: Any) -> bytes:
    """One line of a host."""
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    return json.dumps(message | ({} if request_id is None else {"id": request_id})).encode()


SCRIPT = [
    line("initialize", 1, **HELLO),
    line("notifications/initialized"),
    line("tools/list", 2),
    line("tools/call", 3, name="look", arguments={}),
]
"""What a host says, all of it, without waiting for anything."""


def said(stdout: bytes) -> dict[object, Json]:
    """The messages on stdout by their ids; each is a JSON-RPC message on a line of its own."""
    messages = [json.loads(one) for one in stdout.splitlines()]
    assert all(message["jsonrpc"] == "2.0" for message in messages)
    found = {message["id"]: message for message in messages}
    assert len(found) == len(messages), "a second answer to one request"
    return found


class Desk:
    """A gateway whose calls wait until they are released; `kind` is an argument of the call."""

    def __init__(self) -> None:
        self.release = asyncio.Event()
        self.waiting = asyncio.Semaphore(0)
        """Released by each call that begins to wait."""

    def call(self, message: Json) -> bytes | Play:
        arguments = message["params"]["arguments"]
        match arguments.get("kind"):
            case "slow":
                return self._slow(message)
            case "big":
                # With line breaks between the members, as a server may print it.
                return answer(_big(message, indent=1), "Content-Type: application/json")
            case "big event":
                return event_stream(PROGRESS, _big(message))
        return json_answer(message, {"said": arguments})

    def _slow(self, message: Json) -> Play:
        async def play(writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
            self.waiting.release()
            await self.release.wait()
            writer.write(json_answer(message, {"slow": True}))

        return play

    def gateway(self, **more: Any) -> Gateway:
        """The gateway, to be entered."""
        return Gateway(mcp_gateway(tools_call=self.call, **more))


PROGRESS = line("notifications/progress", progressToken=1, progress=1)


def _big(message: Json, **style: Any) -> bytes:
    text = {"type": "text", "text": "ü\u2028" * 2 * MEGABYTE}
    found = {"jsonrpc": "2.0", "id": message["id"], "result": {"content": [text]}}
    return json.dumps(found, ensure_ascii=False, **style).encode()


async def connected(client: Served) -> None:
    """Shake hands, and have a session."""
    await client.greet()
    await client.tools()


ENDS = ["eof", "SIGTERM", "SIGINT", "SIGHUP"]


def end(client: Served, how: str) -> int:
    """Bring the end about; the exit code that belongs to it."""
    if how == "eof":
        client.hang_up()
        return 0
    number = getattr(signal, how)
    client.process.send_signal(number)
    return 128 + int(number)


@pytest.mark.parametrize("how", ENDS)
def test_the_end_comes_at_once_in_every_phase(tmp_path: Path, how: str) -> None:
    """peers.md §8, behaviours 11 and 12; the sessions that there are get deleted."""

    async def scenario() -> None:
        desk, mute = Desk(), Gateway(never)
        async with (
            desk.gateway() as gateway,
            mute,
            served(tmp_path / "1", gateway.url) as fresh,
            served(tmp_path / "2", mute.url) as greeting,
            served(tmp_path / "3", gateway.url) as idle,
            served(tmp_path / "4", gateway.url) as calling,
        ):
            # A refused line is proof that the process listens.
            fresh.receive(b"no JSON")
            await fresh.until(lambda: fresh.lines)
            greeting.receive(SCRIPT[0])
            await asyncio.wait_for(mute.seen(requests=1), PATIENCE)
            await connected(idle)
            await connected(calling)
            calling.begin("tools/call", {"name": "change", "arguments": {"kind": "slow"}})
            await asyncio.wait_for(desk.waiting.acquire(), PATIENCE)
            everybody = (fresh, greeting, idle, calling)
            codes = [end(client, how) for client in everybody]
            assert await asyncio.gather(*(client.ended() for client in everybody)) == codes
            assert sum(request.startswith(b"DELETE ") for request in gateway.requests) == 2
            # Who has listed the tools has said so in one line, and nobody says more.
            assert [client.stderr.count(b"\n") for client in everybody] == [0, 0, 1, 1]

    asyncio.run(scenario())


async def never(_writer: asyncio.StreamWriter, _gateway: Gateway) -> None:
    """A gateway that takes a request and says nothing."""
    await asyncio.Event().wait()


def test_a_call_that_ends_within_a_moment_of_the_last_line_is_answered(tmp_path: Path) -> None:
    """Ours. A host may close stdin and read on."""

    async def scenario() -> None:
        desk = Desk()
        async with desk.gateway() as gateway, served(tmp_path, gateway.url) as client:
            await connected(client)
            slow = client.begin("tools/call", {"name": "look", "arguments": {"kind": "slow"}})
            await asyncio.wait_for(desk.waiting.acquire(), PATIENCE)
            client.hang_up()
            desk.release.set()
            assert await client.ended() == 0
            assert slow.result()["result"] == {"slow": True}

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["pipe", "file"])
def test_a_script_may_say_all_at_once(tmp_path: Path, kind: str) -> None:
    """Ours: `serve URL < file > file`; the last line may lack its line break."""

    async def scenario() -> bytes:
        script, out = tmp_path / "in", tmp_path / "out"
        script.write_bytes(b"\r\n\n".join(SCRIPT))
        async with Desk().gateway() as gateway:
            if kind == "file":
                with script.open("rb") as stdin, out.open("wb") as stdout:
                    streams: dict[str, Any] = {"stdin": stdin, "stdout": stdout}
                    async with served(tmp_path, gateway.url, **streams) as client:
                        assert await client.ended(PATIENCE) == 0
                return out.read_bytes()
            async with served(tmp_path, gateway.url) as client:
                client.write(script.read_bytes())
                client.hang_up()
                assert await client.ended(PATIENCE) == 0
                return b"\n".join(client.lines)

    found = said(asyncio.run(scenario()))
    assert set(found) == {1, 2, 3}
    assert found[1]["result"]["serverInfo"]["name"] == "scripted"
    assert [tool["name"] for tool in found[2]["result"]["tools"]][:2] == ["look", "change"]
    assert found[3]["result"] == {"said": {}}


def test_nothing_on_stdin_is_an_end(tmp_path: Path) -> None:
    """Ours: `serve URL < /dev/null`, as a service manager starts it."""

    async def scenario() -> None:
        null = asyncio.subprocess.DEVNULL
        async with Desk().gateway() as gateway:
            async with served(tmp_path, gateway.url, stdin=null) as client:
                assert await client.ended(PATIENCE) == 0
            assert gateway.requests == []

    asyncio.run(scenario())


@pytest.mark.parametrize("closed", ["<&-", ">&-"])
def test_a_stream_that_is_closed_is_said_before_anything_is_begun(
    tmp_path: Path, closed: str
) -> None:
    """Ours. Its number would be given to the next file that is opened."""

    async def scenario() -> None:
        async with Desk().gateway() as gateway:
            process = await asyncio.create_subprocess_shell(
                f'exec "{sys.executable}" -m mcp_proxy serve {gateway.url} {closed}',
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=surroundings(tmp_path),
            )
            out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
            assert process.returncode == 2
            assert out == b""
            assert b"standard streams" in err
            assert gateway.requests == []

    asyncio.run(scenario())


def test_one_socket_can_be_stdin_and_stdout(tmp_path: Path) -> None:
    """Ours: `ssh host mcp-permit serve` and socat make it so."""

    async def scenario() -> None:
        ours, theirs = socket.socketpair()
        async with Desk().gateway() as gateway:
            streams: dict[str, Any] = {"stdin": theirs, "stdout": theirs}
            async with served(tmp_path, gateway.url, **streams) as client:
                theirs.close()
                reader, writer = await asyncio.open_connection(sock=ours, limit=64 * MEGABYTE)
                writer.write(b"\n".join(SCRIPT) + b"\n")
                writer.write(line("tools/call", 4, name="look", arguments={"kind": "big"}) + b"\n")
                lines = [await asyncio.wait_for(reader.readline(), PATIENCE) for _ in range(4)]
                writer.write_eof()
                assert await client.ended() == 0
                assert set(said(b"".join(lines))) == {1, 2, 3, 4}
                writer.close()

    asyncio.run(scenario())


def test_lines_may_arrive_in_any_pieces(tmp_path: Path) -> None:
    """Ours; peers.md §8, behaviour 29: CRLF."""

    async def scenario() -> None:
        async with Desk().gateway() as gateway, served(tmp_path, gateway.url) as client:
            assert client.process.stdin is not None
            script = b"\r\n".join(SCRIPT) + b"\r\n"
            for at in range(len(script)):
                client.write(script[at : at + 1])
                await client.process.stdin.drain()
            await client.until(lambda: len(client.lines) == 3)
            one = {"jsonrpc": "2.0", "id": 4, "method": "tools/call"}
            pad = {"pad": "ü" * MEGABYTE}
            large = one | {"params": {"name": "look", "arguments": pad}}
            client.write(json.dumps(large, ensure_ascii=False).encode())
            client.hang_up()
            assert await client.ended() == 0
            assert said(b"\n".join(client.lines))[4]["result"]["said"] == pad

    asyncio.run(scenario())


@pytest.mark.parametrize("kind", ["big", "big event"])
def test_an_answer_of_ten_megabytes_arrives_whole(tmp_path: Path, kind: str) -> None:
    """Issue 2: results of any size; systems.md X3."""

    async def scenario() -> None:
        async with Desk().gateway() as gateway, served(tmp_path, gateway.url) as client:
            await connected(client)
            found = await client.call("look", kind=kind)
            assert found["result"]["content"][0]["text"] == "ü\u2028" * 2 * MEGABYTE
            assert len(client.told) == (kind == "big event")

    asyncio.run(scenario())


def test_a_slow_call_holds_up_none_of_two_hundred(tmp_path: Path) -> None:
    """Issue 2."""

    async def scenario() -> None:
        desk = Desk()
        async with desk.gateway() as gateway, served(tmp_path, gateway.url) as client:
            await connected(client)
            slow = client.begin("tools/call", {"name": "look", "arguments": {"kind": "slow"}})
            await asyncio.wait_for(desk.waiting.acquire(), PATIENCE)
            found = await asyncio.gather(*(client.call("look", n=n) for n in range(200)))
            assert [one["result"]["said"]["n"] for one in found] == list(range(200))
            assert not slow.done()
            desk.release.set()
            assert (await asyncio.wait_for(slow, PATIENCE))["result"] == {"slow": True}

    asyncio.run(scenario())


def test_a_host_that_reads_late_loses_nothing_and_holds_up_nothing(tmp_path: Path) -> None:
    """Ours. More than a pipe holds waits for it, at the end as well."""

    async def scenario() -> bytes:
        desk = Desk()
        theirs, ours = os.pipe()
        async with (
            desk.gateway() as gateway,
            served(tmp_path, gateway.url, stdout=ours) as client,
        ):
            os.close(ours)
            pad = {"pad": "x" * 100_000}
            client.write(b"\n".join(SCRIPT) + b"\n")
            for number in range(10):
                client.receive(line("tools/call", 10 + number, name="look", arguments=pad))
            client.receive(line("tools/call", 4, name="look", arguments={"kind": "slow"}))
            # The last one is heard although nobody has read what came before.
            await asyncio.wait_for(desk.waiting.acquire(), PATIENCE)
            client.hang_up()
            desk.release.set()
            whole = await asyncio.to_thread(read_to_end, theirs)
            assert await client.ended() == 0
            return whole

    found = said(asyncio.run(scenario()))
    assert set(found) == {1, 2, 3, 4, *range(10, 20)}


def read_to_end(descriptor: int) -> bytes:
    """All that comes out of a pipe."""
    with os.fdopen(descriptor, "rb") as pipe:
        return pipe.read()


@pytest.mark.parametrize("how", ["eof", "SIGTERM"])
def test_a_host_that_never_reads_keeps_nobody(tmp_path: Path, how: str) -> None:
    """peers.md §8, behaviour 11."""

    async def scenario() -> None:
        desk = Desk()
        theirs, ours = os.pipe()
        async with (
            desk.gateway() as gateway,
            served(tmp_path, gateway.url, stdout=ours) as client,
        ):
            os.close(ours)
            client.write(b"\n".join(SCRIPT) + b"\n")
            client.receive(line("tools/call", 4, name="look", arguments={"kind": "big"}))
            client.receive(line("tools/call", 5, name="look", arguments={"kind": "slow"}))
            await asyncio.wait_for(desk.waiting.acquire(), PATIENCE)
            desk.release.set()
            code = end(client, how)
            assert await client.ended() == code
        os.close(theirs)

    asyncio.run(scenario())


def test_a_host_that_has_closed_stdout_has_hung_up(tmp_path: Path) -> None:
    """Ours. Nobody is there to be answered."""

    async def scenario() -> None:
        theirs, ours = os.pipe()
        async with (
            Desk().gateway() as gateway,
            served(tmp_path, gateway.url, stdout=ours) as client,
        ):
            os.close(ours)
            os.close(theirs)
            client.receive(SCRIPT[0])
            assert await client.ended(PATIENCE) == 0

    asyncio.run(scenario())
