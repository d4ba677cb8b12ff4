"""The tour, played from beginning to end with the real program."""

from __future__ import annotations

import asyncio
import io
import re
import socket
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from cli_gateway import free_port
from mcp_proxy.demo.integration.switches import IntegrationFaults
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.stage import Stage
from mcp_proxy.demo.tour import Tour, run_tour
from mcp_proxy.demo.transcript import Transcript
from mcp_proxy.errors import AuthError, GatewayError
from mcp_proxy.net.loopback import listen

if TYPE_CHECKING:
    from pathlib import Path


class Reader(io.StringIO):
    """A person who presses Ctrl-C when told that it ends the gateway."""

    def __init__(self) -> None:
        super().__init__()
        self.tour: asyncio.Task[int] | None = None

    def write(self, words: str) -> int:
        if "press Ctrl-C" in words and self.tour is not None:
            self.tour.cancel()
        return super().write(words)


def free_redirect() -> str:
    return f"http://localhost:{free_port()}/oauth/callback"


def test_the_main_job_is_played_and_what_is_told_was_counted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 2, "mcp-permit demo", sentence by sentence."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))

    async def scenario() -> tuple[int, str]:
        terminal = Reader()
        console = Console(file=terminal, width=80)
        terminal.tour = asyncio.create_task(
            run_tour(console, browser=False, keep=True, redirect_uri=free_redirect())
        )
        async with asyncio.timeout(100):
            return await terminal.tour, terminal.getvalue()

    code, told = asyncio.run(scenario())
    assert code == 0
    words = re.sub(r"\s+", " ", told)
    for sentence in (
        "1 browser opening: staff-full pressed Allow",
        "files that show one: 0 of",
        "8 of 16 are surfaced: list_integrations, read_integration",
        "1 hidden by deny: delete_integration_component",
        "7 hidden by read-only: write_integration",
        "Loan Onboarding: read, write, execute, debug",
        "PERMISSION_DENIED: delete_integration_component",
        "Such calls that reached the gateway: 0",
        "Answered without a sign-in: 1 browser opening in all",
        "Behind it: 1 refusal (HTTP 401), 1 renewal",
        "cannot be reached",
        "8 of 16 surfaced",
        "1 sign-in, 1 renewal, 3 calls at the gateway",
        "To try a system yourself: mcp-permit demo integration-gateway | scaimcp | stable-baseline",
        "What to try",
    ):
        assert sentence in words
    assert max(len(line) for line in told.split("An Integration Gateway")[0].splitlines()) <= 80


def test_a_redirect_port_that_is_taken_is_said_before_anything_begins() -> None:
    """systems.md §7.2: fail with a message naming the port, never choose another one."""
    told = io.StringIO()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        uri = f"http://localhost:{port}/oauth/callback"
        with pytest.raises(AuthError, match=str(port)):
            asyncio.run(run_tour(Console(file=told), browser=False, keep=False, redirect_uri=uri))
    assert told.getvalue() == ""


def test_a_sign_in_that_fails_ends_it_at_once(tmp_path: Path) -> None:
    """Ours: another demo has taken the port meanwhile. The reason is told, and nobody waits."""

    async def scenario() -> None:
        uri = free_redirect()
        async with listen(uri), IntegrationWorld.start(redirect_uri=uri, consent="person") as world:
            stage = Stage(world, tmp_path, by_person=False)
            async with asyncio.timeout(30):
                console = Console(file=io.StringIO())
                await Tour(Transcript(console), world, stage).play(by_person=False)

    with pytest.raises(
        GatewayError, match=r"stops here: The last sign-in failed: Port \d+ is taken"
    ):
        asyncio.run(scenario())


def test_a_step_that_does_not_come_out_ends_it_with_the_reason(tmp_path: Path) -> None:
    """Ours: nothing is told that did not happen."""
    told = io.StringIO()

    async def scenario() -> None:
        async with IntegrationWorld.start(
            faults=IntegrationFaults(answers="500"), redirect_uri=free_redirect()
        ) as world:
            stage = Stage(world, tmp_path, by_person=False)
            await Tour(Transcript(Console(file=told)), world, stage).play(by_person=False)

    with pytest.raises(GatewayError, match="The demo stops here"):
        asyncio.run(scenario())
    assert "surfaced" not in told.getvalue()
