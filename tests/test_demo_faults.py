"""Faults by name."""

from __future__ import annotations

from dataclasses import fields

import pytest

from mcp_proxy.demo.faults import FAULTS, with_faults
from mcp_proxy.demo.switches import Faults


@pytest.mark.parametrize("name", FAULTS)
def test_every_name_switches_something_that_there_is(name: str) -> None:
    """Issue 3: each fault a switch."""
    faults = with_faults([name])
    assert FAULTS[name].keys() <= {field.name for field in fields(Faults)}
    assert all(getattr(faults, key) == value for key, value in FAULTS[name].items())


def test_faults_come_together() -> None:
    """Ours."""
    faults = with_faults(["device-codes", "denied-consent"])
    assert (faults.device_codes, faults.deny_consent) == (True, True)
    assert with_faults([]) == Faults()


def test_a_fault_that_there_is_not_is_an_error() -> None:
    """Ours."""
    with pytest.raises(KeyError):
        with_faults(["no-such-fault"])
