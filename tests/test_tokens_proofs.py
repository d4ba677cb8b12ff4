"""Header lines that prove a key to a gateway."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from mcp_proxy.oauth.dpop import KEY_BYTES, secret_of
from mcp_proxy.tokens.proofs import Proofs

URL = "https://gw.example/mcp"
WANTED = {"www-authenticate": 'DPoP error="use_dpop_nonce"', "dpop-nonce": "n1"}


def proofs() -> Proofs:
    numbers = iter(range(256))
    return Proofs(
        URL,
        secret_of(b"\x07" * KEY_BYTES),
        lambda: 12.9,
        lambda size: bytes([next(numbers)]) * size,
    )


def claims_of(line: bytes) -> dict[str, Any]:
    name, _, proof = line.decode().partition(": ")
    assert (name, line[-2:]) == ("DPoP", b"\r\n")
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(proof.split(".")[1] + "=="))
    return claims


def test_each_line_is_of_its_request_alone() -> None:
    """RFC 9449 §4.2 and §11.1."""
    prover = proofs()
    first, second = (claims_of(prover.line("POST", "abc")) for _ in range(2))
    assert first.pop("jti") != second.pop("jti")
    assert first == second
    assert (first["htm"], first["htu"], first["iat"]) == ("POST", URL, 12)
    assert claims_of(prover.line("POST", "other"))["ath"] != first["ath"]


def test_a_nonce_is_in_every_line_until_another_one_comes() -> None:
    """RFC 9449 §8.2 and §9: a nonce may come with any answer."""
    prover = proofs()
    assert "nonce" not in claims_of(prover.line("GET", "abc"))
    assert prover.is_for_a_nonce(401, WANTED)
    assert claims_of(prover.line("GET", "abc"))["nonce"] == "n1"
    assert not prover.is_for_a_nonce(200, {"dpop-nonce": "n2"})
    assert claims_of(prover.line("GET", "abc"))["nonce"] == "n2"


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, WANTED),
        (401, {"www-authenticate": WANTED["www-authenticate"]}),
        (401, {"dpop-nonce": "n1"}),
        (401, {"www-authenticate": 'DPoP error="invalid_token"', "dpop-nonce": "n1"}),
    ],
)
def test_any_other_answer_is_one(status: int, headers: dict[str, str]) -> None:
    """Ours."""
    assert not proofs().is_for_a_nonce(status, headers)


def test_a_server_that_wants_the_nonce_it_was_given_is_not_asked_for_ever() -> None:
    """Ours."""
    prover = proofs()
    assert prover.is_for_a_nonce(401, WANTED)
    assert not prover.is_for_a_nonce(401, WANTED)
