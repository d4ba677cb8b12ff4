"""Which forward proxy the environment names."""

from __future__ import annotations

import pytest

from mcp_proxy.errors import ConfigError
from mcp_proxy.net.route import forward_proxy, is_loopback

GATEWAY = "https://gateway.example/mcp"


def named(url: str, **environ: str) -> str | None:
    """The proxy for `url` as host:port, or None."""
    proxy = forward_proxy(url, environ)
    return f"{proxy.host}:{proxy.port}" if proxy else None


@pytest.mark.parametrize(
    ("url", "environ", "proxy"),
    [
        (GATEWAY, {}, None),
        (GATEWAY, {"HTTPS_PROXY": "http://p.example:3128"}, "p.example:3128"),
        (GATEWAY, {"https_proxy": "http://p.example"}, "p.example:80"),
        (GATEWAY, {"https_proxy": "https://p.example"}, "p.example:443"),
        (GATEWAY, {"https_proxy": "a:1", "HTTPS_PROXY": "b:2"}, "a:1"),
        (GATEWAY, {"HTTPS_PROXY": ""}, None),
        (GATEWAY, {"HTTP_PROXY": "http://p.example:3128"}, None),
        (GATEWAY, {"ALL_PROXY": "p.example:3128"}, "p.example:3128"),
        (GATEWAY, {"ALL_PROXY": "a:1", "HTTPS_PROXY": "b:2"}, "b:2"),
        ("http://gateway.example/", {"HTTP_PROXY": "http://[::1]:3128"}, "::1:3128"),
    ],
)
def test_the_scheme_chooses_the_variable(
    url: str, environ: dict[str, str], proxy: str | None
) -> None:
    """Ours, as curl: lower case first, ALL_PROXY last."""
    assert named(url, **environ) == proxy


@pytest.mark.parametrize(
    ("url", "no_proxy", "is_direct"),
    [
        (GATEWAY, "*", True),
        (GATEWAY, "other.example, gateway.example", True),
        (GATEWAY, "example", True),
        (GATEWAY, ".example", True),
        (GATEWAY, "*.example", True),
        (GATEWAY, "GATEWAY.example:443", True),
        (GATEWAY, "gateway.example:8443", False),
        (GATEWAY, "way.example", False),
        (GATEWAY, "", False),
        ("https://10.1.2.3/mcp", "10.0.0.0/8", True),
        ("https://10.1.2.3/mcp", "10.1.2.3", True),
        ("https://11.1.2.3/mcp", "10.0.0.0/8", False),
        ("https://[fd00::1]/mcp", "fd00::/8", True),
        ("https://[fd00::1]:8443/mcp", "[fd00::1]:8443", True),
        ("https://localhost:1/mcp", "", True),
        ("https://127.1.2.3:1/mcp", "", True),
        ("https://[::1]:1/mcp", "", True),
    ],
)
def test_no_proxy_names_what_is_reached_directly(
    url: str, no_proxy: str, *, is_direct: bool
) -> None:
    """Ours, as curl; loopback is always direct."""
    proxy = named(url, HTTPS_PROXY="http://p.example:3128", NO_PROXY=no_proxy)
    assert proxy == (None if is_direct else "p.example:3128")


@pytest.mark.parametrize(
    "value", ["socks5://me:secret@p.example", "http://me:secret@:1", "http://secret:port", "://"]
)
def test_a_proxy_that_cannot_be_used_is_refused_without_its_password(value: str) -> None:
    """Ours: peers.md §8 behaviour 27."""
    with pytest.raises(ConfigError) as caught:
        forward_proxy(GATEWAY, {"HTTPS_PROXY": value})
    assert caught.value.key == "HTTPS_PROXY"
    assert "secret" not in f"{caught.value} {caught.value.hint}"


def test_credentials_of_a_proxy_are_sent_and_not_shown() -> None:
    """RFC 7617 §2."""
    proxy = forward_proxy(GATEWAY, {"HTTPS_PROXY": "http://me:p%40ss@p.example:3128"})
    assert proxy is not None
    assert proxy.authorization == "Basic bWU6cEBzcw=="
    assert str(proxy) == "The proxy p.example:3128"
    assert "ss" not in repr(proxy)
    assert "bWU" not in repr(proxy)


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("localhost", True),
        ("LOCALHOST", True),
        ("demo.localhost", True),
        ("127.0.0.2", True),
        ("::1", True),
        ("127.example.com", False),
        ("localhost.example.com", False),
        ("192.168.0.1", False),
    ],
)
def test_loopback_is_told_by_name_or_address(host: str, *, expected: bool) -> None:
    """RFC 6761 §6.3, RFC 5735 §3."""
    assert is_loopback(host) is expected
