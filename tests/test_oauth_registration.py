"""Which client this program is at one authorization server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from conversation import answer, converse, ok
from mcp_proxy.errors import GatewayRefused, GatewayUnreachable, RegistrationError
from mcp_proxy.oauth.model import AuthorizationServer, Client
from mcp_proxy.oauth.registration import check_metadata_url, obtain_client

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

SERVER = AuthorizationServer(
    "https://auth.example",
    "https://auth.example/authorize",
    "https://auth.example/token",
    registration_endpoint="https://auth.example/register",
)
REGISTER = "POST https://auth.example/register"
REDIRECT = "http://127.0.0.1:6545/callback"
DOCUMENT = "https://mcp-permit.example/client.json"
REMEMBERED = Client("old", origin="registered", redirect_uri=REDIRECT)
ASKED: dict[str, object] = {
    "client_name": "mcp-permit",
    "redirect_uris": [REDIRECT],
    "grant_types": ["authorization_code", "refresh_token"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "application_type": "native",
}


def obtaining(
    server: AuthorizationServer = SERVER,
    *,
    configured: Client | None = None,
    metadata_url: str | None = None,
    remembered: Client | None = None,
    scope: str | None = None,
    bound_to: str | None = None,
) -> Flow[Client]:
    return obtain_client(
        server,
        configured=configured,
        metadata_url=metadata_url,
        remembered=remembered,
        redirect_uri=REDIRECT,
        now=1_000.0,
        scope=scope,
        bound_to=bound_to,
    )


def taking(*methods: str) -> AuthorizationServer:
    return replace(SERVER, token_endpoint_auth_methods_supported=methods)


def test_a_configured_client_comes_first() -> None:
    """MCP 2026-07-28, "Client Registration Approaches"."""
    configured = Client("mine")
    documents = replace(SERVER, client_id_metadata_document_supported=True)
    flow = obtaining(documents, configured=configured, metadata_url=DOCUMENT, remembered=REMEMBERED)
    assert converse(flow) == configured


@pytest.mark.parametrize(
    ("server", "method"),
    [
        (SERVER, "client_secret_basic"),
        (taking(), "client_secret_basic"),
        (taking("client_secret_basic", "client_secret_post"), "client_secret_post"),
        (taking("private_key_jwt", "client_secret_post"), "client_secret_post"),
        (taking("none"), "none"),
    ],
)
def test_a_secret_is_shown_as_the_server_wants_it(server: AuthorizationServer, method: str) -> None:
    """RFC 8414 §2: Basic is the default. A server of public clients only is shown none."""
    client = converse(obtaining(server, configured=Client("mine", "s")))
    assert client == Client("mine", "s", auth_method=method)  # type: ignore[arg-type]  # parametrized


def test_the_profile_can_say_how_its_secret_is_shown() -> None:
    """Ours. Metadata is wrong now and then."""
    configured = Client("mine", "s", auth_method="client_secret_post")
    assert converse(obtaining(taking("client_secret_basic"), configured=configured)) == configured


def test_a_server_that_takes_no_secret_is_not_tried() -> None:
    """Ours."""
    with pytest.raises(RegistrationError, match="only private_key_jwt"):
        converse(obtaining(taking("private_key_jwt"), configured=Client("mine", "s")))


@pytest.mark.parametrize(
    "secret",
    [
        "pbkdf2_sha256$870000$salt$canary",
        "argon2$argon2id$canary",
        "bcrypt_sha256$$2b$canary",
        "scrypt$canary",
    ],
)
def test_the_hash_of_a_secret_is_not_the_secret(secret: str) -> None:
    """systems.md §7.2: Integration Gateway shows the hash after saving, and people copy it."""
    with pytest.raises(RegistrationError, match="password hash") as caught:
        converse(obtaining(configured=Client("mine", secret)))
    assert "canary" not in str(caught.value)
    assert caught.value.hint


def test_a_configured_client_stays_with_its_issuer() -> None:
    """MCP 2026-07-28, SEP-2352: another issuer is an error, not a try."""
    configured = Client("mine", "s", auth_method="client_secret_basic")
    with pytest.raises(RegistrationError, match="belongs to https://first"):
        converse(obtaining(configured=configured, bound_to="https://first.example"))
    assert converse(obtaining(configured=configured, bound_to="https://auth.example")) == configured


def test_a_metadata_document_comes_second() -> None:
    """MCP 2026-07-28, SEP-991: its address is the client id; there is no secret."""
    documents = replace(SERVER, client_id_metadata_document_supported=True)
    client = converse(obtaining(documents, metadata_url=DOCUMENT, remembered=REMEMBERED))
    assert client == Client(DOCUMENT, auth_method="none", origin="metadata-document")


@pytest.mark.parametrize(
    "url",
    [
        "http://mcp-permit.example/client.json",
        "http://localhost/client.json",
        "https://mcp-permit.example",
        "https://mcp-permit.example/",
        "https://mcp-permit.example/a/../client.json",
        "https://mcp-permit.example/%2e/client.json",
        "https://user@mcp-permit.example/client.json",
        "https://mcp-permit.example/client.json#x",
        "client.json",
    ],
)
def test_not_every_address_can_be_a_client_id(url: str) -> None:
    """draft-ietf-oauth-client-id-metadata-document §3."""
    documents = replace(SERVER, client_id_metadata_document_supported=True)
    with pytest.raises(RegistrationError, match="cannot be a client id"):
        converse(obtaining(documents, metadata_url=url))


def test_an_address_with_a_path_can_be_a_client_id() -> None:
    """draft-ietf-oauth-client-id-metadata-document §3: a port and a query may be there."""
    check_metadata_url("https://mcp-permit.example:8443/clients/desktop?v=1")


@pytest.mark.parametrize("redirect_uri", [REDIRECT, None])
def test_a_remembered_client_is_used_where_documents_are_not(redirect_uri: str | None) -> None:
    """Ours. One registration per server, not per start."""
    remembered = replace(REMEMBERED, redirect_uri=redirect_uri, secret_expires_at=1_000.5)
    assert converse(obtaining(metadata_url=DOCUMENT, remembered=remembered)) == remembered


@pytest.mark.parametrize(
    "unusable",
    [
        replace(REMEMBERED, redirect_uri="http://127.0.0.1:9999/callback"),
        replace(REMEMBERED, client_secret="s", secret_expires_at=1_000.0),
    ],
    ids=["another redirect", "expired secret"],
)
def test_a_remembered_client_that_no_longer_fits_is_replaced(unusable: Client) -> None:
    """peers.md behaviour 16; RFC 7591 §3.2.1 (`client_secret_expires_at`)."""
    client = converse(
        obtaining(remembered=unusable), (REGISTER, ASKED, answer(201, {"client_id": "new"}))
    )
    assert client == Client("new", origin="registered", redirect_uri=REDIRECT)


def test_registration_names_the_scope_that_will_be_asked_for() -> None:
    """RFC 7591 §2. Servers on the mcp SDK refuse scopes that were not registered."""
    exchange = (REGISTER, ASKED | {"scope": "a b"}, ok({"client_id": "new"}))
    assert converse(obtaining(scope="a b"), exchange).client_id == "new"


@pytest.mark.parametrize(
    ("methods", "wanted"),
    [
        (("client_secret_basic", "none"), "none"),
        (("client_secret_basic", "client_secret_post"), "client_secret_post"),
        (("client_secret_post",), "client_secret_post"),
        (("private_key_jwt",), "none"),
    ],
)
def test_a_native_client_is_public_where_it_can_be(methods: tuple[str, ...], wanted: str) -> None:
    """RFC 8252 §8.4; RFC 7591 §2."""
    asked = ASKED | {"token_endpoint_auth_method": wanted}
    converse(obtaining(taking(*methods)), (REGISTER, asked, ok({"client_id": "new"})))


@pytest.mark.parametrize(
    ("said", "client"),
    [
        ({"client_secret_expires_at": 0}, Client("new")),
        ({"client_secret": "", "token_endpoint_auth_method": "none"}, Client("new")),
        (
            {"client_secret": "s", "client_secret_expires_at": 5_000},
            Client("new", "s", auth_method="client_secret_basic", secret_expires_at=5_000.0),
        ),
        (
            {"client_secret": "s", "token_endpoint_auth_method": "client_secret_post"},
            Client("new", "s", auth_method="client_secret_post"),
        ),
        (
            {"client_secret": "s", "token_endpoint_auth_method": "none"},
            Client("new", "s", auth_method="none"),
        ),
    ],
)
def test_the_server_decides_what_was_registered(said: dict[str, object], client: Client) -> None:
    """RFC 7591 §3.2.1: it MAY replace what was asked for; 0 means that a secret never expires."""
    registered = replace(client, origin="registered", redirect_uri=REDIRECT)
    assert converse(obtaining(), (REGISTER, answer(201, {"client_id": "new"} | said))) == registered


@pytest.mark.parametrize(
    "said",
    [
        {"token_endpoint_auth_method": "client_secret_basic"},
        {"token_endpoint_auth_method": "private_key_jwt", "client_secret": "canary"},
        {"token_endpoint_auth_method": 7},
    ],
)
def test_a_client_that_cannot_prove_itself_is_no_use(said: dict[str, object]) -> None:
    """Ours."""
    with pytest.raises(RegistrationError, match="has to authenticate by") as caught:
        converse(obtaining(), (REGISTER, ok({"client_id": "new"} | said)))
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("document", [{}, {"client_id": ""}, {"client_id": 7}, [], b"<html>"])
def test_an_answer_without_a_client_id_is_none(document: object) -> None:
    """RFC 7591 §3.2.1: `client_id` is required."""
    with pytest.raises(RegistrationError, match="without a client id"):
        converse(
            obtaining(),
            (REGISTER, ok(document) if document != b"<html>" else answer(200, b"<html>")),
        )


def test_a_refused_redirect_uri_is_named() -> None:
    """RFC 7591 §3.2.2; peers.md behaviour 16."""
    refusal = {"error": "invalid_redirect_uri", "error_description": "https only"}
    with pytest.raises(RegistrationError, match=REDIRECT) as caught:
        converse(obtaining(), (REGISTER, answer(400, refusal)))
    assert "https only" in str(caught.value)
    assert "auth.redirect_uri" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("status", "document", "why"),
    [
        (
            400,
            {"error": "invalid_client_metadata", "error_description": "No"},
            r"No \(invalid_client",
        ),
        (403, b"<html>", "HTTP 403"),
        (404, None, "HTTP 404"),
        (302, None, "HTTP 302"),
    ],
)
def test_a_refused_registration_says_what_to_configure(
    status: int, document: object, why: str
) -> None:
    """MCP 2026-07-28: what is left is to ask the person."""
    with pytest.raises(RegistrationError, match=why) as caught:
        converse(obtaining(), (REGISTER, answer(status, document)))
    assert "auth.client_id" in (caught.value.hint or "")


def test_a_server_without_registration_says_what_to_configure() -> None:
    """systems.md §1.3: Integration Gateway registers nobody."""
    with pytest.raises(RegistrationError, match="does not register") as caught:
        converse(obtaining(replace(SERVER, registration_endpoint=None)))
    assert "auth.client_id" in (caught.value.hint or "")


@pytest.mark.parametrize("status", [429, 500, 503])
def test_an_outage_is_no_refusal(status: int) -> None:
    """protocol.md §2."""
    with pytest.raises(GatewayRefused):
        converse(obtaining(), (REGISTER, answer(status, {"error": "invalid_redirect_uri"})))


def test_no_answer_registers_nobody() -> None:
    """Ours."""
    with pytest.raises(GatewayUnreachable):
        converse(obtaining(), (REGISTER, GatewayUnreachable("No route")))


def test_a_client_for_device_codes_has_no_redirects() -> None:
    """RFC 7591 §2, RFC 8628 §3.4. What was registered for redirects is another client."""
    flow = obtain_client(
        SERVER,
        configured=None,
        metadata_url=None,
        remembered=REMEMBERED,
        redirect_uri="",
        now=1_000.0,
    )
    client = converse(
        flow,
        (
            REGISTER,
            {
                "client_name": "mcp-permit",
                "grant_types": ["urn:ietf:params:oauth:grant-type:device_code", "refresh_token"],
                "response_types": [],
                "token_endpoint_auth_method": "none",
                "application_type": "native",
            },
            ok({"client_id": "new"}),
        ),
    )
    assert client == Client("new", origin="registered", redirect_uri="")
