"""How the registered client proves itself."""

from __future__ import annotations

from base64 import b64encode

import pytest

from mcp_proxy.demo.application import Application, saved
from mcp_proxy.demo.ledger import Refusal

CLIENT = Application.registered("ig:mcp", "s e/cret", "http://localhost:6545/oauth/callback")
BASIC = "Basic " + b64encode(b"ig%3Amcp:s+e%2Fcret").decode()
FORM = {"client_id": "ig:mcp", "client_secret": "s e/cret"}


def refusal(authorization: str | None, form: dict[str, str], accepted: str = "any") -> str:
    with pytest.raises(Refusal) as caught:
        CLIENT.authenticate(authorization, form, accepted)
    return caught.value.code


def test_the_secret_is_kept_as_a_hash() -> None:
    """systems.md §1.3: it can never be read back."""
    assert "cret" not in repr(CLIENT)


def test_basic_is_form_encoded_first() -> None:
    """RFC 6749 §2.3.1."""
    CLIENT.authenticate(BASIC, {}, "any")
    CLIENT.authenticate(BASIC, {}, "client_secret_basic")


def test_the_form_is_taken_as_well() -> None:
    """RFC 6749 §2.3.1."""
    CLIENT.authenticate(None, FORM, "any")
    CLIENT.authenticate(None, FORM, "client_secret_post")


def test_a_wrong_secret_a_wrong_client_and_damage_are_invalid_client() -> None:
    """RFC 6749 §5.2."""
    wrong = "Basic " + b64encode(b"ig%3Amcp:wrong").decode()
    assert refusal(wrong, {}) == "invalid_client"
    assert refusal("Basic !!", {}) == "invalid_client"
    assert refusal(None, {}) == "invalid_client"
    assert refusal(None, FORM | {"client_id": "other"}) == "invalid_client"


def test_proving_oneself_twice_is_an_invalid_request() -> None:
    """RFC 6749 §2.3: one method per request."""
    assert refusal(BASIC, FORM) == "invalid_request"


def test_a_method_that_is_switched_off_is_refused() -> None:
    """systems.md §7.2: Basic only, form only."""
    assert refusal(BASIC, {}, "client_secret_post") == "invalid_client"
    assert refusal(None, FORM, "client_secret_basic") == "invalid_client"


def test_what_is_shown_of_a_saved_secret_is_no_secret() -> None:
    """systems.md §1.3: the server stores a hash, and that is what somebody copies."""
    application = Application.registered("id", "right", "http://localhost/callback")
    copied = saved("right")
    assert copied.startswith("pbkdf2_sha256$")
    assert "right" not in copied
    form = {"client_id": "id", "client_secret": copied}
    with pytest.raises(Refusal) as caught:
        application.authenticate(None, form, "any")
    assert caught.value.code == "invalid_client"
    application.authenticate(None, form | {"client_secret": "right"}, "any")
