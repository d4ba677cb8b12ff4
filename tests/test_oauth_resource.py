"""A gateway's own metadata, and the resource that a token is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import DiscoveryError, GatewayRefused
from mcp_proxy.oauth.challenge import Challenge
from mcp_proxy.oauth.endpoint import Reach
from mcp_proxy.oauth.model import ProtectedResource
from mcp_proxy.oauth.resource import (
    covers,
    discover_resource,
    metadata_urls,
    place_of,
    resource_indicator,
)
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

GATEWAY = "https://gateway.example/integrations/mcp/"
ORIGIN = "https://gateway.example"
PLACE = f"{ORIGIN}/.well-known/oauth-protected-resource"
NAMED = "https://meta.example/resource"
PUBLIC = Reach()
DOCUMENT = {
    "resource": GATEWAY,
    "authorization_servers": ["https://auth.example", "https://other.example"],
    "scopes_supported": ["mcp"],
}
SERVERS = ("https://auth.example", "https://other.example")
FOUND = ProtectedResource(GATEWAY, SERVERS, ("mcp",), PLACE)


def found_at(url: str) -> ProtectedResource:
    return replace(FOUND, url=url)


def discovering(
    challenge: Challenge | None = None, vouched: str | None = None
) -> Flow[ProtectedResource | None]:
    return discover_resource(GATEWAY, challenge, PUBLIC, vouched=vouched)


def test_the_place_that_the_challenge_names_is_asked_first() -> None:
    """RFC 9728 §5.1; MCP 2026-07-28: it wins over the well-known places."""
    challenge = Challenge(resource_metadata=NAMED)
    assert converse(discovering(challenge), (f"GET {NAMED}", ok(DOCUMENT))) == found_at(NAMED)


def test_without_a_word_from_the_gateway_the_path_comes_before_the_root() -> None:
    """RFC 9728 §3.1, MCP 2026-07-28. The slash at the end stays, then goes: servers differ."""
    found = converse(
        discovering(Challenge(scope="x")),
        (f"GET {PLACE}/integrations/mcp/", answer(404)),
        (f"GET {PLACE}/integrations/mcp", answer(200, b"<html>")),
        (f"GET {PLACE}", ok(DOCUMENT)),
    )
    assert found == FOUND


def test_a_gateway_that_publishes_nothing_has_no_metadata() -> None:
    """MCP 2025-03-26 gateways. JSON that names no resource is not such a document."""
    found = converse(
        discovering(Challenge(resource_metadata=NAMED)),
        (f"GET {NAMED}", answer(404)),
        (f"GET {PLACE}/integrations/mcp/", answer(401)),
        (f"GET {PLACE}/integrations/mcp", answer(404)),
        (f"GET {PLACE}", ok({"message": "Hello"})),
    )
    assert found is None


@pytest.mark.parametrize("status", [429, 503])
def test_an_outage_does_not_lead_on_to_the_next_place(status: int) -> None:
    """protocol.md §2: 5xx and 429 are not absence."""
    with pytest.raises(GatewayRefused):
        converse(discovering(), (f"GET {PLACE}/integrations/mcp/", answer(status)))


@pytest.mark.parametrize(
    ("gateway", "places"),
    [
        ("https://g.example", [""]),
        ("https://g.example/", [""]),
        ("https://g.example/mcp", ["/mcp", ""]),
        ("https://g.example/mcp?v=1#top", ["/mcp?v=1", ""]),
        ("https://g.example:8443/a/b/", ["/a/b/", "/a/b", ""]),
    ],
)
def test_the_well_known_path_goes_before_the_path_of_the_gateway(
    gateway: str, places: list[str]
) -> None:
    """RFC 9728 §3.1."""
    base = (
        gateway.partition("/")[0]
        + "//"
        + gateway.split("/")[2]
        + "/.well-known/oauth-protected-resource"
    )
    assert metadata_urls(gateway, None, PUBLIC) == [base + place for place in places]


@pytest.mark.parametrize(
    "named",
    [
        "http://gateway.example/.well-known/oauth-protected-resource",
        "/.well-known/oauth-protected-resource",
        "file:///etc/passwd",
        "https://169.254.169.254/latest",
        "https://user@evil.example/",
    ],
)
def test_a_named_place_that_cannot_be_used_is_passed_over(named: str) -> None:
    """Ours, and peers.md behaviour 30: it is never requested, and the well-known places remain."""
    assert named not in metadata_urls(GATEWAY, Challenge(resource_metadata=named), PUBLIC)
    assert metadata_urls(GATEWAY, Challenge(resource_metadata=named), PUBLIC)


@pytest.mark.parametrize(
    "resource",
    [
        "https://gateway.example/integrations/mcp/",
        "https://gateway.example/integrations/mcp",
        "https://gateway.example/integrations",
        "https://gateway.example/",
        "https://gateway.example",
        "HTTPS://Gateway.Example:443/integrations/mcp",
    ],
)
def test_the_own_address_and_its_parents_cover_a_gateway(resource: str) -> None:
    """MCP 2026-07-28; protocol.md §2: own origin and a parent path are acceptable."""
    assert covers(resource, GATEWAY)


@pytest.mark.parametrize(
    "resource",
    [
        "https://evil.example/integrations/mcp/",
        "http://gateway.example/integrations/mcp/",
        "https://gateway.example:8443/integrations/mcp/",
        "https://gateway.example/integrations/mcp/admin",
        "https://gateway.example/integrations/mc",
        "https://gateway.example/Integrations/mcp/",
        "https://gateway.example.evil.example/",
        "https://gateway.example@evil.example/",
        "https://user@gateway.example/",
        "https://gateway.example/?tenant=other",
        "https://gateway.example/#part",
        "urn:gateway",
        "gateway.example",
        "https://[::1/",
        "",
    ],
)
def test_any_other_address_does_not(resource: str) -> None:
    """MCP 2026-07-28; RFC 9728 §7.3 (impersonation)."""
    assert not covers(resource, GATEWAY)


def test_the_query_of_a_gateway_may_be_part_of_its_resource() -> None:
    """RFC 9728 §3.1."""
    assert covers("https://g.example/mcp?tenant=1", "https://g.example/mcp?tenant=1")
    assert covers("https://g.example/mcp", "https://g.example/mcp?tenant=1")
    assert not covers("https://g.example/mcp?tenant=2", "https://g.example/mcp?tenant=1")


@pytest.mark.parametrize("resource", ["https://evil.example/\x1b[31m", 7, None])
def test_metadata_about_another_resource_stops_everything(resource: object) -> None:
    """RFC 9728 §3.3: MUST NOT be used. The other places are not asked."""
    with pytest.raises(DiscoveryError, match="another resource") as caught:
        converse(
            discovering(Challenge(resource_metadata=NAMED)),
            (f"GET {NAMED}", ok(DOCUMENT | {"resource": resource})),
        )
    assert str(caught.value).isprintable()
    assert caught.value.hint


def test_a_resource_that_the_profile_vouches_for_is_taken() -> None:
    """Ours. A gateway behind another name publishes the name it knows."""
    inside = "https://inside.example/mcp"
    document = DOCUMENT | {"resource": inside}
    exchange = (f"GET {PLACE}/integrations/mcp/", ok(document))
    found = converse(discovering(vouched=inside), exchange)
    assert found is not None
    assert found.resource == inside
    with pytest.raises(DiscoveryError):
        converse(discovering(vouched=f"{inside}/"), exchange)


def test_a_document_without_lists_names_neither_servers_nor_scopes() -> None:
    """RFC 9728 §2: both are optional there; discovery asks for the first."""
    exchange = (f"GET {PLACE}/integrations/mcp/", ok({"resource": ORIGIN}))
    place = f"{PLACE}/integrations/mcp/"
    assert converse(discovering(), exchange) == ProtectedResource(ORIGIN, (), None, place)


def seen_before(known: str | None) -> Flow[ProtectedResource | None]:
    return discover_resource(GATEWAY, None, PUBLIC, known=known)


def test_where_it_was_published_it_is_looked_for_first() -> None:
    """Ours: one request for each renewal. If it is there no more, it is looked for anew."""
    assert converse(seen_before(NAMED), (f"GET {NAMED}", ok(DOCUMENT))) == found_at(NAMED)
    found = converse(
        seen_before(PLACE),
        (f"GET {PLACE}", answer(404)),
        (f"GET {PLACE}/integrations/mcp/", answer(404)),
        (f"GET {PLACE}/integrations/mcp", ok(DOCUMENT)),
    )
    assert found == found_at(f"{PLACE}/integrations/mcp")


def test_a_gateway_that_published_nothing_is_asked_once_more_and_not_everywhere() -> None:
    """Ours. MCP 2025-03-26 gateways, of which some learn to."""
    first = f"{PLACE}/integrations/mcp/"
    assert converse(seen_before(""), (f"GET {first}", answer(404))) is None
    assert converse(seen_before(""), (f"GET {first}", ok(DOCUMENT))) == found_at(first)


def test_what_a_search_has_found_can_be_remembered() -> None:
    """Ours."""
    assert place_of(None) == ""
    assert place_of(FOUND) == PLACE


def test_the_published_string_is_sent_exactly() -> None:
    """MCP 2026-07-28, "Resource Parameter Implementation": no slash is added or taken away."""
    published = ProtectedResource("HTTPS://Gateway.Example", ())
    assert resource_indicator(GATEWAY, None, published) == "HTTPS://Gateway.Example"


def test_the_profile_can_say_another_resource() -> None:
    """Ours."""
    assert resource_indicator(GATEWAY, "urn:mine", FOUND) == "urn:mine"


@pytest.mark.parametrize(
    "gateway", ["https://g.example/mcp/", "https://g.example", "https://g.example/m?a=1"]
)
def test_a_gateway_without_metadata_is_named_as_it_was_given(gateway: str) -> None:
    """RFC 8707 §2: an absolute URI without a fragment."""
    assert resource_indicator(f"{gateway}#top", None, None) == gateway
