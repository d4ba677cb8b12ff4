"""Sealing and opening one record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.errors import StoreError
from mcp_proxy.tokens.vault import (
    HEADER,
    KEY_BYTES,
    NONCE_BYTES,
    DamagedError,
    open_sealed,
    seal,
)

KEY, NONCE = bytes(range(KEY_BYTES)), b"n" * NONCE_BYTES
SEALED = seal(KEY, "grant", b"secret", NONCE)


@given(st.binary(max_size=200), st.text(max_size=20), st.binary(min_size=32, max_size=32))
def test_what_was_sealed_opens_under_its_name_and_key(plain: bytes, name: str, key: bytes) -> None:
    """Ours."""
    assert open_sealed(key, name, seal(key, name, plain, NONCE)) == plain


def test_nothing_of_the_plain_text_shows() -> None:
    """Ours."""
    assert b"secret" not in SEALED
    assert seal(KEY, "grant", b"secret", b"m" * NONCE_BYTES)[-22:] != SEALED[-22:]


def test_the_cipher_is_aes_256_gcm() -> None:
    """NIST SP 800-38D; McGrew and Viega's test case 13: no text, key and nonce of zeros.

    Our own associated data change the tag, so the known answer is the cipher's, not the record's.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    tag = AESGCM(bytes(KEY_BYTES)).encrypt(bytes(NONCE_BYTES), b"", None)
    assert tag.hex() == "530f8afbc74536b9a963b4f1c4cb738b"
    known = AESGCM(KEY).encrypt(NONCE, b"secret", HEADER + b"grant")
    assert HEADER + NONCE + known == SEALED


@pytest.mark.parametrize("position", range(len(SEALED)))
def test_a_changed_byte_is_damage(position: int) -> None:
    """Ours."""
    damaged = bytearray(SEALED)
    damaged[position] ^= 0x80
    with pytest.raises(DamagedError, match="The record grant is damaged"):
        open_sealed(KEY, "grant", bytes(damaged))


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_shortened_record_is_an_error_of_ours(length: int) -> None:
    """Ours: the cipher itself would raise other errors for short input."""
    with pytest.raises(DamagedError, match="The record grant"):
        open_sealed(KEY, "grant", SEALED[:length])


def test_a_record_under_another_name_does_not_open() -> None:
    """Ours: swapping two files must give neither grant."""
    with pytest.raises(DamagedError, match="The record other is damaged"):
        open_sealed(KEY, "other", SEALED)


def test_another_key_does_not_open_and_the_error_holds_no_secret() -> None:
    """Ours."""
    with pytest.raises(DamagedError, match="sealed with another key") as told:
        open_sealed(KEY[::-1], "grant", SEALED)
    assert "secret" not in str(told.value)


def test_a_newer_format_is_named_as_such_and_is_not_damage() -> None:
    """Ours: after a downgrade nothing may be set aside."""
    with pytest.raises(StoreError, match="newer") as told:
        open_sealed(KEY, "grant", SEALED.replace(b"v1", b"v2", 1))
    assert not isinstance(told.value, DamagedError)
    assert told.value.hint
