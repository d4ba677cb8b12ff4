"""The process that runs one errand: `python -m mcp_proxy.login.runner`.

It renews one grant and ends. Whoever has started it may be killed meanwhile: the refresh
token that is spent by then gets its successor kept all the same. Not for long, though,
for others wait: an answer that does not come is given up soon after.

Told over stdin, which stays open as long as somebody waits; see `errand`.
"""

from __future__ import annotations

import asyncio
import os
import signal
import threading
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.errors import GatewayUnreachable, PermitError
from mcp_proxy.login.errand import BEGUN, report, report_of, unpacked
from mcp_proxy.tokens.daemon import in_daemon
from mcp_proxy.tokens.passphrase import typed
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.store import GrantStore

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from mcp_proxy.login.errand import Errand
    from mcp_proxy.oauth.model import Grant

LIFE_SECONDS = 100.0
"""After which the process ends whatever hangs: the lock, a look at the gateway and the token
endpoint have limits of their own, which are shorter together."""
ALONE_SECONDS = 1.5
"""For an answer of the token endpoint once nobody waits for it any more (ours): a sibling that
waits for the lock proceeds within 2 s (peers.md §8, behaviour 3)."""

_STDIN, _STDOUT = 0, 1
_IGNORED = ("SIGTERM", "SIGINT", "SIGHUP")
"""What ends the others of our kind politely. By name: Windows lacks some."""


class _NobodyWaitsError(Exception):
    """Whoever has started this process has ended."""


def main() -> None:
    """Run the errand that stdin tells."""
    for name in _IGNORED:
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)
    end = threading.Timer(LIFE_SECONDS, os._exit, (1,))
    end.daemon = True
    end.start()
    with suppress(_NobodyWaitsError):
        asyncio.run(_run(unpacked(_told())))


def _told() -> bytes:
    """The line that stdin holds, or a part of it, if whoever writes has ended."""
    text = b""
    while not text.endswith(b"\n") and (part := os.read(_STDIN, 1 << 16)):
        text += part
    return text


async def _run(errand: Errand) -> None:
    if errand.passphrase is not None:
        typed(errand.passphrase)
    store = GrantStore(errand.vault, held=errand.held)
    # It says nothing: what can be read of it is that it has ended.
    alone = asyncio.create_task(in_daemon(lambda: os.read(_STDIN, 1)))

    async def renew(grant: Grant) -> Grant:
        # 100 ms of imports that whoever waited for the lock in vain does not need.
        from mcp_proxy.login.renew import renew  # noqa: PLC0415

        return await _while_wanted(renew(errand.profile, store, grant), alone)

    redemption = Redemption(store, renew, lambda: _say(BEGUN))
    try:
        said = report(is_renewed=await redemption.redeem(errand.key, errand.grant))
    except PermitError as error:
        said = report_of(error)
    except _NobodyWaitsError:
        raise
    except Exception as error:  # noqa: BLE001 - told to whoever waits: stderr leads nowhere
        said = report_of(PermitError(f"The renewal broke off with {_place(error)}"))
    _say(said)


async def _while_wanted(
    renewing: Coroutine[None, None, Grant], alone: asyncio.Task[bytes]
) -> Grant:
    task = asyncio.create_task(renewing)
    await asyncio.wait({task, alone}, return_when=asyncio.FIRST_COMPLETED)
    if not task.done():
        await asyncio.wait({task}, timeout=ALONE_SECONDS)
    if not task.done():
        task.cancel()
        raise GatewayUnreachable("No answer came before whoever wanted it was gone")
    return task.result()


def _say(said: bytes) -> None:
    try:
        os.write(_STDOUT, said)
    except OSError as error:
        raise _NobodyWaitsError from error


def _place(error: Exception) -> str:
    """Kind and place of an error that should not be; its words may hold secrets."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}, line {last.lineno}"


if __name__ == "__main__":
    main()
