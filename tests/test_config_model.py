"""The values of a profile."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest

from mcp_proxy.config.model import Auth, Network, Profile, SecretRef
from mcp_proxy.version import VERSION


@pytest.mark.parametrize("text", ["env:IG_SECRET", "@/run/secrets/ig", "keyring:ig"])
def test_a_reference_is_shown_as_it_is_written(text: str) -> None:
    """Ours: complaints name the reference, never the secret."""
    kind = "file" if text.startswith("@") else text.partition(":")[0]
    name = text.removeprefix("@").removeprefix(f"{kind}:")
    assert str(SecretRef(kind, name)) == text  # type: ignore[arg-type]  # one of the three


def test_header_values_are_not_shown() -> None:
    """peers.md behaviour 27: a header file brings credentials in plain text."""
    profile = Profile("demo", "https://a.example", network=Network(headers={"X-Key": "canary"}))
    assert "canary" not in repr(profile)


@pytest.mark.parametrize(
    ("network", "agent"),
    [
        (Network(), f"mcp-permit/{VERSION}"),
        (Network(user_agent="agent/1"), "agent/1"),
        (Network(headers={"X-A": "b", "user-agent": "own/2"}), "own/2"),
        (Network(headers={"User-Agent": SecretRef("env", "A")}), None),
    ],
)
def test_a_gateway_is_told_who_asks(network: Network, agent: str | None) -> None:
    """systems.md X26: the default names this program."""
    assert network.agent == agent


def test_a_profile_does_not_change() -> None:
    """Ours: every part of the program may hold on to it."""
    profile = Profile("demo", "https://a.example")
    with pytest.raises(FrozenInstanceError):
        profile.url = "https://b.example"  # type: ignore[misc]  # that is the point


def test_an_identity_is_a_gateway_an_account_and_a_client() -> None:
    """Ours: two of them never share one sign-in."""
    profile = Profile("demo", "https://a.example")
    others = [
        replace(profile, url="https://b.example"),
        replace(profile, account="jo"),
        replace(profile, auth=Auth(client_id="mcp")),
    ]
    assert replace(profile, name="other").identity == profile.identity
    assert len({other.identity for other in (profile, *others)}) == 4


@pytest.mark.parametrize(
    ("auth", "signs_in", "unattended"),
    [
        (Auth(), True, False),
        (Auth(grant="device-code"), True, False),
        (Auth(grant="client-credentials"), True, True),
        (Auth(grant="jwt-bearer"), True, True),
        (Auth(grant="bearer"), False, False),
        (Auth(grant="none"), False, False),
    ],
)
def test_some_grants_need_a_person_and_some_no_server(
    auth: Auth, *, signs_in: bool, unattended: bool
) -> None:
    """Ours."""
    assert (auth.signs_in, auth.is_unattended) == (signs_in, unattended)
