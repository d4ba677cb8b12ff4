"""What every system must show to somebody who wants to try it."""

from __future__ import annotations

import asyncio
import inspect
import json
import shlex
import sys
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from mcp_proxy.cli.main import COMMANDS
from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.profile import NAME
from mcp_proxy.demo.stay import stay
from mcp_proxy.demo.systems import SYSTEMS
from mcp_proxy.demo.transcript import Transcript
from serve_process import surroundings
from test_demo_stay import Listening

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from mcp_proxy.demo.exhibit import Exhibit


@pytest.fixture(params=SYSTEMS)
def exhibit(request: pytest.FixtureRequest) -> Iterator[Exhibit]:
    """One system's, on any ports."""
    found = SYSTEMS[request.param](lambda _: 0, {})
    yield found
    for world in found.worlds.values():
        world.close()


def test_its_profiles_are_good_and_lead_to_its_worlds(exhibit: Exhibit) -> None:
    """Ours: secrets only by reference."""
    text = exhibit.profiles(lambda name: f"@/private/{name}")
    profiles = parse_config(text, where="demo").profiles
    urls = {world.url for world in exhibit.worlds.values()}
    assert NAME in profiles
    assert all(name == NAME or name.startswith(f"{NAME}-") for name in profiles)
    assert {profile.url for profile in profiles.values()} == urls
    assert not any(secret in text for secret in exhibit.secrets().values())
    assert all(f"@/private/{name}" in text for name in exhibit.secrets())


def test_identities_are_roles_with_a_description(exhibit: Exhibit) -> None:
    """Issue 4: by role, not by invented person."""
    found = exhibit.identities()
    assert len(found) >= 4
    assert all(name and description for name, description in found)


def test_what_to_try_names_commands_and_profiles_that_there_are(exhibit: Exhibit) -> None:
    """Ours."""
    profiles = parse_config(exhibit.profiles(lambda _: "@there"), where="demo").profiles
    for words, shows in exhibit.tries:
        command, *rest = shlex.split(words)
        assert command in COMMANDS
        assert not profiles.keys().isdisjoint(rest)
        assert shows


def test_its_deeds_can_be_done(exhibit: Exhibit) -> None:
    """Ours: at the first world."""
    deeds = next(iter(exhibit.worlds.values())).deeds()

    async def scenario() -> None:
        for name, asked, shows in exhibit.deeds:
            done = deeds[name](**json.loads(asked))
            if inspect.isawaitable(done):
                await done
            assert shows

    asyncio.run(scenario())


@pytest.mark.parametrize("system", ["scaimcp", "stable-baseline"])
def test_what_to_try_with_a_key_can_be_typed(system: str, tmp_path: Path) -> None:
    """Ours: all but what needs a person who signs in. Some show a refusal; 1 is a bug of ours."""
    environ = surroundings(tmp_path)

    async def typed(words: str) -> int:
        command = (sys.executable, "-m", "mcp_proxy", *shlex.split(words))
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            *command, stdout=pipe, stderr=pipe, stdin=asyncio.subprocess.DEVNULL, env=environ
        )
        told, complained = await process.communicate()
        assert b"Traceback" not in told + complained
        assert process.returncode is not None
        return process.returncode

    async def scenario() -> list[int]:
        console = Listening("Ctrl-C")
        transcript = Transcript(Console(file=console))
        staying = asyncio.create_task(stay(transcript, environ, SYSTEMS[system], port=lambda _: 0))
        async with asyncio.timeout(100):
            await console.seen.wait()
            tries = [words for words, _ in SYSTEMS[system].tries if NAME not in words.split()]
            codes = [await typed(words) for words in tries]
            staying.cancel()
            await staying
        return codes

    codes = asyncio.run(scenario())
    assert 1 not in codes
    assert codes.count(0) >= 2
