"""Tokens that are bound to a key: whoever sends one proves that it has the key (RFC 9449).

A proof is a JWT about one request, signed with ES256. Pure: time, randomness and the key
are arguments, and signatures are deterministic (RFC 6979).
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from mcp_proxy.errors import PermitError
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from collections.abc import Callable

    from cryptography.hazmat.primitives.asymmetric import ec

    from mcp_proxy.oauth.http import Flow, HttpRequest, HttpResponse, Result

    Prove = Callable[[HttpRequest, str | None], str]
    """A proof for a request, with the nonce that its server wants."""

SCHEME = "DPoP"
"""The token type, the authentication scheme (§7.1) and the header of a proof (§4.1)."""
ALGORITHM = "ES256"
KEY_BYTES = 32
_NONCE = "dpop-nonce"
_WANTS_NONCE = "use_dpop_nonce"
_REFUSED = (400, 401)


class ProofKey:
    """A key pair of the curve P-256.

    Args:
        secret: the private key as `KEY_BYTES` bytes, in base64url.
    """

    def __init__(self, secret: str) -> None:
        # 15 ms, and few gateways want proofs.
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        number = int.from_bytes(base64.urlsafe_b64decode(secret + "=="))
        self._key = ec.derive_private_key(number, ec.SECP256R1())
        self._head = _encoded({"typ": "dpop+jwt", "alg": ALGORITHM, "jwk": _public(self._key)})

    def proof(
        self,
        method: str,
        url: str,
        *,
        jti: str,
        now: float,
        token: str | None = None,
        nonce: str | None = None,
    ) -> str:
        """The proof for one request (§4.2).

        Args:
            method: of the request.
            url: where it goes; query and fragment are left out.
            jti: unguessable, fresh for each request.
            now: epoch seconds.
            token: the access token that goes along; None at a token endpoint.
            nonce: what the server wants to see in it.
        """
        claims: dict[str, object] = {
            "jti": jti,
            "htm": method,
            "htu": urlunsplit(urlsplit(url)._replace(query="", fragment="")),
            "iat": int(now),
        }
        if token is not None:
            claims["ath"] = _base64(hashlib.sha256(token.encode("ascii")).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        text = f"{self._head}.{_encoded(claims)}"
        return f"{text}.{_base64(_signature(self._key, text.encode()))}"


def secret_of(seed: bytes) -> str:
    """The secret of a `ProofKey` from `KEY_BYTES` random bytes."""
    # A scalar below the order of the curve, and not 0 (SEC 1 §3.2.1): one bit less does it.
    return _base64(bytes([seed[0] & 0x7F, *seed[1:-1], seed[-1] | 1]))


def bound(flow: Flow[Result], endpoint: str, prove: Prove) -> Flow[Result]:
    """`flow`, with a proof in each request to `endpoint`, a token endpoint (§5).

    A server that wants a nonce in it is asked once more, with the nonce (§8).
    """
    nonce: str | None = None
    try:
        request = next(flow)
        while True:
            try:
                response = yield _proven(request, endpoint, prove, nonce)
                if request.url == endpoint and _is_for_a_nonce(response):
                    nonce = response.headers[_NONCE]
                    response = yield _proven(request, endpoint, prove, nonce)
                nonce = response.headers.get(_NONCE, nonce)
            except PermitError as error:
                request = flow.throw(error)
            else:
                request = flow.send(response)
    except StopIteration as end:
        result: Result = end.value
        return result
    finally:
        flow.close()


def _proven(request: HttpRequest, endpoint: str, prove: Prove, nonce: str | None) -> HttpRequest:
    if request.url != endpoint:
        return request
    return replace(request, headers={**request.headers, SCHEME: prove(request, nonce)})


def _is_for_a_nonce(response: HttpResponse) -> bool:
    if response.status not in _REFUSED or _NONCE not in response.headers:
        return False
    return (response.json_object() or {}).get("error") == _WANTS_NONCE


def _public(key: ec.EllipticCurvePrivateKey) -> dict[str, str]:
    """The public key as a JWK (RFC 7518 §6.2.1)."""
    point = key.public_key().public_numbers()
    x, y = (_base64(number.to_bytes(KEY_BYTES)) for number in (point.x, point.y))
    return {"kty": "EC", "crv": "P-256", "x": x, "y": y}


def _signature(key: ec.EllipticCurvePrivateKey, text: bytes) -> bytes:
    """As JWS wants it, two numbers one after the other (RFC 7518 §3.4)."""
    from cryptography.hazmat.primitives import hashes  # noqa: PLC0415 - as in `ProofKey`
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415

    der = key.sign(text, ec.ECDSA(hashes.SHA256(), deterministic_signing=True))
    r, s = utils.decode_dss_signature(der)
    return r.to_bytes(KEY_BYTES) + s.to_bytes(KEY_BYTES)


def _encoded(part: dict[str, object]) -> str:
    return _base64(json.dumps(part, separators=(",", ":")).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
