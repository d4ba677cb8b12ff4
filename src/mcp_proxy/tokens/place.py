"""The places where the vault's key can lie, and `vault.json`, which remembers the one.

OS keyring, key file, passphrase: each takes a key, gives it back and forgets it.
`vaultkey` decides which.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.files import read_private, remove_private, set_aside, write_private
from mcp_proxy.tokens.choice import (
    Choice,
    check_of,
    choice_record,
    decoded,
    encoded,
    read_choice,
)
from mcp_proxy.tokens.oskeyring import SERVICE, OsKeyring
from mcp_proxy.tokens.passphrase import passphrase, unwrapped, wrapped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FIRST_LIMIT_SECONDS = 3.0
"""For the first try of a keyring (ours): a wrong guess costs no more than the key file."""
LATER_LIMIT_SECONDS = 10.0
"""For a keyring that holds our key (ours): it may be unlocking, and the price is an error."""
KEY_FILE = "vault.key"


class Places:
    """The places for the vault in `folder`. Touches nothing before it is asked.

    Args:
        folder: where the vault is, or will be.
        now: the time, to name what is set aside.
    """

    def __init__(self, folder: Path, now: Callable[[], float]) -> None:
        self._folder = folder
        self._now = now
        self._file = folder / KEY_FILE
        self._rings: dict[str, OsKeyring] = {}

    def choice(self) -> Choice | None:
        """What `vault.json` remembers; None: no key has been made yet.

        Raises:
            StoreError: it was damaged and is now set aside, or a newer version wrote it.
        """
        path = self._folder / "vault.json"
        text = read_private(path)
        if text is None:
            return None
        choice = read_choice(text)
        if choice is None:
            aside = set_aside(path, self._now())
            raise StoreError(
                f"{path} was damaged and is kept as {aside.name}",
                hint="Try again: the vault's key is looked for where it can be",
            )
        return choice

    def remember(self, choice: Choice) -> None:
        """Write `vault.json` durably; its key must lie where it says by then."""
        write_private(self._folder / "vault.json", choice_record(choice))

    def key_in(self, choice: Choice) -> bytes:
        """The key that `choice` remembers.

        Raises:
            StoreError: it is lost, locked away or damaged, or another key lies there.
        """
        match choice.kind:
            case "keyring":
                key = self._in_keyring(choice)
            case "file":
                key = self._decoded(read_private(self._file), f"{self._file} is missing")
            case "passphrase":
                key = unwrapped(choice.facts, passphrase())
        if check_of(key) != choice.check:
            raise self.lost("Another key lies in the place of the vault's")
        return key

    def found(self) -> tuple[Choice, bytes] | None:
        """A key that was made, and not remembered. Asks no keyring.

        Raises:
            StoreError: it is damaged.
        """
        text = read_private(self._file)
        if text is None:
            return None
        key = self._decoded(text, "")
        return in_file(key, "A key file was there"), key

    def into_first_keyring(self, make: Callable[[], bytes]) -> tuple[Choice, bytes]:
        """The key of this vault in the machine's keyring; a new one where there is none.

        Raises:
            StoreError: the keyring does not serve; the sentence says why.
        """
        entry = f"vault {self._folder.resolve()}"
        ring = OsKeyring(None, FIRST_LIMIT_SECONDS)
        found = ring.read(entry)
        key = make() if found is None else self._decoded(found, "")
        if found is None:
            _entrust(ring, entry, encoded(key))
        facts = {"backend": ring.backend or "", "entry": entry}
        return Choice("keyring", facts, check_of(key)), key

    def into_keyring(self, key: bytes, backend: str | None = None) -> Choice:
        """Put `key` beside the one that may lie there; a person has asked for it.

        Raises:
            StoreError: the keyring does not serve.
        """
        # Under a name of its own: the old key must stay until nothing needs it.
        entry = f"vault {self._folder.resolve()} {check_of(key)}"
        ring = OsKeyring(backend, LATER_LIMIT_SECONDS)
        _entrust(ring, entry, encoded(key))
        return Choice("keyring", {"backend": ring.backend or "", "entry": entry}, check_of(key))

    def into_file(self, key: bytes) -> None:
        """Put `key` in the place of the one that the key file may hold."""
        write_private(self._file, f"{encoded(key)}\n".encode())

    def forget(self, choice: Choice, after: Choice) -> None:
        """Take away the key that `choice` remembers, now that `after` has taken its place.

        Raises:
            StoreError: it cannot be taken away.
        """
        if after.kind != "file":
            remove_private(self._file)
        if choice.kind == "keyring":
            self._ring(choice).forget(choice.facts["entry"])

    def described(self, choice: Choice) -> str:
        """Where the key of `choice` lies, for people."""
        match choice.kind:
            case "keyring":
                return f"in the keyring of this machine ({choice.facts['backend']})"
            case "file":
                reason = choice.facts["reason"]
                return f"in the file {self._file} with mode 0600, because: {reason}"
            case "passphrase":
                return "behind a passphrase"

    def lost(self, why: str) -> StoreError:
        """The error for a key that nobody has any more."""
        return StoreError(
            f"{why}, so the vault cannot be opened",
            hint=f"Bring the key back, or move {self._folder} away and sign in again",
        )

    def _in_keyring(self, choice: Choice) -> bytes:
        entry = choice.facts["entry"]
        try:
            text = self._ring(choice).read(entry)
        except StoreError as error:
            error.hint = (
                f"The vault's key is in {choice.facts['backend']}: unlock it, "
                "or start this where the desktop session reaches it"
            )
            raise
        return self._decoded(text, f"The keyring has no {entry!r} of {SERVICE} any more")

    def _ring(self, choice: Choice) -> OsKeyring:
        # Kept: an unanswered prompt must not be put up twice.
        backend = choice.facts["backend"]
        return self._rings.setdefault(backend, OsKeyring(backend, LATER_LIMIT_SECONDS))

    def _decoded(self, text: bytes | str | None, missing: str) -> bytes:
        if text is None:
            raise self.lost(missing)
        key = decoded(text)
        if key is None:
            raise self.lost("The vault's key is damaged")
        return key


def in_file(key: bytes, reason: str) -> Choice:
    """What to remember of a key that `into_file` is given."""
    return Choice("file", {"reason": reason}, check_of(key))


def behind_passphrase(key: bytes, text: str) -> Choice:
    """What to remember of a key that lies nowhere else: itself, wrapped."""
    return Choice("passphrase", wrapped(key, text), check_of(key))


def _entrust(ring: OsKeyring, entry: str, text: str) -> None:
    ring.write(entry, text)
    if ring.read(entry) != text:
        raise StoreError("The keyring does not keep what it is given")
