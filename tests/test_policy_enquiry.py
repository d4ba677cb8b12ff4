"""What may be asked about permissions."""

from __future__ import annotations

from mcp_proxy.policy.enquiry import EmptyList, Enquiry


def test_of_a_system_that_nobody_knows_nothing_is_asked() -> None:
    """Ours."""
    assert Enquiry() == Enquiry(matrix=None, register=None, empty=None, relist=())


def test_an_empty_list_may_have_no_probe() -> None:
    """Ours."""
    assert EmptyList(("a cause",)).besides == ()
