"""Requests and responses as values."""

from __future__ import annotations

import pytest

from mcp_proxy.oauth.http import HttpRequest, HttpResponse


def test_a_json_object_is_read() -> None:
    """Ours."""
    assert HttpResponse(200, body=b' {"a": 1}').json_object() == {"a": 1}


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[1]", b'"text"', b'{"a": 1', b"\xff\xfe\xfd", b"[" * 100_000],
    ids=["empty", "page", "array", "string", "half", "no text", "deep"],
)
def test_anything_else_is_no_object(body: bytes) -> None:
    """Ours. Hostile bodies included: none of them ends the process."""
    assert HttpResponse(200, body=body).json_object() is None


@pytest.mark.parametrize(
    ("status", "success"),
    [(200, True), (201, True), (204, True), (199, False), (302, False), (404, False)],
)
def test_every_status_of_2xx_is_a_success(status: int, *, success: bool) -> None:
    """RFC 9110 §15.3."""
    assert HttpResponse(status).is_success is success


def test_what_may_be_secret_has_no_representation() -> None:
    """peers.md behaviour 27."""
    request = HttpRequest(
        "POST", "https://auth.example/token", {"Authorization": "canary"}, b"canary"
    )
    response = HttpResponse(200, {"set-cookie": "canary"}, b"canary")
    assert "canary" not in repr((request, response))
