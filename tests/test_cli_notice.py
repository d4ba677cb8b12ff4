"""What a person is told while a sign-in waits for them."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.cli.notice import Notice, sign_in_notice, tunnel
from mcp_proxy.login.person import SignInPage
from terminal import at_terminal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

URL = "https://auth.example/authorize?state=" + "s" * 200


def test_the_page_to_open_is_told_whole(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours: it must be possible to copy it, and to read it by program."""
    with sign_in_notice(as_json=False) as notice:
        notice.show(SignInPage(URL, is_opened=True))
    assert f"\n  {URL}\n" in capsys.readouterr().err
    with sign_in_notice(as_json=True) as notice:
        notice.show(SignInPage(URL, port=1))
        assert notice.ask is None
    assert json.loads(capsys.readouterr().err) == {"sign_in_url": URL}


def test_a_code_is_told_with_its_page(capsys: pytest.CaptureFixture[str]) -> None:
    """RFC 8628 §3.3."""
    page = SignInPage(URL, "WDJB-MJHT")
    with sign_in_notice(as_json=False) as notice:
        notice.show(page)
    assert "open this page and enter the code WDJB-MJHT:" in capsys.readouterr().err
    with sign_in_notice(as_json=True) as notice:
        notice.show(page)
    told = json.loads(capsys.readouterr().err)
    assert told == {"sign_in_url": URL, "user_code": "WDJB-MJHT"}


PASTING = """
import asyncio
from mcp_proxy.cli.notice import sign_in_notice
from mcp_proxy.login.person import SignInPage
async def main():
    with sign_in_notice(as_json=False) as notice:
        notice.show(SignInPage("https://auth.example/a", port={port}))
        print("pasted", await notice.ask(None))
        print("pasted", await notice.ask("Not that one"))
asyncio.run(main())
"""


def test_without_a_browser_a_person_forwards_the_port_or_pastes_the_address() -> None:
    """peers.md §8, behaviour 14: a ready `ssh -L` line."""
    typed = [("Address: ", "first"), ("Address: ", "second")]
    environ = {"SSH_CONNECTION": "10.0.0.9 50000 10.0.0.5 2222", "USER": "jo", "LOGNAME": "jo"}
    code, screen = at_terminal(["-c", PASTING.format(port=6545)], typed=typed, environ=environ)
    assert code == 0, screen
    assert "\n  ssh -N -L 6545:127.0.0.1:6545 -p 2222 jo@10.0.0.5\n" in screen
    assert "or else paste here the address" in screen
    assert "pasted first" in screen
    assert "Not that one" in screen
    assert "pasted second" in screen


def test_where_nobody_listens_there_is_nothing_to_forward() -> None:
    """Ours: a redirect URI that does not lead to this machine."""
    typed = [("Address: ", "first"), ("Address: ", "second")]
    _, screen = at_terminal(["-c", PASTING.format(port=None)], typed=typed)
    assert "ssh" not in screen
    assert "Paste here the address" in screen


@pytest.mark.parametrize(
    ("environ", "line"),
    [
        ({"SSH_CONNECTION": "1.2.3.4 5 10.0.0.5 22"}, "ssh -N -L 80:127.0.0.1:80 jo@10.0.0.5"),
        ({"SSH_CONNECTION": "::1 5 fd00::5 22"}, "ssh -N -L 80:127.0.0.1:80 jo@fd00::5"),
        ({}, "ssh -N -L 80:127.0.0.1:80 jo@box"),
    ],
)
def test_the_line_leads_to_the_address_by_which_we_were_reached(
    environ: Mapping[str, str], line: str
) -> None:
    """ssh(1), ENVIRONMENT; in a container nobody knows better than its name."""
    assert tunnel(80, environ, "jo", "box") == line


def test_what_turns_stops_when_nobody_is_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: and turns again when somebody is."""
    turning: list[str] = []

    @contextlib.contextmanager
    def spinner(_text: str) -> Iterator[None]:
        turning.append("begun")
        yield
        turning.append("ended")

    monkeypatch.setattr("mcp_proxy.cli.notice.spinner", spinner)
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False)
    with contextlib.ExitStack() as spinning:
        notice = Notice(spinning, as_json=False)
        for _ in range(2):
            notice.show(SignInPage(URL))
            notice.over()
    assert turning == ["begun", "ended"] * 2
