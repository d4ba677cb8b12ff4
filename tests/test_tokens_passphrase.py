"""The vault's key behind a passphrase."""

from __future__ import annotations

import pytest

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens import passphrase
from mcp_proxy.tokens.passphrase import typed, unwrapped, wrapped

KEY = bytes(range(32))
WORDS = "correct horse"
TODAY = passphrase.COST


@pytest.fixture(autouse=True)
def _nobody_typed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passphrase, "COST", "16 8 1")
    monkeypatch.setattr(passphrase, "_typed", {})
    monkeypatch.delenv("MCP_PERMIT_PASSPHRASE", raising=False)


def test_the_key_comes_back_with_the_passphrase_alone() -> None:
    """Ours."""
    facts = wrapped(KEY, WORDS)
    assert unwrapped(facts, WORDS) == KEY
    with pytest.raises(StoreError, match="does not open the vault") as told:
        unwrapped(facts, "correct horse ")
    assert "MCP_PERMIT_PASSPHRASE" in (told.value.hint or "")
    assert "horse" not in str(told.value) + (told.value.hint or "")


def test_two_wraps_have_nothing_in_common() -> None:
    """RFC 7914 §2: a salt for each."""
    one, two = wrapped(KEY, WORDS), wrapped(KEY, WORDS)
    assert (one["salt"], one["sealed"]) != (two["salt"], two["sealed"])
    assert one["salt"] != two["salt"]


def test_the_stretching_is_scrypt() -> None:
    """RFC 7914 §12, the third vector but for its length: N 16384, r 8, p 1."""
    found = passphrase._stretched("pleaseletmein", b"SodiumChloride", "16384 8 1")
    assert found.hex().startswith("7023bdcb3afd7348461c06cd81fd38eb")


def test_one_passphrase_may_be_typed_on_two_keyboards() -> None:
    """Unicode UAX #15: é is one character or two."""
    assert unwrapped(wrapped(KEY, "caf\u00e9"), "cafe\u0301") == KEY


def test_an_old_wrap_keeps_its_own_cost(monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md 7: a later version may want more."""
    facts = wrapped(KEY, WORDS)
    monkeypatch.setattr(passphrase, "COST", "32 8 1")
    assert unwrapped(facts, WORDS) == KEY


def test_nobody_waits_for_a_cost_that_somebody_has_edited() -> None:
    """Ours."""
    facts = wrapped(KEY, WORDS)
    for cost in ("1099511627776 8 1", "16 8 99999999", "15 8 1", "16 8", "a b c", ""):
        with pytest.raises(StoreError, match="damaged"):
            unwrapped(facts | {"cost": cost}, WORDS)
    with pytest.raises(StoreError, match="damaged"):
        unwrapped(facts | {"salt": "no base64!"}, WORDS)


def test_it_is_said_where_a_passphrase_may_come_from() -> None:
    """Ours."""
    with pytest.raises(StoreError, match="locked with a passphrase") as told:
        unwrapped(wrapped(KEY, WORDS), None)
    assert "Set MCP_PERMIT_PASSPHRASE" in (told.value.hint or "")


def test_what_was_typed_comes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: a person at a terminal knows better than an old setting."""
    assert passphrase.passphrase() is None
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "")
    assert passphrase.passphrase() is None
    monkeypatch.setenv("MCP_PERMIT_PASSPHRASE", "from afar")
    assert passphrase.passphrase() == "from afar"
    typed(WORDS)
    assert passphrase.passphrase() == WORDS


def test_the_cost_of_today_is_one_that_is_recommended() -> None:
    """OWASP Password Storage Cheat Sheet, scrypt: this one, or N 2^17 with r 8 and p 1."""
    assert [int(number) for number in TODAY.split()] == [2**15, 8, 3]
