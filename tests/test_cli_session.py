"""A tap for a command."""

from __future__ import annotations

import asyncio
import os

import pytest

from cli_gateway import Terminal, terminal, world
from mcp_proxy.cli.session import session
from mcp_proxy.config.load import load_config
from mcp_proxy.config.paths import paths
from mcp_proxy.errors import SignInRequired

__all__ = ["terminal", "world"]


def test_a_session_lists_what_the_gateway_lists(terminal: Terminal) -> None:
    """Ours. Unfiltered: what is surfaced is decided by whoever shows it."""
    terminal.run("login")
    home = paths(os.environ)
    profile = load_config(home.config_file).profiles["demo"]

    async def listed() -> set[str]:
        async with session(profile, home, as_json=False) as tap:
            return {tool.name for tool in await tap.tools()}

    assert "delete_integration_component" in asyncio.run(listed())
    assert terminal.world.counters.deletes > 0, "the session is ended at the gateway"


def test_a_script_is_told_to_sign_in(terminal: Terminal) -> None:
    """peers.md §8, behaviour 34: pytest's stdin is no terminal."""
    home = paths(os.environ)
    profile = load_config(home.config_file).profiles["demo"]

    async def opened() -> None:
        async with session(profile, home, as_json=False):
            pytest.fail("nobody has signed in")

    before = terminal.world.counters.authorizations
    with pytest.raises(SignInRequired):
        asyncio.run(opened())
    assert terminal.world.counters.authorizations == before
