"""Where the program that the tour shows is run: a home of its own, and the way to start it."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from typing import TYPE_CHECKING

from mcp_proxy.config.paths import HOME_VARIABLE
from mcp_proxy.demo.host import launched
from mcp_proxy.demo.integration.exhibit import read_only_profile
from mcp_proxy.demo.integration.world import SECRET_VARIABLE
from mcp_proxy.demo.profile import NAME
from mcp_proxy.errors import GatewayError
from mcp_proxy.files import private_folder, write_private

if TYPE_CHECKING:
    from collections.abc import Iterable
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from mcp_proxy.demo.host import Host
    from mcp_proxy.demo.integration.world import IntegrationWorld


class Stage:
    """`mcp-permit` with the profile `demo` of `world`, below `folder`.

    Args:
        world: the gateway, up while the stage is used.
        folder: made and removed by whoever gives it.
        by_person: whether a person's own browser is opened, instead of the scripted one.
    """

    def __init__(self, world: IntegrationWorld, folder: Path, *, by_person: bool) -> None:
        self._home, self._log = folder / "home", folder / "stderr.log"
        self._environ = {
            HOME_VARIABLE: str(self._home),
            SECRET_VARIABLE: world.client_secret,
            # The key of a vault that lives for seconds has no business in anybody's keyring.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        if not by_person:
            self._environ["BROWSER"] = f"{_quoted(sys.executable)} -m mcp_proxy.demo.browser %s"
        # A desktop program hands on next to nothing; a browser needs the person's surroundings.
        self._of_host = dict(os.environ) | self._environ if by_person else self._environ
        private_folder(self._home)
        text = read_only_profile(world, f"env:{SECRET_VARIABLE}")
        write_private(self._home / "config.toml", text.encode())

    def host(self) -> AbstractAsyncContextManager[Host]:
        """A desktop program that has launched `mcp-permit serve demo`."""
        return launched(["serve", NAME], self._of_host, self._log)

    async def run(self, *words: str) -> str:
        """What `mcp-permit` prints for these words, as in a pipe.

        Raises:
            GatewayError: it ended with an exit code that is not 0.
        """
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "mcp_proxy", *words),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=dict(os.environ) | self._environ,
        )
        told, complained = await process.communicate()
        if process.returncode:
            last_words = complained.decode(errors="replace").strip()
            raise GatewayError(f"mcp-permit {shlex.join(words)} says: {last_words}")
        return told.decode()

    def holds(self, texts: Iterable[str]) -> tuple[int, int]:
        """How many files there are in the home, and how many of them contain one of `texts`."""
        files = [path.read_bytes() for path in self._home.rglob("*") if path.is_file()]
        wanted = [text.encode() for text in texts]
        return len(files), sum(any(text in found for text in wanted) for found in files)

    def last_words(self) -> str | None:
        """The last line that the launched program wrote to stderr."""
        told = self._log.read_text(errors="replace") if self._log.exists() else ""
        lines = told.strip().splitlines()
        return lines[-1] if lines else None


def _quoted(path: str) -> str:
    return f'"{path}"' if os.name == "nt" else shlex.quote(path)
