"""The demo's ScaiMCP and the commands, with a profile for each role."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from mcp_proxy.cli.main import main
from mcp_proxy.demo.scaimcp.world import ScaiWorld
from mcp_proxy.demo.world import world_in_thread

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ROLES = ("viewer", "user", "tadmin", "catalog-only", "stranger")
PROFILE = """
[profiles.{role}]
url = "{url}"
account = "{role}"
preset = "scaimcp"
[profiles.{role}.auth]
grant = "bearer"
token = "env:KEY_{name}"
"""


@dataclass
class ScaiTerminal:
    """The commands, with one profile for each role of one world."""

    world: ScaiWorld
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
        return json.loads(out)


@pytest.fixture(scope="module")
def scai_world() -> Iterator[ScaiWorld]:
    """One world for all tests of a file."""
    with world_in_thread(ScaiWorld) as found:
        yield found


@pytest.fixture
def scai(
    scai_world: ScaiWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> ScaiTerminal:
    """A new home."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    text = ""
    for role in ROLES:
        name = role.replace("-", "_").upper()
        monkeypatch.setenv(f"KEY_{name}", scai_world.key(role))
        text += PROFILE.format(role=role, url=scai_world.url, name=name)
    (tmp_path / "config.toml").write_text(text)
    return ScaiTerminal(scai_world, tmp_path, capsys)
