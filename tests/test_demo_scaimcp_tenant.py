"""What the tenant has."""

from __future__ import annotations

from mcp_proxy.demo.scaimcp.tenant import MODULES, fresh_tenant


def test_it_is_the_same_each_time_and_nobody_elses() -> None:
    """Ours: deterministic."""
    one, other = fresh_tenant(), fresh_tenant()
    assert one.rows == other.rows
    one.rows["models"].clear()
    assert len(other.rows["models"]) == 3


def test_a_module_can_be_off_from_the_start() -> None:
    """systems.md §7.6: one module that can be switched off."""
    assert fresh_tenant(("scaibunker",)).enabled == set(MODULES) - {"scaivoice", "scaibunker"}


def test_ids_are_never_given_twice() -> None:
    """Ours."""
    tenant = fresh_tenant()
    assert tenant.new_id("webhooks") != tenant.new_id("webhooks")
