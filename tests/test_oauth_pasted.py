"""An authorization response that a person has copied by hand."""

from __future__ import annotations

from urllib.parse import parse_qs

import pytest

from mcp_proxy.oauth.pasted import pasted_query


@pytest.mark.parametrize(
    "text",
    [
        "http://localhost:6545/oauth/callback?code=c%2F1&state=s-1&iss=https%3A%2F%2Fa.example",
        "  <http://localhost:6545/cb?code=c%2F1&state=s-1&iss=https%3A%2F%2Fa.example> ",
        '"http://localhost:6545/cb?code=c%2F1&state=s-1&iss=https%3A%2F%2Fa.example#fragment"',
        "http://localhost:6545/cb?code=c%2F1&st\nate=s-1&iss=https%3A%2F%2Fa.example",
        "?code=c%2F1&state=s-1&iss=https%3A%2F%2Fa.example",
        "code=c%2F1&state=s-1&iss=https%3A%2F%2Fa.example",
    ],
)
def test_the_whole_address_or_its_query_is_read(text: str) -> None:
    """peers.md §8, behaviour 14; terminals break long lines, mails add brackets."""
    assert parse_qs(pasted_query(text)) == {
        "code": ["c/1"],
        "state": ["s-1"],
        "iss": ["https://a.example"],
    }


@pytest.mark.parametrize("text", ["c/1+= s-1", "c/1+=#s-1", " c/1+=   s-1 \n"])
def test_a_code_and_its_state_are_enough(text: str) -> None:
    """peers.md §8, behaviour 14: as some servers show them."""
    assert parse_qs(pasted_query(text)) == {"code": ["c/1+="], "state": ["s-1"]}


@pytest.mark.parametrize("text", ["", "  ", "only-a-code", "http://localhost:6545/cb", "a#"])
def test_anything_else_answers_nothing(text: str) -> None:
    """RFC 6749 §10.12: without its state a code may be anybody's."""
    assert pasted_query(text) == ""
