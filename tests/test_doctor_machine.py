"""The steps on this machine."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends import fail

import rings
from doctor_world import ISSUER, patient_of, stored
from mcp_proxy.config.model import SecretRef
from mcp_proxy.doctor.machine import environment, redirect, token
from mcp_proxy.errors import AuthorizationRefused, ConfigError, SignInRequired
from mcp_proxy.files import write_private
from mcp_proxy.login.attempts import attempts_of
from mcp_proxy.oauth.model import AuthorizationServer, TokenSet
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)
    yield
    keyring.set_keyring(before)


def test_every_reference_is_followed(tmp_path: Path) -> None:
    """Ours: a key and an assertion too."""
    missing = SecretRef("file", str(tmp_path / "nowhere"))
    for name in ("client_key", "assertion", "client_secret"):
        patient = patient_of(tmp_path)
        named: dict[str, Any] = {name: missing}
        auth = replace(patient.profile.auth, **named)
        patient.profile = replace(patient.profile, auth=auth)
        with pytest.raises(ConfigError):
            environment(patient)
    assert environment(patient_of(tmp_path)).verdict == "ok"


def test_a_way_in_without_a_redirect_needs_no_port(tmp_path: Path) -> None:
    """RFC 8628; RFC 6749 §4.4."""
    for grant in ("device-code", "client-credentials", "none"):
        found = asyncio.run(redirect(patient_of(tmp_path, grant=grant)))
        assert found.verdict == "skipped"


def test_a_redirect_to_another_machine_takes_no_port(tmp_path: Path) -> None:
    """Ours."""
    found = asyncio.run(redirect(patient_of(tmp_path, redirect_uri="https://back.example/cb")))
    assert (found.verdict, found.facts["uri"]) == ("ok", "https://back.example/cb")


def test_without_a_fixed_redirect_any_port_will_do(tmp_path: Path) -> None:
    """RFC 8252 §7.3."""
    assert asyncio.run(redirect(patient_of(tmp_path))).says == "A free port of this machine"


def test_a_server_without_a_page_is_asked_nothing(tmp_path: Path) -> None:
    """Ours: the port is all there is to look at."""
    patient = patient_of(tmp_path, redirect_uri="http://127.0.0.1:0/cb")
    patient.client_id = "me"
    patient.server = AuthorizationServer(ISSUER, None, f"{ISSUER}/token")
    assert asyncio.run(redirect(patient)).says == "The port is free"


def test_a_brought_token_tells_when_it_ends(tmp_path: Path) -> None:
    """systems.md §7.5: warn 14 and 3 days ahead."""
    write_private(tmp_path / "token", b"sta_abcdef")
    ref = SecretRef("file", str(tmp_path / "token"))
    patient = patient_of(tmp_path, grant="bearer", token=ref)
    assert (token(patient).verdict, patient.token) == ("ok", "sta_abcdef")
    soon = patient_of(tmp_path, grant="bearer", token=ref, token_expires_at=2000.0)
    assert token(soon).verdict == "warning"


def test_nobody_signed_in_and_why(tmp_path: Path) -> None:
    """Ours: the last try, where there was one."""
    patient = patient_of(tmp_path)
    with pytest.raises(SignInRequired, match=r"Nobody is signed in as default$"):
        token(patient)
    attempts_of(patient.profile, patient.home).failed(AuthorizationRefused("They said no"))
    with pytest.raises(SignInRequired, match="the last try failed: They said no"):
        token(patient)


def test_a_token_that_can_be_sent_is_taken_along(tmp_path: Path) -> None:
    """Ours."""
    patient = patient_of(tmp_path)
    stored(patient)
    assert (token(patient).verdict, patient.token) == ("ok", "acc3ss")


def test_a_token_that_has_ended_is_not_renewed(tmp_path: Path) -> None:
    """Behaviour 36: changes nothing."""
    patient = patient_of(tmp_path)
    stored(patient, expires_at=950.0)
    found = token(patient)
    assert (found.verdict, patient.token) == ("warning", None)
    assert "the next use renews it" in found.says


def test_a_token_that_nothing_renews_wants_a_sign_in(tmp_path: Path) -> None:
    """Ours."""
    patient = patient_of(tmp_path)
    stored(patient, tokens=TokenSet("acc3ss", None, 900.0, 950.0))
    found = token(patient)
    assert (found.verdict, found.says) == ("broken", "It has ended, and nothing renews it")


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"issuer": "https://old.example"}, "was issued by https://old.example"),
        ({"resource": "https://other.example/mcp"}, "was asked for https://other.example/mcp"),
    ],
)
def test_a_token_of_elsewhere_is_broken(tmp_path: Path, change: dict[str, str], says: str) -> None:
    """peers.md behaviour 4; wrong audience."""
    patient = patient_of(tmp_path)
    patient.server = AuthorizationServer(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token")
    stored(patient, **change)
    found = token(patient)
    assert (found.verdict, patient.token) == ("broken", None)
    assert says in found.says
    assert found.hint == "mcp-permit login demo --again"
