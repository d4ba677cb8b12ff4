"""What `vault.json` remembers: where the vault's key lies, and whether it is being changed.

    {"layout": 1, "key": "keyring", "backend": CLASS, "entry": NAME, "check": DIGEST}
    {"layout": 1, "key": "file", "reason": SENTENCE, "check": DIGEST}
    {"layout": 2, "key": "passphrase", "salt": …, "cost": …, "sealed": …, "check": DIGEST}

While a new key takes the place of the old one, the record of the old one also holds
`next`, the record of the new one, and each key sealed with the other: `successor` is
the new one, `former` the old one. Whoever has either has both, and can go on where a
crash has ended the change. That is layout 2 as well: the version that knows layout 1
alone would take the re-sealed records for damaged.

Pure.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any, Literal

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.vault import KEY_BYTES, open_sealed, seal
from mcp_proxy.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYOUT = 2
"""The newest layout that is read; the oldest that says it all is written."""

Kind = Literal["keyring", "file", "passphrase"]

FACTS: Mapping[Kind, tuple[str, ...]] = {
    "keyring": ("backend", "entry"),
    "file": ("reason",),
    "passphrase": ("salt", "cost", "sealed"),
}
"""What is remembered of each place besides the key's check."""

_SUCCESSOR, _FORMER = "successor", "former"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the vault's key that has begun."""

    next: Choice
    successor: bytes
    """The new key, sealed with the old one."""
    former: bytes
    """The old key, sealed with the new one."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Where a key lies, and what tells that it is the right one."""

    kind: Kind
    facts: Mapping[str, str]
    check: str
    change: Change | None = None


def changing(
    choice: Choice, old: bytes, after: Choice, new: bytes, nonces: tuple[bytes, bytes]
) -> Choice:
    """`choice` while its key `old` gives way to `new`, which `after` remembers.

    `nonces` are two of `vault.NONCE_BYTES` random bytes each.
    """
    successor = seal(old, _SUCCESSOR, new, nonces[0])
    former = seal(new, _FORMER, old, nonces[1])
    return Choice(choice.kind, choice.facts, choice.check, Change(after, successor, former))


def successor_of(old: bytes, change: Change) -> bytes:
    """The new key.

    Raises:
        StoreError: `old` is not the old one.
    """
    return open_sealed(old, _SUCCESSOR, change.successor)


def former_of(new: bytes, change: Change) -> bytes:
    """The old key.

    Raises:
        StoreError: `new` is not the new one.
    """
    return open_sealed(new, _FORMER, change.former)


def check_of(key: bytes) -> str:
    """What tells that a key is the right one, and nothing else about its 256 random bits."""
    return hashlib.sha256(b"mcp-permit vault key " + key).hexdigest()[:16]


def encoded(data: bytes) -> str:
    """Bytes as a text for a keyring, a file or JSON."""
    return base64.b64encode(data).decode()


def decoded(text: bytes | str) -> bytes | None:
    """The key that `encoded` was given, or None when it is damaged."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except ValueError:
        return None
    return key if len(key) == KEY_BYTES else None


def choice_record(choice: Choice) -> bytes:
    """The content of `vault.json`."""
    is_old = choice.kind != "passphrase" and choice.change is None
    record: dict[str, object] = {"layout": 1 if is_old else LAYOUT, **_fields(choice)}
    if choice.change is not None:
        record |= {
            "next": _fields(choice.change.next),
            _SUCCESSOR: encoded(choice.change.successor),
            _FORMER: encoded(choice.change.former),
        }
    return json.dumps(record, indent=1).encode() + b"\n"


def read_choice(text: bytes) -> Choice | None:
    """What `choice_record` was given, or None when it is damaged.

    Raises:
        StoreError: a newer version of this program wrote it in another layout.
    """
    try:
        found = json.loads(text)
        if found["layout"] > LAYOUT:
            raise StoreError("The vault was made by a newer mcp-permit", hint="Update this one")
        change = None
        if "next" in found:
            sealed = (base64.b64decode(found[name]) for name in (_SUCCESSOR, _FORMER))
            change = Change(_choice(found["next"], None), *sealed)
        return _choice(found, change)
    except (ValueError, KeyError, TypeError):
        return None


def _choice(found: dict[str, Any], change: Change | None) -> Choice:
    kind: Kind = found["key"]
    facts = {name: str(found[name]) for name in FACTS[kind]}
    return Choice(kind, facts, str(found["check"]), change)


def _fields(choice: Choice) -> dict[str, str]:
    return {"key": choice.kind, **choice.facts, "check": choice.check}
