"""A client that proves itself by signing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwk, jwt

from mcp_proxy.errors import ConfigError
from mcp_proxy.oauth.assertion import (
    LIFE_SECONDS,
    with_algorithm,
    with_assertion,
    without_assertion,
)
from mcp_proxy.oauth.model import AuthorizationServer, Client

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes

ISSUER = "https://auth.example"
SERVER = AuthorizationServer(ISSUER, None, f"{ISSUER}/token")
CLIENT = Client("robot", auth_method="private_key_jwt")

RSA = rsa.generate_private_key(65537, 2048)
P256 = ec.generate_private_key(ec.SECP256R1())
ED25519 = ed25519.Ed25519PrivateKey.generate()


def pem(key: PrivateKeyTypes, kind: PrivateFormat = PrivateFormat.PKCS8) -> str:
    return key.private_bytes(Encoding.PEM, kind, NoEncryption()).decode()


def public(key: PrivateKeyTypes) -> str:
    whole = Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(*whole).decode()


def taking(*algorithms: str) -> AuthorizationServer:
    return replace(SERVER, token_endpoint_auth_signing_alg_values_supported=algorithms)


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSA, "RS256"),
        (P256, "ES256"),
        (ec.generate_private_key(ec.SECP384R1()), "ES384"),
        (ec.generate_private_key(ec.SECP521R1()), "ES512"),
        (ED25519, "EdDSA"),
    ],
)
def test_the_key_decides_the_algorithm(key: PrivateKeyTypes, algorithm: str) -> None:
    """RFC 7518 §3.1, RFC 8037 §3.1. A server that names none takes what fits the key."""
    assert with_algorithm(CLIENT, pem(key), SERVER).signing_algorithm == algorithm


@pytest.mark.parametrize(
    ("key", "taken", "algorithm"),
    [
        (RSA, ("PS256", "ES256"), "PS256"),
        (RSA, ("ES256", "RS384", "RS256"), "RS256"),
        (ED25519, ("Ed25519",), "Ed25519"),
    ],
)
def test_the_server_has_its_say(
    key: PrivateKeyTypes, taken: tuple[str, ...], algorithm: str
) -> None:
    """RFC 8414 §2, `token_endpoint_auth_signing_alg_values_supported`."""
    assert with_algorithm(CLIENT, pem(key), taking(*taken)).signing_algorithm == algorithm


def test_a_key_that_the_server_does_not_take_is_named() -> None:
    """Ours. Before anything is sent."""
    with pytest.raises(ConfigError, match="of the kind RSA") as caught:
        with_algorithm(CLIENT, pem(RSA), taking("ES256", "none"))
    assert caught.value.key == "auth.client_key"
    assert "ES256, none" in str(caught.value.hint)


def test_an_algorithm_is_never_none() -> None:
    """RFC 8414 §2: the value `none` MUST NOT be used."""
    with pytest.raises(ConfigError):
        with_algorithm(CLIENT, pem(P256), taking("none"))


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        (RSA, jwk.RSAKey.import_key),
        (P256, jwk.ECKey.import_key),
        (ED25519, jwk.OKPKey.import_key),
    ],
)
def test_an_assertion_says_who_to_whom_and_until_when(key: PrivateKeyTypes, kind: Any) -> None:
    """RFC 7523 §3; draft-ietf-oauth-rfc7523bis §4: for the issuer and nobody else."""
    client = with_algorithm(CLIENT, pem(key), taking("RS256", "ES256", "Ed25519"))
    proven = with_assertion(client, pem(key), ISSUER, jti="once", now=1_000.7)
    assert proven.signing_algorithm is not None
    token = jwt.decode(
        str(proven.assertion), kind(public(key)), algorithms=[proven.signing_algorithm]
    )
    assert token.header["alg"] == proven.signing_algorithm
    assert token.claims == {
        "iss": "robot",
        "sub": "robot",
        "aud": ISSUER,
        "iat": 1_000,
        "exp": 1_000 + LIFE_SECONDS,
        "jti": "once",
    }


def test_the_older_name_of_a_signature_is_no_news() -> None:
    """RFC 9864. Warnings are errors in these tests."""
    client = with_algorithm(CLIENT, pem(ED25519), taking("EdDSA"))
    assert with_assertion(client, pem(ED25519), ISSUER, jti="1", now=1.0).assertion


def test_older_kinds_of_pem_are_read() -> None:
    """RFC 8017 appendix C, RFC 5915: what OpenSSL wrote for decades."""
    for key in (RSA, P256):
        assert with_algorithm(CLIENT, pem(key, PrivateFormat.TraditionalOpenSSL), SERVER)


def test_a_proof_is_not_kept_and_not_shown() -> None:
    """Ours: it would be a credential for five minutes."""
    client = with_algorithm(CLIENT, pem(P256), SERVER)
    proven = with_assertion(client, pem(P256), ISSUER, jti="1", now=1.0)
    assert str(proven.assertion) not in repr(proven)
    assert without_assertion(proven) == client


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (public(P256), "no private key"),
        ("canary", "no private key"),
        ("-----BEGIN PRIVATE KEY-----\ncanary\n-----END PRIVATE KEY-----\n", "no private key"),
        (pem(x25519.X25519PrivateKey.generate()), "signs no JWT"),
        (pem(ec.generate_private_key(ec.SECP256K1())), "signs no JWT"),
        (
            P256.private_bytes(
                Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"canary")
            ).decode(),
            "has a password",
        ),
    ],
)
def test_what_cannot_sign_is_refused_with_the_reason(text: str, complaint: str) -> None:
    """Ours. The key itself is never quoted."""
    with pytest.raises(ConfigError, match=complaint) as caught:
        with_algorithm(CLIENT, text, SERVER)
    assert caught.value.hint
    assert "canary" not in str(caught.value) + str(caught.value.hint)
