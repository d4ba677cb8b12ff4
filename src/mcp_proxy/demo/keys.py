"""API keys: bearers that nobody signs in for. Shown once, kept as a hash, revocable at once.

After ScaiGrid's `sgk_` keys (systems.md §3.2) and Stable Baseline's `sta_` keys (§4.2).
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mcp_proxy.demo.account import Account

_SHOWN = 8
"""Characters of a key that may be shown afterwards, prefix included (`sta_abc1`)."""


@dataclass(slots=True)
class Key:
    """One key; its text is not kept."""

    label: str
    account: Account
    shown: str
    """The beginning of the text, which a dashboard shows."""
    expires_at: float | None = None
    """Epoch seconds; None: never."""
    is_revoked: bool = False
    """Once revoked, a key never comes back."""
    used_at: float | None = None
    """When it was last accepted."""


class Keys:
    """All keys of one world. `now` gives epoch seconds."""

    def __init__(self, prefix: str, now: Callable[[], float]) -> None:
        self._prefix, self._now = prefix, now
        self._by_hash: dict[bytes, Key] = {}

    def issue(self, label: str, account: Account, *, life_seconds: float | None = None) -> str:
        """The text of a new key, this once."""
        text = self._prefix + secrets.token_urlsafe(24)
        expires_at = None if life_seconds is None else self._now() + life_seconds
        self._by_hash[_hash(text)] = Key(label, account, text[:_SHOWN], expires_at)
        return text

    def bearer(self, text: str) -> Key | None:
        """Whose key this is, while it is good; notes that it was used."""
        found = self.find(text)
        if found is None or found.is_revoked or self._is_over(found):
            return None
        found.used_at = self._now()
        return found

    def find(self, text: str) -> Key | None:
        """The key of this text, good or not."""
        return self._by_hash.get(_hash(text))

    def revoke(self, label: str) -> None:
        """End the key of this label, requests under way included.

        Raises:
            KeyError: there is none.
        """
        self.by_label()[label].is_revoked = True

    def by_label(self) -> Mapping[str, Key]:
        """All keys; of two with one label, the later."""
        return {each.label: each for each in self._by_hash.values()}

    def rows(self) -> list[dict[str, Any]]:
        """What a dashboard shows: no text, no hash."""
        return [
            {
                "label": each.label,
                "account": each.account.name,
                "shown": each.shown,
                "expires_at": each.expires_at,
                "used_at": each.used_at,
                "is_revoked": each.is_revoked,
            }
            for each in self._by_hash.values()
        ]

    def _is_over(self, key: Key) -> bool:
        return key.expires_at is not None and self._now() >= key.expires_at


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
