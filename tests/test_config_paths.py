"""Where our files lie."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from platformdirs import PlatformDirs

from mcp_proxy.config.paths import paths
from mcp_proxy.errors import ConfigError


def test_all_lies_below_the_home_that_is_set(tmp_path: Path) -> None:
    """architecture.md §8."""
    home = paths({"MCP_PERMIT_HOME": f" {tmp_path} "})
    assert home.config_file == tmp_path / "config.toml"
    assert home.state == tmp_path
    assert home.vault == tmp_path / "vault"
    assert home.catalogs == tmp_path / "catalogs"
    assert home.audit_file == tmp_path / "audit.jsonl"
    assert not list(tmp_path.iterdir())


def test_a_tilde_is_filled_in(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: desktop clients pass variables without a shell."""
    monkeypatch.setenv("HOME", "/home/jo")
    assert paths({"MCP_PERMIT_HOME": "~/permit"}).state == Path("/home/jo/permit")


@pytest.mark.parametrize("home", ["permit", "./permit", "~nobody-here/permit"])
def test_a_home_that_moves_with_the_working_folder_is_refused(home: str) -> None:
    """Ours: other tokens in each folder."""
    with pytest.raises(ConfigError, match=r"^MCP_PERMIT_HOME "):
        paths({"MCP_PERMIT_HOME": home})


def test_without_a_home_the_platforms_folders_are_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """platformdirs: XDG folders on Linux. An empty variable counts as none."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "c"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "s"))
    for home in (paths({}), paths({"MCP_PERMIT_HOME": " "})):
        assert home.config_file.name == "config.toml"
        assert home.config_file.is_relative_to(tmp_path)
        assert home.vault.is_relative_to(tmp_path)
        assert home.vault.parent == home.state
        assert "mcp-permit" in home.state.parts
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("home", ["/home/jo", "/", "/home/jo/", "relative", ""])
@pytest.mark.parametrize("folder", [None, "", "/else/where", "relative", "/with/slash/"])
def test_our_own_reading_of_xdg_is_that_of_platformdirs(
    home: str, folder: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """XDG Base Directory Specification: an empty or relative path counts as none."""
    environ = {"HOME": home}
    if folder is not None:
        environ |= {"XDG_STATE_HOME": folder, "XDG_CONFIG_HOME": folder}
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    found, theirs = paths(environ), PlatformDirs("mcp-permit", appauthor=False)
    assert found.state == theirs.user_state_path
    assert found.config_file == theirs.user_config_path / "config.toml"


def test_a_url_and_a_home_need_neither_toml_nor_platformdirs(tmp_path: Path) -> None:
    """Ours: a set of names, not a stopwatch; `serve` answers a host that waits."""
    program = f"""
import sys
others = set(sys.modules)  # the interpreter's, and those of who measures coverage
from mcp_proxy.config.load import resolve
from mcp_proxy.config.model import Config, Overrides
from mcp_proxy.config.paths import paths
paths({{"MCP_PERMIT_HOME": {str(tmp_path)!r}}})
paths({{"HOME": {str(tmp_path)!r}}})
resolve(Config(), "https://ig.example/mcp", Overrides(client_id="a", client_secret="env:A"))
costly = {{"tomllib", "platformdirs", "difflib", "keyring", "logging"}}
costly |= {{"mcp_proxy.config.parse", "mcp_proxy.config.table"}}
print(*costly.intersection(sys.modules) - others)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == ""
