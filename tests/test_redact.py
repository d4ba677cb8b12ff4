"""Making text safe to show: peers.md behaviour 27, with canaries."""

from __future__ import annotations

import json
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.redact import MASK, origin, redact

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

NAMES = [
    "access_token",
    "refresh_token",
    "client_secret",
    "code",
    "code_verifier",
    "password",
    "id_token",
    "client_assertion",
    "device_code",
    "token",
]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "shape",
    [
        '{{"a":1,"{name}":"{secret}","z":2}}',
        '{{ "{name}" : "{secret}" }}',
        "{{'{name}': '{secret}'}}",
        "{{'{name}': b'{secret}'}}",
        "TokenSet({name}='{secret}', scope=None)",
        '{name}="{secret}"',
        "grant_type=x&{name}={secret}&scope=a",
        "{name}={secret}",
        "https://a.example/cb?{name}={secret}#top",
        "https://a.example/?next=https%3A%2F%2Fb.example%2F%3F{name}%3D{secret}%26a%3D1",
        'body: "{{\\"{name}\\": \\"{secret}\\"}}"',
        '{{"{name}":"{secret}',
    ],
)
def test_the_value_of_a_secret_parameter_is_hidden(name: str, shape: str) -> None:
    """RFC 6749, 7636; peers.md behaviour 27."""
    shown = redact(shape.format(name=name, secret="canary-1.A_b~"))
    assert "canary" not in shown
    assert f"{name}" in shown
    assert MASK in shown


def test_only_the_value_is_hidden() -> None:
    """Ours: what remains must help."""
    assert redact('{"access_token":"a","token_type":"Bearer","expires_in":3600}') == (
        '{"access_token":"***","token_type":"Bearer","expires_in":3600}'
    )
    assert redact("GET /cb?code=a&state=b HTTP/1.1") == "GET /cb?code=***&state=b HTTP/1.1"


@pytest.mark.parametrize(
    "text",
    [
        '{"code": -32600, "message": "No"}',
        '{"params": {"progressToken": "abc"}}',
        "status_code=500",
        'WWW-Authenticate: Bearer realm="example", resource_metadata="https://a.example/x"',
        'Bearer error="invalid_token"',
        "https://a.example/@user/x?q=1",
        "Nothing here",
        "",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    """Ours."""
    assert redact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer canary12",
        "authorization: bearer  canary12",
        "Authorization: Basic Y2FuYXJ5OmNhbmFyeQ==",
        "{'authorization': 'Bearer canary12'}",
        '{"Authorization":"Basic Y2FuYXJ5OmNhbmFyeQ=="}',
        "header=Bearer%20canary12",
        "header=Bearer+canary12",
    ],
)
def test_credentials_in_a_header_are_hidden(text: str) -> None:
    """RFC 9110 §11.4."""
    shown = redact(text)
    assert "canary" not in shown
    assert "Y2FuYXJ5" not in shown
    assert MASK in shown


def test_the_person_in_a_url_is_hidden() -> None:
    """RFC 3986 §3.2.1."""
    assert redact("http://user:canary@proxy.example:3128/") == "http://***@proxy.example:3128/"


def test_a_signed_token_is_hidden_wherever_it_stands() -> None:
    """RFC 7515 §3.1."""
    token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJjYW5hcnkifQ.c2ln"
    assert redact(f"got {token}, sorry") == "got ***, sorry"


@pytest.mark.parametrize("quoted", ['"a\\"canary"', "'a\\'canary'"])
def test_a_quotation_mark_in_a_value_does_not_end_it(quoted: str) -> None:
    """Ours."""
    assert "canary" not in redact(f"password={quoted}")


@given(st.text(min_size=1), st.sampled_from(NAMES))
def test_any_value_in_json_or_a_form_is_hidden(secret: str, name: str) -> None:
    """peers.md behaviour 27."""
    before, after = "<before ", " after>"
    for text in (
        json.dumps({name: secret}),
        json.dumps({name: secret}, ensure_ascii=False),
        repr({name: secret}),
    ):
        shown = redact(before + text + after)
        assert shown.startswith(before)
        assert shown.endswith(f"{after}")
        assert shown.count(MASK) == 1
        assert len(shown) == len(before) + len(after) + len(name) + len("{'': ''}") + len(MASK)
    form = urlencode({name: secret, "scope": "read"})
    assert redact(form) == f"{name}={MASK}&scope=read"


@given(st.text("canry-.\"'\\/+&=% ä😀", min_size=1))
def test_a_given_secret_is_hidden_in_every_spelling(secret: str) -> None:
    """peers.md behaviour 27: values of headers, which no shape tells."""
    for spelling in (
        secret,
        quote(secret),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        repr(secret)[1:-1],
    ):
        assert redact(f"<{spelling}>", [secret]) == "<***>"


def test_a_secret_that_begins_with_another_is_hidden_whole() -> None:
    """Ours."""
    assert redact("x canary-long y", ["", "canary", "canary-long"]) == "x *** y"


@given(st.text(), st.lists(st.text(), max_size=2))
def test_any_text_can_be_redacted(text: str, secrets: list[str]) -> None:
    """Ours: it runs while an error is told, and must not raise another one."""
    redact(text, secrets)
    assert redact(redact(text)) == redact(text)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://gateway.example/mcp/?code=canary", "https://gateway.example"),
        ("https://user:canary@Gateway.Example:8443/mcp", "https://gateway.example:8443"),
        ("http://[::1]:6545/callback", "http://[::1]:6545"),
        ("http://127.0.0.1", "http://127.0.0.1"),
    ],
)
def test_an_origin_is_scheme_host_and_port(url: str, shown: str) -> None:
    """RFC 6454 §4, as written."""
    assert origin(url) == shown


@pytest.mark.parametrize(
    "url",
    [
        "",
        "canary",
        "mailto:canary@a.example",
        "http://[canary",
        "http://a:canary",
        "http://ca\x07nary",
    ],
)
def test_what_has_no_origin_is_not_shown(url: str) -> None:
    """Ours."""
    assert origin(url) == "an address that is no URL"
