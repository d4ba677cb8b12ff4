"""The book of tokens, without HTTP."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.demo.integration.identities import identities
from mcp_proxy.demo.integration.world import LAYOUT
from mcp_proxy.demo.ledger import CODE_LIFE_SECONDS, Family, Ledger, Refusal, s256
from mcp_proxy.demo.switches import Counters, Faults

if TYPE_CHECKING:
    from collections.abc import Callable

REDIRECT = "http://localhost:6545/oauth/callback"
RESOURCE = "http://127.0.0.1:6544/integrations/mcp/"
VERIFIER = "v" * 43


class Clock:
    """A time that passes when a test says so."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def opened(**faults: object) -> tuple[Ledger, Counters, Clock, Callable[[], str]]:
    counters, clock = Counters(), Clock()
    ledger = Ledger(LAYOUT, Faults(**faults), counters, clock)  # type: ignore[arg-type]  # any field

    def code() -> str:
        family = Family(identities()["staff-full"], "client", RESOURCE, "mcp")
        return ledger.issue_code(family, REDIRECT, s256(VERIFIER))

    return ledger, counters, clock, code


def refused(deed: Callable[[], object]) -> str:
    with pytest.raises(Refusal) as caught:
        deed()
    return caught.value.code


def test_the_challenge_of_a_verifier_is_the_one_of_the_rfc() -> None:
    """RFC 7636 appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
    assert s256(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def test_a_code_gives_tokens_that_open_the_gateway_for_an_hour() -> None:
    """Issue 2: one-hour tokens."""
    ledger, _, clock, code = opened()
    answer = ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)
    assert answer["expires_in"] == 3600
    token = str(answer["access_token"])
    family = ledger.bearer(token)
    assert family is not None
    assert family.identity.name == "staff-full"
    clock.seconds += 3600
    assert ledger.bearer(token) is None


def test_a_code_that_comes_twice_ends_its_sign_in() -> None:
    """RFC 6749 §4.1.2."""
    ledger, counters, _, code = opened()
    one = code()
    token = str(ledger.redeem(one, VERIFIER, REDIRECT, RESOURCE)["access_token"])
    assert refused(lambda: ledger.redeem(one, VERIFIER, REDIRECT, RESOURCE)) == "invalid_grant"
    assert ledger.bearer(token) is None
    assert counters.families_ended == 1


def test_a_code_wants_its_own_verifier_redirect_resource_and_minute() -> None:
    """RFC 7636 §4.6, RFC 6749 §4.1.3, RFC 8707 §2.2."""
    ledger, counters, clock, code = opened()
    assert refused(lambda: ledger.redeem(code(), "w" * 43, REDIRECT, RESOURCE)) == "invalid_grant"
    assert counters.verifier_mismatches == 1
    assert (
        refused(lambda: ledger.redeem(code(), VERIFIER, REDIRECT + "/", RESOURCE))
        == "invalid_grant"
    )
    assert (
        refused(lambda: ledger.redeem(code(), VERIFIER, REDIRECT, "http://other.example/"))
        == "invalid_target"
    )
    late = code()
    clock.seconds += CODE_LIFE_SECONDS + 1
    assert refused(lambda: ledger.redeem(late, VERIFIER, REDIRECT, RESOURCE)) == "invalid_grant"
    assert refused(lambda: ledger.redeem("none", VERIFIER, REDIRECT, RESOURCE)) == "invalid_grant"


def test_a_refresh_token_is_good_once_and_its_reuse_ends_the_family() -> None:
    """Issue 2: rotating refresh tokens whose reuse ends the family."""
    ledger, counters, _, code = opened()
    first = str(ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)["refresh_token"])
    answer = ledger.refresh(first, RESOURCE)
    second, token = str(answer["refresh_token"]), str(answer["access_token"])
    assert second != first
    assert ledger.bearer(token) is not None
    assert refused(lambda: ledger.refresh(first, RESOURCE)) == "invalid_grant"
    assert counters.families_ended == 1
    assert ledger.bearer(token) is None
    assert refused(lambda: ledger.refresh(second, RESOURCE)) == "invalid_grant"
    assert counters.refreshes == 1


def test_a_lenient_server_refuses_a_spent_refresh_token_and_ends_nothing() -> None:
    """systems.md §1.3: reuse protection is off by default in django-oauth-toolkit."""
    ledger, counters, _, code = opened(refresh_tokens="lenient")
    first = str(ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)["refresh_token"])
    second = str(ledger.refresh(first, RESOURCE)["refresh_token"])
    assert refused(lambda: ledger.refresh(first, RESOURCE)) == "invalid_grant"
    assert counters.families_ended == 0
    assert ledger.refresh(second, RESOURCE)["refresh_token"] != second


def test_a_refresh_for_another_resource_is_refused() -> None:
    """RFC 8707 §2.2; without a resource the one of the sign-in stands."""
    ledger, _, _, code = opened()
    token = str(ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)["refresh_token"])
    assert refused(lambda: ledger.refresh(token, "http://other.example/")) == "invalid_target"
    assert "access_token" in ledger.refresh(token, None)


def test_a_refresh_token_that_is_kept_is_named_once() -> None:
    """RFC 6749 §6: the answer may leave it out."""
    ledger, _, _, code = opened(refresh_tokens="kept")
    token = str(ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)["refresh_token"])
    assert "refresh_token" not in ledger.refresh(token, RESOURCE)
    assert "refresh_token" not in ledger.refresh(token, RESOURCE)


def test_a_server_may_issue_no_refresh_token_and_name_no_life() -> None:
    """RFC 6749 §5.1: both are optional."""
    ledger, _, _, code = opened(refresh_tokens="none", omit_expires_in=True)
    answer = ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)
    assert set(answer) == {"access_token", "token_type", "scope"}


def test_revoking_either_token_ends_the_sign_in_and_an_unknown_one_nothing() -> None:
    """RFC 7009 §2.1 and §2.2."""
    for which in ("access_token", "refresh_token"):
        ledger, _, _, code = opened()
        answer = ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)
        ledger.revoke("unknown")
        assert ledger.bearer(str(answer["access_token"])) is not None
        ledger.revoke(str(answer[which]))
        assert ledger.bearer(str(answer["access_token"])) is None


def test_tokens_can_be_made_to_expire_and_sign_ins_to_end() -> None:
    """Ours: what tests and the tour switch."""
    ledger, _, _, code = opened()
    answer = ledger.redeem(code(), VERIFIER, REDIRECT, RESOURCE)
    ledger.expire_tokens()
    assert ledger.bearer(str(answer["access_token"])) is None
    renewed = ledger.refresh(str(answer["refresh_token"]), RESOURCE)
    ledger.end_all()
    assert ledger.bearer(str(renewed["access_token"])) is None
    assert refused(lambda: ledger.redeem(code(), VERIFIER, REDIRECT, "")) == "invalid_target"
