"""A client that proves itself by signing (RFC 7523 §2.2 and §3, `private_key_jwt`).

The key stays where the profile says it lies; a signature is made for one request and kept
nowhere. Pure: time and randomness are arguments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.errors import ConfigError
from mcp_proxy.oauth.refusal import printable
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from mcp_proxy.oauth.model import AuthorizationServer, Client

LIFE_SECONDS = 300
"""How long an assertion is good: enough for clocks that differ by minutes."""

# JWS algorithms by kind of key, in the order of choice (RFC 7518 §3.1, RFC 8037, RFC 9864).
# EdDSA is the older name of Ed25519's and the one that servers know.
_ALGORITHMS = {
    "RSA": ("RS256", "PS256", "RS384", "PS384", "RS512", "PS512"),
    "secp256r1": ("ES256",),
    "secp384r1": ("ES384",),
    "secp521r1": ("ES512",),
    "Ed25519": ("EdDSA", "Ed25519"),
}


def with_algorithm(client: Client, key: str, server: AuthorizationServer) -> Client:
    """`client` with the algorithm that its key and `server` agree on.

    Args:
        client: one with `private_key_jwt`.
        key: its private key, as PEM without a password.
        server: what it advertises decides; nothing advertised allows all.

    Raises:
        ConfigError: the key cannot be used, at all or there.
    """
    kind = _kind(key)
    supported = server.token_endpoint_auth_signing_alg_values_supported
    for algorithm in _ALGORITHMS[kind]:
        if supported is None or algorithm in supported:
            return replace(client, signing_algorithm=algorithm)
    raise ConfigError(
        f"{server.issuer} takes no signature of a key of the kind {kind}",
        key="auth.client_key",
        hint=f"Register a key there for one of {printable(', '.join(supported or ()))}",
    )


def with_assertion(client: Client, key: str, issuer: str, *, jti: str, now: float) -> Client:
    """`client` with the proof of one request.

    Args:
        client: one that `with_algorithm` gave.
        key: its private key, as PEM without a password.
        issuer: for whom the proof is; draft-ietf-oauth-rfc7523bis §4 wants the issuer, so
            that no other server can use it.
        jti: unguessable, fresh for each request.
        now: epoch seconds.

    Raises:
        ConfigError: the key cannot be used.
    """
    # 100 ms, and few profiles sign.
    import warnings  # noqa: PLC0415

    from joserfc import jwk, jwt  # noqa: PLC0415

    loaded: jwk.Key
    match _kind(key):
        case "RSA":
            loaded = jwk.RSAKey.import_key(key)
        case "Ed25519":
            loaded = jwk.OKPKey.import_key(key)
        case _:
            loaded = jwk.ECKey.import_key(key)
    algorithm = client.signing_algorithm or ""
    claims = {
        "iss": client.client_id,
        "sub": client.client_id,
        "aud": issuer,
        "iat": int(now),
        "exp": int(now) + LIFE_SECONDS,
        "jti": jti,
    }
    with warnings.catch_warnings():
        # RFC 9864 renames EdDSA, and joserfc says so each time.
        warnings.simplefilter("ignore")
        assertion = jwt.encode({"alg": algorithm}, claims, loaded, algorithms=[algorithm])
    return replace(client, assertion=assertion)


def without_assertion(client: Client) -> Client:
    """`client` as it may be kept."""
    return replace(client, assertion=None)


def _kind(key: str) -> str:
    """What `_ALGORITHMS` calls the kind of `key`."""
    # 30 ms, and few profiles sign.
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa  # noqa: PLC0415
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415

    try:
        found = load_pem_private_key(key.encode(), password=None)
    except TypeError:
        raise _unusable("has a password", "Store it without one, readable by you alone") from None
    except (ValueError, UnsupportedAlgorithm):
        raise _unusable("is no private key in PEM", _PEM) from None
    match found:
        case rsa.RSAPrivateKey():
            kind = "RSA"
        case ec.EllipticCurvePrivateKey():
            kind = found.curve.name
        case ed25519.Ed25519PrivateKey():
            kind = "Ed25519"
        case _:
            kind = "unknown"
    if kind not in _ALGORITHMS:
        raise _unusable("is of a kind that signs no JWT", f"One of {', '.join(_ALGORITHMS)} does")
    return kind


_PEM = "It begins with -----BEGIN PRIVATE KEY-----; openssl pkcs8 -topk8 -nocrypt converts others"


def _unusable(what: str, hint: str) -> ConfigError:
    return ConfigError(f"The client key {what}", key="auth.client_key", hint=hint)
