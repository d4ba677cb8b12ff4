"""Ten broken worlds and more: the right step, and what to do next (peers.md behaviour 36)."""

from __future__ import annotations

import hashlib
import socket
from typing import TYPE_CHECKING, Any

import pytest

from cli_gateway import Terminal, free_port, terminal, world
from doctor_world import broken, doctor, verdicts
from mcp_proxy.doctor.finding import STEPS
from mcp_proxy.files import write_private
from scripted_gateway import scripted_gateway

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["terminal", "world"]


def configured(terminal: Terminal, text: str) -> None:
    """The profile demo, otherwise."""
    (terminal.home / "config.toml").write_text(text)


def plain(terminal: Terminal, url: str, more: str = "") -> None:
    configured(terminal, f'[profiles.demo]\nurl = "{url}"\n{more}')


def everything(folder: Path) -> dict[str, str]:
    """What lies below a folder, by name; a lock is no content."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
        if path.suffix != ".lock"
    }


def test_a_healthy_world_has_nothing_broken_and_nothing_is_changed(terminal: Terminal) -> None:
    """Behaviour 36: changes nothing, prints no secret."""
    terminal.run("login")
    before, counters = everything(terminal.home), terminal.world.counters
    refreshes, tokens = counters.refreshes, counters.token_requests
    code, found = doctor(terminal.capsys)
    assert (code, found["healthy"], found["broken"]) == (0, True, None)
    assert tuple(verdicts(found)) == STEPS
    assert "broken" not in verdicts(found).values()
    assert verdicts(found)["list"] == "ok"
    assert everything(terminal.home) == before
    assert (counters.refreshes, counters.token_requests) == (refreshes, tokens)


def test_a_name_that_nobody_knows(terminal: Terminal) -> None:
    """World 1: DNS."""
    plain(terminal, "https://gateway.invalid/mcp")
    code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (5, "DNS")
    assert "its name is not known" in says
    assert hint is not None
    assert verdicts(found)["TLS and CA"] == "skipped"


def test_a_port_that_nobody_listens_on(terminal: Terminal) -> None:
    """World 2: refused."""
    plain(terminal, f"http://127.0.0.1:{free_port()}/mcp")
    code, found = doctor(terminal.capsys)
    assert (code, broken(found)[0]) == (5, "connection")


def test_a_server_that_speaks_no_tls(terminal: Terminal) -> None:
    """World 3: TLS."""
    with scripted_gateway() as script:
        plain(terminal, script.url.replace("http:", "https:"))
        code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (5, "TLS and CA")
    assert "no TLS connection" in says
    assert hint is not None


def test_a_ca_bundle_that_cannot_be_read(terminal: Terminal) -> None:
    """Ours: TLS and CA, before any request."""
    with scripted_gateway() as script:
        url = script.url.replace("http:", "https:")
        plain(terminal, url, '[profiles.demo.network]\nca_bundle = "/nowhere.pem"\n')
        _, found = doctor(terminal.capsys)
    assert broken(found)[0] == "TLS and CA"
    assert "/nowhere.pem" in broken(found)[1]


def test_a_proxy_that_is_not_there(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """World 4: proxy."""
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    more = "[profiles.demo.network]\nallow_http = true\n"
    plain(terminal, "http://gateway.example/mcp", more)
    code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (5, "proxy")
    assert "127.0.0.1" in says
    assert hint is not None


def test_a_path_without_an_endpoint(terminal: Terminal) -> None:
    """World 5: 404 path."""
    plain(terminal, f"{terminal.world.url.partition('/integrations')[0]}/nothing/here")
    code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (5, "challenge")
    assert "no MCP endpoint at this path" in says
    assert "slash" in (hint or "")


def test_a_slash_too_few(terminal: Terminal) -> None:
    """systems.md §1.6 and §7.2: the other form answers with a redirect."""
    plain(terminal, terminal.world.url.rstrip("/"))
    _, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert step == "challenge"
    assert "leads on to" in says
    assert terminal.world.url in (hint or "")


def test_no_metadata_anywhere(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """World 6: no metadata."""
    monkeypatch.setattr(terminal.world.faults, "metadata", "none")
    code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (3, "server metadata")
    assert "no metadata" in says
    assert "auth.endpoints" in (hint or "")


def test_metadata_that_speaks_for_another_issuer(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """World 7: wrong issuer."""
    monkeypatch.setattr(terminal.world.faults, "issuer", "https://elsewhere.example")
    code, found = doctor(terminal.capsys)
    assert (code, broken(found)[0]) == (3, "server metadata")
    assert "elsewhere.example" in broken(found)[1]


def test_a_server_that_registers_nobody(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """World 8: dynamic registration refused."""
    monkeypatch.setattr(terminal.world.faults, "registration", "refused")
    plain(terminal, terminal.world.url)
    code, found = doctor(terminal.capsys)
    step, _, hint = broken(found)
    assert (code, step) == (3, "client")
    assert "auth.client_id" in (hint or "")
    assert terminal.world.counters.registrations == 0


def test_a_server_that_registers_is_asked_for_nothing(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours: changes nothing, there neither."""
    monkeypatch.setattr(terminal.world.faults, "registration", "open")
    plain(terminal, terminal.world.url)
    _, found = doctor(terminal.capsys)
    assert verdicts(found)["client"] == "ok"
    assert broken(found)[0] == "token"
    assert terminal.world.counters.registrations == 0


def test_a_redirect_that_is_registered_otherwise(terminal: Terminal) -> None:
    """World 9: redirect mismatch."""
    text = (terminal.home / "config.toml").read_text()
    other = f"http://localhost:{free_port()}/oauth/callback"
    configured(terminal, text.replace(terminal.world.redirect_uri, other))
    code, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert (code, step) == (3, "redirect")
    assert other in says
    assert "letter for letter" in (hint or "")


def test_a_port_that_somebody_else_holds(terminal: Terminal) -> None:
    """systems.md §1.6: busy port 6545."""
    port = int(terminal.world.redirect_uri.rpartition(":")[2].partition("/")[0])
    with socket.create_server(("127.0.0.1", port)):
        _, found = doctor(terminal.capsys)
    step, says, hint = broken(found)
    assert step == "redirect"
    assert f"Port {port} is taken" in says
    assert str(port) in (hint or "")


def test_a_token_for_another_gateway(terminal: Terminal) -> None:
    """World 10: wrong audience."""
    write_private(terminal.home / "token", b"a-token-of-somewhere-else")
    more = '[profiles.demo.auth]\ngrant = "bearer"\ntoken = "@%s"\n' % (terminal.home / "token")
    plain(terminal, terminal.world.url, more)
    code, found = doctor(terminal.capsys)
    step, says, _ = broken(found)
    assert (code, step) == (3, "session")
    assert "meant for another gateway" in says


@pytest.mark.parametrize(
    ("secret", "says"),
    [
        ("pbkdf2_sha256$600000$abc$def=", "hash of the client secret"),
        ('{ "client_id": "x", "client_secret": "y" }', "whole JSON object"),
        ("two words", "white space"),
    ],
)
def test_a_secret_that_is_none(terminal: Terminal, secret: str, says: str) -> None:
    """systems.md §1.6: a hashed secret, spaces in JSON."""
    write_private(terminal.home / "secret", secret.encode())
    code, found = doctor(terminal.capsys)
    assert (code, broken(found)[0]) == (2, "environment")
    assert says in broken(found)[1]
    assert secret not in str(found)


def test_a_secret_that_is_missing(terminal: Terminal) -> None:
    """Ours."""
    (terminal.home / "secret").unlink()
    _, found = doctor(terminal.capsys)
    assert broken(found)[0] == "environment"


def test_nobody_signed_in(terminal: Terminal) -> None:
    """Ours: the next action is to sign in."""
    _, found = doctor(terminal.capsys)
    assert broken(found) == ("token", "Nobody is signed in as demo", "mcp-permit login demo")


def test_a_file_that_cannot_be_read_is_the_first_step(terminal: Terminal) -> None:
    """Ours."""
    configured(terminal, "[profiles.demo\n")
    code, found = doctor(terminal.capsys)
    assert (code, broken(found)[0]) == (2, "file")
    assert found["profile"] is None


def test_a_gateway_that_wants_no_token(terminal: Terminal) -> None:
    """Ours: OAuth has nothing to do with it."""
    tools: dict[str, Any] = {"tools": [{"name": "a.b"}]}
    with scripted_gateway(tools_list=tools) as script:
        plain(terminal, script.url, '[profiles.demo.permissions]\ndeny = ["x*"]\n')
        code, found = doctor(terminal.capsys)
    assert (code, found["healthy"]) == (0, True)
    assert verdicts(found)["token"] == "skipped"
    assert verdicts(found)["names"] == "warning"
