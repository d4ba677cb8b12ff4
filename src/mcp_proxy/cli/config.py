"""`mcp-permit config`: check, find or begin the configuration file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import Row, document, note, say, table
from mcp_proxy.cli.target import add_output_options, config_file, is_there
from mcp_proxy.config.load import load_config
from mcp_proxy.config.parse import KEYS
from mcp_proxy.config.paths import paths
from mcp_proxy.config.rulebook import attention as attention_of
from mcp_proxy.config.rulebook import policy_of
from mcp_proxy.config.starter import starter
from mcp_proxy.errors import ConfigError
from mcp_proxy.files import private_folder, write_private
from mcp_proxy.login.standing import last_snapshot
from mcp_proxy.policy.decide import unmatched_patterns
from mcp_proxy.values import asdict

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "deed",
        nargs="?",
        choices=tuple(DEEDS),
        help="check: read the file and list its profiles; path: print where it is;"
        " init: begin one, with every key explained",
    )
    add_output_options(parser)


def _config(options: argparse.Namespace) -> int:
    if options.deed is None:
        raise ConfigError(f"Say what to do: {', '.join(DEEDS)}", hint="mcp-permit config --help")
    deed: Callable[[argparse.Namespace], int] = DEEDS[options.deed]
    return deed(options)


def _check(options: argparse.Namespace) -> int:
    home = paths(os.environ)
    file = config_file(options, home)
    found = load_config(file)
    for profile in found.profiles.values():
        _require_bundle(profile)
    attention = {
        name: [*_attention(profile), *_of_rules(profile, home)]
        for name, profile in found.profiles.items()
    }
    if options.json:
        document(
            {
                "config_file": str(file),
                "exists": is_there(file),
                "default_profile": found.default_profile,
                "profiles": [
                    _described(profile) | {"attention": attention[profile.name]}
                    for profile in found.profiles.values()
                ],
            }
        )
    elif not is_there(file):
        say(f"There is no file {file}; a URL needs none, and mcp-permit config init begins one")
    else:
        say(f"{file} is in order\n")
        table(
            ["Profile", "Grant", "Account", "Gateway"],
            [
                Row((name, profile.auth.grant, profile.account, profile.url))
                for name, profile in found.profiles.items()
            ],
        )
        for profile in found.profiles.values():
            for sentence in attention[profile.name]:
                note(f"mcp-permit: {profile.name}: {sentence}")
    return 0


def _require_bundle(profile: Profile) -> None:
    """Go on unless certificates are named that are not there: no connection could be made."""
    bundle = profile.network.ca_bundle
    if bundle is not None and not is_there(Path(bundle)):
        key = f"profiles.{profile.name}.network.ca_bundle"
        raise ConfigError(f"{key} names no file: {bundle}", key=key)


def _attention(profile: Profile) -> list[str]:
    """What may be meant so, and yet surprises."""
    uri = profile.auth.redirect_uri
    # Plain http leads to this computer: `config.urls` takes it for nothing else.
    if uri is None or uri.startswith("http:"):
        return []
    sentence = (
        f"the redirect {uri} does not lead to this computer: only login at a terminal can sign in, "
        "where the address that the browser ends at is pasted"
    )
    return [sentence]


def _of_rules(profile: Profile, home: Paths) -> list[str]:
    """What the rules may not mean so: labels that do not fit, patterns that match nothing."""
    policy = policy_of(profile)
    told = [] if policy.preset is None else attention_of(profile, policy.preset())
    snapshot = last_snapshot(profile, home)
    if snapshot is not None:
        patterns = unmatched_patterns(policy, snapshot.tools)
        told += [f"the pattern {pattern} matches no tool of the last list" for pattern in patterns]
    return told


_PERMISSIONS = KEYS["profiles.NAME.permissions"]


def _described(profile: Profile) -> dict[str, object]:
    """For programs: what tells profiles apart. Headers stay out, as they may be secret."""
    return {
        "profile": profile.name,
        "gateway": profile.url,
        "account": profile.account,
        "grant": profile.auth.grant,
        "preset": profile.preset,
        "environment": profile.environment,
        "contact": profile.contact,
        "permissions": {
            key: value for key, value in asdict(profile.permissions).items() if key in _PERMISSIONS
        },
    }


def _path(options: argparse.Namespace) -> int:
    home = paths(os.environ)
    if options.json:
        document({name: str(path) for name, path in asdict(home).items()})
    else:
        say(str(config_file(options, home)))
    return 0


def _init(options: argparse.Namespace) -> int:
    file = Path(options.config) if options.config else paths(os.environ).config_file
    if is_there(file):
        raise ConfigError(f"{file} is there already", hint="mcp-permit config check")
    # A folder that is there keeps its mode: it may be any folder.
    if not is_there(file.parent):
        private_folder(file.parent)
    write_private(file, starter())
    if options.json:
        document({"config_file": str(file)})
    else:
        say(f"{file} is begun; every key stands in it with a word on what it is for")
    return 0


DEEDS = {"check": _check, "path": _path, "init": _init}

COMMANDS = {
    "config": Command(
        "{check | path | init} [options]",
        "Check the configuration file, print where it is, or begin one.",
        _options,
        _config,
    )
}
