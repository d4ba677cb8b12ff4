"""`mcp-permit status` and `logout`: who is signed in where, and ending that."""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import document, facts, one_line, printable, say, span, warn
from mcp_proxy.cli.passphrase import unlock, unlock_for
from mcp_proxy.cli.target import TARGET_USAGE, add_gateway, chosen, profile_names
from mcp_proxy.config.paths import paths
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.login.sign_out import sign_out, sign_out_everywhere
from mcp_proxy.login.standing import standing, standings
from mcp_proxy.values import asdict

if TYPE_CHECKING:
    import argparse

    from mcp_proxy.config.model import Profile
    from mcp_proxy.login.sign_out import SignedOut
    from mcp_proxy.login.standing import Standing


def _status(options: argparse.Namespace) -> int:
    if options.target is None:
        home = paths(os.environ)
        profiles = _profiles(options)
        unlock(home.vault)
        found = standings(profiles, home)
    else:
        profile, home = chosen(options, options.target)
        unlock_for(profile, home)
        found = [standing(profile, home)]
    if options.json:
        document({"profiles": [asdict(one) for one in found]})
        return 0
    for number, one in enumerate(found):
        if number:
            say("")
        facts(_told(one))
    if not found:
        say("Nobody is signed in, and no profile is configured")
    return 0


def _profiles(options: argparse.Namespace) -> list[Profile]:
    return [chosen(options, name)[0] for name in profile_names(options)]


def _told(found: Standing) -> list[tuple[str, str]]:
    """All that is known, in words; what is not known is left out."""
    now = time.time()
    told = [
        ("profile", found.profile),
        ("gateway", found.gateway),
        ("account", found.account),
        ("environment", found.environment),
        ("signed in", lasting(found, now) if found.problem is None else "not known"),
        ("problem", found.problem),
        *(("attention", sentence) for sentence in found.attention),
        ("issuer", found.issuer),
        ("client", found.client_id),
        ("scope", found.scope),
        ("last used", found.last_used_at and _ago(found.last_used_at, now)),
        ("last error", found.last_error_at and _failure(found, found.last_error_at, now)),
        ("tools", _counted(found, now)),
        ("token", found.token_from),
        ("vault key", found.vault_key),
    ]
    return [(name, printable(value)) for name, value in told if value]


def lasting(found: Standing, now: float) -> str:
    """Whether somebody is signed in, and for how long."""
    if found.kind == "none":
        return "not needed"
    if not found.signed_in:
        return "no"
    end, kind = found.expires_at, found.kind
    if end is None:
        return "by a static token" if kind == "bearer" else "yes, without an end"
    left = end - now
    if kind == "bearer" and left > 0:
        return f"by a static token, for {span(left)}"
    if found.renewable:
        return "yes, renewed by itself" if left > 0 else "yes, renewed at the next use"
    return f"yes, for {span(left)}" if left > 0 else "no, the token has ended"


def _failure(found: Standing, at: float, now: float) -> str:
    return f"{_ago(at, now)}: {one_line(found.last_error or '')}"


def _ago(at: float, now: float) -> str:
    return f"{span(now - at)} ago"


def _counted(found: Standing, now: float) -> str | None:
    if found.problem is not None:
        return None
    if found.snapshot_taken_at is None:
        return "not seen yet"
    age = _ago(found.snapshot_taken_at, now)
    classes = ", ".join(f"{count} {name}" for name, count in found.surfaced_by_class.items())
    may = f" ({classes})" if classes else ""
    return f"{found.tools_surfaced} of {found.tools_listed} surfaced{may}, seen {age}"


def _logout_options(parser: argparse.ArgumentParser) -> None:
    add_gateway(parser)
    parser.add_argument("--all", action="store_true", help="of every gateway, under every account")


def _logout(options: argparse.Namespace) -> int:
    if options.all:
        return _logout_everywhere(options)
    profile, home = chosen(options, options.target)
    unlock_for(profile, home)
    left = asyncio.run(sign_out(profile, home))
    if options.json:
        document({"profile": profile.name, **asdict(left)})
    else:
        _say_left(left, profile.url)
    return 0


def _logout_everywhere(options: argparse.Namespace) -> int:
    if options.target is not None:
        raise ConfigError("logout takes a gateway or --all, and not both")
    home = paths(os.environ)
    profiles = _profiles(options)
    unlock(home.vault)
    done = asyncio.run(sign_out_everywhere(profiles, home))
    ended = [(key, left) for key, left in done if not isinstance(left, StoreError)]
    if options.json:
        told = [
            {"gateway": key.gateway, "account": key.account, **asdict(left)} for key, left in ended
        ]
        document({"credentials": told})
    for key, left in done:
        if isinstance(left, StoreError):
            about = f"{key.gateway} as {key.account} could not be ended"
            warn(f"{about}: {left}", as_json=options.json)
        elif not options.json:
            _say_left(left, f"{key.gateway} as {key.account}")
    if not done and not options.json:
        say("Nobody was signed in")
    return 0 if len(ended) == len(done) else StoreError.exit_code


def _say_left(left: SignedOut, where: str) -> None:
    if not left.removed:
        say(f"Nobody was signed in to {where}")
        return
    say(f"Signed out of {where}")
    say(
        "  The server has revoked the tokens"
        if left.revoked
        else "  The server took no revocation: the tokens end by themselves"
    )


COMMANDS = {
    "logout": Command(
        f"{TARGET_USAGE} [options]",
        "Forget the grant; revoke it where the server can.",
        _logout_options,
        _logout,
    ),
    "status": Command(
        f"{TARGET_USAGE} [options]",
        "Say who is signed in, until when, and what is surfaced; without a name, for every"
        " profile and every stored grant. Uses no network.",
        add_gateway,
        _status,
    ),
}
