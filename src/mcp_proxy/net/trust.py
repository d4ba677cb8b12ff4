"""The TLS context: whom we trust.

The operating system's trust store, or a bundle that the person names. Building one
reads files for 20 ms and more: call it in a thread, and only for https.
"""

from __future__ import annotations

import os
import ssl
import sys

from mcp_proxy.errors import ConfigError


def tls_context(ca_bundle: str | None = None) -> ssl.SSLContext:
    """A context that checks certificates and names, for HTTP/1.1.

    `ca_bundle` is a PEM file that replaces the trust store. Otherwise SSL_CERT_FILE and
    SSL_CERT_DIR count, as OpenSSL defines them.

    Raises:
        ConfigError: the bundle cannot be read.
    """
    context = _from_bundle(ca_bundle) if ca_bundle else _from_system()
    context.set_alpn_protocols(["http/1.1"])
    return context


def _from_bundle(ca_bundle: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_bundle)
    except OSError as error:
        raise ConfigError(
            f"The CA bundle {ca_bundle} cannot be read",
            key="network.ca_bundle",
            hint="Name a PEM file with the certificates to trust.",
        ) from error


def _from_system() -> ssl.SSLContext:
    known = ssl.get_default_verify_paths()
    named = "SSL_CERT_FILE" in os.environ or "SSL_CERT_DIR" in os.environ
    if named or (sys.platform not in {"win32", "darwin"} and (known.cafile or known.capath)):
        return ssl.create_default_context()
    # Windows and macOS keep certificates where OpenSSL does not look.
    import truststore  # noqa: PLC0415 - 10 ms that Linux need not pay

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
