"""The pause after a failed renewal."""

from __future__ import annotations

import pytest

from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.tokens.pause import FIRST_SECONDS, LONGEST_SECONDS, Pause


def test_there_is_none_at_first() -> None:
    """Ours."""
    pause = Pause()
    assert pause.is_over(0.0)
    pause.check(0.0)


def test_it_doubles_up_to_the_longest() -> None:
    """peers.md 5: 5xx, 429 and timeouts back off."""
    pause, lengths, at = Pause(), [], 100.0
    for _ in range(7):
        pause.begin(at, None)
        length = next(step / 2 for step in range(1000) if pause.is_over(at + step / 2))
        lengths.append(length)
        at += length
    assert lengths == [FIRST_SECONDS, 2.0, 4.0, 8.0, 16.0, LONGEST_SECONDS, LONGEST_SECONDS]


def test_the_error_is_told_while_it_lasts_and_telling_prolongs_nothing() -> None:
    """Ours: else a busy host would never get another try."""
    pause, error = Pause(), GatewayUnreachable("down")
    pause.begin(10.0, error)
    for at in (10.0, 10.9):
        with pytest.raises(GatewayUnreachable) as told:
            pause.check(at)
        pause.begin(at, told.value)
    assert pause.is_over(11.0)
    pause.check(11.0)


def test_a_success_ends_it() -> None:
    """Ours."""
    pause = Pause()
    pause.begin(10.0, GatewayUnreachable("down"))
    pause.begin(10.5, GatewayUnreachable("down again"))
    pause.end()
    pause.check(10.6)
    assert pause.is_over(10.6)
    pause.begin(20.0, None)
    assert pause.is_over(21.0)
