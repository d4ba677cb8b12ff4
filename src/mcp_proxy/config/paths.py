"""Where our files lie.

Below `MCP_PERMIT_HOME` when that is set, else in the folders that each platform has
for such files. Nothing is created here.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.errors import ConfigError
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

HOME_VARIABLE = "MCP_PERMIT_HOME"


@dataclass(frozen=True, slots=True)
class Paths:
    """Absolute paths; all but `config_file` lie below `state`."""

    config_file: Path
    state: Path
    vault: Path
    """Folder of sealed grants."""
    catalogs: Path
    """Folder of snapshots."""
    audit_file: Path


def paths(environ: Mapping[str, str]) -> Paths:
    """Where our files lie for a process with this environment.

    Raises:
        ConfigError: `MCP_PERMIT_HOME` is no absolute path, so that each working folder
            would have other tokens.
    """
    home = environ.get(HOME_VARIABLE, "").strip()
    if home:
        folder = _home(home)
        return _below(folder, config_file=folder / "config.toml")
    state, config = _on_linux(environ) if sys.platform == "linux" else _elsewhere()
    return _below(state, config_file=config / "config.toml")


def _on_linux(environ: Mapping[str, str]) -> tuple[Path, Path]:
    """The folders for state and for configuration, by the XDG Base Directory Specification."""
    home = environ.get("HOME", "")
    if not home.startswith("/"):
        return _elsewhere()
    given = [environ.get(name, "") for name in ("XDG_STATE_HOME", "XDG_CONFIG_HOME")]
    usual = [f"{home.rstrip('/')}/.local/state", f"{home.rstrip('/')}/.config"]
    # A relative path is to be ignored.
    state, config = (
        Path(one if one.startswith("/") else other, "mcp-permit")
        for one, other in zip(given, usual, strict=True)
    )
    return state, config


def _elsewhere() -> tuple[Path, Path]:
    # 13 ms, which most starts need not pay.
    from platformdirs import PlatformDirs  # noqa: PLC0415

    folders = PlatformDirs("mcp-permit", appauthor=False)
    return folders.user_state_path, folders.user_config_path


def _home(text: str) -> Path:
    try:
        folder = Path(text).expanduser()
    except RuntimeError as error:  # `~name` of a user who does not exist
        raise ConfigError(f"{HOME_VARIABLE} starts with the ~ of an unknown user") from error
    if not folder.is_absolute():
        raise ConfigError(
            f"{HOME_VARIABLE} must be an absolute path",
            key=HOME_VARIABLE,
            hint="A relative one would mean other tokens in each working folder",
        )
    return folder


def _below(state: Path, *, config_file: Path) -> Paths:
    return Paths(
        config_file=config_file,
        state=state,
        vault=state / "vault",
        catalogs=state / "catalogs",
        audit_file=state / "audit.jsonl",
    )
