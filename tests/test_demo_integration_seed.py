"""What every world starts with."""

from __future__ import annotations

from mcp_proxy.demo.integration.seed import fresh_instance


def test_it_is_the_same_each_time_and_never_shared() -> None:
    """Issue 2: small, deterministic data."""
    one, other = fresh_instance(), fresh_instance()
    assert one == other
    one.integrations[1].components["tags"].clear()
    assert other.integrations[1].components["tags"]


def test_there_are_two_integrations_and_ten_runs() -> None:
    """Issue 2."""
    instance = fresh_instance()
    assert [each.name for each in instance.integrations.values()] == [
        "Loan Onboarding",
        "Credit Check",
    ]
    assert list(instance.runs) == list(range(101, 111))
    assert {run.integration_id for run in instance.runs.values()} == {1, 2}
    assert "core.GlobalConfig" in instance.models
    assert (instance.label, fresh_instance("PROD").label) == ("DEV", "PROD")
