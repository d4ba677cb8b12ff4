from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import AuthorizationRefused, RegistrationError, SignInPaused
from mcp_proxy.login.attempts import LONG_PAUSE_SECONDS, Attempts

if TYPE_CHECKING:
    from pathlib import Path


def test_a_failure_is_remembered_for_a_minute(tmp_path: Path) -> None:
    """peers.md §8, behaviour 13: one attempt a minute."""
    clock = [1000.0]
    attempts = Attempts(tmp_path / "attempts", "me", lambda: clock[0])
    attempts.check()
    attempts.failed(AuthorizationRefused("The person said no"))
    clock[0] += 59
    with pytest.raises(AuthorizationRefused, match="failed: The person said no") as told:
        attempts.check()
    assert told.value.hint == "Try again in 1 s, or at once with: mcp-permit login"
    clock[0] += 1
    attempts.check()


def test_what_to_do_about_a_failure_is_said_again(tmp_path: Path) -> None:
    """Ours. Where no client can be had, waiting does not help."""
    attempts = Attempts(tmp_path / "attempts", "me", lambda: 1000.0)
    attempts.failed(RegistrationError("No client", hint="Register a client there by hand."))
    with pytest.raises(SignInPaused, match="failed: No client") as told:
        attempts.check()
    hint = "Register a client there by hand. Then sign in: mcp-permit login"
    assert told.value.hint == hint


def test_a_sign_in_that_the_gateway_refuses_is_remembered_longer(tmp_path: Path) -> None:
    """peers.md §8, behaviour 10: ten minutes of refused tokens open one window."""
    clock = [1000.0]
    attempts = Attempts(tmp_path, "me", lambda: clock[0])
    refused = AuthorizationRefused("The gateway refuses it")
    attempts.failed(refused, pause_seconds=LONG_PAUSE_SECONDS)
    clock[0] += 599
    with pytest.raises(AuthorizationRefused, match="refuses it") as told:
        attempts.check()
    assert "in 1 s" in str(told.value.hint)
    clock[0] += 1
    attempts.check()


def test_eight_bridges_and_ten_minutes_of_refused_tokens_open_one_window(tmp_path: Path) -> None:
    """peers.md §8, behaviour 10. Each tries each second, and each window brings no better token."""
    clock = [1000.0]
    bridges = [Attempts(tmp_path, "me", lambda: clock[0]) for _ in range(8)]
    windows = 0
    for second in range(600):
        clock[0] = 1000.0 + second
        for attempts in bridges:
            with suppress(SignInPaused):
                attempts.check()
                windows += 1
                refused = AuthorizationRefused("The gateway refuses it")
                attempts.failed(refused, pause_seconds=LONG_PAUSE_SECONDS)
    assert windows == 1


def test_a_success_and_another_identity_know_nothing_of_it(tmp_path: Path) -> None:
    """Ours."""
    mine, other = (Attempts(tmp_path, name, lambda: 1000.0) for name in ("me", "other"))
    mine.failed(AuthorizationRefused("No"))
    other.check()
    mine.succeeded()
    mine.check()
    mine.succeeded()


def test_a_clock_that_was_moved_back_does_not_make_the_pause_longer(tmp_path: Path) -> None:
    """peers.md §8, behaviour 6, for attempts."""
    clock = [1000.0]
    attempts = Attempts(tmp_path, "me", lambda: clock[0])
    attempts.failed(AuthorizationRefused("No"))
    clock[0] -= 3600
    attempts.check()


@pytest.mark.parametrize(
    "note", [b"", b"{", b"[]", b"{}", b'{"failed_at":"x","pause":1,"reason":1}']
)
def test_half_a_note_is_no_note(tmp_path: Path, note: bytes) -> None:
    """Ours. The worst that follows is one page too many."""
    attempts = Attempts(tmp_path, "me", lambda: 1000.0)
    attempts.failed(AuthorizationRefused("No"))
    (path,) = tmp_path.iterdir()
    path.write_bytes(note)
    attempts.check()
