"""Asking a person for the passphrase of the vault, before anything else happens.

Only commands ask, and only at a terminal: what a desktop client launches has nobody to
ask, and reads `MCP_PERMIT_PASSPHRASE`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from mcp_proxy.cli.output import note
from mcp_proxy.errors import ConfigError, StoreError
from mcp_proxy.tokens.passphrase import VARIABLE, passphrase, typed
from mcp_proxy.tokens.safe import is_in_memory
from mcp_proxy.tokens.vaultkey import VaultKey

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.config.model import Profile
    from mcp_proxy.config.paths import Paths

TRIES = 3
SHORTEST = 8
"""Characters of a new passphrase (NIST SP 800-63B §5.1.1)."""


def unlock(folder: Path) -> None:
    """Have the passphrase of the vault in `folder`, if it wants one and nobody has set it.

    Where there is no terminal nothing is asked; whoever opens the vault then says what lacks.

    Raises:
        StoreError: three times it was another one.
    """
    if passphrase() is not None or is_in_memory() or not _has_person():
        return
    key = VaultKey(folder)
    if key.kind() != "passphrase":
        return
    for left in reversed(range(TRIES)):
        typed(_asked("Passphrase of the vault: "))
        try:
            key.load()
        except StoreError as error:
            if not left:
                raise
            note(f"mcp-permit: {error}")
        else:
            return


def unlock_for(profile: Profile, home: Paths) -> None:
    """`unlock` the vault, if `profile` keeps a grant in it."""
    if profile.auth.signs_in:
        unlock(home.vault)


def new_passphrase(*, is_change: bool) -> str:
    """A passphrase that is not in use yet; a person types it twice.

    Without a terminal it is the one of the environment, unless that opens the vault now.

    Raises:
        ConfigError: there is none, it is too short, or it was typed in two ways.
    """
    if _has_person():
        text = _asked("New passphrase of the vault: ")
        if _asked("Once more: ") != text:
            raise ConfigError("These were two passphrases; nothing has changed")
    else:
        text = "" if is_change else passphrase() or ""
        if not text:
            raise ConfigError(
                "There is nobody to ask for a new passphrase",
                hint="Run this at a terminal" + ("" if is_change else f", or set {VARIABLE}"),
            )
    if len(text) < SHORTEST:
        raise ConfigError(f"A passphrase has {SHORTEST} characters or more; nothing has changed")
    return text


def _has_person() -> bool:
    return sys.stdin.isatty()


def _asked(question: str) -> str:
    # 3 ms that only vaults with a passphrase pay.
    from getpass import getpass  # noqa: PLC0415

    try:
        return getpass(question)
    except EOFError:
        raise KeyboardInterrupt from None
