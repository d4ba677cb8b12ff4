"""Device codes of the demo's authorization server."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.devices import LIFE_SECONDS, Devices
from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.ledger import Family, Refusal

RESOURCE = "https://gateway.example/mcp"


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def begun() -> tuple[Devices, Clock, str, str]:
    clock = Clock()
    devices = Devices(clock)
    return devices, clock, *devices.begin("me", RESOURCE, "mcp", 5.0)


def refusal(devices: Devices, device_code: str, client_id: str = "me") -> str:
    with pytest.raises(Refusal) as caught:
        devices.poll(device_code, client_id)
    return caught.value.code


def test_a_code_is_spent_once_somebody_has_agreed() -> None:
    """RFC 8628 §3.5: a single delivery."""
    devices, clock, device_code, user_code = begun()
    clock.now += 5
    assert refusal(devices, device_code) == "authorization_pending"
    waiting = devices.find(f" {user_code.lower()} ")
    assert waiting is not None
    waiting.family = family = Family(identities()["staff-full"], "me", RESOURCE, "mcp")
    assert devices.poll(device_code, "me") is family
    assert refusal(devices, device_code) == "invalid_grant"


def test_whoever_asks_too_often_is_slowed_down_for_good() -> None:
    """RFC 8628 §3.5: five seconds more each time."""
    devices, clock, device_code, _ = begun()
    clock.now += 4
    assert refusal(devices, device_code) == "slow_down"
    clock.now += 9
    assert refusal(devices, device_code) == "slow_down"
    clock.now += 15
    assert refusal(devices, device_code) == "authorization_pending"


def test_a_no_and_the_end_are_told() -> None:
    """RFC 8628 §3.5."""
    devices, clock, device_code, user_code = begun()
    waiting = devices.find(user_code)
    assert waiting is not None
    waiting.is_denied = True
    assert refusal(devices, device_code) == "access_denied"
    clock.now += LIFE_SECONDS
    assert refusal(devices, device_code) == "expired_token"


def test_codes_are_nobody_elses() -> None:
    """RFC 8628 §3.4."""
    devices, _, device_code, _ = begun()
    assert refusal(devices, device_code, "other") == "invalid_grant"
    assert refusal(devices, "other") == "invalid_grant"
    assert devices.find("BBBB-BBBB") is None
