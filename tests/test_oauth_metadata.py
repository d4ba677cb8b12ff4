"""What an authorization server says of itself, or what a profile says in its place."""

from __future__ import annotations

import pytest

from mcp_proxy.config.model import Endpoints
from mcp_proxy.errors import DiscoveryError
from mcp_proxy.oauth.endpoint import Reach
from mcp_proxy.oauth.metadata import configured_server, require_code_flow, server_of
from mcp_proxy.oauth.model import AuthorizationServer

ISSUER = "https://auth.example/o"
PLACE = "https://auth.example/.well-known/oauth-authorization-server/o"
LEAST: dict[str, object] = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize/",
    "token_endpoint": f"{ISSUER}/token/",
    "code_challenge_methods_supported": ["plain", "S256"],
}


def reading(document: dict[str, object], reach: Reach | None = None) -> AuthorizationServer:
    return server_of(document, (ISSUER,), PLACE, reach or Reach())


def test_a_full_document_is_read() -> None:
    """RFC 8414 §2, RFC 9207 §3, SEP-991."""
    server = reading(
        LEAST
        | {
            "registration_endpoint": f"{ISSUER}/register/",
            "revocation_endpoint": f"{ISSUER}/revoke_token/",
            "device_authorization_endpoint": f"{ISSUER}/device/",
            "scopes_supported": ["read", "offline_access"],
            "token_endpoint_auth_methods_supported": ["client_secret_post"],
            "token_endpoint_auth_signing_alg_values_supported": ["ES256"],
            "client_id_metadata_document_supported": True,
            "authorization_response_iss_parameter_supported": True,
            "unknown": {"kept": "nowhere"},
        }
    )
    assert server == AuthorizationServer(
        issuer=ISSUER,
        authorization_endpoint=f"{ISSUER}/authorize/",
        token_endpoint=f"{ISSUER}/token/",
        registration_endpoint=f"{ISSUER}/register/",
        revocation_endpoint=f"{ISSUER}/revoke_token/",
        device_authorization_endpoint=f"{ISSUER}/device/",
        scopes_supported=("read", "offline_access"),
        token_endpoint_auth_methods_supported=("client_secret_post",),
        token_endpoint_auth_signing_alg_values_supported=("ES256",),
        client_id_metadata_document_supported=True,
        authorization_response_iss_parameter_supported=True,
    )


def test_what_a_document_leaves_out_is_not_there() -> None:
    """RFC 8414 §2. An empty string is an absence, and "true" is not true."""
    server = reading(
        LEAST
        | {
            "registration_endpoint": "",
            "revocation_endpoint": None,
            "client_id_metadata_document_supported": "true",
            "authorization_response_iss_parameter_supported": 1,
        }
    )
    assert server == AuthorizationServer(ISSUER, f"{ISSUER}/authorize/", f"{ISSUER}/token/")


@pytest.mark.parametrize(
    "issuer",
    [
        f"{ISSUER}/",
        "https://auth.example",
        "HTTPS://auth.example/o",
        "https://auth.example:443/o",
        7,
        None,
    ],
)
def test_metadata_of_another_issuer_is_refused(issuer: object) -> None:
    """RFC 8414 §3.3: as strings. A slash, a case, a default port make another issuer."""
    with pytest.raises(DiscoveryError, match="another issuer"):
        reading(LEAST | {"issuer": issuer})


@pytest.mark.parametrize("methods", [None, [], ["plain"], "S256", ["s256"]])
def test_a_server_that_does_not_advertise_s256_is_refused(methods: object) -> None:
    """MCP 2026-07-28, "Authorization Code Protection": clients MUST refuse to proceed."""
    server = reading(LEAST | {"code_challenge_methods_supported": methods})
    with pytest.raises(DiscoveryError, match="PKCE"):
        require_code_flow(server)


def test_a_code_is_asked_for_at_the_authorization_endpoint() -> None:
    """RFC 6749 §3.1."""
    assert require_code_flow(reading(LEAST)) == f"{ISSUER}/authorize/"


@pytest.mark.parametrize("value", [None, ""])
def test_a_token_endpoint_is_always_needed(value: object) -> None:
    """RFC 8414 §2: required for the grant types that we use."""
    with pytest.raises(DiscoveryError, match="names no token_endpoint"):
        reading(LEAST | {"token_endpoint": value})


@pytest.mark.parametrize("value", [None, ""])
def test_an_authorization_endpoint_is_needed_for_codes_only(value: object) -> None:
    """RFC 8414 §2: a server for machines or devices may have none."""
    server = reading(LEAST | {"authorization_endpoint": value})
    with pytest.raises(DiscoveryError, match="names no authorization_endpoint"):
        require_code_flow(server)


@pytest.mark.parametrize(
    "name",
    [
        "authorization_endpoint",
        "token_endpoint",
        "registration_endpoint",
        "revocation_endpoint",
        "device_authorization_endpoint",
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        "file:///bin/sh",
        "javascript:alert(1)",
        "-oProxyCommand=calc",
        "http://auth.example/o",
        "https://user:pass@auth.example/o",
        "https://auth.example/\r\nHost: evil",
        "https://169.254.169.254/latest",
        7,
        ["https://auth.example/o"],
    ],
)
def test_a_hostile_endpoint_is_refused_whatever_it_is_for(name: str, url: object) -> None:
    """CVE-2025-6514; peers.md behaviour 30."""
    with pytest.raises(DiscoveryError, match=f"The {name} of") as caught:
        reading(LEAST | {name: url})
    assert caught.value.hint


def test_a_gateway_on_this_machine_may_have_its_server_there() -> None:
    """Ours. The demo and every developer's own server."""
    local = LEAST | {"token_endpoint": "http://127.0.0.1:9000/token"}
    assert reading(local, Reach(allow_private=True)).token_endpoint == "http://127.0.0.1:9000/token"


def test_endpoints_of_a_profile_stand_in_for_metadata() -> None:
    """Ours; systems.md §1.3. PKCE is sent, not asked for: nothing advertises it."""
    server = configured_server(
        Endpoints(
            "https://ig.example/o/authorize/",
            "https://ig.example:8443/o/token/",
            revocation_endpoint="https://ig.example/o/revoke_token/",
        ),
        allow_http=False,
    )
    assert server == AuthorizationServer(
        "https://ig.example:8443",
        "https://ig.example/o/authorize/",
        "https://ig.example:8443/o/token/",
        revocation_endpoint="https://ig.example/o/revoke_token/",
    )


def test_a_profile_can_name_the_issuer_and_a_place_to_register() -> None:
    """Ours."""
    server = configured_server(
        Endpoints(
            "https://10.0.0.1/a",
            "https://10.0.0.1/t",
            issuer=ISSUER,
            registration_endpoint="https://10.0.0.1/r",
        ),
        allow_http=False,
    )
    assert server.issuer == ISSUER
    assert server.registration_endpoint == "https://10.0.0.1/r"


@pytest.mark.parametrize(
    ("named", "issuer"),
    [
        (
            ["https://evil.example/o", "https://ig.example/o", "https://ig.example/x"],
            "https://ig.example/o",
        ),
        (["https://ig.example"], "https://ig.example"),
        (["https://ig.example.evil/o", "http://ig.example/o"], "https://ig.example"),
        ([], "https://ig.example"),
    ],
)
def test_the_gateway_may_name_an_issuer_that_the_profile_left_out(
    named: list[str], issuer: str
) -> None:
    """Ours. Only on the origin of the token endpoint, which a person wrote down."""
    endpoints = Endpoints("https://ig.example/o/authorize/", "https://ig.example/o/token/")
    assert configured_server(endpoints, named, allow_http=False).issuer == issuer
    chosen = Endpoints("https://ig.example/a", "https://ig.example/t", issuer=ISSUER)
    assert configured_server(chosen, named, allow_http=False).issuer == ISSUER


@pytest.mark.parametrize("url", ["", "http://ig.example/o", "https://[::1/", "ftp://ig.example"])
def test_a_mistake_in_the_profile_is_named(url: str) -> None:
    """Ours."""
    with pytest.raises(DiscoveryError, match=r"auth\.endpoints"):
        configured_server(Endpoints("https://ig.example/a", url), allow_http=False)


def test_plain_http_in_the_profile_wants_to_be_allowed() -> None:
    """Ours."""
    endpoints = Endpoints("http://ig.example/a", "http://ig.example/t")
    assert configured_server(endpoints, allow_http=True).issuer == "http://ig.example"
