"""`mcp-permit doctor` as a program sees it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from mcp_proxy.cli.main import main
from mcp_proxy.config.model import Auth, Profile
from mcp_proxy.config.paths import HOME_VARIABLE, paths
from mcp_proxy.doctor.patient import Patient
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import Client, Grant, TokenSet
from mcp_proxy.tokens.cachekey import CacheKey
from mcp_proxy.tokens.store import GrantStore
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

ISSUER = "https://as.example"
SECRETS = ("access_token", "refresh_token", "Bearer ")


def doctor(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    """Exit code and document."""
    code = main(["doctor", *words, "--json"])
    out, err = capsys.readouterr()
    assert err == ""
    assert not any(secret in out for secret in SECRETS)
    return code, json.loads(out)


def broken(found: dict[str, Any]) -> tuple[str | None, str, str | None]:
    """The first broken step, what it says, and what to do."""
    step = found["broken"]
    for finding in found["findings"]:
        if finding["step"] == step:
            return step, finding["says"], finding["hint"]
    return None, "", None


def verdicts(found: dict[str, Any]) -> dict[str, str]:
    """Each step's."""
    return {finding["step"]: finding["verdict"] for finding in found["findings"]}


def patient_of(home: Path, url: str = "https://gateway.example/mcp", **auth: Any) -> Patient:
    """Somebody to look at, whose files lie in `home`; what performs requests is not open."""
    chosen = Profile("demo", url, auth=Auth(**auth))
    return Patient(chosen, paths({HOME_VARIABLE: str(home)}), Web(), {}, now=1000.0)


def stored(patient: Patient, **changes: Any) -> None:
    """A grant in the vault, otherwise as `changes` say."""
    url = patient.profile.url
    tokens = TokenSet("acc3ss", "refr3sh", 900.0, changes.pop("expires_at", 4000.0), "read")
    grant = Grant(ISSUER, f"{ISSUER}/token", Client("me"), url, tokens)
    key = CacheKey(url, ISSUER, "me", url, patient.profile.account)
    kept = replace(grant, **changes)
    GrantStore(patient.home.vault).save(key, kept, configured_client_id=None)
