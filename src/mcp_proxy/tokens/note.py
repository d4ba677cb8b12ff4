"""The write-ahead note: these tokens are being spent on a renewal.

Written durably before a refresh token goes out, and of no meaning once its successor is
kept. Whoever finds one about the tokens that are still stored knows that a renewal was
cut off, by a crash or by a lost answer, and that nobody knows whether the server has
taken the token. Pure.
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING

from mcp_proxy.tokens.record import MalformedError, document, read_document
from mcp_proxy.values import asdict, dataclass

if TYPE_CHECKING:
    from mcp_proxy.oauth.model import TokenSet


@dataclass(frozen=True, slots=True)
class Note:
    """A renewal that has begun."""

    spends: str
    """Which tokens: a digest, never the tokens."""
    begun_at: float

    def is_about(self, tokens: TokenSet) -> bool:
        """Whether these are the tokens that it spends."""
        return self.spends == _digest(tokens)

    def __str__(self) -> str:
        """When, for people: `2026-10-08 14:02 UTC`."""
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(self.begun_at))


def note_about(tokens: TokenSet, now: float) -> Note:
    """The note to write before the refresh token of `tokens` goes out."""
    return Note(_digest(tokens), now)


def note_record(note: Note) -> bytes:
    """The bytes to keep."""
    return document(asdict(note))


def read_note(text: bytes) -> Note:
    """What `note_record` was given.

    Raises:
        MalformedError, StoreError: as `record.read_document`.
    """
    content = read_document(text)
    try:
        return Note(str(content["spends"]), float(content["begun_at"]))
    except (KeyError, TypeError, ValueError) as error:
        raise MalformedError("The record holds no note") from error


def _digest(tokens: TokenSet) -> str:
    # Not of the refresh token alone: a server may give the same one again, and a note that a
    # crash has left behind must not speak of the renewal after.
    spent = [tokens.refresh_token, tokens.access_token, tokens.issued_at]
    return hashlib.sha256(json.dumps(spent).encode()).hexdigest()
