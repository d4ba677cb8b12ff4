"""What may be switched in the ScaiMCP world."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.faults import FAULTS, settings
from mcp_proxy.demo.scaimcp.switches import MODULE, SCAI_FAULTS, ScaiFaults
from mcp_proxy.demo.scaimcp.tenant import MODULES


@pytest.mark.parametrize("name", SCAI_FAULTS)
def test_every_name_switches_something(name: str) -> None:
    """systems.md §7.6."""
    assert ScaiFaults(**settings([name], SCAI_FAULTS)) != ScaiFaults() or name == "device-codes"


def test_the_common_ones_are_among_them_and_the_module_exists() -> None:
    """Ours."""
    assert set(FAULTS) < set(SCAI_FAULTS)
    assert MODULE in MODULES
