"""The demo world with a home of its own, for the tests of the commands."""

from __future__ import annotations

import contextlib
import json
import os
import random
import socket
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.world import world_in_thread
from mcp_proxy.files import write_private

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


PROFILE = """
[profiles.demo]
url = "{url}"
[profiles.demo.auth]
client_id = "{client_id}"
client_secret = "@{secret}"
redirect_uri = "{redirect_uri}"
[profiles.demo.permissions]
deny = ["delete_*"]
"""


@dataclass
class Terminal:
    """The commands, with one profile `demo` for one world."""

    world: IntegrationWorld
    home: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, stdout and stderr of one command."""
        code = main(words)
        out, err = self.capsys.readouterr()
        return code, out, err

    def document(self, *words: str) -> Any:
        """The one document of a command that works."""
        code, out, err = self.run(*words, "--json")
        assert (code, err) == (0, ""), err
        assert out.count("\n") == 1
        return json.loads(out)

    def error(self, *words: str) -> Any:
        """The one error of a command that does not work."""
        code, out, err = self.run(*words, "--json")
        assert out == ""
        told = json.loads(err)
        assert told["exit"] == code
        return told


def free_port() -> int:
    """A port that nobody listens on, and that the system gives to no outgoing connection."""
    while True:
        port = random.randrange(10_000, 32_000)
        with socket.socket() as found, contextlib.suppress(OSError):
            found.bind(("127.0.0.1", port))
            return port


@pytest.fixture(scope="module")
def world() -> Iterator[IntegrationWorld]:
    """One world for all tests of a file."""
    redirect_uri = f"http://localhost:{free_port()}/oauth/callback"
    with world_in_thread(IntegrationWorld, redirect_uri=redirect_uri) as found:
        yield found


@pytest.fixture
def terminal(
    world: IntegrationWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Terminal:
    """A new home, and a person who says yes instead of a browser."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    monkeypatch.setenv("BROWSER", f"{sys.executable} -m mcp_proxy.demo.browser %s")
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    write_private(tmp_path / "secret", world.client_secret.encode())
    facts = {
        "url": world.url,
        "client_id": world.client_id,
        "secret": tmp_path / "secret",
        "redirect_uri": world.redirect_uri,
    }
    (tmp_path / "config.toml").write_text(PROFILE.format(**facts))
    return Terminal(world, tmp_path, capsys)


def environment(terminal: Terminal) -> dict[str, str]:
    """What a program in another process needs to see the same home."""
    names = ("MCP_PERMIT_HOME", "BROWSER", "PYTHON_KEYRING_BACKEND")
    return {name: os.environ[name] for name in names if terminal.home}
