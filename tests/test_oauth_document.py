"""One metadata document, and the values it may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import GatewayRefused, GatewayUnreachable
from mcp_proxy.oauth.document import fetch_document, number, texts

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import HttpResponse

URL = "https://gateway.example/.well-known/oauth-protected-resource"


def test_a_document_is_a_json_object() -> None:
    """RFC 8414 §3.2, RFC 9728 §3.2."""
    assert converse(fetch_document(URL), (f"GET {URL}", ok({"resource": "x"}))) == {"resource": "x"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        answer(404),
        answer(401, {"error": "x"}),
        answer(301),
        answer(200, b"<html>"),
        ok([1]),
        answer(204),
    ],
    ids=["404", "401", "redirect", "page", "array", "nothing"],
)
def test_a_place_without_a_document_has_none(elsewhere: HttpResponse) -> None:
    """Ours. Single-page applications answer 200 with a page everywhere."""
    assert converse(fetch_document(URL), (f"GET {URL}", elsewhere)) is None


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_an_outage_is_not_an_absence(status: int) -> None:
    """MCP 2026-07-28, Authorization; protocol.md §2. Even when a document comes with it."""
    with pytest.raises(GatewayRefused) as caught:
        converse(fetch_document(URL), (f"GET {URL}", answer(status, {"resource": "x"})))
    assert caught.value.status == status


def test_no_answer_is_not_an_absence_either() -> None:
    """Ours."""
    with pytest.raises(GatewayUnreachable):
        converse(fetch_document(URL), (f"GET {URL}", GatewayUnreachable("No route")))


def test_a_list_holds_texts_only() -> None:
    """RFC 8414 §2."""
    assert texts({"scopes": ["a", 1, "", None, "b"]}, "scopes") == ("a", "b")
    assert texts({"scopes": []}, "scopes") == ()
    assert texts({"scopes": "a b"}, "scopes") is None
    assert texts({}, "scopes") is None


@pytest.mark.parametrize(
    ("value", "meant"),
    [
        (3600, 3600.0),
        (59.5, 59.5),
        ("3600", 3600.0),
        (" 60 ", 60.0),
        (-5, -5.0),
        (0, 0.0),
        (True, None),
        (None, None),
        ("", None),
        ("soon", None),
        ([1], None),
        ("nan", None),
        (float("inf"), None),
        (10**400, None),
        ("1e999", None),
    ],
)
def test_a_number_is_finite_however_it_is_written(value: object, meant: float | None) -> None:
    """Ours. Servers send `expires_in` as a string or a float."""
    assert number(value) == meant
