"""`mcp-permit config`: check, path, init."""

from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.model import Snapshot
from mcp_proxy.catalog.store import CatalogStore
from mcp_proxy.cli.main import main
from mcp_proxy.config.load import load_config
from mcp_proxy.config.paths import paths
from mcp_proxy.login.keys import static_key
from mcp_proxy.policy.model import Tool

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this test's files lie."""
    monkeypatch.setenv("MCP_PERMIT_HOME", str(tmp_path))
    return tmp_path


Capture = pytest.CaptureFixture[str]


def test_path_prints_one_path(home: Path, capsys: Capture) -> None:
    """Ours: `$EDITOR "$(mcp-permit config path)"`."""
    assert main(["config", "path"]) == 0
    assert capsys.readouterr().out == f"{home / 'config.toml'}\n"
    assert main(["config", "path", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["audit_file"] == str(home / "audit.jsonl")


def test_init_begins_a_file_that_check_accepts(home: Path, capsys: Capture) -> None:
    """Ours. It may hold client ids: private from the beginning."""
    assert main(["config", "init"]) == 0
    assert str(home / "config.toml") in capsys.readouterr().out
    assert stat.S_IMODE((home / "config.toml").stat().st_mode) == 0o600
    assert main(["config", "check"]) == 0
    assert "is in order" in capsys.readouterr().out


def test_init_overwrites_nothing(home: Path, capsys: Capture) -> None:
    """Ours."""
    (home / "config.toml").write_text("# mine\n")
    assert main(["config", "init", "--json"]) == 2
    assert "is there already" in json.loads(capsys.readouterr().err)["error"]["message"]
    assert (home / "config.toml").read_text() == "# mine\n"


def test_init_writes_where_it_is_told(home: Path, capsys: Capture) -> None:
    """Ours. A folder that is there keeps its mode: it may be anybody's."""
    (home / "open").mkdir(mode=0o755)
    for file in (home / "open" / "a.toml", home / "new" / "b.toml"):
        assert main(["config", "init", "--json", "--config", str(file)]) == 0
        assert json.loads(capsys.readouterr().out) == {"config_file": str(file)}
        assert file.exists()
    assert stat.S_IMODE((home / "open").stat().st_mode) == 0o755
    assert stat.S_IMODE((home / "new").stat().st_mode) == 0o700


def test_check_lists_the_profiles_without_their_secrets(home: Path, capsys: Capture) -> None:
    """Ours. A header may have been written in plain text."""
    (home / "config.toml").write_text(
        '[profiles.a]\nurl = "https://a.example/mcp"\n'
        '[profiles.a.network.headers]\nX-Tenant = "blue-canary"\n'
    )
    assert main(["config", "check"]) == 0
    told = capsys.readouterr().out
    assert "a        authorization-code  a        https://a.example/mcp" in told
    assert main(["config", "check", "--json"]) == 0
    found = capsys.readouterr().out
    (profile,) = json.loads(found)["profiles"]
    assert profile["gateway"] == "https://a.example/mcp"
    assert profile["permissions"] == {
        "allow": None,
        "deny": [],
        "read_only": False,
        "classes": None,
        "strict": False,
        "trust_annotations": False,
        "execute": False,
        "pins": "warn",
        "resource": [],
        "without_resource": "read",
    }
    assert "canary" not in told + found


def test_check_of_no_file_says_so(home: Path, capsys: Capture) -> None:
    """Ours: a URL needs no file, so its absence is no mistake."""
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().out.startswith(f"There is no file {home / 'config.toml'}")
    assert main(["config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["exists"] is False


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ('[profiles.a]\nulr = "https://a.example/mcp"\n', "profiles.a.ulr"),
        ('[profiles.a]\nurl = "https://a.example"\npermissions = { allow = [] }\n', "allow"),
        ("profiles = ", "TOML"),
        ('[profiles.a]\nurl = "https://a.example"\npreset = "scai"\n', "did you mean scaimcp?"),
        (
            '[profiles.a]\nurl = "https://a.example"\npermissions = { classes = ["red"] }\n',
            "profiles.a.permissions.classes must be one of read, write, delete, execute",
        ),
        (
            '[profiles.a]\nurl = "https://a.example"\nnetwork.ca_bundle = "none.pem"\n',
            "profiles.a.network.ca_bundle names no file",
        ),
    ],
)
@pytest.mark.usefixtures("home")
def test_check_names_the_first_mistake(
    text: str, complaint: str, home: Path, capsys: Capture
) -> None:
    """Issue 2, "Bad input": exit 2 and one sentence with the key path."""
    (home / "config.toml").write_text(text)
    assert main(["config", "check"]) == 2
    assert complaint in capsys.readouterr().err.splitlines()[0]


def test_check_points_at_a_redirect_that_leads_elsewhere(home: Path, capsys: Capture) -> None:
    """Ours. It can be meant so: its answer is pasted; `serve` never hears it."""
    text = '[profiles.a]\nurl = "https://a.example"\nauth.redirect_uri = "https://app.example/cb"\n'
    (home / "config.toml").write_text(text)
    assert main(["config", "check"]) == 0
    assert "a: the redirect https://app.example/cb does not lead" in capsys.readouterr().err
    assert main(["config", "check", "--json"]) == 0
    out, err = capsys.readouterr()
    assert (len(json.loads(out)["profiles"][0]["attention"]), err) == (1, "")


def test_check_points_at_labels_that_do_not_fit(home: Path, capsys: Capture) -> None:
    """systems.md §7.3: a label that disagrees with the host name; one that nobody knows."""
    (home / "config.toml").write_text(
        '[profiles.a]\nurl = "https://glyuedev.example/mcp"\nenvironment = "prod"\n'
        '[profiles.b]\nurl = "https://b.example/mcp"\nenvironment = "attic"\n'
        '[profiles.c]\nurl = "https://c.example/mcp"\nenvironment = "dev"\ncontact = "us"\n'
    )
    assert main(["config", "check"]) == 0
    told = capsys.readouterr().err.splitlines()
    assert told == [
        "mcp-permit: a: the environment is prod, but the host glyuedev.example looks like dev",
        (
            "mcp-permit: b: the environment attic is none of dev, test, prod: it limits nothing but"
            " the class execute"
        ),
    ]
    assert main(["config", "check", "--json"]) == 0
    profiles = json.loads(capsys.readouterr().out)["profiles"]
    assert [len(each["attention"]) for each in profiles] == [1, 1, 0]
    assert (profiles[2]["environment"], profiles[2]["contact"]) == ("dev", "us")


def test_check_points_at_patterns_that_match_no_tool_of_the_last_list(
    home: Path, capsys: Capture
) -> None:
    """Issue 4; peers.md behaviour 23."""
    (home / "config.toml").write_text(
        '[profiles.a]\nurl = "https://a.example/mcp"\nauth.grant = "none"\n'
        'permissions = { allow = ["get_*", "lsit_*"], deny = ["drop_*"] }\n'
    )
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().err == ""
    profile = load_config(home / "config.toml").profiles["a"]
    tools = (Tool("get_it", b'{"name":"get_it"}'),)
    store, key = CatalogStore(paths({"MCP_PERMIT_HOME": str(home)}).catalogs), static_key(profile)
    store.write(key.digest, Snapshot(profile.url, "a", 1.0, "2025-11-25", b"{}", tools))
    assert main(["config", "check"]) == 0
    assert capsys.readouterr().err.splitlines() == [
        "mcp-permit: a: the pattern lsit_* matches no tool of the last list",
        "mcp-permit: a: the pattern drop_* matches no tool of the last list",
    ]


@pytest.mark.usefixtures("home")
def test_without_a_deed_all_are_named(capsys: Capture) -> None:
    """Ours."""
    assert main(["config"]) == 2
    assert "Say what to do: check, path, init" in capsys.readouterr().err


@pytest.mark.usefixtures("home")
def test_an_unknown_deed_is_refused(capsys: Capture) -> None:
    """Ours."""
    assert main(["config", "chekc"]) == 2
    assert "invalid choice: 'chekc'" in capsys.readouterr().err
