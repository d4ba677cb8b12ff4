"""Who is looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from doctor_world import patient_of

if TYPE_CHECKING:
    from pathlib import Path


def test_requests_carry_the_profiles_headers_and_the_token(tmp_path: Path) -> None:
    """Ours."""
    patient = patient_of(tmp_path)
    patient.headers = {"X-Team": "a"}
    assert patient.bearer() == {"X-Team": "a"}
    patient.token = "t0ken"
    assert patient.bearer() == {"X-Team": "a", "Authorization": "Bearer t0ken"}


def test_secrets_do_not_show(tmp_path: Path) -> None:
    """peers.md behaviour 27."""
    patient = patient_of(tmp_path)
    patient.token, patient.secret, patient.headers = "t0ken", "s3cret", {"X": "h1dden"}
    assert not any(word in repr(patient) for word in ("t0ken", "s3cret", "h1dden"))


def test_oauth_has_nothing_to_do_with_a_gateway_that_asks_for_nothing(tmp_path: Path) -> None:
    """Ours."""
    assert patient_of(tmp_path).signs_in
    assert not patient_of(tmp_path, grant="none").signs_in
    asking = patient_of(tmp_path)
    asking.asks_for_token = False
    assert not asking.signs_in
