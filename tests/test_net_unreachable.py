"""What a person reads when there is no connection."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from mcp_proxy.net.unreachable import unreachable

UNTRUSTED = ssl.SSLCertVerificationError()
UNTRUSTED.verify_message = "self-signed certificate"


@pytest.mark.parametrize(
    ("error", "sentence", "hint"),
    [
        (socket.gaierror(-2, "Name or service not known"), "its name is not known", "VPN"),
        (TimeoutError(), "no answer in time", "VPN"),
        (ConnectionRefusedError(111, "Connect call failed"), "connection refused", "runs"),
        (OSError(errno.ENETUNREACH, "Connect call failed"), "network is unreachable", "VPN"),
        (OSError("Multiple exceptions: …"), "no connection", "runs"),
        (ConnectionResetError(), "no connection", "runs"),
        (ssl.SSLError(1, "[SSL] x"), "no TLS connection (broken off)", "speak TLS"),
        (UNTRUSTED, "its certificate is not trusted (self-signed certificate)", "ca_bundle"),
        (ValueError(), "no connection", "runs"),
    ],
)
def test_each_cause_has_its_words(error: Exception, sentence: str, hint: str) -> None:
    """Ours: peers.md §8 behaviour 21, a cause and what to do."""
    said = unreachable("https://gateway.example", error)
    assert str(said) == f"https://gateway.example cannot be reached: {sentence}"
    assert hint in (said.hint or "")
