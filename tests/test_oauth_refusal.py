"""An error as an OAuth server words it."""

from __future__ import annotations

import pytest

from mcp_proxy.oauth.http import HttpResponse
from mcp_proxy.oauth.refusal import Refusal, is_passing, printable, refusal, refused, without_query


def test_an_error_is_its_code_and_its_words() -> None:
    """RFC 6749 §5.2."""
    said = refusal({"error": "invalid_grant", "error_description": "Token expired"})
    assert said == Refusal("invalid_grant", "Token expired")
    assert str(said) == "Token expired (invalid_grant)"
    assert str(refusal({"error": "invalid_grant"})) == "invalid_grant"


@pytest.mark.parametrize("fields", [{}, {"error": ""}, {"error": 4}, {"error": {"code": 4}}])
def test_what_has_no_code_is_no_refusal(fields: dict[str, object]) -> None:
    """RFC 6749 §5.2: `error` is required and a string."""
    assert refusal(fields) is None


@pytest.mark.parametrize("words", ["", 7, None, "\n"])
def test_words_that_say_nothing_are_left_out(words: object) -> None:
    """Ours."""
    assert refusal({"error": "x", "error_description": words}) == Refusal("x")


def test_a_server_cannot_paint_the_terminal() -> None:
    """RFC 6749 §5.2 allows printable ASCII. Escapes and line breaks are not."""
    assert printable(" \x1b[31mred\r\nline\u202e two\x07 ") == "[31mred line  two"
    assert printable("x" * 201) == "x" * 200 + "..."
    assert printable("x" * 200) == "x" * 200


def test_what_a_server_echoes_is_masked() -> None:
    """peers.md behaviour 27. What is too short to be a secret leaves the code legible."""
    fields = {"error": "invalid_grant", "error_description": "Unknown token r-canary"}
    assert str(refusal(fields, [None, "", "n", "r-canary"])) == "Unknown token *** (invalid_grant)"


def test_messages_show_an_address_without_its_query() -> None:
    """peers.md behaviour 27."""
    assert without_query("https://auth.example/token?key=canary") == "https://auth.example/token"


@pytest.mark.parametrize(
    ("status", "passing"),
    [(429, True), (500, True), (503, True), (200, False), (302, False), (404, False)],
)
def test_a_server_in_trouble_is_worth_another_try(status: int, *, passing: bool) -> None:
    """RFC 9110 §15.6, RFC 6585 §4."""
    error = refused("https://auth.example/token?key=canary", HttpResponse(status))
    assert is_passing(status) is passing
    assert (error.hint is not None) is passing
    assert error.status == status
    assert str(error) == f"https://auth.example/token answered HTTP {status}"
