"""What a test may switch in Stable Baseline's world."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.baseline.switches import BASELINE_FAULTS, BaselineFaults
from mcp_proxy.demo.faults import FAULTS, settings


def test_as_created_the_list_is_whole_and_closed_and_clients_register_themselves() -> None:
    """systems.md §6, C6: of three claims, the one in the middle; §4.3."""
    usual = BaselineFaults()
    assert (usual.anonymous_list, usual.only_permitted, usual.hides_billing) == (False, False, True)
    assert (usual.registration, usual.device_codes, usual.page_size) == ("open", True, 50)


@pytest.mark.parametrize("name", BASELINE_FAULTS)
def test_every_fault_by_name_can_be_had(name: str) -> None:
    """Ours: what the command offers is what the world knows."""
    found = BaselineFaults(**settings([name], BASELINE_FAULTS))
    assert name in FAULTS or found != BaselineFaults()
