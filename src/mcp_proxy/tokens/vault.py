"""Seal and open one record: AES-256-GCM (NIST SP 800-38D), the record's name as associated data.

Bytes in, bytes out; key and nonce are arguments. A sealed record opens only under
its own name: whoever swaps two files gets neither.

    HEADER (22 bytes) + nonce (12 bytes) + ciphertext + tag (16 bytes)
"""

from __future__ import annotations

from mcp_proxy.errors import StoreError

KEY_BYTES = 32
NONCE_BYTES = 12
"""Random ones are safe here: 2^32 records under one key are far away."""

_FAMILY = b"mcp-permit sealed v"
HEADER = _FAMILY + b"1\r\n"
"""With CR LF, so that a copy in text mode is noticed as damage."""


class DamagedError(StoreError):
    """A record does not open: a byte changed, bytes are missing, or the key is another one."""


def seal(key: bytes, name: str, plain: bytes, nonce: bytes) -> bytes:
    """The sealed form of `plain`, for the record `name`.

    Args:
        key: `KEY_BYTES` bytes.
        name: what the record is called; needed again to open it.
        plain: any bytes.
        nonce: `NONCE_BYTES` bytes, never used before with this key.
    """
    # Costs some 10 ms, and only whoever reads or writes a grant needs it.
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    return HEADER + nonce + AESGCM(key).encrypt(nonce, plain, HEADER + name.encode())


def open_sealed(key: bytes, name: str, sealed: bytes) -> bytes:
    """What `seal` was given as `plain`.

    Raises:
        DamagedError: the record is damaged, has another name, or was sealed with another key.
        StoreError: a newer version of this program sealed it.
    """
    # For the reasons of `seal`.
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415

    if _is_newer(sealed):
        raise StoreError(
            f"The record {name} was written by a newer mcp-permit", hint="Update this mcp-permit"
        )
    damaged = DamagedError(f"The record {name} is damaged or sealed with another key")
    start = len(HEADER) + NONCE_BYTES
    # Judged first: the cipher has errors of other kinds for a nonce or a text that is too short.
    if not sealed.startswith(HEADER) or len(sealed) <= start:
        raise damaged
    try:
        return AESGCM(key).decrypt(
            sealed[len(HEADER) : start], sealed[start:], HEADER + name.encode()
        )
    except InvalidTag as error:
        raise damaged from error


def _is_newer(sealed: bytes) -> bool:
    line = sealed.partition(b"\r\n")[0]
    return line.startswith(_FAMILY) and line[len(_FAMILY) :].isdigit() and line != HEADER.strip()
