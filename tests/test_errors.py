"""The errors raised on purpose, and what they become at the edges."""

from __future__ import annotations

import inspect

import pytest

from mcp_proxy import errors

CLASSES = [
    found
    for _, found in inspect.getmembers(errors, inspect.isclass)
    if issubclass(found, errors.PermitError)
]


@pytest.mark.parametrize(
    ("name", "exit_code", "rpc_code"),
    [
        ("ConfigError", 2, 1002),
        ("AuthError", 3, 1003),
        ("SignInRequired", 3, 1003),
        ("InsufficientScope", 3, 1003),
        ("DiscoveryError", 3, 1003),
        ("RegistrationError", 3, 1003),
        ("AuthorizationRefused", 3, 1003),
        ("TokenRefused", 3, 1003),
        ("NotPermitted", 4, 1004),
        ("GatewayError", 5, 1005),
        ("GatewayUnreachable", 5, 1005),
        ("GatewayRefused", 5, 1005),
        ("RemoteProtocolError", 5, 1005),
        ("OutcomeUnknown", 5, 1005),
        ("StoreError", 6, 1006),
    ],
)
def test_codes_are_those_of_the_architecture(name: str, exit_code: int, rpc_code: int) -> None:
    """architecture.md §7."""
    found = getattr(errors, name)
    assert (found.exit_code, found.rpc_code) == (exit_code, rpc_code)


def test_the_map_at_the_head_of_the_file_is_complete() -> None:
    """Ours."""
    assert errors.__doc__ is not None
    assert all(found.__name__ in errors.__doc__ for found in CLASSES)


def test_a_plain_error_says_where_it_comes_from() -> None:
    """architecture.md §7: every local error carries `data.source`."""
    error = errors.StoreError("The vault cannot be read")
    assert (str(error), error.hint) == ("The vault cannot be read", None)
    assert error.data() == {"source": "mcp-permit", "type": "StoreError"}


def test_a_hint_goes_with_the_error() -> None:
    """architecture.md §7."""
    error = errors.DiscoveryError("No metadata", hint="Configure the endpoints")
    assert error.data()["hint"] == "Configure the endpoints"


def test_what_each_error_knows_beside_its_sentence() -> None:
    """Ours."""
    assert errors.ConfigError("m", key="profiles.demo.url").key == "profiles.demo.url"
    assert errors.InsufficientScope("m", scope="a b").scope == "a b"
    assert errors.AuthorizationRefused("m", code="access_denied").code == "access_denied"
    assert errors.TokenRefused("m", code="invalid_grant").code == "invalid_grant"


def test_a_waiting_sign_in_names_its_page() -> None:
    """peers.md behaviour 9. The headers of the challenge stay here."""
    error = errors.SignInRequired("m", url="https://a.example/", challenge={"x": "canary"})
    assert error.data()["url"] == "https://a.example/"
    assert "canary" not in str(error.data())
    assert "url" not in errors.SignInRequired("m").data()


def test_a_refused_use_is_permission_denied_with_its_facts() -> None:
    """Issue 2: PERMISSION_DENIED with the reason."""
    data = errors.NotPermitted("m", facts={"rule": "deny"}).data()
    assert (data["code"], data["rule"], data["source"]) == (
        "PERMISSION_DENIED",
        "deny",
        "mcp-permit",
    )


def test_a_refusal_of_the_gateway_has_its_status() -> None:
    """architecture.md §7."""
    assert errors.GatewayRefused("m", status=503).data()["status"] == 503


def test_a_bad_message_carries_its_code_and_its_id_where_it_has_one() -> None:
    """JSON-RPC 2.0 §5.1."""
    error = errors.LocalProtocolError("m", code=-32600, request_id="a")
    assert (error.code, error.request_id) == (-32600, "a")
    assert errors.LocalProtocolError("m", code=-32700).request_id is None


@pytest.mark.parametrize(
    ("hint", "addressed"),
    [
        ("mcp-permit login", "mcp-permit login demo"),
        ("Sign out and in: mcp-permit logout.", "Sign out and in: mcp-permit logout demo."),
        ("mcp-permit tools --all --why shows", "mcp-permit tools demo --all --why shows"),
        ("mcp-permit tools other", "mcp-permit tools other"),
        ("mcp-permit vault move file", "mcp-permit vault move file"),
    ],
)
def test_the_commands_that_an_error_advises_name_the_profile(hint: str, addressed: str) -> None:
    """Ours: a command that is copied from a hint does what the hint says."""
    with pytest.raises(errors.SignInRequired) as told, errors.addressing("demo"):
        raise errors.SignInRequired(hint, hint=hint)
    assert (str(told.value), told.value.hint) == (addressed, addressed)
    assert errors.address(told.value, "demo").hint == addressed


def test_an_error_in_full_is_its_sentence_and_what_to_do() -> None:
    """Ours."""
    assert errors.StoreError("No").in_full() == "No."
    assert errors.StoreError("No", hint="Do this.").in_full() == "No. Do this."
    assert errors.address(errors.StoreError("No"), "demo").hint is None
