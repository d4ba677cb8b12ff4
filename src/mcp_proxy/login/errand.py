"""A renewal as an errand for a process of its own: what it is told, and what it reports.

Bytes over a pipe between two processes of ours on one machine; nothing of it is kept,
shown, or put on a command line. It holds tokens and the vault's key.

    told       one line of JSON
    reported   "begun" once the lock is held and before anything is spent, then JSON
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_proxy import errors
from mcp_proxy.config.model import (
    Auth,
    Endpoints,
    IdentityProvider,
    Network,
    Profile,
    SecretRef,
)
from mcp_proxy.tokens.record import grant_record, pointer_record, read_grant, read_pointer
from mcp_proxy.tokens.redemption import UnkeptError
from mcp_proxy.values import dataclass, field, fields

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mcp_proxy.oauth.model import Grant
    from mcp_proxy.tokens.cachekey import CacheKey

BEGUN = b"begun\n"

_KINDS = {
    kind.__name__: kind for kind in (Profile, Auth, Network, Endpoints, IdentityProvider, SecretRef)
}
_NOT_TOLD = {"permissions", "headers"}
"""Of a profile: no authorization server is told of them, and headers may hold secrets."""
_KIND = "kind of value"


@dataclass(frozen=True, slots=True)
class Errand:
    """All that it takes to renew one grant."""

    profile: Profile
    vault: Path
    """The vault's folder."""
    key: CacheKey
    grant: Grant
    """As it was found; if something else is stored by now, there is nothing to do."""
    held: Mapping[str, bytes] = field(repr=False)
    """The vault keys at hand (`GrantStore.held`): no keyring is asked twice."""
    passphrase: str | None = field(repr=False, default=None)
    """The one that a person has typed, for a vault whose key has just been changed."""

    def packed(self) -> bytes:
        """The line that the process is told."""
        told = {
            "profile": self.profile,
            "vault": str(self.vault),
            "key": pointer_record(self.key).decode(),
            "grant": grant_record(self.grant).decode(),
            "held": self.held,
            "passphrase": self.passphrase,
        }
        return json.dumps(_plain(told)).encode() + b"\n"


def unpacked(told: bytes) -> Errand:
    """The errand that was packed.

    Raises:
        ValueError, LookupError, TypeError: it is no whole errand, or one of another version.
        StoreError: the same.
    """
    found = json.loads(told, object_hook=_value)
    return Errand(
        found["profile"],
        Path(found["vault"]),
        read_pointer(found["key"].encode()),
        read_grant(found["grant"].encode()),
        found["held"],
        found["passphrase"],
    )


def _plain(value: Any) -> Any:
    kind = type(value).__name__
    if kind in _KINDS:
        names = [one.name for one in fields(value) if one.name not in _NOT_TOLD]
        return {_KIND: kind} | {name: _plain(getattr(value, name)) for name in names}
    if isinstance(value, bytes):
        return {_KIND: kind, "hex": value.hex()}
    return {name: _plain(one) for name, one in value.items()} if hasattr(value, "items") else value


def _value(found: dict[str, Any]) -> Any:
    kind = found.pop(_KIND, None)
    if kind == "bytes":
        return bytes.fromhex(found["hex"])
    return found if kind is None else _KINDS[kind](**found)


def report(*, is_renewed: bool) -> bytes:
    """What `Redeemer.redeem` returned."""
    return json.dumps({"is_renewed": is_renewed}).encode() + b"\n"


def report_of(error: errors.PermitError) -> bytes:
    """What it raised."""
    facts = dict(vars(error))
    said = {"type": type(error).__name__, "message": str(error), "facts": facts}
    if isinstance(error, UnkeptError):
        facts["successor"] = grant_record(error.successor).decode()
    return json.dumps(_plain(said)).encode() + b"\n"


def outcome(reported: bytes) -> bool | None:
    """What the process has reported; None where it ended before anything could be spent.

    Raises:
        PermitError: as `Redeemer.redeem`.
        StoreError: nobody knows what became of the renewal.
    """
    lines = reported.splitlines(keepends=True)
    found = _document(lines[-1]) if lines else None
    if found is None:
        if BEGUN not in lines:
            return None
        raise errors.StoreError(
            "The process that renews the sign-in was ended before it could say what became of it"
        )
    if "is_renewed" in found:
        return bool(found["is_renewed"])
    raise _error(found)


def _document(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line, object_hook=_value)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _error(found: dict[str, Any]) -> errors.PermitError:
    facts = found["facts"]
    if "successor" in facts:
        facts["successor"] = read_grant(facts["successor"].encode())
    kind = UnkeptError if "successor" in facts else getattr(errors, found["type"])
    # Without `__init__`, whose arguments are of each kind's own: they are in the facts.
    error: errors.PermitError = kind.__new__(kind, found["message"])
    vars(error).update(facts)
    return error
