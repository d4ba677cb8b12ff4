"""Signing up from within an assistant."""

from __future__ import annotations

from mcp_proxy.demo.baseline.signup import INTERVAL_SECONDS, LIFE_SECONDS, SignUps

PAGE = "http://127.0.0.1:1/signup"


class Time:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def begun() -> tuple[SignUps, Time, str]:
    """One that has begun, and its code."""
    time = Time()
    sign_ups = SignUps(time, iter(["AAAAA1", "BBBBB2"]).__next__)
    return sign_ups, time, sign_ups.start(PAGE)["code"]


def status(sign_ups: SignUps, code: str) -> str:
    return str(sign_ups.poll(code)["status"])


def test_a_page_and_six_characters_are_told() -> None:
    """systems.md §4.3, device flow (PL-SIGN)."""
    sign_ups, _, _ = begun()
    assert sign_ups.start(PAGE) == {
        "verificationUrl": f"{PAGE}?code=BBBBB2",
        "code": "BBBBB2",
        "expiresIn": 600,
        "interval": 5,
    }
    assert sign_ups.waiting() == ["AAAAA1", "BBBBB2"]


def test_the_key_is_told_once() -> None:
    """systems.md §7.5, row "device-style sign-up": single delivery of the key."""
    sign_ups, time, code = begun()
    assert status(sign_ups, code) == "pending"
    sign_ups.agree(code.lower() + " ", "sta_secret")
    time.now += INTERVAL_SECONDS
    assert sign_ups.poll(code) == {"status": "authorized", "apiKey": "sta_secret"}
    assert sign_ups.poll(code) == {"status": "consumed"}
    assert "sta_secret" not in repr(sign_ups.__dict__)
    assert sign_ups.waiting() == []


def test_whoever_asks_too_often_is_told_so() -> None:
    """systems.md §4.3: slow_down."""
    sign_ups, time, code = begun()
    assert status(sign_ups, code) == "pending"
    assert status(sign_ups, code) == "slow_down"
    time.now += INTERVAL_SECONDS
    assert status(sign_ups, code) == "pending"


def test_a_no_and_ten_minutes_are_the_end() -> None:
    """systems.md §4.3: denied, expired after ten minutes, not_found."""
    sign_ups, time, code = begun()
    sign_ups.deny(code)
    assert status(sign_ups, code) == "denied"
    sign_ups.agree(code, "sta_late")
    assert status(sign_ups, code) == "denied"
    other = sign_ups.start(PAGE)["code"]
    time.now += LIFE_SECONDS
    assert status(sign_ups, other) == "expired"
    sign_ups.agree(other, "sta_late")
    sign_ups.deny(other)
    assert status(sign_ups, other) == "expired"
    assert status(sign_ups, "ZZZZZ9") == "not_found"
