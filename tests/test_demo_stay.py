"""`mcp-permit demo --keep`."""

from __future__ import annotations

import asyncio
import io
import json
import socket
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from cli_gateway import free_port
from mcp_proxy.config.load import load_config, read_client_secret
from mcp_proxy.config.paths import paths
from mcp_proxy.demo.stay import host_entry, only_one, stay
from mcp_proxy.demo.transcript import Transcript
from mcp_proxy.errors import ConfigError


class Listening(io.StringIO):
    """A terminal that somebody reads: knows when a text was printed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text, self.seen = text, asyncio.Event()

    def write(self, words: str) -> int:
        length = super().write(words)
        if self._text in self.getvalue():
            self.seen.set()
        return length


async def kept(home: Path, port: int = 0) -> tuple[str, int, str]:
    """What is told until Ctrl-C is pressed, the exit code, and the gateway's address."""
    terminal = Listening("Ctrl-C")
    transcript = Transcript(Console(file=terminal, width=80))
    environ = {"MCP_PERMIT_HOME": str(home)}
    async with asyncio.timeout(10):
        staying = asyncio.create_task(stay(transcript, paths(environ), environ, port=port))
        await terminal.seen.wait()
        url = load_config(home / "config.toml").profiles["demo"].url
        async with httpx2.AsyncClient() as client:
            assert (await client.get(url)).status_code == 401
        staying.cancel()
        return terminal.getvalue(), await staying, url


def test_it_leaves_a_gateway_up_and_says_how_to_use_it(tmp_path: Path) -> None:
    """Issue 2: a profile, the lines for a host's configuration, the next five commands."""
    told, code, url = asyncio.run(kept(tmp_path))
    assert code == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)
    assert '"mcpServers"' in told
    assert sum(told.count(f"{words} demo") for words in ("login", "status", "tools", "call")) == 5
    assert str(tmp_path / "config.toml") in told.replace("\n", "").replace(" ", "")


def test_the_secret_lies_in_a_private_file_and_stays_the_same(tmp_path: Path) -> None:
    """Issue 2: never plain TOML, never argv."""
    secrets = []
    for _ in range(2):
        told, _, _ = asyncio.run(kept(tmp_path))
        ref = load_config(tmp_path / "config.toml").profiles["demo"].auth.client_secret
        assert ref is not None
        secrets.append(read_client_secret(ref))
        assert secrets[-1] not in told
        assert secrets[-1] not in (tmp_path / "config.toml").read_text()
    assert secrets[0] == secrets[1]
    assert (tmp_path / "demo-client-secret").stat().st_mode & 0o777 == 0o600


def test_a_port_that_is_taken_is_given_way_to(tmp_path: Path) -> None:
    """Ours: stable where possible."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        _, _, url = asyncio.run(kept(tmp_path, port))
        assert f":{port}/" not in url
    _, _, again = asyncio.run(kept(tmp_path, port))
    assert f":{port}/" in again


def test_there_is_one_at_a_time(tmp_path: Path) -> None:
    """Ours: the profile goes on leading to the one that is up."""
    home = paths({"MCP_PERMIT_HOME": str(tmp_path)})
    with only_one(home), pytest.raises(ConfigError, match="up already"), only_one(home):
        pytest.fail("two are up")
    with only_one(home):
        pass


def test_somebody_elses_profile_is_left_alone(tmp_path: Path) -> None:
    """Ours."""
    own = '[profiles.demo]\nurl = "https://mine.example/mcp"\n'
    (tmp_path / "config.toml").write_text(own)
    environ = {"MCP_PERMIT_HOME": str(tmp_path)}
    transcript = Transcript(Console(file=io.StringIO()))
    with pytest.raises(ConfigError, match="not the demo's"):
        asyncio.run(stay(transcript, paths(environ), environ, port=0))
    assert (tmp_path / "config.toml").read_text() == own


def test_the_lines_for_a_host_need_no_path_and_no_secret() -> None:
    """protocol.md §5.1: absolute command, near-empty environment."""
    lines = json.loads(host_entry({"MCP_PERMIT_HOME": "/somewhere", "SECRET": "s"}))
    entry = lines["mcpServers"]["ig-demo"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-2:] == ["serve", "demo"]
    assert entry["env"] == {"MCP_PERMIT_HOME": "/somewhere"}
    assert "env" not in json.loads(host_entry({}))["mcpServers"]["ig-demo"]
