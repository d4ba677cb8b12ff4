"""Renewals sent out to a process of their own.

A refresh token that works once is lost where the process that spends it is killed before
the answer has come. Hosts do kill: so a short-lived process spends it and keeps what comes,
whatever happens to this one. It also keeps the HTTP client and the rest of OAuth out of the
memory of a `serve` that runs for days.

Here, as before, is renewed what spends nothing (a client's own credentials), what only this
process knows (a vault in memory), and where no process can be started.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.daemon import in_daemon
from mcp_proxy.tokens.passphrase import passphrase
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.safe import is_in_memory

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.cachekey import CacheKey
    from mcp_proxy.tokens.store import GrantStore

LIMIT_SECONDS = 110.0
"""For the process, which ends by itself before (`runner.LIFE_SECONDS`); unless it is stopped."""


class Dispatch:
    """The `Redeemer` that has it done by a process of its own.

    Args:
        profile: whose grant it is.
        vault: the folder where grants are kept.
        store: the same, opened.
    """

    def __init__(self, profile: Profile, vault: Path, store: GrantStore) -> None:
        self._profile = profile
        self._vault = vault
        self._store = store
        self._here = Redemption(store, self._renew)

    @property
    def is_redeeming(self) -> bool:
        """See `Redeemer`. What another process does needs no waiting for."""
        return self._here.is_redeeming

    async def redeem(self, key: CacheKey, grant: Grant) -> bool:
        """See `Redeemer`."""
        if grant.is_unattended or is_in_memory():
            return await self._here.redeem(key, grant)
        try:
            async with asyncio.timeout(LIMIT_SECONDS):
                is_renewed = await in_daemon(lambda: self._sent(key, grant))
        except TimeoutError as error:
            raise StoreError("The process that renews the sign-in does not end") from error
        return await self._here.redeem(key, grant) if is_renewed is None else is_renewed

    def _sent(self, key: CacheKey, grant: Grant) -> bool | None:
        from mcp_proxy.login.errand import Errand, outcome  # noqa: PLC0415 - a start needs none

        held, typed = self._store.held(), passphrase()
        errand = Errand(self._profile, self._vault, key, grant, held, typed)
        return outcome(run(errand.packed()))

    async def _renew(self, grant: Grant) -> Grant:
        # 100 ms of imports: in a thread, so that the calls in flight go on.
        renew = await asyncio.to_thread(import_module, "mcp_proxy.login.renew")
        renewed: Grant = await renew.renew(self._profile, self._store, grant)
        return renewed


def run(told: bytes, *, start: Callable[[], subprocess.Popen[bytes]] | None = None) -> bytes:
    """What a process that runs the errand `told` reports; nothing if none could be started.

    Takes as long as that process: not for an event loop.
    """
    try:
        process = (start or started)()
    except OSError:
        return b""
    with process:
        assert process.stdin is not None  # noqa: S101 - pipes, see `started`
        assert process.stdout is not None  # noqa: S101 - the same
        with suppress(OSError):  # it has ended already; what it has said tells why
            while told:
                told = told[process.stdin.write(told) :]
        # Its stdin stays open meanwhile: when it closes, nobody waits any more.
        return process.stdout.read()


def started() -> subprocess.Popen[bytes]:
    """A process that waits for its errand, and that no end of this one takes along.

    A session of its own keeps it from what is sent to the terminal or the process group.

    Raises:
        OSError: none can be started.
    """
    # Never a module from the folder where a host happens to start us.
    safely = "-I" if sys.flags.isolated else "-P"
    return subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable or "", safely, "-m", "mcp_proxy.login.runner"],
        bufsize=0,  # or what could not be told would be tried again at the end
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # ours may be read to its end by a host that waits for it
        start_new_session=True,
        # On Windows: no console window, and no Ctrl-C from ours.
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0)
        | getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
    )
