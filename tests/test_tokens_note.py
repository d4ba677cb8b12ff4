"""The note that a refresh token is being spent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.oauth.model import TokenSet
from mcp_proxy.tokens.note import note_about, note_record, read_note
from mcp_proxy.tokens.record import MalformedError, document

TOKENS = TokenSet("acc3ss", "refr3sh", 5.0)
NOTE = note_about(TOKENS, 1_750_000_000.0)


def test_a_note_is_read_back_and_tells_when() -> None:
    """Ours."""
    assert read_note(note_record(NOTE)) == NOTE
    assert str(NOTE) == "2025-06-15 15:06 UTC"


def test_it_is_about_these_tokens_and_no_others() -> None:
    """Ours: a server may give the same refresh token again."""
    assert NOTE.is_about(TOKENS)
    for other in (
        replace(TOKENS, refresh_token="other"),
        replace(TOKENS, access_token="other"),
        replace(TOKENS, issued_at=6.0),
    ):
        assert not NOTE.is_about(other)


def test_it_holds_no_token() -> None:
    """peers.md 27."""
    assert b"acc3ss" not in note_record(NOTE)
    assert b"refr3sh" not in note_record(NOTE)


@pytest.mark.parametrize(
    "content", [{}, {"spends": "x"}, {"spends": "x", "begun_at": "soon"}, {"begun_at": [1]}]
)
def test_something_else_is_damage(content: dict[str, object]) -> None:
    """Ours."""
    with pytest.raises(MalformedError):
        read_note(document(content))


def test_a_newer_one_is_said() -> None:
    """peers.md 7."""
    with pytest.raises(StoreError, match="newer"):
        read_note(note_record(NOTE).replace(b'"layout": 1', b'"layout": 2'))
