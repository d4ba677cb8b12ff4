"""A sign-in whose tokens are bound to a key, against a server that checks it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwk, jws

from mcp_proxy.config.model import Auth, SecretRef
from mcp_proxy.errors import TokenRefused
from mcp_proxy.login.proof import new_secret, performer, require_key
from mcp_proxy.login.renew import renew
from mcp_proxy.login.sign_in import sign_in
from mcp_proxy.net.http import Web
from mcp_proxy.oauth.model import TokenSet
from mcp_proxy.tokens.store import GrantStore
from net_world import Gateway, answer
from relay_world import header_of, home, profile
from sign_in_world import Person

if TYPE_CHECKING:
    from pathlib import Path

    from mcp_proxy.config.model import Profile


class Strict:
    """A gateway that wants bound tokens and, at the same place, a server that gives them."""

    def __init__(self, **metadata: object) -> None:
        self.metadata = metadata
        self.proofs: list[dict[str, Any]] = []
        self.keys: set[str] = set()

    async def play(self, writer: asyncio.StreamWriter, gateway: Gateway) -> None:
        request = gateway.requests[-1]
        path = request.split(b" ")[1].decode()
        origin = gateway.url.removesuffix("/mcp")
        if path.startswith("/.well-known/oauth-protected-resource"):
            found = {"resource": gateway.url, "authorization_servers": [origin]} | self.metadata
        elif path.startswith("/.well-known/"):
            found = {
                "issuer": origin,
                "token_endpoint": f"{origin}/token",
                "dpop_signing_alg_values_supported": ["ES256"],
            } | self.metadata
        else:
            writer.write(self._tokens(request, f"{origin}/token"))
            return
        writer.write(answer(json.dumps(found).encode(), "Content-Type: application/json"))

    def _tokens(self, request: bytes, endpoint: str) -> bytes:
        proof = header_of(request, "DPoP")
        if proof is None:
            return answer(b'{"access_token": "a", "token_type": "Bearer"}')
        key = jws.extract_compact(proof.encode()).protected["jwk"]
        found = jws.deserialize_compact(proof, jwk.ECKey.import_key(key), ["ES256"])
        claims = json.loads(found.payload or b"")
        assert (claims["htm"], claims["htu"]) == ("POST", endpoint)
        self.proofs.append(claims)
        self.keys.add(key["x"])
        if claims.get("nonce") != "n1":
            refusal = b'{"error": "use_dpop_nonce"}'
            return answer(refusal, "DPoP-Nonce: n1", status="400 Bad Request")
        return answer(b'{"access_token": "a", "token_type": "DPoP"}')


def robot(url: str) -> Profile:
    """A service account: the shortest of all sign-ins."""
    secret = SecretRef("env", "ROBOT_SECRET")
    return profile(url, auth=Auth("client-credentials", client_id="me", client_secret=secret))


CHALLENGE = {"www-authenticate": "DPoP"}


def test_a_gateway_that_wants_bound_tokens_gets_them_and_the_key_lies_with_the_grant(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 9449 §5 and §8. A renewal proves the same key."""
    monkeypatch.setenv("ROBOT_SECRET", "s3cret")
    strict = Strict()

    async def scenario() -> None:
        async with Gateway(strict.play) as gateway:
            chosen, where = robot(gateway.url), home(tmp_path)
            grant = await sign_in(chosen, where, on_waiting=Person().open, challenge=CHALLENGE)
            assert grant.tokens.token_type == "DPoP"
            assert grant.proof_key is not None
            assert grant.proof_key not in repr(grant)
            store = GrantStore(where.vault)
            found = store.find(chosen.url, chosen.account, "me")
            assert found is not None
            assert found[1] == grant
            renewed = await renew(chosen, store, grant)
            assert renewed.proof_key == grant.proof_key
        assert [claims.get("nonce") for claims in strict.proofs] == [None, "n1"] * 2
        assert len({claims["jti"] for claims in strict.proofs}) == 4
        assert len(strict.keys) == 1

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("challenge", "metadata", "is_bound"),
    [
        ("DPoP", {}, True),
        ("Bearer", {}, False),
        ("Bearer", {"dpop_bound_access_tokens_required": True}, True),
        ("DPoP", {"dpop_signing_alg_values_supported": ["RS256"]}, False),
        ("DPoP", {"dpop_signing_alg_values_supported": None}, False),
    ],
)
def test_tokens_are_bound_where_the_gateway_wants_it_and_the_server_can(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    challenge: str,
    metadata: dict[str, object],
    *,
    is_bound: bool,
) -> None:
    """Ours: many servers could, before gateways that know Bearer tokens alone."""
    monkeypatch.setenv("ROBOT_SECRET", "s3cret")

    async def scenario() -> None:
        async with Gateway(Strict(**metadata).play) as gateway:
            grant = await sign_in(
                robot(gateway.url),
                home(tmp_path),
                on_waiting=Person().open,
                challenge={"www-authenticate": challenge},
            )
        assert grant.tokens.token_type == ("DPoP" if is_bound else "Bearer")
        assert (grant.proof_key is not None) == is_bound

    asyncio.run(scenario())


def test_a_token_that_was_bound_unasked_cannot_be_used() -> None:
    """RFC 9449 §5: there is no key that it could be bound to."""
    with pytest.raises(TokenRefused, match="unasked"):
        require_key(TokenSet("a", token_type="DPoP"), None)
    assert require_key(TokenSet("a", token_type="DPoP"), "key").access_token == "a"
    assert require_key(TokenSet("a"), None).access_token == "a"


def test_each_sign_in_has_a_key_of_its_own() -> None:
    """Ours: two identities must not be known as one by their key."""
    assert new_secret() != new_secret()
    assert len(base64.urlsafe_b64decode(new_secret() + "==")) == 32


def test_without_a_key_nothing_is_proven() -> None:
    """Ours."""
    web = Web()
    assert performer(web, "https://as.example/token", None) is web
