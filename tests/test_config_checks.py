"""Single values, and values that must agree."""

from __future__ import annotations

from dataclasses import replace
from typing import get_args

import pytest

from mcp_proxy.config.checks import (
    agreement,
    count,
    label,
    nearest,
    patterns,
    plain_text,
    profile_name,
    resources,
    scope,
    seconds,
    user_agent,
    usual_grant,
)
from mcp_proxy.config.model import Auth, Endpoints, IdentityProvider, Network, SecretRef
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.model import Level, ResourceScope

KEY = "profiles.demo.account"
REF = SecretRef("env", "IG_SECRET")
IDP = IdentityProvider("https://login.example/token", "us", REF)


def named(path: str) -> str:
    return f"profiles.demo.{path}"


def test_blanks_around_a_text_are_dropped() -> None:
    """Ours: pasted text."""
    assert plain_text("  Jo Dœ \n", KEY) == "Jo Dœ"


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (" \t", "is empty"),
        ("a\nb", "holds a line break or a control character"),
        ("a\x1b[2Jb", "holds a line break or a control character"),
        ("a\u202eb", "holds a line break or a control character"),
    ],
)
def test_a_text_that_could_mislead_a_terminal_is_refused(text: str, complaint: str) -> None:
    """Ours: names and accounts are printed and logged."""
    with pytest.raises(ConfigError) as caught:
        plain_text(text, KEY)
    assert (str(caught.value), caught.value.key) == (f"{KEY} {complaint}", KEY)


def test_a_profile_has_a_name_that_a_command_line_can_carry() -> None:
    """Ours: not an option, not a URL, not a path."""
    assert profile_name("ig-dev_2.eu", KEY) == "ig-dev_2.eu"
    for wrong in ("", "-x", "a b", "a/b", "https://a", "ä", "a" * 65, ".hidden", "a\n"):
        with pytest.raises(ConfigError, match=r"is not a good profile name$"):
            profile_name(wrong, KEY)


def test_scopes_are_separated_by_one_blank() -> None:
    """RFC 6749 §3.3."""
    assert scope("  read   write:all ", KEY) == "read write:all"
    for wrong in ('re"ad', "a\\b", "é"):
        with pytest.raises(ConfigError, match=r"must be scopes separated by blanks$"):
            scope(wrong, KEY)


def test_a_duration_ends() -> None:
    """Ours: TOML knows inf and nan."""
    assert seconds(5, KEY) == 5.0
    assert isinstance(seconds(5, KEY), float)
    for wrong in (0, -1.5, float("inf"), float("nan")):
        with pytest.raises(ConfigError, match=r"must be a number of seconds above 0$"):
            seconds(wrong, KEY)


def test_a_count_is_above_nothing() -> None:
    """Ours."""
    assert count(1, KEY) == 1
    with pytest.raises(ConfigError, match=r"must be a whole number above 0$"):
        count(0, KEY)


def test_a_label_is_one_word() -> None:
    """Ours: it stands in sentences and is compared."""
    assert label(" prod ", KEY) == "prod"
    for wrong in ("a b", "-a", "a" * 33, "ä"):
        with pytest.raises(ConfigError, match="must be one word"):
            label(wrong, KEY)


def test_a_user_agent_can_stand_in_a_header() -> None:
    """RFC 9110 §10.1.5."""
    assert user_agent("agent/1 (a; b)", KEY) == "agent/1 (a; b)"
    for wrong in ("é", "a" * 257):
        with pytest.raises(ConfigError, match="plain ASCII"):
            user_agent(wrong, KEY)


WORKSPACE = ResourceScope("workspace", "w", "write")
PROJECT = ResourceScope("project", "p", "read", within="w")


def test_resources_hold_together_where_no_child_exceeds_its_parent() -> None:
    """systems.md §4.4, SB-OLD: granular mode."""
    assert resources((), KEY) == ()
    for level in get_args(Level)[:3]:
        scopes = (WORKSPACE, replace(PROJECT, level=level))
        assert resources(scopes, KEY) == scopes


@pytest.mark.parametrize(
    ("second", "complaint"),
    [
        (replace(PROJECT, level="delete"), "[2].level exceeds that of the workspace"),
        (replace(PROJECT, id="w"), "[2].id is there twice: 'w'"),
        (replace(PROJECT, within="x"), "[2].within names none of the resources before it"),
        (replace(PROJECT, within="p"), "[2].within names none of the resources before it"),
    ],
)
def test_resources_that_do_not_hold_together_are_refused(
    second: ResourceScope, complaint: str
) -> None:
    """systems.md §4.4: a child never exceeds its parent. Nothing lies within itself."""
    with pytest.raises(ConfigError) as caught:
        resources((WORKSPACE, second), KEY)
    assert str(caught.value).startswith(f"{KEY}{complaint}")


def test_globs_are_kept_in_their_order() -> None:
    """Ours."""
    assert patterns(["list_*", " read_? "], KEY) == ("list_*", "read_?")
    assert patterns([], KEY) == ()


def test_a_bad_glob_is_named_before_any_network() -> None:
    """peers.md behaviour 23: fail closed."""
    with pytest.raises(ConfigError) as caught:
        patterns(["list_*", "get_[ab"], KEY)
    assert str(caught.value).startswith(f"{KEY}: ")
    assert "get_[ab" in str(caught.value)
    with pytest.raises(ConfigError):
        patterns([" "], KEY)


def test_the_grant_follows_from_the_credentials() -> None:
    """Ours: the program can know it."""
    assert usual_grant(None, ["X-Tenant"]) == "authorization-code"
    assert usual_grant(REF, ["authorization"]) == "bearer"
    assert usual_grant(None, ["X-Tenant", "AUTHORIZATION"]) == "none"


@pytest.mark.parametrize(
    "auth",
    [
        Auth(),
        Auth(client_id="a", client_secret=REF, token_endpoint_auth_method="client_secret_post"),
        Auth(client_id="public"),
        Auth(grant="bearer", token=REF, browser=False),
        Auth(grant="none"),
        Auth(grant="device-code", client_id="a", scope="read"),
        Auth(grant="device-code", endpoints=Endpoints(None, "https://ig.example/token")),
        Auth(grant="client-credentials", client_id="a", client_secret=REF, resource="urn:a"),
        Auth(grant="client-credentials", client_id="a", client_key=REF),
        Auth(
            grant="client-credentials",
            client_metadata_url="https://client.example/c.json",
            client_key=REF,
        ),
        Auth(grant="jwt-bearer", client_id="a", assertion=REF),
        Auth(grant="jwt-bearer", client_id="a", client_secret=REF, identity_provider=IDP),
        Auth(client_id="a", client_key=REF),
    ],
)
def test_complete_credentials_pass(auth: Auth) -> None:
    """Ours."""
    agreement(auth, Network(headers={"X-Tenant": "a"}), named)


def test_a_header_of_ones_own_needs_grant_none() -> None:
    """Ours: two owners of one header."""
    network = Network(headers={"authorization": REF})
    agreement(Auth(grant="none"), network, named)
    with pytest.raises(ConfigError) as caught:
        agreement(Auth(), network, named)
    assert str(caught.value) == (
        "profiles.demo.network.headers.Authorization is what grant authorization-code"
        " fills in itself"
    )
    assert 'grant = "bearer"' in str(caught.value.hint)


@pytest.mark.parametrize(
    ("auth", "key", "complaint"),
    [
        (Auth(grant="bearer"), "token", "is missing: grant bearer sends a token"),
        (Auth(token=REF), "token", "has no use with grant authorization-code"),
        (Auth(grant="none", token=REF), "token", "has no use with grant none"),
        (Auth(grant="none", scope="read"), "scope", "has no use with grant none"),
        (
            Auth(token_expires_at=0.0),
            "token_expires_at",
            "has no use with grant authorization-code",
        ),
        (
            Auth(grant="bearer", token=REF, client_id="a"),
            "client_id",
            "has no use with grant bearer",
        ),
        (
            Auth(client_secret=REF),
            "client_id",
            "is missing: a client secret belongs to a client",
        ),
        (
            Auth(client_id="a", token_endpoint_auth_method="client_secret_basic"),
            "client_secret",
            "is missing: the token endpoint method sends it",
        ),
        (Auth(client_key=REF), "client_id", "is missing: a client key belongs to a client"),
        (
            Auth(client_id="a", client_secret=REF, client_key=REF),
            "client_key",
            "and a client secret are two proofs; one is enough",
        ),
        (
            Auth(grant="client-credentials"),
            "client_id",
            "is missing: grant client-credentials is for a client that is registered",
        ),
        (
            Auth(grant="client-credentials", client_id="a"),
            "client_secret",
            "is missing: grant client-credentials needs it, or auth.client_key",
        ),
        (
            Auth(grant="jwt-bearer", client_id="a"),
            "assertion",
            "is missing: grant jwt-bearer needs it, or auth.identity_provider",
        ),
        (
            Auth(endpoints=Endpoints(None, "https://ig.example/token")),
            "endpoints.authorization_endpoint",
            "is missing: grant authorization-code begins there",
        ),
        (
            Auth(grant="device-code", redirect_uri="http://localhost/"),
            "redirect_uri",
            "has no use with grant device-code",
        ),
        (Auth(assertion=REF), "assertion", "has no use with grant authorization-code"),
    ],
)
def test_half_a_credential_is_refused(auth: Auth, key: str, complaint: str) -> None:
    """Ours: each would fail later, at the authorization server, in other words."""
    with pytest.raises(ConfigError) as caught:
        agreement(auth, Network(), named)
    assert str(caught.value) == f"profiles.demo.auth.{key} {complaint}"
    assert caught.value.key == f"profiles.demo.auth.{key}"


def test_the_nearest_name_ignores_case_and_hyphens() -> None:
    """Ours."""
    assert nearest("Allow-HTTP", ("allow", "allow_http")) == "allow_http"
    assert nearest("zzz", ("allow",)) is None
    assert nearest("a", ()) is None
