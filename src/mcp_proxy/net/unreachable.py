"""Why no connection came about, in a sentence and a hint.

The errors of `socket` and `ssl` are told apart here and nowhere else.
"""

from __future__ import annotations

import os
import socket
import ssl

from mcp_proxy.errors import GatewayUnreachable

_CHECK_ADDRESS = "Check the address, the network and, if there is one, the VPN."
_CHECK_PORT = "Check that the server runs and that the address and port are right."
_CHECK_BUNDLE = "If your organization issues its own certificates, set network.ca_bundle to them."
_CHECK_SCHEME = "Check that the address and port really speak TLS."

_PLAIN = (
    (socket.gaierror, "its name is not known", _CHECK_ADDRESS),
    (TimeoutError, "no answer in time", _CHECK_ADDRESS),
    (ConnectionRefusedError, "connection refused", _CHECK_PORT),
)


def unreachable(where: str, error: BaseException) -> GatewayUnreachable:
    """Put into words what ended an attempt to reach `where`, a host or an origin.

    For errors before anything of a request was sent: to try again is safe.
    """
    reason, hint = _reason(error)
    return GatewayUnreachable(f"{where} cannot be reached: {reason}", hint=hint)


def _reason(error: BaseException) -> tuple[str, str]:
    # Errors made in Python, as truststore's, may lack what those made by OpenSSL carry.
    if isinstance(error, ssl.SSLCertVerificationError):
        why = getattr(error, "verify_message", "no reason given")
        return f"its certificate is not trusted ({why})", _CHECK_BUNDLE
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "reason", None) or "broken off"
        return f"no TLS connection ({why.replace('_', ' ').lower()})", _CHECK_SCHEME
    for kind, reason, hint in _PLAIN:
        if isinstance(error, kind):
            return reason, hint
    if isinstance(error, OSError) and error.errno:
        # asyncio puts the address into strerror, and the address may be one of a proxy.
        return os.strerror(error.errno).lower(), _CHECK_ADDRESS
    return "no connection", _CHECK_PORT
