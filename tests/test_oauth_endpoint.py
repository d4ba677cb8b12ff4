"""Which addresses the documents of others may send us to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_proxy.oauth.endpoint import ANYWHERE, Reach, check_endpoint, is_loopback, reach_of

PUBLIC = Reach()


@pytest.mark.parametrize(
    "url",
    [
        "https://auth.example",
        "https://auth.example:8443/o/token/?tenant=a%20b",
        "HTTPS://Auth.Example/token",
        "https://8.8.8.8/token",
        "https://[2606:4700::1111]/token",
        "https://1e100.example/token",
    ],
)
def test_https_to_a_public_host_is_fine(url: str) -> None:
    """MCP 2026-07-28, Authorization, "Communication Security"."""
    check_endpoint(url, PUBLIC)


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "ms-settings:",
        "-oProxyCommand=calc",
        "//auth.example/token",
        "/token",
        "",
        "https://",
        "https:///token",
        "https://auth.example/\ntoken",
        "https://auth.example/\x00",
        "https://auth.example/a b",
        "https://auth.example\\@evil.example/",
        "https://auth.example/\u202e",
        "https://\u0430uth.example/token",
        "https://user@auth.example/token",
        "https://auth.example:pass@evil.example/token",
        "https://auth.example/token#fragment",
        "https://auth.example/token#",
        "https://-oProxyCommand/token",
        "https://auth.example;calc/token",
        "https://auth.example:99999/token",
        "https://auth.example:x/token",
        "https://[::1/token",
        "https://[::1]evil.example/token",
        "https://[fe80::1%25$(calc)]/token",
        "https://2130706433/token",
        "https://127.1/token",
        "https://0x7f.0.0.1/token",
        "https://0x7f000001/token",
        "https://127.0.0.01/token",
        "https://127.1./token",
    ],
)
def test_a_hostile_address_is_refused_even_where_anything_goes(url: str) -> None:
    """CVE-2025-6514 and its copies; RFC 6749 §3.1 and §3.2 (no fragment)."""
    with pytest.raises(ValueError, match=r"."):
        check_endpoint(url, ANYWHERE)


def test_the_reason_continues_a_sentence() -> None:
    """Ours. It names what is wrong, never the address: somebody's password may be in it."""
    with pytest.raises(ValueError, match=r"^it names a user$"):
        check_endpoint("https://user:canary@auth.example/token", ANYWHERE)


@pytest.mark.parametrize(
    "url", ["http://auth.example/token", "http://10.0.0.1/", "http://localhost.evil.example/"]
)
def test_plain_http_is_for_loopback_only(url: str) -> None:
    """OAuth 2.1 §1.5; the profile can allow it."""
    with pytest.raises(ValueError, match="plain http"):
        check_endpoint(url, Reach(allow_private=True))
    check_endpoint(url, ANYWHERE)


@pytest.mark.parametrize(
    "url",
    ["http://localhost:9000/token", "http://127.0.0.1/", "http://127.8.8.8/", "http://[::1]:80/"],
)
def test_plain_http_to_loopback_is_fine_for_a_gateway_on_this_machine(url: str) -> None:
    """RFC 8252 §7.3."""
    check_endpoint(url, reach_of("http://127.0.0.1:8000/mcp", allow_http=False))


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest",
        "https://10.1.2.3/token",
        "https://192.168.0.1/token",
        "https://100.64.0.1/token",
        "https://[fd00::1]/token",
        "https://[::ffff:127.0.0.1]/token",
        "http://127.0.0.1:2375/containers",
        "http://localhost/token",
        "https://printer/token",
        "https://a.localhost./token",
        "https://nas.local/token",
        "https://metadata.google.internal/computeMetadata",
    ],
)
def test_a_public_gateway_cannot_point_into_the_private_network(url: str) -> None:
    """peers.md behaviour 30. A private gateway can: it is inside already."""
    with pytest.raises(ValueError, match="private network"):
        check_endpoint(url, reach_of("https://gateway.example/mcp", allow_http=True))
    check_endpoint(url, reach_of("https://10.0.0.7/mcp", allow_http=True))


@pytest.mark.parametrize(
    ("gateway", "allow_private"),
    [
        ("https://gateway.example/mcp", False),
        ("https://8.8.8.8/mcp", False),
        ("http://localhost:8000/mcp", True),
        ("http://[::1]:8000/mcp", True),
        ("https://gateway/mcp", True),
        ("https://gateway.local/mcp", True),
    ],
)
def test_the_reach_follows_from_where_the_gateway_is(gateway: str, *, allow_private: bool) -> None:
    """Ours."""
    assert reach_of(gateway, allow_http=False) == Reach(allow_private=allow_private)


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("localhost", True),
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost.example", False),
        ("10.0.0.1", False),
        ("0.0.0.0", False),  # what is bound there is seen by the network
    ],
)
def test_loopback_is_this_machine_and_nothing_else(host: str, *, verdict: bool) -> None:
    """RFC 8252 §7.3 and §8.3."""
    assert is_loopback(host) is verdict


@given(st.text() | st.from_regex(r"https?://[\x00-\x7f]{0,20}/[\x00-\x7f]{0,20}", fullmatch=True))
def test_no_text_is_an_accident(url: str) -> None:
    """Ours. Either it is refused, or it is printable ASCII with a host."""
    try:
        parts = check_endpoint(url, ANYWHERE)
    except ValueError:
        return
    assert url.isascii()
    assert url.isprintable()
    assert parts.hostname
