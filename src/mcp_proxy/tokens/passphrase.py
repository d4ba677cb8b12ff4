"""The vault's key behind a passphrase: scrypt (RFC 7914) and AES-GCM around the key.

The passphrase comes from `MCP_PERMIT_PASSPHRASE`, or from a person whom a command has
asked at a terminal. It is kept nowhere but in the memory of this process.
"""

from __future__ import annotations

import base64
import os
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.vault import KEY_BYTES, NONCE_BYTES, DamagedError, open_sealed, seal

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE = "MCP_PERMIT_PASSPHRASE"

COST = "32768 8 3"
"""scrypt's N, r and p for new wraps: one of OWASP's equal settings, and the one that takes
32 MB and not 128, since hosts start several of us at once. Kept with each wrap."""

_MOST_WORK = 1 << 30
"""Bytes that a wrap's own cost may have us go through: it can be edited."""
_SALT_BYTES = 16
_NAME = "vault key"

_typed: dict[str, str] = {}
"""What a person has typed, by `VARIABLE`: all of this process is that person's."""


def passphrase() -> str | None:
    """What opens the vault, if anybody has said it."""
    return _typed.get(VARIABLE) or os.environ.get(VARIABLE) or None


def typed(text: str) -> None:
    """Take `text` for the passphrase from now on, in this process."""
    _typed[VARIABLE] = text


def wrapped(key: bytes, text: str) -> dict[str, str]:
    """What to remember of `key`, so that `unwrapped` finds it with the passphrase `text`."""
    salt = os.urandom(_SALT_BYTES)
    sealed = seal(_stretched(text, salt, COST), _NAME, key, os.urandom(NONCE_BYTES))
    return {"salt": _encoded(salt), "cost": COST, "sealed": _encoded(sealed)}


def unwrapped(facts: Mapping[str, str], text: str | None) -> bytes:
    """The key that `wrapped` was given.

    Raises:
        StoreError: there is no passphrase, it is another one, or `facts` are damaged.
    """
    if text is None:
        raise StoreError(
            "The vault is locked with a passphrase",
            hint=f"Set {VARIABLE}, or run the command at a terminal",
        )
    try:
        salt, sealed = (base64.b64decode(facts[name], validate=True) for name in ("salt", "sealed"))
        return open_sealed(_stretched(text, salt, facts["cost"]), _NAME, sealed)
    except (ValueError, MemoryError) as error:
        raise StoreError("What vault.json remembers of the vault's key is damaged") from error
    except DamagedError as error:
        raise StoreError(
            "The passphrase does not open the vault",
            hint=f"Correct {VARIABLE}; if nobody knows it any more, sign in with another"
            " MCP_PERMIT_HOME",
        ) from error


# Half a second each time, and each store of a process wants it.
@lru_cache(maxsize=4)
def _stretched(text: str, salt: bytes, cost: str) -> bytes:
    # Only vaults with a passphrase pay for the import.
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt  # noqa: PLC0415

    n, r, p = map(int, cost.split())
    if 128 * n * r * p > _MOST_WORK:
        raise ValueError(cost)
    # One keyboard writes é as one character, another one as two.
    composed = unicodedata.normalize("NFC", text).encode("utf-8", "surrogateescape")
    return Scrypt(salt=salt, length=KEY_BYTES, n=n, r=r, p=p).derive(composed)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
