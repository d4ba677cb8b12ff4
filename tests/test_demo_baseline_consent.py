"""What a person gives a program at Stable Baseline."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.baseline.consent import FIRST_SCOPE, SCOPES, BaselineGranting
from mcp_proxy.demo.baseline.estate import OVERVIEW, PAYMENTS, RESEARCH, fresh_estate
from mcp_proxy.demo.baseline.grants import ROLES, Credential
from mcp_proxy.demo.baseline.switches import BaselineFaults

ESTATE = fresh_estate()


def given(
    role: str, scope: str = FIRST_SCOPE, switches: BaselineFaults | None = None, **form: str
) -> tuple[Credential, str]:
    granting = BaselineGranting(ESTATE, switches or BaselineFaults())
    account, granted = granting.granted(ROLES[role], "a client", scope, form)
    assert isinstance(account, Credential)
    return account, granted


def test_an_owner_who_chooses_nothing_gives_everything() -> None:
    """systems.md §4.3: consent is the same component as the key form."""
    credential, scope = given("owner")
    assert set(scope.split()) == SCOPES
    assert credential.flags == ROLES["owner"].flags
    assert credential.highest == "delete"
    assert len(credential.grant.scope) == 3
    assert (credential.name, credential.description) == ("a client", "simple grant of the owner")


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_nobody_gives_more_than_their_role_has(role: str) -> None:
    """systems.md §4.4, ceiling rule: the granted scope is smaller than the one asked for."""
    credential, scope = given(role, level="delete")
    assert set(scope.split()) == {"openid", "profile", "email"}
    assert credential.flags == frozenset()
    assert credential.level(ESTATE.chain(OVERVIEW)) == ROLES[role].level


def test_a_person_chooses_the_workspace_and_the_level() -> None:
    """systems.md §4.3, consent."""
    credential, _ = given("owner", workspace=PAYMENTS, level="read")
    assert dict(credential.grant.scope) == {PAYMENTS: "read"}
    assert credential.level(ESTATE.chain(RESEARCH)) == "none"


def test_a_person_may_agree_to_some_scopes_only() -> None:
    """systems.md §7.5, row "consent decides scope"; RFC 6749 §3.3: a scope is never empty."""
    less = BaselineFaults(consents_to=frozenset({"lifecycle"}))
    credential, scope = given("owner", "lifecycle org_billing", less)
    assert scope == "lifecycle"
    assert credential.flags == {"can_lifecycle"}
    assert given("editor", "lifecycle")[1] == "openid"
    assert given("owner", "")[1] == "openid"


def test_the_form_offers_what_there_is() -> None:
    """Ours."""
    offered = BaselineGranting(ESTATE, BaselineFaults()).choices()
    assert f'<option value="{PAYMENTS}">Payments</option>' in offered
    assert '<option value="none">' not in offered
