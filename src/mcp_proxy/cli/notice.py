"""What a person is told while a sign-in waits for them, and what they paste."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import sys
from typing import TYPE_CHECKING

from mcp_proxy.cli.output import note, spinner
from mcp_proxy.cli.terminal import read_line

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping

    from mcp_proxy.login.person import SignInPage

_SSH_PORT = "22"
_QUESTION = "Address: "


class Notice:
    """One command's talk with the person who signs in.

    Args:
        spinning: what turns on the screen while a person is awaited.
        as_json: whether a program reads along; it pastes nothing.
    """

    def __init__(self, spinning: contextlib.ExitStack, *, as_json: bool) -> None:
        self._spinning = spinning
        self._as_json = as_json
        is_terminal = sys.stdin.isatty() and sys.stderr.isatty()
        self.ask: Callable[[str | None], Awaitable[str | None]] | None = None
        if is_terminal and not as_json:
            self.ask = self._ask

    def show(self, page: SignInPage) -> None:
        """Show what must be opened, and how else its answer can come back."""
        if self._as_json:
            told = {"sign_in_url": page.url}
            note(json.dumps(told | ({"user_code": page.user_code} if page.user_code else {})))
            return
        code = f" and enter the code {page.user_code}" if page.user_code else ""
        note(f"To sign in, open this page{code}:\n\n  {page.url}\n")
        if page.is_opened or page.user_code or self.ask is None:
            self._spinning.enter_context(spinner("Waiting for the sign-in; Ctrl-C gives up"))
            return
        lead = "Paste"
        if page.port is not None:
            line = tunnel(page.port, os.environ, getpass.getuser(), socket.gethostname())
            lead = (
                "On another machine its last page will not load. Forward the port there first:\n"
                f"\n  {line}\n\nor else paste"
            )
        note(f"{lead} here the address that the browser ends at.\n")

    def over(self) -> None:
        """Nobody is awaited any more, for now."""
        self._spinning.close()

    async def _ask(self, complaint: str | None) -> str | None:
        if complaint is not None:
            note(complaint)
        return await read_line(sys.stdin.fileno(), _QUESTION)


@contextlib.contextmanager
def sign_in_notice(*, as_json: bool) -> Iterator[Notice]:
    """A talk that is over when the block ends."""
    with contextlib.ExitStack() as spinning:
        yield Notice(spinning, as_json=as_json)


def tunnel(port: int, environ: Mapping[str, str], user: str, host: str) -> str:
    """The command by which a person's own machine leads `port` to this one.

    `SSH_CONNECTION` has the address by which that machine reached us: `ssh` (1) writes
    client address and port, then server address and port. Without it `host` stands in.
    """
    *_, address, ssh_port = ("", "", *environ.get("SSH_CONNECTION", "").split())
    if not address:
        address, ssh_port = host, _SSH_PORT
    elsewhere = "" if ssh_port == _SSH_PORT else f"-p {ssh_port} "
    return f"ssh -N -L {port}:127.0.0.1:{port} {elsewhere}{user}@{address}"
