"""Where the vault's key lies: in the OS keyring, else in a key file with mode 0600.

Chosen once, at the first sign-in, and remembered in `vault.json` beside the records:

    {"layout": 1, "key": "keyring", "backend": CLASS, "entry": NAME, "check": DIGEST}
    {"layout": 1, "key": "file", "reason": SENTENCE, "check": DIGEST}

After that the other place is never tried: a keyring that is locked today must not
lead to a second key, under which nothing of yesterday opens.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
from typing import TYPE_CHECKING, NoReturn

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder, read_private, set_aside, write_private
from mcp_proxy.tokens.lock import hold_blocking
from mcp_proxy.tokens.oskeyring import SERVICE, OsKeyring
from mcp_proxy.tokens.vault import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

LAYOUT = 1
FIRST_LIMIT_SECONDS = 3.0
"""For the first try of a keyring (ours): a wrong guess costs no more than the key file."""
LATER_LIMIT_SECONDS = 10.0
"""For a keyring that holds our key (ours): it may be unlocking, and the price is an error."""
_LOCK_SECONDS = 30.0


class VaultKey:
    """The key of the vault in `folder`. Touches nothing before it is asked.

    Args:
        folder: where the vault is, or will be.
        now: the time, to name what is set aside.
    """

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._now = now
        self._key: bytes | None = None
        self._ring: OsKeyring | None = None

    def load(self) -> bytes:
        """The key; the first time on this machine it is made. May take seconds: see the limits.

        Raises:
            StoreError: the key is lost, locked away or damaged, or its place cannot be used.
        """
        if self._key is None:
            choice = self._choice()
            self._key = self._choose() if choice is None else self._remembered(choice)
        return self._key

    def describe(self) -> str:
        """Where the key lies, for people. Reads `vault.json` only.

        Raises:
            StoreError: `vault.json` is damaged or of a newer version.
        """
        choice = self._choice()
        if choice is None:
            return "not made yet"
        if choice["key"] == "keyring":
            return f"in the keyring of this machine ({choice['backend']})"
        return f"in the file {self._key_file} with mode 0600, because: {choice['reason']}"

    @property
    def _key_file(self) -> Path:
        return self._folder / "vault.key"

    def _choice(self) -> dict[str, str] | None:
        """What `vault.json` remembers."""
        path = self._folder / "vault.json"
        text = read_private(path)
        if text is None:
            return None
        choice = _parsed(text)
        if choice is None:
            aside = set_aside(path, self._now())
            raise StoreError(
                f"{path} was damaged and is kept as {aside.name}",
                hint="Try again: the vault's key is looked for where it can be",
            )
        return choice

    def _remembered(self, choice: Mapping[str, str]) -> bytes:
        if choice["key"] == "file":
            text = read_private(self._key_file)
            key = self._decoded(text, f"{self._key_file} is missing")
        else:
            key = self._in_keyring(choice)
        if _check(key) != choice["check"]:
            self._lost("Another key lies in the place of the vault's")
        return key

    def _in_keyring(self, choice: Mapping[str, str]) -> bytes:
        self._ring = self._ring or OsKeyring(choice["backend"], LATER_LIMIT_SECONDS)
        try:
            text = self._ring.read(choice["entry"])
        except StoreError as error:
            error.hint = (
                f"The vault's key is in {choice['backend']}: unlock it, "
                "or start this where the desktop session reaches it"
            )
            raise
        missing = f"The keyring has no {choice['entry']!r} of {SERVICE} any more"
        return self._decoded(text, missing)

    def _choose(self) -> bytes:
        """Find a key that was made but not remembered, else make one; then remember where."""
        private_folder(self._folder)
        # One process chooses and the others find its choice. Also one prompt instead of eight.
        with hold_blocking(self._folder / "vault.lock", _LOCK_SECONDS):
            choice = self._choice()
            if choice is not None:
                return self._remembered(choice)
            text = read_private(self._key_file)
            if text is not None:
                key = self._decoded(text)
                return self._remember(key, {"key": "file", "reason": "A key file was there"})
            return self._first_choice()

    def _first_choice(self) -> bytes:
        entry = f"vault {self._folder.resolve()}"
        ring = OsKeyring(None, FIRST_LIMIT_SECONDS)
        try:
            found = ring.read(entry)
        except StoreError as error:
            return self._into_file(self._new_key(), str(error))
        key = self._new_key() if found is None else self._decoded(found)
        complaint = None if found else _entrust(ring, entry, _encoded(key))
        if complaint is not None:
            return self._into_file(key, complaint)
        place = {"key": "keyring", "backend": ring.backend or "", "entry": entry}
        return self._remember(key, place)

    def _into_file(self, key: bytes, reason: str) -> bytes:
        write_private(self._key_file, f"{_encoded(key)}\n".encode())
        return self._remember(key, {"key": "file", "reason": reason})

    def _remember(self, key: bytes, place: Mapping[str, str]) -> bytes:
        # Last, so that whoever finds it also finds the key.
        record = {"layout": LAYOUT, **place, "check": _check(key)}
        write_private(self._folder / "vault.json", json.dumps(record, indent=1).encode() + b"\n")
        return key

    def _new_key(self) -> bytes:
        if any(self._folder.glob("*/*.sealed")):
            self._lost(f"{self._folder} holds sealed records, but their key is nowhere")
        return os.urandom(KEY_BYTES)

    def _decoded(self, text: bytes | str | None, missing: str = "") -> bytes:
        if text is None:
            self._lost(missing)
        try:
            key = base64.b64decode(text.strip(), validate=True)
        except ValueError:
            key = b""
        return key if len(key) == KEY_BYTES else self._lost("The vault's key is damaged")

    def _lost(self, why: str) -> NoReturn:
        raise StoreError(
            f"{why}, so the vault cannot be opened",
            hint=f"Bring the key back, or move {self._folder} away and sign in again",
        )


def _entrust(ring: OsKeyring, entry: str, text: str) -> str | None:
    """Why `ring` cannot hold `text`, or None: then it does."""
    try:
        ring.write(entry, text)
        kept = ring.read(entry)
    except StoreError as error:
        return str(error)
    return None if kept == text else "The keyring does not keep what it is given"


def _encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _check(key: bytes) -> str:
    """What tells that a key is the right one, and nothing else about its 256 random bits."""
    return hashlib.sha256(b"mcp-permit vault key " + key).hexdigest()[:16]


def _parsed(text: bytes) -> dict[str, str] | None:
    """`vault.json`, or None when it is damaged."""
    try:
        found = json.loads(text)
        if found["layout"] > LAYOUT:
            raise StoreError("The vault was made by a newer mcp-permit", hint="Update this one")
        names = {"keyring": ("backend", "entry"), "file": ("reason",)}[found["key"]]
        return {name: str(found[name]) for name in ("key", "check", *names)}
    except (ValueError, KeyError, TypeError):
        return None
