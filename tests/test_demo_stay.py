"""`mcp-permit demo SYSTEM`, and `--keep`."""

from __future__ import annotations

import asyncio
import io
import json
import re
import socket
from pathlib import Path

import httpx2
import pytest
from rich.console import Console

from cli_gateway import free_port
from mcp_proxy.config.load import load_config, read_client_secret
from mcp_proxy.config.paths import paths
from mcp_proxy.demo.integration.exhibit import IntegrationExhibit
from mcp_proxy.demo.scaimcp.exhibit import ScaiExhibit
from mcp_proxy.demo.stay import _free, host_entry, only_one, own_home, show, stay
from mcp_proxy.demo.systems import SYSTEMS
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


async def kept(home: Path, system: str = "scaimcp") -> tuple[str, int, str]:
    """What is told until Ctrl-C is pressed, the exit code, and the first gateway's address."""
    terminal = Listening("Ctrl-C")
    transcript = Transcript(Console(file=terminal, width=80))
    environ = {"MCP_PERMIT_HOME": str(home)}
    async with asyncio.timeout(20):
        kind = SYSTEMS[system]
        staying = asyncio.create_task(stay(transcript, environ, kind, port=lambda _: 0))
        await terminal.seen.wait()
        url = load_config(home / "config.toml").profiles["demo"].url
        async with httpx2.AsyncClient() as client:
            assert (await client.get(url)).status_code == 401
            await admin_port_is_open(client, terminal.getvalue(), home)
        staying.cancel()
        return terminal.getvalue(), await staying, url


async def admin_port_is_open(client: httpx2.AsyncClient, told: str, home: Path) -> None:
    """With the header in the file that is told."""
    line = next(line for line in told.splitlines() if "curl -K" in line)
    header = re.search(r'"Authorization: (.+)"', (home / "demo-admin.curl").read_text())
    assert header is not None
    answer = await client.get(line.split()[-1], headers={"Authorization": header[1]})
    assert answer.json()["deeds"]


@pytest.mark.parametrize("system", SYSTEMS)
def test_it_leaves_gateways_up_and_says_who_may_come_and_what_to_try(
    tmp_path: Path, system: str
) -> None:
    """Issue 4: endpoint, identities by role, ready-made commands; ends on Ctrl-C."""
    told, code, url = asyncio.run(kept(tmp_path, system))
    assert code == 0
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(url)
    assert url in told
    assert '"mcpServers"' in told
    assert all(words in told for words, _ in SYSTEMS[system].tries)
    assert str(tmp_path / "config.toml") in told.replace("\n", "").replace(" ", "")


def test_secrets_lie_in_private_files_and_are_told_nowhere(tmp_path: Path) -> None:
    """Issue 2: never plain TOML, never argv."""
    told, _, _ = asyncio.run(kept(tmp_path, "integration-gateway"))
    profiles = load_config(tmp_path / "config.toml").profiles
    for name in ("demo-dev", "demo-test", "demo-prod"):
        ref = profiles[name].auth.client_secret
        assert ref is not None
        secret = read_client_secret(ref)
        assert secret not in told
        assert secret not in (tmp_path / "config.toml").read_text()
        assert Path(ref.name).stat().st_mode & 0o777 == 0o600
    token = (tmp_path / "demo-admin.curl").read_text().split()[-1].strip('"')
    assert token not in told


def test_a_port_that_is_taken_is_given_way_to() -> None:
    """Ours: stable where possible."""
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        assert _free(port) == 0
    assert _free(port) == port


def test_there_is_one_at_a_time(tmp_path: Path) -> None:
    """Ours: the profiles go on leading to the one that is up."""
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
        asyncio.run(stay(transcript, environ, IntegrationExhibit, port=lambda _: 0))
    assert (tmp_path / "config.toml").read_text() == own


def test_a_home_of_its_own_is_gone_with_it_and_asks_no_keyring() -> None:
    """Ours: nobody's configuration is touched, and nothing is left behind."""
    with own_home({"PATH": "/bin"}) as environ:
        home = paths(environ)
        assert environ["PATH"] == "/bin"
        assert (home.vault / "vault.key").exists()
        assert home.vault.stat().st_mode & 0o777 == 0o700
    assert not home.state.exists()


@pytest.mark.parametrize("keep", [True, False])
def test_only_what_is_kept_goes_into_ones_own_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, keep: bool
) -> None:
    """Issue 4: `--keep` works as before."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    terminal = Listening("Ctrl-C")

    async def scenario() -> int:
        console = Console(file=terminal, width=200)
        faults = ["module-off"]
        showing = asyncio.create_task(show(console, ScaiExhibit, keep=keep, faults=faults))
        async with asyncio.timeout(20):
            await terminal.seen.wait()
            showing.cancel()
            return await showing

    assert asyncio.run(scenario()) == 0
    assert (tmp_path / "config.toml").exists() is keep
    assert ("export MCP_PERMIT_HOME=" in terminal.getvalue()) is not keep


def test_the_lines_for_a_host_need_no_path_and_no_secret() -> None:
    """protocol.md §5.1: absolute command, near-empty environment."""
    lines = json.loads(host_entry({"MCP_PERMIT_HOME": "/somewhere", "SECRET": "s"}))
    entry = lines["mcpServers"]["permit-demo"]
    assert Path(entry["command"]).is_absolute()
    assert entry["args"][-2:] == ["serve", "demo"]
    assert entry["env"] == {"MCP_PERMIT_HOME": "/somewhere"}
    assert "env" not in json.loads(host_entry({}))["mcpServers"]["permit-demo"]
