"""Opening a page: which program, and what it gets."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.net.browser import commands, has_browser, is_remote, open_url

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://auth.example/authorize?a=1&b=%22;$(reboot)|x"


@pytest.mark.parametrize(
    ("environ", "platform", "expected"),
    [
        ({}, "darwin", [["/usr/bin/open", URL]]),
        (
            {"SystemRoot": r"D:\Win"},
            "win32",
            [[r"D:\Win\System32\rundll32.exe", "url.dll,FileProtocolHandler", URL]],
        ),
        ({"DISPLAY": ":0"}, "linux", [["xdg-open", URL], ["gio", "open", URL]]),
        ({"WAYLAND_DISPLAY": "w"}, "linux", [["xdg-open", URL], ["gio", "open", URL]]),
        ({}, "linux", []),
        ({"WSL_DISTRO_NAME": "Debian"}, "linux", [["wslview", URL]]),
        ({"BROWSER": "firefox"}, "linux", [["firefox", URL]]),
        (
            {"BROWSER": os.pathsep.join(["'my browser' --new=%s", "w3m", "", "'open"])},
            "linux",
            [["my browser", f"--new={URL}"], ["w3m", URL]],
        ),
    ],
)
def test_each_system_has_its_way(
    environ: dict[str, str], platform: str, expected: list[list[str]]
) -> None:
    """systems.md X21: no shell, so nothing in the URL is a command."""
    assert commands(URL, environ, platform) == expected


@pytest.mark.parametrize(
    ("environ", "platform", "found"),
    [
        ({"DISPLAY": ":0"}, "linux", True),
        ({}, "linux", False),
        ({}, "darwin", True),
        ({"SSH_TTY": "/dev/pts/1"}, "darwin", False),
        ({"DISPLAY": "localhost:10.0", "SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}, "linux", False),
        ({"BROWSER": "code --openExternal", "SSH_TTY": "/dev/pts/1"}, "linux", True),
        ({"BROWSER": ""}, "linux", False),
    ],
)
def test_a_page_opened_here_does_not_always_appear_before_the_person(
    environ: dict[str, str], platform: str, *, found: bool
) -> None:
    """peers.md §8, behaviour 14. Editors on remote machines set $BROWSER to lead it home."""
    assert has_browser(environ=environ, platform=platform) is found


def test_ssh_tells_that_the_person_is_elsewhere() -> None:
    """ssh(1), ENVIRONMENT."""
    assert is_remote({"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"})
    assert not is_remote({"SSH_TTY": ""})


def note_taker(folder: Path, name: str = "browser") -> tuple[Path, Path]:
    """A program that notes its arguments and streams, and a pipe that tells when it has."""
    program, noted = folder / name, folder / "noted"
    os.mkfifo(noted)
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "streams = [os.path.realpath(f'/dev/fd/{n}') for n in range(3)]\n"
        "fds = [n for n in range(3, 64) if os.path.exists(f'/proc/self/fd/{n}')]\n"
        "session = os.getsid(0) == os.getpid()\n"
        "read = sys.stdin.read()\n"
        f"open({str(noted)!r}, 'w').write(repr((sys.argv[1:], streams, session, read)))\n"
    )
    program.chmod(0o755)
    return program, noted


def test_the_browser_gets_the_url_and_nothing_of_ours(tmp_path: Path) -> None:
    """systems.md X21: stdin and stdout are the MCP client's."""
    program, noted = note_taker(tmp_path)
    before = threading.active_count()
    assert open_url(URL, environ={"BROWSER": str(program)}, platform="linux")
    arguments, streams, session, read = eval(noted.read_text())
    assert arguments == [URL]
    assert streams == ["/dev/null"] * 3
    assert session
    assert read == ""
    for thread in threading.enumerate():  # the one that takes note of the end
        if thread is not threading.current_thread() and thread.daemon:
            thread.join(10)
    assert threading.active_count() <= before


def test_the_next_program_is_tried_when_one_is_not_there(tmp_path: Path) -> None:
    """Ours."""
    program, noted = note_taker(tmp_path)
    browsers = os.pathsep.join([str(tmp_path / "none"), "a\0b", str(program)])
    assert open_url(URL, environ={"BROWSER": browsers}, platform="linux")
    assert URL in noted.read_text()


def test_without_any_program_nothing_is_opened(tmp_path: Path) -> None:
    """peers.md §8 behaviour 14: then the address is told in words."""
    assert not open_url(URL, environ={}, platform="linux")
    assert not open_url(URL, environ={"BROWSER": str(tmp_path / "none")}, platform="linux")


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "javascript:alert(1)", "--help", "-x http://a", "", "HTTPS:x"]
)
def test_nothing_but_a_web_address_is_opened(tmp_path: Path, url: str) -> None:
    """systems.md X21, a second fence behind `openable`."""
    program = tmp_path / "browser"
    program.write_text('#!/bin/sh\ntouch "$0.ran"\n')
    program.chmod(0o755)
    assert not open_url(url, environ={"BROWSER": str(program)}, platform="linux")
