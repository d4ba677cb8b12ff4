"""The nouns that are kept."""

from __future__ import annotations

import pytest

from mcp_proxy.oauth.model import (
    AUTHORIZATION_CODE,
    CLIENT_CREDENTIALS,
    DEVICE_CODE,
    GIVEN,
    JWT_BEARER,
    Client,
    Grant,
    TokenSet,
)


def test_a_token_without_an_expiry_is_fresh_until_it_is_refused() -> None:
    """RFC 6749 §5.1: `expires_in` is only recommended."""
    assert TokenSet("a").is_fresh(now=1e12)


def test_a_long_lived_token_is_renewed_a_minute_before_its_end() -> None:
    """Ours."""
    tokens = TokenSet("a", issued_at=1_000.0, expires_at=4_600.0)
    assert tokens.is_fresh(now=4_539.9)
    assert not tokens.is_fresh(now=4_540.0)


def test_a_short_lived_token_keeps_four_fifths_of_its_life() -> None:
    """Ours. A minute before the end of thirty seconds would never be fresh."""
    tokens = TokenSet("a", issued_at=1_000.0, expires_at=1_030.0)
    assert tokens.is_fresh(now=1_023.9)
    assert not tokens.is_fresh(now=1_024.0)


def test_a_token_that_ended_before_it_was_issued_is_not_fresh() -> None:
    """Ours. A server's negative lifetime, or a record from a clock that went back."""
    assert not TokenSet("a", issued_at=1_000.0, expires_at=900.0).is_fresh(now=950.0)


@pytest.mark.parametrize(
    ("tokens", "usable"),
    [
        (TokenSet("a", expires_at=1_000.0), False),
        (TokenSet("a", "r", expires_at=1_000.0), True),
        (TokenSet("a", expires_at=9_000.0), True),
        (TokenSet("a"), True),
    ],
    ids=["ended", "ended but renewable", "fresh", "without an expiry"],
)
def test_a_grant_is_usable_while_it_can_give_a_token(tokens: TokenSet, *, usable: bool) -> None:
    """Ours."""
    grant = Grant("https://auth.example", "https://auth.example/token", Client("c"), None, tokens)
    assert grant.is_usable(now=2_000.0) is usable


def test_secrets_have_no_representation() -> None:
    """peers.md behaviour 27."""
    client = Client("c", "canary-secret")
    tokens = TokenSet("canary-access", "canary-refresh")
    grant = Grant("https://auth.example", "https://auth.example/token", client, None, tokens)
    assert "canary" not in repr(grant)


@pytest.mark.parametrize(
    ("grant_type", "refresh_token", "unattended", "renewable"),
    [
        (AUTHORIZATION_CODE, None, False, False),
        (AUTHORIZATION_CODE, "r", False, True),
        (DEVICE_CODE, "r", False, True),
        (CLIENT_CREDENTIALS, None, True, True),
        (JWT_BEARER, None, True, True),
        (GIVEN, None, False, False),
    ],
)
def test_some_grants_need_no_person_to_be_had_again(
    grant_type: str, refresh_token: str | None, *, unattended: bool, renewable: bool
) -> None:
    """RFC 6749 §4.4.3: what gave the first token gives the next."""
    tokens = TokenSet("a", refresh_token, expires_at=1.0)
    where = "https://auth.example"
    grant = Grant(where, f"{where}/token", Client("c"), None, tokens, grant_type=grant_type)
    assert grant.is_unattended is unattended
    assert grant.is_renewable is renewable
    assert grant.is_usable(now=2_000.0) is renewable
