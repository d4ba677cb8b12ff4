"""A tap for a command: the relay, and somebody who may be asked to sign in."""

from __future__ import annotations

import contextlib
import sys
from functools import partial
from typing import TYPE_CHECKING

from mcp_proxy.cli.notice import sign_in_notice
from mcp_proxy.cli.output import warn
from mcp_proxy.errors import addressing
from mcp_proxy.proxy.tap import open_tap

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths
    from mcp_proxy.proxy.tap import Tap


@contextlib.asynccontextmanager
async def session(profile: Profile, home: Paths, *, as_json: bool) -> AsyncIterator[Tap]:
    """A tap with an open session.

    Signs in first where that is needed, unless stdin is no terminal: a script has
    nobody to sign in, and no use for a browser (peers.md §8, behaviour 34).

    Raises:
        AuthError, GatewayError, ConfigError, StoreError: there is no session.
    """
    with addressing(profile.name), sign_in_notice(as_json=as_json) as notice:
        async with open_tap(
            profile,
            home,
            on_waiting=notice.show if sys.stdin.isatty() else None,
            ask=notice.ask,
            complain=partial(warn, as_json=as_json),
        ) as tap:
            notice.over()
            yield tap
