"""What every system must show to somebody who wants to try it."""

from __future__ import annotations

import asyncio
import json
import shlex
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.main import COMMANDS
from mcp_proxy.config.parse import parse_config
from mcp_proxy.demo.profile import NAME
from mcp_proxy.demo.systems import SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Iterator

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
        command, profile, *_ = shlex.split(words)
        assert command in COMMANDS
        assert profile in profiles
        assert shows


def test_its_deeds_can_be_done(exhibit: Exhibit) -> None:
    """Ours: at the first world."""
    deeds = next(iter(exhibit.worlds.values())).deeds()

    async def scenario() -> None:
        for name, asked, shows in exhibit.deeds:
            deeds[name](**json.loads(asked))
            assert shows

    asyncio.run(scenario())
