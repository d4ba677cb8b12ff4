"""An errand told and its outcome reported, as bytes between two processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from desk import GRANT, KEY
from mcp_proxy.config.model import (
    Auth,
    Endpoints,
    IdentityProvider,
    Network,
    Profile,
    SecretRef,
)
from mcp_proxy.errors import (
    ConfigError,
    GatewayRefused,
    GatewayUnreachable,
    PermitError,
    SignInRequired,
    StoreError,
    TokenRefused,
)
from mcp_proxy.login.errand import BEGUN, Errand, outcome, report, report_of, unpacked
from mcp_proxy.policy.model import Policy
from mcp_proxy.tokens.redemption import UnkeptError
from mcp_proxy.values import replace

PROFILE = Profile(
    "gw",
    "https://gw.example/mcp",
    account="jo",
    auth=Auth(
        client_id="me",
        client_key=SecretRef("file", "/keys/me.pem"),
        resource="https://gw.example/",
        endpoints=Endpoints(None, "https://as.example/token"),
        identity_provider=IdentityProvider(
            "https://idp.example/token", "it", SecretRef("env", "ID_TOKEN")
        ),
    ),
    network=Network({"X-Team": "s3cret"}, allow_http=True, ca_bundle="/ca.pem"),
    permissions=Policy(deny=("delete_*",)),
)
ERRAND = Errand(PROFILE, Path("/home/jo/vault"), KEY, GRANT, {"ab": b"\x00key"}, "correct horse")


def test_an_errand_arrives_whole_but_for_what_no_authorization_server_is_told() -> None:
    """Ours. Headers of the command line and of files may hold secrets of the gateway's."""
    found = unpacked(ERRAND.packed())
    network = replace(PROFILE.network, headers={})
    assert found.profile == replace(PROFILE, network=network, permissions=Policy())
    assert found == replace(ERRAND, profile=found.profile)
    assert b"s3cret" not in ERRAND.packed()


def test_an_errand_is_one_line_and_shows_no_secret() -> None:
    """peers.md 27."""
    assert ERRAND.packed().count(b"\n") == 1
    assert ERRAND.packed().endswith(b"\n")
    for secret in ("correct horse", "key'", "refresh-1"):
        assert secret not in repr(ERRAND)


@pytest.mark.parametrize("length", [0, 1, 100, -2])
def test_a_part_of_an_errand_is_none(length: int) -> None:
    """Ours: who told it was killed meanwhile."""
    with pytest.raises(ValueError, match=r"."):
        unpacked(ERRAND.packed()[:length])


def test_an_errand_of_a_version_that_knows_more_is_refused() -> None:
    """Ours: the program was replaced while it ran."""
    told = json.loads(ERRAND.packed())
    told["profile"]["later"] = 1
    with pytest.raises(TypeError):
        unpacked(json.dumps(told).encode())


@pytest.mark.parametrize("is_renewed", [True, False])
def test_a_result_is_reported(*, is_renewed: bool) -> None:
    """Ours. What a library prints before is passed over."""
    assert outcome(BEGUN + report(is_renewed=is_renewed)) is is_renewed
    assert outcome(b"a warning\n" + report(is_renewed=is_renewed)) is is_renewed


def required() -> SignInRequired:
    error = SignInRequired("Another server now", hint="mcp-permit login")
    error.refused = "access-1"
    return error


@pytest.mark.parametrize(
    "error",
    [
        required(),
        TokenRefused("No", code="invalid_client", hint="Check it"),
        GatewayUnreachable("No answer"),
        GatewayRefused("Busy", status=503, headers={"retry-after": "1"}, body=b"\xff"),
        ConfigError("There is no key", key="auth.client_key"),
        StoreError("Locked"),
    ],
)
def test_an_error_is_raised_as_it_was_there(error: PermitError) -> None:
    """Ours: kind, sentence, hint, and whatever the kind knows besides."""
    with pytest.raises(type(error)) as told:
        outcome(BEGUN + report_of(error))
    assert str(told.value) == str(error)
    assert vars(told.value) == vars(error)
    assert told.value.data() == error.data()


def test_a_successor_that_could_not_be_kept_comes_along() -> None:
    """Ours: else it would be lost with the process."""
    with pytest.raises(UnkeptError, match="No space") as told:
        outcome(BEGUN + report_of(UnkeptError("No space", successor=GRANT, hint="Make room")))
    assert told.value.successor == GRANT
    assert told.value.hint == "Make room"


@pytest.mark.parametrize("reported", [b"", b"Traceback:\n", b"[]\n", b'"begun"\n'])
def test_who_has_not_begun_has_spent_nothing(reported: bytes) -> None:
    """Ours: then it can be done here."""
    assert outcome(reported) is None


@pytest.mark.parametrize("reported", [BEGUN, BEGUN + b'{"is_rene'])
def test_who_has_begun_and_said_no_more_may_have_spent_it(reported: bytes) -> None:
    """Ours."""
    with pytest.raises(StoreError, match="was ended before it could say"):
        outcome(reported)
