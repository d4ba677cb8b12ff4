"""PROFILE | URL and a gateway's options: what every command that names one shares."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from mcp_proxy.config.load import load_config, resolve
from mcp_proxy.config.model import Config, Grant, Overrides
from mcp_proxy.config.overrides import is_url
from mcp_proxy.config.paths import HOME_VARIABLE, paths
from mcp_proxy.errors import ConfigError

if TYPE_CHECKING:
    import argparse

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths

TARGET_USAGE = "[PROFILE | URL]"


def add_target(parser: argparse.ArgumentParser) -> None:
    """The word that names a gateway."""
    parser.add_argument(
        "target",
        nargs="?",
        metavar="PROFILE | URL",
        help="a profile of the configuration file, or the address of a gateway;"
        " without it the default profile, or the only one",
    )


def add_output_options(parser: argparse.ArgumentParser, *, json: bool = True) -> None:
    """How a command speaks, and which file it reads."""
    if json:
        parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--verbose", action="store_true", help="say what lies behind an error")
    parser.add_argument("--config", metavar="FILE", help="read this file instead of the usual one")


def add_gateway_options(parser: argparse.ArgumentParser) -> None:
    """What may be said on top of a profile or a URL; dests are the fields of `Overrides`."""
    _add_network_options(parser)
    _add_sign_in_options(parser)
    group = parser.add_argument_group("permitted tools")
    group.add_argument(
        "--allow", action="append", default=[], metavar="GLOB", help="only tools named so"
    )
    group.add_argument(
        "--deny", action="append", default=[], metavar="GLOB", help="no tools named so; wins"
    )
    group.add_argument(
        "--read-only", action="store_true", help="only tools that the gateway marks as read-only"
    )
    group.add_argument(
        "--preset",
        metavar="NAME | FILE",
        help="what is known of the gateway's system, as docs/permissions.md tells",
    )
    group.add_argument(
        "--environment", metavar="LABEL", help="which environment it is: dev, test, prod or another"
    )


def _add_network_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("gateway")
    group.add_argument(
        "--header",
        dest="headers",
        action="append",
        default=[],
        metavar="'NAME: VALUE'",
        help="send this header; VALUE may be env:NAME, @FILE or keyring:NAME",
    )
    group.add_argument(
        "--header-file",
        dest="header_files",
        action="append",
        default=[],
        metavar="FILE",
        help="send the headers of this file, one NAME: VALUE a line",
    )
    group.add_argument(
        "--allow-http", action="store_true", help="accept plain http to another machine"
    )


def _add_sign_in_options(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("sign-in")
    for name, metavar, purpose in (
        ("--grant", "GRANT", f"how to get a token: {', '.join(get_args(Grant))}"),
        ("--client-id", "ID", "the client registered for this program"),
        ("--client-secret", "REF", "its secret: env:NAME, @FILE or keyring:NAME"),
        ("--client-key", "FILE", "its private key, to sign with instead of a secret"),
        ("--client-metadata-url", "URL", "the client's own metadata document"),
        ("--redirect-uri", "URI", "exactly this redirect, as it is registered"),
        ("--scope", "SCOPE", "ask for these scopes"),
        ("--resource", "URI", "the resource indicator to send (RFC 8707)"),
        ("--token", "REF", "a static access token: env:NAME, @FILE or keyring:NAME"),
    ):
        group.add_argument(name, metavar=metavar, help=purpose)
    group.add_argument(
        "--no-browser", dest="browser", action="store_false", default=None, help="open no browser"
    )
    group.add_argument(
        "--login-timeout",
        dest="login_timeout_seconds",
        type=float,
        metavar="SECONDS",
        help="how long a sign-in waits for a person",
    )


def add_gateway(parser: argparse.ArgumentParser, *, json: bool = True) -> None:
    """A target and everything that may be said about it."""
    add_target(parser)
    add_output_options(parser, json=json)
    add_gateway_options(parser)


def config_file(options: argparse.Namespace, home: Paths) -> Path:
    """The configuration file, the usual one or that of `--config`.

    Raises:
        ConfigError: `--config` names a file that is not there.
    """
    if options.config is None:
        return home.config_file
    file = Path(options.config)
    if not is_there(file):
        raise ConfigError(f"There is no file {options.config}", hint="mcp-permit config path")
    return file


def is_there(file: Path) -> bool:
    """Whether there is such a file, or something else of this name.

    Raises:
        ConfigError: nobody lets us look.
    """
    try:
        return file.exists()
    except OSError as error:
        raise ConfigError(
            f"{file} cannot be looked for: {error.strerror}",
            hint=f"Check that {file.parent} is yours, or set another {HOME_VARIABLE}",
        ) from error


def profile_names(options: argparse.Namespace) -> list[str]:
    """The profiles of the configuration file, in its order."""
    return list(load_config(config_file(options, paths(os.environ))).profiles)


def overrides(options: argparse.Namespace) -> Overrides:
    """What the command line says on top of a profile."""
    given: dict[str, Any] = {
        name: tuple(said) if isinstance(said, list) else said
        for name, said in vars(options).items()
        if name in Overrides.__slots__
    }
    return Overrides(**given)


def chosen(options: argparse.Namespace, word: str | None) -> tuple[Profile, Paths]:
    """The profile that `word` and the options mean, and where our files lie.

    Raises:
        ConfigError: there is no such profile, or something in it is wrong.
    """
    home = paths(os.environ)
    # A URL needs no file, and must not stumble over one that nobody named.
    is_alone = word is not None and is_url(word) and options.config is None
    config = Config() if is_alone else load_config(config_file(options, home))
    return resolve(config, word, overrides(options)), home


def split_target(options: argparse.Namespace, words: list[str]) -> tuple[str | None, list[str]]:
    """The words' target, where the first of them is one, and the words after it."""
    if words and (is_url(words[0]) or words[0] in profile_names(options)):
        return words[0], words[1:]
    return None, words
