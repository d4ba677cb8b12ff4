"""What a test may switch in an Integration Gateway's world."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.faults import FAULTS, settings
from mcp_proxy.demo.integration.switches import INTEGRATION_FAULTS, IntegrationFaults


@pytest.mark.parametrize("name", INTEGRATION_FAULTS)
def test_every_fault_by_name_can_be_had(name: str) -> None:
    """Ours: what the command offers is what the world knows."""
    found = IntegrationFaults(**settings([name], INTEGRATION_FAULTS))
    assert name in FAULTS or found != IntegrationFaults()
