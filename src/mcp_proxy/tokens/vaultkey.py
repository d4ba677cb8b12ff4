"""The vault's key: found, made, and changed for a new one.

Where it lies is chosen once, at the first sign-in, and remembered in `vault.json`
beside the records (`tokens.choice`): behind a passphrase where one is set, else in the
OS keyring, else in a key file with mode 0600. After that no other place is tried: a
keyring that is locked today must not lead to a second key, under which nothing of
yesterday opens.

`vault.json` is read again each time, so that a key that another process has changed
is noticed. Its lock `vault.lock` is held by whoever makes or changes the key, and by
whoever writes a record.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import private_folder
from mcp_proxy.tokens.choice import check_of, former_of, successor_of
from mcp_proxy.tokens.lock import hold_blocking
from mcp_proxy.tokens.passphrase import passphrase
from mcp_proxy.tokens.place import Places, behind_passphrase, in_file
from mcp_proxy.tokens.sealed import names_in
from mcp_proxy.tokens.vault import KEY_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from mcp_proxy.tokens.choice import Choice, Kind
    from mcp_proxy.tokens.rekeying import Rekeyed

_LOCK_SECONDS = 30.0


class VaultKey:
    """The key of the vault in `folder`. Touches nothing before it is asked.

    Args:
        folder: where the vault is, or will be.
        now: the time, to name what is set aside.
        held: keys that were had before, as `held` tells them.
    """

    def __init__(
        self,
        folder: Path,
        now: Callable[[], float] = time.time,
        held: Mapping[str, bytes] | None = None,
    ) -> None:
        self._folder = folder
        self._places = Places(folder, now)
        self._held: dict[str, bytes] = dict(held or {})
        """Keys that were had once, by their checks."""

    def load(self) -> bytes:
        """The key; the first time on this machine it is made.

        May take as long as a keyring may (`place`), or a passphrase.

        Raises:
            StoreError: the key is lost, locked away or damaged, or its place cannot be used.
        """
        return self.keys()[0]

    def keys(self) -> tuple[bytes, ...]:
        """The keys with which a record may be sealed just now, the newest first.

        Raises:
            StoreError: as `load`.
        """
        choice = self._places.choice()
        if choice is None:
            with self.locked():
                return (self.settled(),)
        try:
            return self._keys_of(choice)
        except StoreError:
            if self._places.choice() == choice:
                raise
            return self.keys()  # somebody has changed it under our eyes

    def locked(self) -> AbstractContextManager[None]:
        """Nobody else makes or changes the key, or writes a record, as long as this lasts."""
        private_folder(self._folder)
        return hold_blocking(self._folder / "vault.lock", _LOCK_SECONDS)

    def settled(self) -> bytes:
        """The one key to write with; call it within `locked`.

        Makes the first key, and ends a change that a crash has cut off.

        Raises:
            StoreError: as `load`.
        """
        choice = self._places.choice()
        if choice is None:
            return self._first()
        keys = self._keys_of(choice)
        if choice.change is not None:
            new, old = keys
            self._finish(choice, old, new)
        return keys[0]

    def rekey(self, kind: Kind, text: str | None = None) -> Rekeyed:
        """Make a new key, seal every record with it, and keep it in a place of that `kind`.

        A crash at any point leaves a vault that opens, and that its next writer brings
        to the new key. `text` is the new passphrase, for that kind.

        Raises:
            StoreError: as `load`; the place does not serve, or a newer version has sealed
                a record: then nothing has changed.
        """
        from mcp_proxy.tokens.rekeying import begin  # noqa: PLC0415 - see `_finish`

        with self.locked():
            old = self.settled()
            begun, new = begin(self._folder, self._places, old, kind, text)
            return self._finish(begun, old, new)

    def held(self) -> dict[str, bytes]:
        """The keys that were had so far, by their checks: what a process of ours may be lent."""
        return dict(self._held)

    def kind(self) -> Kind | None:
        """In what kind of place the key lies; None: no key has been made yet.

        Raises:
            StoreError: as `describe`.
        """
        choice = self._places.choice()
        return None if choice is None else choice.kind

    def describe(self) -> str:
        """Where the key lies, for people. Reads `vault.json` only.

        Raises:
            StoreError: `vault.json` is damaged or of a newer version.
        """
        choice = self._places.choice()
        return "not made yet" if choice is None else self._places.described(choice)

    def _keys_of(self, choice: Choice) -> tuple[bytes, ...]:
        """The key that `choice` remembers; while it changes, the new one and the old one."""
        if choice.change is None:
            return (self._key_of(choice),)
        try:
            old = self._key_of(choice)
        except StoreError:
            new = self._key_of(choice.change.next)
            return new, former_of(new, choice.change)
        return successor_of(old, choice.change), old

    def _key_of(self, choice: Choice) -> bytes:
        if choice.check not in self._held:
            self._held[choice.check] = self._places.key_in(choice)
        return self._held[choice.check]

    def _finish(self, begun: Choice, old: bytes, new: bytes) -> Rekeyed:
        # A start has no use for what only a change of the key needs.
        from mcp_proxy.tokens.rekeying import finish  # noqa: PLC0415

        done = finish(self._folder, self._places, begun, old, new)
        self._held[check_of(new)] = new
        return done

    def _first(self) -> bytes:
        """Find a key that was made but not remembered, else make one; then remember where."""
        found = self._places.found() or self._behind_passphrase() or self._in_keyring_or_file()
        choice, key = found
        self._places.remember(choice)
        self._held[choice.check] = key
        return key

    def _behind_passphrase(self) -> tuple[Choice, bytes] | None:
        text = passphrase()
        if text is None or names_in(self._folder):
            return None  # the key of what is sealed here lies somewhere else
        key = self._new_key()
        return behind_passphrase(key, text), key

    def _in_keyring_or_file(self) -> tuple[Choice, bytes]:
        try:
            return self._places.into_first_keyring(self._new_key)
        except StoreError as error:
            key = self._new_key()
            self._places.into_file(key)
            return in_file(key, str(error)), key

    def _new_key(self) -> bytes:
        if names_in(self._folder):
            why = f"{self._folder} holds sealed records, but their key is nowhere"
            raise self._places.lost(why)
        return os.urandom(KEY_BYTES)
