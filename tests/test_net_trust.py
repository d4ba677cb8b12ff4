"""Whom a TLS connection trusts."""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import ConfigError
from mcp_proxy.net.trust import tls_context
from net_world import Authority

if TYPE_CHECKING:
    from pathlib import Path


def test_certificates_and_names_are_checked() -> None:
    """MCP 2026-07-28, Security Best Practices: never without verification."""
    context = tls_context()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname


def test_a_named_bundle_replaces_the_trust_store(tmp_path: Path) -> None:
    """Ours: peers.md §8 behaviour 30."""
    context = tls_context(str(Authority(tmp_path).bundle))
    (only,) = context.get_ca_certs()
    assert only["subject"] == ((("commonName", "loopback test"),),)
    assert context.verify_mode == ssl.CERT_REQUIRED


def test_the_variables_of_openssl_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: SSL_CERT_FILE is what containers and Nix set."""
    monkeypatch.setenv("SSL_CERT_FILE", str(Authority(tmp_path).bundle))
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    assert "loopback test" in str(tls_context().get_ca_certs())


def test_without_openssl_files_the_system_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours: Windows and macOS; here the way there is walked, on the system at hand."""
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setattr("sys.platform", "darwin")
    context = tls_context()
    assert type(context).__module__.startswith("truststore")
    assert context.verify_mode == ssl.CERT_REQUIRED


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_bundle_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes | None) -> None:
    """Ours: told by its key, before any connection."""
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_bytes(content)
    with pytest.raises(ConfigError, match=r"bundle\.pem") as caught:
        tls_context(str(bundle))
    assert caught.value.key == "network.ca_bundle"
