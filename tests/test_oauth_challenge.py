"""What a gateway wants, as its `WWW-Authenticate` header says."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mcp_proxy.oauth.challenge import Challenge, bearer_challenge, challenges

METADATA = "https://gateway.example/.well-known/oauth-protected-resource/mcp"


def challenge_in(field: str) -> Challenge | None:
    return bearer_challenge({"www-authenticate": field})


def test_a_gateway_says_where_its_metadata_lies_and_what_it_wants() -> None:
    """RFC 9728 §5.1, RFC 6750 §3."""
    field = (
        f'Bearer realm="mcp", resource_metadata="{METADATA}", scope="tools:read tools:call", '
        'error="insufficient_scope", error_description="More \\"scope\\" is wanted"'
    )
    assert challenge_in(field) == Challenge(
        resource_metadata=METADATA,
        scope="tools:read tools:call",
        error="insufficient_scope",
        error_description='More "scope" is wanted',
    )


def test_no_header_is_no_challenge() -> None:
    """RFC 9110 §11.6.1."""
    assert bearer_challenge({}) is None
    assert challenge_in("") is None


def test_another_scheme_is_not_ours() -> None:
    """RFC 7617, RFC 4559."""
    assert challenge_in(f'Basic resource_metadata="{METADATA}", Negotiate') is None


def test_a_gateway_may_want_tokens_that_are_bound_to_a_key() -> None:
    """RFC 9449 §7.1. One that takes both is sent what is simpler."""
    bound = Challenge("dpop", METADATA)
    assert challenge_in(f'DPoP resource_metadata="{METADATA}", Basic realm="x"') == bound
    assert challenge_in(f'DPoP algs="ES256", Bearer resource_metadata="{METADATA}"') == Challenge(
        resource_metadata=METADATA
    )
    both = f'DPoP resource_metadata="{METADATA}", Bearer resource_metadata="{METADATA}"'
    assert challenge_in(both) == Challenge(resource_metadata=METADATA)
    assert challenge_in(f'DPoP resource_metadata="{METADATA}", Bearer') == bound


def test_a_bare_scheme_is_a_challenge() -> None:
    """RFC 9110 §11.3: parameters are optional; the scheme's case does not matter."""
    assert challenge_in("BEARER") == Challenge()


def test_one_field_holds_several_challenges() -> None:
    """RFC 9110 §11.6.1, its own example; a token68 is no parameter."""
    field = (
        'Negotiate YWJj==, Basic realm="a, Bearer scope=\\"no\\"", Bearer scope="yes", Digest x=1'
    )
    assert challenges(field) == [
        ("negotiate", {}),
        ("basic", {"realm": 'a, Bearer scope="no"'}),
        ("bearer", {"scope": "yes"}),
        ("digest", {"x": "1"}),
    ]


def test_of_several_the_one_with_metadata_counts() -> None:
    """Ours. A proxy in front of the gateway may challenge as well."""
    field = (
        f'Bearer realm="proxy", Bearer resource_metadata="{METADATA}", Bearer resource_metadata="x"'
    )
    assert challenge_in(field) == Challenge(resource_metadata=METADATA)
    assert challenge_in('Bearer scope="first", Bearer scope="second"') == Challenge(scope="first")


def test_a_parameter_that_comes_twice_keeps_its_first_value() -> None:
    """RFC 9110 §11.2 allows one; the first is what most readers see."""
    assert challenge_in('Bearer scope="a", Scope="b"') == Challenge(scope="a")


@pytest.mark.parametrize(
    "field",
    [
        f"Bearer resource_metadata={METADATA}",
        f'Bearer resource_metadata = "{METADATA}"',
        f'Bearer error="x" resource_metadata="{METADATA}"',
        f'Bearer,resource_metadata="{METADATA}"',
        f'Bearer RESOURCE_METADATA="{METADATA}',
        f'Bearer ??, resource_metadata="{METADATA}"',
        f"Bearer resource_metadata={METADATA}, error=invalid_token",
    ],
    ids=["unquoted", "spaced", "no comma", "comma", "unclosed", "junk", "unquoted list"],
)
def test_sloppy_challenges_are_understood(field: str) -> None:
    """Ours. RFC 9110 §11.2 wants quotes and commas; servers leave them out."""
    challenge = challenge_in(field)
    assert challenge is not None
    assert challenge.resource_metadata == METADATA


def test_empty_values_say_nothing() -> None:
    """RFC 6749 §3.3: a scope has at least one name."""
    assert challenge_in('Bearer scope="", resource_metadata=, error=""') == Challenge()


TOKENS = st.text(string.ascii_letters + string.digits + "!#$%&'*+.^_`|~-", min_size=1, max_size=8)
PARAMETERS = st.dictionaries(TOKENS.map(str.lower), st.text(max_size=12), min_size=1, max_size=4)


@given(st.lists(st.tuples(TOKENS.map(str.lower), PARAMETERS), max_size=4))
@example([("bearer", {"scope": '\\" , \\'})])
def test_what_was_quoted_comes_back(written: list[tuple[str, dict[str, str]]]) -> None:
    """RFC 9110 §5.6.4: a backslash quotes any character."""
    field = ", ".join(
        f"{scheme} " + ", ".join(f'{name}="{quoted(value)}"' for name, value in parameters.items())
        for scheme, parameters in written
    )
    assert challenges(field) == written


@given(st.text() | st.text(' ,="\\aB/'))
def test_no_field_is_an_accident(field: str) -> None:
    """Ours."""
    for scheme, parameters in challenges(field):
        assert scheme
        assert all(parameters)


@pytest.mark.parametrize(
    "unit", ['"', "\\", "a=", 'a="', "a ", ",", 'Bearer a="\\', "B a=" + "=" * 9]
)
def test_a_hostile_field_costs_linear_time(unit: str) -> None:
    """Ours. Half a megabyte in quadratic time would not end in the life of this test."""
    assert isinstance(challenges("Bearer " + unit * 50_000), list)


def quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')
