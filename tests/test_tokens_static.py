"""Tokens that nobody here can renew."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import SignInRequired
from mcp_proxy.tokens.static import NoTokens, StaticTokens
from mcp_proxy.tokens.usage import NOTE_SECONDS, UsageNote

if TYPE_CHECKING:
    from pathlib import Path


def test_a_static_token_is_always_at_hand_and_its_refusal_explained() -> None:
    """systems.md §7.4, `sgk_` keys: no browser, no retry. Without a note nothing is noted."""

    async def scenario() -> None:
        tokens = StaticTokens("s3cret")
        assert tokens.fresh_token() == "s3cret"
        assert await tokens.access_token() == "s3cret"
        with pytest.raises(SignInRequired, match="revoked, has expired or is for another") as told:
            await tokens.access_token(rejected="s3cret")
        assert "s3cret" not in str(told.value)
        assert "auth.token" in (told.value.hint or "")
        await tokens.close()

    asyncio.run(scenario())


def test_a_profile_without_tokens_says_so_when_one_is_wanted() -> None:
    """Ours."""

    async def scenario() -> None:
        tokens = NoTokens()
        assert tokens.fresh_token() is None
        with pytest.raises(SignInRequired, match="this profile has none"):
            await tokens.access_token(rejected=None)
        await tokens.close()

    asyncio.run(scenario())


def test_its_uses_are_noted_once_an_hour_and_at_the_end(tmp_path: Path) -> None:
    """Ours: a call waits for no file."""
    clock = [1_000.0]

    async def scenario() -> None:
        note = UsageNote(tmp_path / "uses", "key", lambda: clock[0])
        tokens = StaticTokens("s3cret", note, lambda: clock[0])
        await tokens.close()
        assert note.read().last_used_at is None, "not used at all"
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
        for passed in (0.0, 1.0, NOTE_SECONDS - 1, NOTE_SECONDS, NOTE_SECONDS + 100):
            clock[0] = 1_000.0 + passed
            tokens.fresh_token()
            await asyncio.to_thread(int)  # behind whatever was begun
            noted = 1_000.0 + (0.0 if passed < NOTE_SECONDS else NOTE_SECONDS)
            assert note.read().last_used_at == noted, passed
        await tokens.close()
        assert note.read().last_used_at == 1_000.0 + NOTE_SECONDS + 100

    asyncio.run(scenario())


def test_a_refusal_is_noted(tmp_path: Path) -> None:
    """peers.md 35: last error."""

    async def scenario() -> None:
        note = UsageNote(tmp_path / "uses", "key", lambda: 7.0)
        with pytest.raises(SignInRequired):
            await StaticTokens("s3cret", note).access_token(rejected="s3cret")
        found = note.read()
        assert found.last_error_at == 7.0
        assert "revoked" in (found.last_error or "")
        assert "s3cret" not in (found.last_error or "")

    asyncio.run(scenario())
