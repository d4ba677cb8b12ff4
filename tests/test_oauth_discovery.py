"""From a gateway to the metadata of its authorization server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.config.model import Endpoints
from mcp_proxy.errors import DiscoveryError, GatewayRefused
from mcp_proxy.oauth.challenge import Challenge
from mcp_proxy.oauth.discovery import Discovered, discover, discover_server, well_known_urls
from mcp_proxy.oauth.endpoint import Reach
from mcp_proxy.oauth.model import AuthorizationServer, ProtectedResource

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import HttpResponse

GATEWAY = "https://gateway.example/mcp"
NAMED = "https://gateway.example/meta"
CHALLENGE = Challenge(resource_metadata=NAMED)
PLACE = "https://gateway.example/.well-known/oauth-protected-resource"
ISSUER = "https://auth.example/tenant"
PUBLIC = Reach()
ENDPOINTS = Endpoints("https://ig.example/o/authorize/", "https://ig.example/o/token/")


def metadata(issuer: str) -> dict[str, object]:
    return {
        "issuer": issuer,
        "authorization_endpoint": f"{issuer}/authorize",
        "token_endpoint": f"{issuer}/token",
        "code_challenge_methods_supported": ["S256"],
    }


def published(*servers: str) -> dict[str, object]:
    return {"resource": GATEWAY, "authorization_servers": list(servers)}


def test_a_challenge_leads_to_the_authorization_server() -> None:
    """MCP 2026-07-28, "Authorization Server Discovery": the whole way."""
    found = converse(
        discover(GATEWAY, CHALLENGE),
        (f"GET {NAMED}", ok(published(ISSUER, "https://second.example"))),
        (
            "GET https://auth.example/.well-known/oauth-authorization-server/tenant",
            ok(metadata(ISSUER)),
        ),
    )
    assert found == Discovered(
        ProtectedResource(GATEWAY, (ISSUER, "https://second.example"), None, NAMED),
        AuthorizationServer(ISSUER, f"{ISSUER}/authorize", f"{ISSUER}/token"),
    )


@pytest.mark.parametrize("issuer", ["https://auth.example/tenant", "https://auth.example/tenant/"])
def test_an_issuer_with_a_path_is_looked_for_below_it_and_never_at_the_root(issuer: str) -> None:
    """RFC 8414 §3.1 and §5, OpenID Connect Discovery §4.1, MCP 2026-07-28: in this order."""
    root = "https://auth.example"
    assert well_known_urls(issuer) == (
        f"{root}/.well-known/oauth-authorization-server/tenant",
        f"{root}/.well-known/openid-configuration/tenant",
        f"{root}/tenant/.well-known/openid-configuration",
        f"{root}/tenant/.well-known/oauth-authorization-server",
    )


@pytest.mark.parametrize("issuer", ["https://auth.example:8443", "https://auth.example:8443/"])
def test_an_issuer_without_a_path_has_two_places(issuer: str) -> None:
    """RFC 8414 §3.1, OpenID Connect Discovery §4.1."""
    root = "https://auth.example:8443/.well-known"
    assert well_known_urls(issuer) == (
        f"{root}/oauth-authorization-server",
        f"{root}/openid-configuration",
    )


def test_the_places_are_asked_until_one_has_a_document() -> None:
    """MCP 2026-07-28. JSON without an issuer is no such document."""
    root = "https://auth.example"
    server = converse(
        discover_server(ISSUER, PUBLIC),
        (f"GET {root}/.well-known/oauth-authorization-server/tenant", answer(404)),
        (f"GET {root}/.well-known/openid-configuration/tenant", ok({"message": "Hello"})),
        (f"GET {root}/tenant/.well-known/openid-configuration", ok(metadata(ISSUER))),
    )
    assert server.issuer == ISSUER


def test_a_server_without_a_document_is_an_error_that_says_what_to_set() -> None:
    """Ours."""
    with pytest.raises(DiscoveryError, match="no metadata") as caught:
        converse(
            discover_server("https://auth.example", PUBLIC),
            ("GET https://auth.example/.well-known/oauth-authorization-server", answer(404)),
            ("GET https://auth.example/.well-known/openid-configuration", answer(200, b"<html>")),
        )
    assert "auth.endpoints" in (caught.value.hint or "")


def test_metadata_of_another_issuer_ends_the_search() -> None:
    """RFC 8414 §3.3. A trailing slash is enough to be another issuer."""
    with pytest.raises(DiscoveryError, match="another issuer"):
        converse(
            discover_server("https://auth.example", PUBLIC),
            (
                "GET https://auth.example/.well-known/oauth-authorization-server",
                ok(metadata("https://auth.example/")),
            ),
        )


def test_an_outage_ends_the_search() -> None:
    """protocol.md §2: or whoever runs the next place could be chosen by an outage."""
    with pytest.raises(GatewayRefused):
        converse(
            discover_server("https://auth.example", PUBLIC),
            ("GET https://auth.example/.well-known/oauth-authorization-server", answer(503)),
        )


@pytest.mark.parametrize(
    "issuer",
    [
        "http://auth.example",
        "file:///etc",
        "https://10.0.0.1",
        "https://auth.example?x=1",
        "auth.example",
    ],
)
def test_a_hostile_issuer_is_never_asked(issuer: str) -> None:
    """RFC 8414 §2 (https, no query, no fragment); peers.md behaviour 30."""
    with pytest.raises(DiscoveryError):
        converse(discover(GATEWAY, CHALLENGE), (f"GET {NAMED}", ok(published(issuer, ISSUER))))


def test_metadata_without_an_authorization_server_is_an_error() -> None:
    """MCP 2026-07-28: at least one MUST be named."""
    with pytest.raises(DiscoveryError, match="names no authorization server"):
        converse(discover(GATEWAY, CHALLENGE), (f"GET {NAMED}", ok(published())))


def test_an_older_gateway_is_its_own_authorization_server() -> None:
    """MCP 2025-03-26, "Authorization Base URL": the path is dropped."""
    found = converse(
        discover(GATEWAY, None),
        (f"GET {PLACE}/mcp", answer(404)),
        (f"GET {PLACE}", answer(404)),
        (
            "GET https://gateway.example/.well-known/oauth-authorization-server",
            ok(metadata("https://gateway.example")),
        ),
    )
    assert found.resource is None
    assert found.server.token_endpoint == "https://gateway.example/token"


def test_an_older_gateway_may_write_its_origin_with_a_slash() -> None:
    """RFC 8414 §3.1: both forms lead to this document, and nobody has named one of them."""
    found = converse(
        discover("https://gateway.example", None),
        (f"GET {PLACE}", answer(404)),
        (
            "GET https://gateway.example/.well-known/oauth-authorization-server",
            ok(metadata("https://gateway.example/")),
        ),
    )
    assert found.server.issuer == "https://gateway.example/"


def test_an_older_gateway_cannot_speak_for_another_issuer() -> None:
    """RFC 8414 §3.3. Else it would be shown the client secret of that issuer."""
    with pytest.raises(DiscoveryError, match="another issuer"):
        converse(
            discover("https://gateway.example", None),
            (f"GET {PLACE}", answer(404)),
            (
                "GET https://gateway.example/.well-known/oauth-authorization-server",
                ok(metadata("https://login.bank.example")),
            ),
        )


@pytest.mark.parametrize(
    "nothing", [answer(404), ok({"message": "Hello"})], ids=["404", "no issuer"]
)
def test_an_older_gateway_without_metadata_has_default_endpoints(nothing: HttpResponse) -> None:
    """MCP 2025-03-26, "Fallbacks for Servers without Metadata Discovery"."""
    found = converse(
        discover("http://localhost:8000/mcp", None),
        ("GET http://localhost:8000/.well-known/oauth-protected-resource/mcp", answer(404)),
        ("GET http://localhost:8000/.well-known/oauth-protected-resource", answer(404)),
        ("GET http://localhost:8000/.well-known/oauth-authorization-server", nothing),
    )
    assert found.server == AuthorizationServer(
        "http://localhost:8000",
        "http://localhost:8000/authorize",
        "http://localhost:8000/token",
        registration_endpoint="http://localhost:8000/register",
    )


def test_endpoints_of_the_profile_end_the_search_for_a_server() -> None:
    """Ours; systems.md §1.3. What the gateway publishes about itself still counts."""
    found = converse(
        discover(GATEWAY, CHALLENGE, endpoints=ENDPOINTS),
        (f"GET {NAMED}", ok(published("https://ig.example/o"))),
    )
    assert found.resource == ProtectedResource(GATEWAY, ("https://ig.example/o",), None, NAMED)
    assert found.server.issuer == "https://ig.example/o"
    assert found.server.token_endpoint == "https://ig.example/o/token/"


def test_endpoints_of_the_profile_serve_a_gateway_that_publishes_nothing() -> None:
    """Ours; systems.md §1.3: the Integration Gateway of today."""
    found = converse(
        discover(GATEWAY, None, endpoints=ENDPOINTS),
        (f"GET {PLACE}/mcp", answer(404)),
        (f"GET {PLACE}", answer(404)),
    )
    assert found.resource is None
    assert found.server.issuer == "https://ig.example"


def test_endpoints_and_resource_of_the_profile_leave_nothing_to_ask() -> None:
    """Ours. The way out where a gateway's well-known places are broken."""
    found = converse(discover(GATEWAY, CHALLENGE, endpoints=ENDPOINTS, resource="urn:gateway"))
    assert found.resource is None
    assert found.server.issuer == "https://ig.example"


def test_the_profile_vouches_for_a_resource() -> None:
    """Ours."""
    found = converse(
        discover(GATEWAY, CHALLENGE, resource="https://inside.example"),
        (
            f"GET {NAMED}",
            ok(published("https://auth.example") | {"resource": "https://inside.example"}),
        ),
        (
            "GET https://auth.example/.well-known/oauth-authorization-server",
            ok(metadata("https://auth.example")),
        ),
    )
    assert found.resource is not None
    assert found.resource.resource == "https://inside.example"


def test_plain_http_can_be_allowed() -> None:
    """Ours: `network.allow_http`."""
    found = converse(
        discover("http://gateway.example", None, endpoints=None, allow_http=True),
        ("GET http://gateway.example/.well-known/oauth-protected-resource", answer(404)),
        (
            "GET http://gateway.example/.well-known/oauth-authorization-server",
            ok(metadata("http://gateway.example")),
        ),
    )
    assert found.server.token_endpoint == "http://gateway.example/token"
