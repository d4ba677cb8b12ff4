"""What a person gives a program on the consent page."""

from __future__ import annotations

from mcp_proxy.demo.granting import Granting
from mcp_proxy.demo.integration.identities import identities


def test_without_a_choice_all_that_was_asked_for_is_given() -> None:
    """Ours, as the documented Integration Gateway's "Skip authorization" has it."""
    person = identities()["staff-full"]
    assert Granting().granted(person, "client", "mcp mcp:write", {}) == (person, "mcp mcp:write")
    assert Granting().choices() == ""
