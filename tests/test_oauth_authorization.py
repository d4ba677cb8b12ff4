"""The page to open, and what to make of the redirect that comes back."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversation import answer, converse
from mcp_proxy.errors import AuthorizationRefused, DiscoveryError, GatewayUnreachable
from mcp_proxy.oauth.authorization import (
    AuthorizationRequest,
    Code,
    Noise,
    Refused,
    authorization_request,
    is_unknown_client,
    judge_redirect,
    openable,
)
from mcp_proxy.oauth.model import AuthorizationServer, Client

ISSUER = "https://auth.example"
SERVER = AuthorizationServer(ISSUER, "https://auth.example/authorize", "https://auth.example/token")
REDIRECT = "http://localhost:6545/oauth/callback"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
REQUEST = AuthorizationRequest(
    "https://auth.example/authorize?x", "st", VERIFIER, REDIRECT, ISSUER, False
)
PROMISED = replace(REQUEST, expects_iss=True)


def asking(
    server: AuthorizationServer = SERVER,
    *,
    scope: str | None = "read",
    resource: str | None = "https://gateway.example/mcp/",
    state: str = "st",
    verifier: str = VERIFIER,
) -> AuthorizationRequest:
    return authorization_request(
        server,
        Client("c"),
        redirect_uri=REDIRECT,
        scope=scope,
        resource=resource,
        state=state,
        verifier=verifier,
    )


def parameters(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def test_the_page_says_all_that_the_server_must_know() -> None:
    """RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2."""
    request = asking()
    assert request.url.startswith("https://auth.example/authorize?")
    assert parameters(request.url) == {
        "response_type": ["code"],
        "client_id": ["c"],
        "redirect_uri": [REDIRECT],
        "scope": ["read"],
        "state": ["st"],
        "code_challenge": ["E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"],
        "code_challenge_method": ["S256"],
        "resource": ["https://gateway.example/mcp/"],
    }


def test_what_the_answer_is_judged_by_is_recorded_first() -> None:
    """MCP 2026-07-28: issuer, state and verifier, before the page is opened."""
    promising = replace(SERVER, authorization_response_iss_parameter_supported=True)
    request = asking(promising)
    assert (request.issuer, request.state, request.verifier) == (ISSUER, "st", VERIFIER)
    assert request.redirect_uri == REDIRECT
    assert request.expects_iss
    assert not asking().expects_iss


def test_what_nobody_named_is_not_sent() -> None:
    """MCP 2026-07-28, "Scope Selection Strategy"."""
    assert (
        not {"scope", "resource", "prompt"}
        & parameters(asking(scope=None, resource=None).url).keys()
    )


def test_offline_access_comes_with_consent() -> None:
    """OpenID Connect Core §11: without it the scope is ignored."""
    assert parameters(asking(scope="a offline_access").url)["prompt"] == ["consent"]


def test_the_query_of_the_endpoint_stays() -> None:
    """RFC 6749 §3.1."""
    tenant = replace(SERVER, authorization_endpoint="https://auth.example/a?p=policy&prompt=login")
    found = parameters(asking(tenant).url)
    assert (found["p"], found["prompt"], found["client_id"]) == (["policy"], ["login"], ["c"])


@pytest.mark.parametrize(
    "name", ["redirect_uri", "client_id", "code_challenge_method", "state", "scope"]
)
def test_an_endpoint_cannot_set_what_is_ours_to_set(name: str) -> None:
    """RFC 6749 §3.1: no parameter twice. Which of two a server takes is anybody's guess."""
    endpoint = f"https://victim.example/authorize?{name}=evil"
    with pytest.raises(DiscoveryError, match="ours to set"):
        asking(replace(SERVER, authorization_endpoint=endpoint))


@pytest.mark.parametrize(
    ("state", "verifier"), [("", VERIFIER), ("st", "short"), ("st", "x" * 129), ("st", "é" * 50)]
)
def test_a_request_without_protection_is_a_mistake_of_ours(state: str, verifier: str) -> None:
    """RFC 7636 §4.1. An empty state would match every redirect without one."""
    with pytest.raises(ValueError, match="verifier"):
        asking(state=state, verifier=verifier)


def test_state_verifier_and_code_have_no_representation() -> None:
    """peers.md behaviour 27."""
    request = asking(state="canary-state", verifier="canary" * 10)
    assert "canary" not in repr((request, Code("canary")))


def test_a_good_answer_holds_the_code() -> None:
    """RFC 6749 §4.1.2."""
    assert judge_redirect(REQUEST, "code=a%2Bb&state=st&session_state=x") == Code("a+b")


@pytest.mark.parametrize(
    "query",
    [
        "",
        "code=evil",
        "code=evil&state=",
        "code=evil&state=ST",
        "code=evil&state=st%20",
        "error=access_denied",
        "error=access_denied&state=wrong",
        "state=%ff%00&code=evil",
        "state=st&state=wrong&code=evil",
        "state=st&code=evil&code=good",
        "state=st&iss=https://auth.example&iss=https://evil.example&code=evil",
        "&".join(["state=st", "code=x", *["a=b"] * 50]),
    ],
)
def test_what_does_not_carry_our_state_is_noise(query: str) -> None:
    """RFC 6749 §10.12; peers.md behaviour 17. A refusal without our state is noise, too."""
    assert judge_redirect(REQUEST, query) == Noise()


@given(st.text())
def test_no_query_is_an_accident(query: str) -> None:
    """peers.md behaviour 17."""
    assert judge_redirect(replace(REQUEST, state="x" * 40), query) == Noise()


@pytest.mark.parametrize(
    ("request_made", "iss", "accepted"),
    [
        (PROMISED, ISSUER, True),
        (PROMISED, "https://evil.example", False),
        (PROMISED, None, False),
        (REQUEST, ISSUER, True),
        (REQUEST, "https://evil.example", False),
        (REQUEST, None, True),
        (PROMISED, f"{ISSUER}/", False),
        (PROMISED, "HTTPS://auth.example", False),
        (PROMISED, f"{ISSUER}:443", False),
        (REQUEST, "", False),
    ],
)
@pytest.mark.parametrize("outcome", ["code=c", "error=access_denied&error_description=Call+0900"])
def test_the_server_of_an_answer_is_the_one_that_was_asked(
    request_made: AuthorizationRequest, iss: str | None, outcome: str, *, accepted: bool
) -> None:
    """RFC 9207 §2.4 and MCP 2026-07-28: the whole table, exact strings, for errors as well."""
    named = "" if iss is None else f"&iss={quote(iss, safe='')}"
    verdict = judge_redirect(request_made, f"state=st&{outcome}{named}")
    if not accepted:
        assert isinstance(verdict, Refused)
        assert verdict.code == "wrong_issuer"
        assert "0900" not in str(verdict.error())
    elif outcome == "code=c":
        assert verdict == Code("c")
    else:
        assert verdict == Refused("access_denied", "Call 0900")


def test_an_issuer_that_the_profile_left_out_is_suggested() -> None:
    """Ours. An origin stood in for it; what another origin says of itself is not repeated."""
    verdict = judge_redirect(REQUEST, "state=st&code=c&iss=https://auth.example/o%0A")
    assert isinstance(verdict, Refused)
    assert "issuer = 'https://auth.example/o'" in (verdict.hint or "")
    foreign = judge_redirect(REQUEST, "state=st&code=c&iss=https://auth.example.evil/o")
    assert isinstance(foreign, Refused)
    assert foreign.hint is None


def test_a_refusal_counts_even_with_a_code() -> None:
    """RFC 6749 §4.1.2.1."""
    assert judge_redirect(REQUEST, "state=st&code=c&error=access_denied") == Refused(
        "access_denied"
    )


@pytest.mark.parametrize("query", ["state=st", "state=st&code=", "state=st&error="])
def test_an_answer_that_says_nothing_is_a_refusal(query: str) -> None:
    """Ours. It carries our state: nothing better will follow."""
    verdict = judge_redirect(REQUEST, query)
    assert isinstance(verdict, Refused)
    assert verdict.code == "no_code"


def test_the_words_of_a_refusal_are_one_printable_line() -> None:
    """RFC 6749 §4.1.2.1."""
    verdict = judge_redirect(REQUEST, "state=st&error=x%1b[2J&error_description=a%0d%0ab%E2%80%AE")
    assert verdict == Refused("x [2J", "a b")


def test_a_refusal_can_be_raised() -> None:
    """Ours."""
    error = Refused("access_denied", "No", hint="Ask").error()
    assert isinstance(error, AuthorizationRefused)
    assert str(error) == "The sign-in was refused: No (access_denied)"
    assert (error.code, error.hint) == ("access_denied", "Ask")


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("https://auth.example", "https://auth.example/"),
        ("HTTPS://auth.example/a?b=c%20d&e=f+g", "https://auth.example/a?b=c%20d&e=f+g"),
        ("http://localhost:9000/a", "http://localhost:9000/a"),
        ("http://[::1]:9000/a", "http://[::1]:9000/a"),
        ("https://10.0.0.1/a", "https://10.0.0.1/a"),
        ("https://auth.example/$(calc)'*;!", "https://auth.example/%24%28calc%29%27%2A%3B%21"),
        ("https://auth.example/?a=$(calc);[b]", "https://auth.example/?a=%24%28calc%29%3B%5Bb%5D"),
    ],
)
def test_what_is_opened_is_written_anew(url: str, opened: str) -> None:
    """CVE-2025-6514: nothing in it means anything to a shell."""
    assert openable(url) == opened


def test_the_page_of_a_request_is_opened_as_it_is() -> None:
    """Ours. Writing it anew changes no parameter."""
    url = asking(scope="a:b/c offline_access").url
    assert parameters(openable(url)) == parameters(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://auth.example/a",
        "file:///usr/bin/calc",
        "javascript:alert(1)",
        "vscode://x",
        "--version",
        "https://user:pass@auth.example/",
        'https://auth.example/"&calc&"',
        "https://auth.example/\ncalc",
        "https://auth.example/`calc`",
        "",
    ],
)
def test_what_is_no_web_page_is_not_opened(url: str) -> None:
    """CVE-2025-6514, CVE-2025-10619; peers.md §5."""
    with pytest.raises(AuthorizationRefused, match="cannot be opened"):
        openable(url)


def test_plain_http_can_be_allowed() -> None:
    """Ours: `network.allow_http`."""
    assert openable("http://auth.example/a", allow_http=True) == "http://auth.example/a"


@pytest.mark.parametrize(
    ("status", "unknown"),
    [(400, True), (401, True), (200, False), (302, False), (403, False), (503, False)],
)
def test_a_server_that_shows_nobody_a_page_does_not_know_the_client(
    status: int, *, unknown: bool
) -> None:
    """RFC 6749 §4.1.2.1: no redirect for a client that is unknown. A filter's 403 says nothing."""
    request = asking()
    found = converse(is_unknown_client(request), (f"GET {request.url}", answer(status)))
    assert found is unknown


def test_a_server_that_does_not_answer_may_know_the_client() -> None:
    """Ours: the person's browser may reach it all the same."""
    request = asking()
    silence = GatewayUnreachable("No route")
    assert not converse(is_unknown_client(request), (f"GET {request.url}", silence))
