"""Opening a page in the person's browser.

Without a shell, and without our stdin and stdout, which belong to the MCP client.
The URL must have been judged by `oauth.authorization.openable` before.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def open_url(
    url: str, *, environ: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> bool:
    """Start a browser with `url`; False when there is none to start.

    True says that a program was started, not that anybody sees the page. Does not wait.
    """
    if not url.startswith(("https://", "http://")):
        return False
    return any(_start(command) for command in commands(url, environ, platform))


def has_browser(*, environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Whether a page that is opened here appears before the person.

    Over SSH a browser of this machine would not, unless $BROWSER was set to lead it home,
    as editors do that work on a remote machine.
    """
    if _chosen("", environ):
        return True
    return not is_remote(environ) and bool(_usual("", environ, platform))


def is_remote(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether whoever started us sits at another machine."""
    return any(environ.get(name) for name in ("SSH_CONNECTION", "SSH_TTY"))


def commands(url: str, environ: Mapping[str, str], platform: str) -> list[list[str]]:
    """The command lines to try in turn.

    What $BROWSER names comes first: commands with `%s` for the URL, or without, then it
    is the last argument; separated like the entries of $PATH.
    """
    return [*_chosen(url, environ), *_usual(url, environ, platform)]


def _chosen(url: str, environ: Mapping[str, str]) -> list[list[str]]:
    found = []
    for entry in environ.get("BROWSER", "").split(os.pathsep):
        try:
            words = shlex.split(entry)
        except ValueError:  # an open quotation
            continue
        if words and "%s" not in entry:
            words.append("%s")
        found.append([word.replace("%s", url) for word in words])
    return [words for words in found if words]


def _usual(url: str, environ: Mapping[str, str], platform: str) -> list[list[str]]:
    if platform == "darwin":
        return [["/usr/bin/open", url]]
    if platform == "win32":
        system = environ.get("SystemRoot", r"C:\Windows")
        return [[rf"{system}\System32\rundll32.exe", "url.dll,FileProtocolHandler", url]]
    if environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"):
        return [["xdg-open", url], ["gio", "open", url]]
    # Linux inside Windows has no display and yet a browser.
    return [["wslview", url]] if environ.get("WSL_DISTRO_NAME") else []


def _start(command: list[str]) -> bool:
    try:
        process = subprocess.Popen(  # noqa: S603 - the URL is judged, and no shell reads it
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            creationflags=getattr(subprocess, "DETACHED_PROCESS", 0),  # on Windows: no console
        )
    except (OSError, ValueError):  # not there, not to be run, or a NUL in the name
        return False
    # Someone must take note of its end, or a zombie stays for as long as we serve.
    threading.Thread(target=process.wait, daemon=True).start()
    return True
