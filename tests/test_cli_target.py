"""PROFILE | URL and the options of a gateway."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.target import add_gateway, chosen, overrides, profile_names, split_target
from mcp_proxy.config.model import Overrides
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

TWO = """
default_profile = "dev"
[profiles.dev]
url = "https://dev.example/mcp"
[profiles.test]
url = "https://test.example/mcp"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's files lie, with two profiles."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    (tmp_path / "config.toml").write_text(TWO)
    return tmp_path


def parsed(*words: str) -> Namespace:
    parser = ArgumentParser()
    add_gateway(parser)
    return parser.parse_args(words)


def test_every_override_has_its_option() -> None:
    """Ours: what the configuration knows, the command line can say."""
    assert overrides(parsed()) == Overrides()
    said = overrides(
        parsed(
            "--header=A: b",
            "--header=C: d",
            "--header-file=f",
            "--client-id=id",
            "--client-secret=env:S",
            "--client-metadata-url=https://c.example/c.json",
            "--redirect-uri=http://127.0.0.1/c",
            "--scope=a b",
            "--resource=https://r.example",
            "--token=env:T",
            "--allow=x*",
            "--deny=y*",
            "--read-only",
            "--no-browser",
            "--login-timeout=5",
            "--allow-http",
        )
    )
    assert said == Overrides(
        headers=("A: b", "C: d"),
        header_files=("f",),
        client_id="id",
        client_secret="env:S",
        client_metadata_url="https://c.example/c.json",
        redirect_uri="http://127.0.0.1/c",
        scope="a b",
        resource="https://r.example",
        token="env:T",
        allow=("x*",),
        deny=("y*",),
        read_only=True,
        browser=False,
        login_timeout_seconds=5.0,
        allow_http=True,
    )


@pytest.mark.parametrize(
    ("words", "target", "rest"),
    [
        (["dev", "runs"], "dev", ["runs"]),
        (["https://x.example/mcp", "runs"], "https://x.example/mcp", ["runs"]),
        (["runs", "dev"], None, ["runs", "dev"]),
        ([], None, []),
    ],
)
@pytest.mark.usefixtures("home")
def test_the_first_word_is_a_target_where_it_names_one(
    words: Sequence[str], target: str | None, rest: Sequence[str]
) -> None:
    """Ours: `tools runs` filters the default profile's tools, `tools dev` lists those of dev."""
    assert split_target(parsed(), list(words)) == (target, rest)


@pytest.mark.usefixtures("home")
def test_a_target_is_a_profile_a_url_or_the_default() -> None:
    """Ours."""
    assert chosen(parsed(), "test")[0].url == "https://test.example/mcp"
    assert chosen(parsed(), None)[0].url == "https://dev.example/mcp"
    assert chosen(parsed("--read-only"), "dev")[0].permissions.read_only
    assert chosen(parsed(), "https://x.example/mcp")[0].url == "https://x.example/mcp"
    with pytest.raises(ConfigError):
        chosen(parsed(), "tset")


def test_a_url_needs_no_file_and_stumbles_over_none(home: Path) -> None:
    """Ours: what a desktop client launches must not depend on a file being edited."""
    (home / "config.toml").write_text("half a li")
    assert chosen(parsed(), "https://x.example/mcp")[1].state == home
    with pytest.raises(ConfigError):
        chosen(parsed(), "dev")


@pytest.mark.usefixtures("home")
def test_another_file_is_read_when_it_is_named(tmp_path: Path) -> None:
    """Ours. A file that is named and not there is a mistake, unlike the usual one."""
    other = tmp_path / "other.toml"
    other.write_text('[profiles.prod]\nurl = "https://prod.example/mcp"\n')
    assert profile_names(parsed("--config", str(other))) == ["prod"]
    with pytest.raises(ConfigError, match="There is no file"):
        profile_names(parsed("--config", str(tmp_path / "none.toml")))
