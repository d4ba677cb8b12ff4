"""`mcp-permit login`, `logout` and `status`: who is signed in where."""

from __future__ import annotations

import asyncio
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.notice import sign_in_notice
from mcp_proxy.cli.output import Row, document, facts, printable, say, span, table
from mcp_proxy.cli.target import TARGET_USAGE, add_gateway, chosen, profile_names
from mcp_proxy.cli.token import brought_token, expiry
from mcp_proxy.errors import ConfigError
from mcp_proxy.login.given import keep_token
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.login.sign_out import sign_out
from mcp_proxy.login.standing import standing

if TYPE_CHECKING:
    import argparse

    from mcp_proxy.login.standing import Standing


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


def _logout(options: argparse.Namespace) -> int:
    profile, home = chosen(options, options.target)
    left = asyncio.run(sign_out(profile, home))
    if options.json:
        document({"profile": profile.name, "removed": left.removed, "revoked": left.revoked})
    elif not left.removed:
        say(f"Nobody was signed in to {profile.url}")
    else:
        say(f"Signed out of {profile.url}")
        say(
            "  The server has revoked the tokens"
            if left.revoked
            else "  The server took no revocation: the tokens end by themselves"
        )
    return 0


def _status(options: argparse.Namespace) -> int:
    names = profile_names(options) if options.target is None else []
    found = [standing(*chosen(options, name)) for name in names or [options.target]]
    if options.json:
        document({"profiles": [asdict(one) for one in found]})
    elif len(found) == 1:
        facts(_told(found[0]))
    else:
        headings = ["Profile", "Signed in", "Tools", "Gateway"]
        table(headings, [Row(_in_short(one), is_faint=not one.signed_in) for one in found])
    return 0


def _told(found: Standing) -> list[tuple[str, str]]:
    """All that is known, in words; what is not known is left out."""
    told = [
        ("profile", found.profile),
        ("gateway", found.gateway),
        ("account", found.account),
        ("signed in", lasting(found, time.time())),
        ("issuer", found.issuer),
        ("client", found.client_id),
        ("scope", found.scope),
        ("tools", _counted(found)),
        ("vault key", found.vault_key),
    ]
    return [(name, printable(value)) for name, value in told if value]


def _in_short(found: Standing) -> tuple[str, ...]:
    return found.profile, lasting(found, time.time()), _counted(found), found.gateway


def lasting(found: Standing, now: float) -> str:
    """Whether somebody is signed in, and for how long."""
    if found.kind == "none":
        return "not needed"
    if not found.signed_in:
        return "no"
    if found.kind == "bearer":
        return "by a static token"
    if found.expires_at is None:
        return "yes, without an end"
    left = found.expires_at - now
    if found.renewable:
        return f"yes, renewed within {span(left)}" if left > 0 else "yes, renewed at the next use"
    return f"yes, for {span(left)}" if left > 0 else "no, the token has ended"


def _counted(found: Standing) -> str:
    if found.snapshot_taken_at is None:
        return "not seen yet"
    age = span(time.time() - found.snapshot_taken_at)
    return f"{found.tools_surfaced} of {found.tools_listed} surfaced, seen {age} ago"


COMMANDS = {
    "login": Command(
        f"{TARGET_USAGE} [options]",
        "Sign in, and keep the grant for all programs of this user.",
        _login_options,
        _login,
    ),
    "logout": Command(
        f"{TARGET_USAGE} [options]",
        "Forget the grant; revoke it where the server can.",
        add_gateway,
        _logout,
    ),
    "status": Command(
        f"{TARGET_USAGE} [options]",
        "Say who is signed in, until when, and what is surfaced; without a name, for every"
        " profile. Uses no network.",
        add_gateway,
        _status,
    ),
}
