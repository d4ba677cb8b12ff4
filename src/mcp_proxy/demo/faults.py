"""Faults by name, for `mcp-permit demo --fault NAME`: what each of them switches.

These can be had in every world; each world may have more of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mcp_proxy.demo.switches import Faults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
    "no-metadata": {"metadata": "none"},
    "no-challenge": {"challenges": False},
    "wrong-state": {"redirect_state": "wrong"},
    "lenient-rotation": {"refresh_tokens": "lenient"},
    "call-429": {"answers": "429", "answers_to": ("tools/call",)},
    "call-500": {"answers": "500", "answers_to": ("tools/call",)},
    "call-html": {"answers": "html", "answers_to": ("tools/call",)},
    "call-cut": {"answers": "cut-after", "answers_to": ("tools/call",)},
    "extra-tool": {"extra_tools": ("new_tool",)},
    "small-pages": {"page_size": 7},
}
"""Settings of `Faults` by the name of the fault."""


def settings(names: Iterable[str], table: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What all of `names` switch, by the attributes of `Faults`.

    Raises:
        KeyError: there is no such fault in `table`.
    """
    found: dict[str, Any] = {}
    for name in names:
        found |= table[name]
    return found


def with_faults(names: Iterable[str]) -> Faults:
    """A world that misbehaves as all of `names` say.

    Raises:
        KeyError: there is no such fault.
    """
    return Faults(**settings(names, FAULTS))
