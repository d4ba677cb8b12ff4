"""Faults by name, for `mcp-permit demo --fault NAME`: what each of them switches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.metadata import WRITE_SCOPE
from mcp_proxy.demo.switches import Faults

if TYPE_CHECKING:
    from collections.abc import Iterable

FAULTS: dict[str, dict[str, Any]] = {
    "no-expiry": {"omit_expires_in": True},
    "no-refresh-token": {"refresh_tokens": "none"},
    "kept-refresh-token": {"refresh_tokens": "kept"},
    "rotation": {"refresh_tokens": "rotating", "token_life_seconds": 10.0},
    "token-503": {"token_endpoint_status": 503},
    "token-html": {"token_endpoint_status": 200},
    "token-redirect": {"token_endpoint_status": 307},
    "wrong-issuer": {"issuer": "https://elsewhere.example"},
    "wrong-iss": {"redirect_iss": "wrong"},
    "missing-iss": {"redirect_iss": "missing"},
    "no-s256": {"pkce_methods": ()},
    "hostile-authorization-endpoint": {"authorization_endpoint": "file:///bin/sh"},
    "registration": {"registration": "open"},
    "registration-refused": {"registration": "refused"},
    "client-forgotten": {"forgets_clients": True},
    "slow-consent": {"consent_seconds": 5.0},
    "denied-consent": {"deny_consent": True},
    "device-codes": {"device_codes": True},
    "insufficient-scope": {"scopes": {"list_integrations": WRITE_SCOPE}},
    "no-metadata": {"metadata": "none"},
}
"""Settings of `Faults` by the name of the fault."""


def with_faults(names: Iterable[str]) -> Faults:
    """A world that misbehaves as all of `names` say.

    Raises:
        KeyError: there is no such fault.
    """
    settings: dict[str, Any] = {}
    for name in names:
        settings |= FAULTS[name]
    return Faults(**settings)
