"""A new key for the vault, in the same place or in another one.

The steps, each of which a crash may be the last: `vault.json` gets the new key beside
the old one, every record is sealed anew, the new key goes to its place, `vault.json`
lets go of the old key. Whoever finds the change begun goes on from there.

Whoever calls holds the vault's lock.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.choice import Choice, changing
from mcp_proxy.tokens.place import Places, behind_passphrase, in_file
from mcp_proxy.tokens.sealed import refuse_newer, reseal
from mcp_proxy.tokens.vault import KEY_BYTES, NONCE_BYTES
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.tokens.choice import Kind

CHOSEN = "It was moved there"
"""Why a key lies in a file, where a person wanted it to."""


@dataclass(frozen=True, slots=True)
class Rekeyed:
    """What a change of the key has done."""

    records: int
    """How many records are sealed with the new key."""
    left: str | None
    """Why the old key still lies where it lay; None: it is gone."""


def begin(
    folder: Path, places: Places, old: bytes, kind: Kind, text: str | None
) -> tuple[Choice, bytes]:
    """Have a new key, and `vault.json` know of it; the new state and the new key.

    `text` is the passphrase, for that kind.

    Raises:
        StoreError: the place does not serve, a newer version sealed a record, or there is
            no room; nothing has changed.
    """
    choice = places.choice()
    assert choice is not None  # noqa: S101 - `old` was found by it
    refuse_newer(folder, old)
    new = os.urandom(KEY_BYTES)
    match kind:
        case "keyring":
            after = places.into_keyring(new, choice.facts.get("backend"))
        case "file":
            after = in_file(new, choice.facts.get("reason", CHOSEN))
        case "passphrase":
            assert text is not None  # noqa: S101 - whoever names this kind has one
            after = behind_passphrase(new, text)
    begun = changing(choice, old, after, new, (os.urandom(NONCE_BYTES), os.urandom(NONCE_BYTES)))
    places.remember(begun)
    return begun, new


def finish(folder: Path, places: Places, begun: Choice, old: bytes, new: bytes) -> Rekeyed:
    """Go from any point after `begin` to the end.

    Raises:
        StoreError: there is no room, or a newer version sealed a record; to be tried again.
    """
    assert begun.change is not None  # noqa: S101 - what makes it begun
    after = begun.change.next
    records = reseal(folder, old, new)
    if after.kind == "file":
        places.into_file(new)
    places.remember(after)
    try:
        places.forget(begun, after)
    except StoreError as error:
        return Rekeyed(records, str(error))
    return Rekeyed(records, None)
