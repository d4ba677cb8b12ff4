"""`mcp-permit vault`: where the key of the stored grants lies, and changing it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mcp_proxy.cli.command import Command
from mcp_proxy.cli.output import document, facts, printable, say, warn
from mcp_proxy.cli.passphrase import new_passphrase, unlock
from mcp_proxy.config.paths import paths
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.tokens.choice import FACTS
from mcp_proxy.tokens.passphrase import VARIABLE, passphrase, typed
from mcp_proxy.tokens.safe import is_in_memory, safe_in
from mcp_proxy.tokens.sealed import names_in
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable
    from pathlib import Path

    from mcp_proxy.tokens.choice import Kind


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "deed",
        nargs="?",
        choices=tuple(DEEDS),
        help="status: where the key lies, and what it opens; rekey: make a new key and seal"
        " everything anew; move: the same, with the new key in another place",
    )
    parser.add_argument("place", nargs="?", choices=tuple(FACTS), help="where a key is moved to")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--verbose", action="store_true", help="say what lies behind an error")


def _vault(options: argparse.Namespace) -> int:
    if options.deed is None:
        raise ConfigError(f"Say what to do: {', '.join(DEEDS)}", hint="mcp-permit vault --help")
    if (options.deed == "move") != (options.place is not None):
        raise ConfigError(
            "vault move wants a place, and nothing else does",
            hint=f"mcp-permit vault move {' | '.join(FACTS)}",
        )
    deed: Callable[[argparse.Namespace, Path], int] = DEEDS[options.deed]
    return deed(options, paths(os.environ).vault)


def _status(options: argparse.Namespace, folder: Path) -> int:
    place = "memory" if is_in_memory() else VaultKey(folder).kind()
    words = safe_in(folder, lambda: 0.0).describe()
    problem = None if place in {None, "memory"} else _problem(folder)
    names = names_in(folder)
    counts = {
        kind: sum(name.startswith(f"{kind}/") for name in names) for kind in ("grants", "clients")
    }
    if options.json:
        document(
            {
                "folder": str(folder),
                "place": place,
                "key": words,
                "is_open": problem is None,
                "problem": problem,
                **counts,
            }
        )
        return 0
    told = [
        ("folder", str(folder)),
        ("key", words),
        ("opens", "yes" if problem is None else f"no: {problem}"),
        ("grants", str(counts["grants"])),
        ("registrations", str(counts["clients"])),
    ]
    facts([(name, printable(value)) for name, value in told])
    return 0


def _problem(folder: Path) -> str | None:
    """Why the key cannot be had, or None: then it can."""
    try:
        VaultKey(folder).load()
    except StoreError as error:
        return f"{error}. {error.hint}" if error.hint else str(error)
    return None


def _rekey(options: argparse.Namespace, folder: Path) -> int:
    key = _unlocked(folder)
    kind = key.kind()
    if kind is None:
        return _told(options, key, 0, "There is no vault yet: nobody has signed in")
    return _changed(options, key, kind, passphrase() if kind == "passphrase" else None)


def _move(options: argparse.Namespace, folder: Path) -> int:
    key = _unlocked(folder)
    before, after = key.kind(), options.place
    if after == before != "passphrase":
        return _told(options, key, 0, f"The key is there already: {key.describe()}")
    if after != "passphrase":
        return _changed(options, key, after, None)
    text = new_passphrase(is_change=before == "passphrase")
    code = _changed(options, key, after, text)
    typed(text)
    if not options.json:
        say(f"  Programs that nobody can ask, as desktop clients launch them, need {VARIABLE}")
    return code


def _unlocked(folder: Path) -> VaultKey:
    if is_in_memory():
        raise ConfigError("MCP_PERMIT_VAULT=memory keeps nothing whose key could be changed")
    unlock(folder)
    return VaultKey(folder)


def _changed(options: argparse.Namespace, key: VaultKey, kind: Kind, text: str | None) -> int:
    done = key.rekey(kind, text)
    if done.left is not None:
        warn(f"The old key could not be taken away: {done.left}", as_json=options.json)
    records = "1 record is" if done.records == 1 else f"{done.records} records are"
    return _told(
        options,
        key,
        done.records,
        f"The vault has a new key, {key.describe()}\n"
        f"  {records} sealed with it; the old key opens nothing any more",
    )


def _told(options: argparse.Namespace, key: VaultKey, records: int, sentence: str) -> int:
    if options.json:
        document({"place": key.kind(), "key": key.describe(), "resealed": records})
    else:
        say(sentence)
    return 0


DEEDS = {"status": _status, "rekey": _rekey, "move": _move}

COMMANDS = {
    "vault": Command(
        f"{{status | rekey | move {{{' | '.join(FACTS)}}}}} [options]",
        "Say where the key lies that seals the stored grants, or change it. Programs that"
        " run notice by themselves.",
        _options,
        _vault,
    )
}
