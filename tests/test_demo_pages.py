"""The two pages for people."""

from __future__ import annotations

from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.pages import consent_page, refusal_page


def test_every_account_can_be_chosen_and_the_first_one_is() -> None:
    """systems.md §7.6: a pick list without passwords."""
    page = consent_page("Gateway", "ticket-1", "ig-mcp-demo", list(identities().values()))
    assert page.count('type="radio"') == len(identities())
    assert page.index("checked") < page.index("staff-limited")
    assert page.count("<button") == 2


def test_pages_load_nothing_and_escape_what_they_show() -> None:
    """Ours."""
    page = consent_page("<i>", '"><script>', "<b>", []) + refusal_page("<i>no</i>")
    assert "<script" not in page
    assert "<i>" not in page
    assert "src=" not in page
    assert "http" not in page
