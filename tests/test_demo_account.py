"""What the shared parts know of an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.pages import consent_page

if TYPE_CHECKING:
    from mcp_proxy.demo.account import Account


def test_a_name_and_a_description_are_all_that_a_consent_page_shows() -> None:
    """Ours: what an account may do is the business of its world."""
    account: Account = identities()["staff-debug"]
    page = consent_page("Gateway", "t-1", "client", [account])
    assert account.name in page
    assert account.description in page
