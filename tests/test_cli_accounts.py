"""`mcp-permit status` and `logout`, against the demo world."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from cli_gateway import Terminal, terminal, world
from mcp_proxy.cli.accounts import lasting
from mcp_proxy.config.paths import paths
from mcp_proxy.login.standing import Standing
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["terminal", "world"]

KEY = CacheKey("https://gw.example/mcp", "https://as.example", "me", None, "default")


def stored(terminal: Terminal, key: CacheKey = KEY, **tokens: Any) -> GrantStore:
    """Keep a grant that no profile of the file uses."""
    store = GrantStore(paths({"MCP_PERMIT_HOME": str(terminal.home)}).vault)
    now = time.time()
    found = TokenSet("s3cret", "s3cret-too", now, scope="read", **tokens)
    client = Client(key.client_id)
    grant = Grant(key.issuer, f"{key.issuer}/token", client, None, found, signed_in_at=now)
    store.save(key, grant, configured_client_id=None)
    return store


def add_profile(home: Path, text: str) -> None:
    with (home / "config.toml").open("a") as file:
        file.write(text)


def test_status_tells_of_every_profile_and_every_grant(terminal: Terminal) -> None:
    """peers.md §8, behaviour 35."""
    add_profile(
        terminal.home,
        '[profiles.other]\nurl = "https://other.example/mcp"\nauth = { grant = "none" }\n',
    )
    terminal.run("login", "demo")
    store = stored(terminal)
    store.usage_note(KEY).failed("The server was busy")
    _, out, _ = terminal.run("status")
    demo, other, alone = out.split("\n\n")
    assert demo.startswith("profile    demo\n")
    assert f"\nissuer     {terminal.world.issuer}\n" in demo
    assert "\nsigned in  yes, renewed by itself\n" in demo
    assert "\nlast used  0 s ago\n" in demo
    assert "\nvault key  in the file " in demo
    assert "\nsigned in  not needed\n" in other
    assert alone.startswith("profile     https://gw.example/mcp\n")
    assert "\nscope       read\n" in alone
    assert "\nlast error  0 s ago: The server was busy\n" in alone
    found = terminal.document("status")["profiles"]
    assert [one["profile"] for one in found] == ["demo", "other", KEY.gateway]
    assert found[2]["last_error"] == "The server was busy"
    assert "s3cret" not in out + str(found)


def test_status_of_nothing_says_so(terminal: Terminal) -> None:
    """Ours."""
    (terminal.home / "config.toml").unlink()
    assert terminal.run("status") == (0, "Nobody is signed in, and no profile is configured\n", "")
    assert terminal.document("status") == {"profiles": []}


def test_what_wants_attention_is_told(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """systems.md §7.5: a key that ends is spoken of before it does."""
    day = time.strftime("%Y-%m-%d", time.gmtime(time.time() + 5 * 86_400))
    add_profile(
        terminal.home,
        '[profiles.keyed]\nurl = "https://other.example/mcp"\n'
        f'auth = {{ token = "env:TOKEN", token_expires_at = {day} }}\n',
    )
    _, out, _ = terminal.run("status", "keyed")
    assert "signed in  by a static token, for 4 days\n" in out
    assert "token      env:TOKEN\n" in out
    assert "vault key" not in out
    assert f"attention  the token ends in 4 days, on {day}\n" in out
    monkeypatch.setenv("TOKEN", "s3cret")
    assert terminal.document("status", "keyed")["profiles"][0]["attention"] != []


def test_a_grant_that_cannot_be_read_hides_nothing(terminal: Terminal) -> None:
    """Ours."""
    stored(terminal)
    (terminal.home / "vault" / "grants" / f"{KEY.digest}.sealed").write_bytes(b"?")
    code, out, _ = terminal.run("status")
    assert code == 0
    demo, alone = out.split("\n\n")
    assert "signed in  no\n" in demo
    assert "signed in  not known\n" in alone
    assert "was damaged and is kept as" in alone


def test_a_locked_vault_is_told_and_opened_by_its_passphrase(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Issue 3, "Vault key"."""
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    stored(terminal)
    VaultKey(terminal.home / "vault").rekey("passphrase", "correct horse")
    _, out, _ = terminal.run("status")
    assert "The vault is locked with a passphrase. Set MCP_PERMIT_PASSPHRASE" in out
    assert terminal.error("status", KEY.gateway)["exit"] == 6
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "correct horse")
    assert "vault key  behind a passphrase\n" in terminal.run("status", KEY.gateway)[1]


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"kind": "none"}, "not needed"),
        ({"signed_in": False}, "no"),
        ({"kind": "bearer"}, "by a static token"),
        ({}, "yes, without an end"),
        ({"expires_at": 90.0}, "no, the token has ended"),
        ({"expires_at": 90.0, "renewable": True}, "yes, renewed at the next use"),
        ({"expires_at": 700.0}, "yes, for 10 min"),
        ({"expires_at": 700.0, "renewable": True}, "yes, renewed by itself"),
    ],
)
def test_a_standing_is_told_in_words(facts: dict[str, Any], told: str) -> None:
    """Ours."""
    stands: dict[str, Any] = {"profile": "a", "gateway": "b", "account": "c"}
    stands |= {"kind": "authorization-code", "signed_in": True}
    assert lasting(Standing(**stands | facts), now=100.0) == told


def test_a_server_that_takes_no_revocation_is_told(terminal: Terminal) -> None:
    """peers.md §8, behaviour 35. The grant is gone here in any case."""
    terminal.run("login")
    terminal.world.from_outside(terminal.world.stop())
    try:
        code, out, _ = terminal.run("logout")
    finally:
        terminal.world.from_outside(terminal.world.open())
    assert code == 0
    assert "The server took no revocation: the tokens end by themselves\n" in out
    assert "signed in  no\n" in terminal.run("status")[1]


def test_all_means_every_gateway_and_every_account(terminal: Terminal) -> None:
    """peers.md §8, behaviour 35, and 4.19: also where no profile of the file uses it."""
    terminal.run("login")
    before = terminal.world.counters.revocations
    for account in ("one", "two"):
        stored(terminal, replace(KEY, account=account))
    code, out, err = terminal.run("logout", "--all")
    assert (code, err) == (0, "")
    assert f"Signed out of {terminal.world.url} as demo\n  The server has revoked the tokens" in out
    assert out.count("The server took no revocation") == 2
    assert terminal.world.counters.revocations > before
    assert terminal.run("logout", "--all") == (0, "Nobody was signed in\n", "")
    assert terminal.document("logout", "--all") == {"credentials": []}


def test_what_cannot_be_ended_is_told_and_hinders_nothing(terminal: Terminal) -> None:
    """Ours."""
    damaged = replace(KEY, account="damaged")
    stored(terminal)
    stored(terminal, damaged)
    (terminal.home / "vault" / "grants" / f"{damaged.digest}.sealed").write_bytes(b"?")
    code, out, err = terminal.run("logout", "--all")
    assert code == 6
    assert out.startswith("Signed out of https://gw.example/mcp as default\n")
    assert "https://gw.example/mcp as damaged could not be ended: " in err


def test_all_and_a_gateway_are_two_things(terminal: Terminal) -> None:
    """Ours."""
    assert terminal.run("logout", "--all", "demo")[0] == 2
