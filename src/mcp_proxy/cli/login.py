"""`mcp-permit login`: sign in to a gateway, and keep the grant."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from mcp_proxy.cli.accounts import lasting
from mcp_proxy.cli.command import Command
from mcp_proxy.cli.notice import sign_in_notice
from mcp_proxy.cli.output import document, say
from mcp_proxy.cli.passphrase import unlock_for
from mcp_proxy.cli.target import TARGET_USAGE, add_gateway, chosen
from mcp_proxy.cli.token import brought_token, expiry
from mcp_proxy.errors import ConfigError
from mcp_proxy.login.given import keep_token
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.standing import standing
from mcp_proxy.tokens.safe import is_in_memory
from mcp_proxy.values import asdict

if TYPE_CHECKING:
    import argparse


WITHOUT_A_PERSON = {"bearer": "a static token", "none": "no sign-in"}
"""Grants that no person gives, and what a profile has instead."""


def _login_options(parser: argparse.ArgumentParser) -> None:
    add_gateway(parser)
    parser.add_argument(
        "--again", action="store_true", help="sign in anew, also where there is a usable grant"
    )
    parser.add_argument(
        "--device",
        dest="grant",
        action="store_const",
        const="device-code",
        help="sign in by a code that is entered on another device; as --grant device-code",
    )
    parser.add_argument(
        "--token-file",
        metavar="FILE",
        help="keep the access token in this file instead of signing in; - reads stdin",
    )
    parser.add_argument(
        "--expires",
        metavar="WHEN",
        help="when that token ends, if you know: 90d, 1y or a date as 2027-01-31",
    )


def _login(options: argparse.Namespace) -> int:
    profile, home = chosen(options, options.target)
    if profile.auth.grant in WITHOUT_A_PERSON:
        what = WITHOUT_A_PERSON[profile.auth.grant]
        raise ConfigError(
            f"{profile.name} has {what}: there is nothing to sign in to",
            hint=f"To try it: mcp-permit tools {profile.name}",
        )
    if is_in_memory():
        raise ConfigError(
            "MCP_PERMIT_VAULT=memory keeps no sign-in after the process that made it",
            hint="Sign in where it is used: serve, call and tools do that by themselves",
        )
    unlock_for(profile, home)
    if options.token_file is not None:
        ends_at = expiry(options.expires, time.time()) if options.expires else None
        token = brought_token(options.token_file)
        asyncio.run(keep_token(profile, home, token, expires_at=ends_at))
    else:
        with sign_in_notice(as_json=options.json) as notice:
            asyncio.run(
                sign_in(profile, home, on_waiting=notice.show, ask=notice.ask, again=options.again)
            )
    found = standing(profile, home)
    if options.json:
        document(asdict(found))
    else:
        say(f"Signed in to {found.gateway} as {found.account}")
        say(f"  {lasting(found, time.time()).removeprefix('yes, ')}")
    return 0


COMMANDS = {
    "login": Command(
        f"{TARGET_USAGE} [options]",
        "Sign in, and keep the grant for all programs of this user.",
        _login_options,
        _login,
    ),
}
