"""Proofs of a key, judged by another library, and the conversations that carry them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from joserfc import jwk, jws

from mcp_proxy.errors import GatewayUnreachable
from mcp_proxy.oauth.dpop import KEY_BYTES, ProofKey, bound, secret_of
from mcp_proxy.oauth.http import HttpRequest, HttpResponse

if TYPE_CHECKING:
    from mcp_proxy.oauth.http import Flow

SECRET = secret_of(bytes(range(KEY_BYTES)))
ENDPOINT = "https://as.example/token"


def read(proof: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a proof whose signature fits the key that it names."""
    header = jws.extract_compact(proof.encode()).protected
    found = jws.deserialize_compact(proof, jwk.ECKey.import_key(header["jwk"]), ["ES256"])
    return header, json.loads(found.payload or b"")


def test_a_proof_names_its_key_and_its_request() -> None:
    """RFC 9449 §4.2: no query, no fragment, no private key."""
    proof = ProofKey(SECRET).proof("POST", "https://gw.example/mcp?a=1#b", jti="j1", now=12.9)
    header, claims = read(proof)
    assert claims == {"jti": "j1", "htm": "POST", "htu": "https://gw.example/mcp", "iat": 12}
    assert (header["typ"], header["alg"]) == ("dpop+jwt", "ES256")
    assert header["jwk"].keys() == {"kty", "crv", "x", "y"}


def test_a_proof_for_a_token_holds_its_hash_and_the_nonce_that_is_wanted() -> None:
    """RFC 9449 §4.2, with the token and the hash of its §7.1; §9."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    proof = ProofKey(SECRET).proof("GET", ENDPOINT, jti="j", now=1.0, token=token, nonce="n1")
    _, claims = read(proof)
    assert claims["ath"] == "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo"
    assert claims["nonce"] == "n1"


def test_one_secret_is_one_key_and_another_one_another() -> None:
    """RFC 9449 §5: a refresh token of a public client works with the same key alone."""
    keys = [
        read(ProofKey(secret).proof("GET", ENDPOINT, jti="j", now=1.0))[0]["jwk"]
        for secret in (SECRET, SECRET, secret_of(b"\x07" * KEY_BYTES))
    ]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.parametrize("seed", [b"\x00" * KEY_BYTES, b"\xff" * KEY_BYTES])
def test_all_random_bytes_make_a_key(seed: bytes) -> None:
    """SEC 1 §3.2.1: not 0, and below the order of the curve."""
    assert read(ProofKey(secret_of(seed)).proof("GET", ENDPOINT, jti="j", now=1.0))


def prove(request: HttpRequest, nonce: str | None) -> str:
    """A proof that tells what it is for."""
    return f"{request.method} {nonce}"


def asking(*requests: HttpRequest) -> Flow[list[HttpResponse]]:
    """A conversation of so many requests; its answers."""
    found = []
    for request in requests:
        found.append((yield request))  # noqa: PERF401 - a comprehension cannot yield
    return found


TOKEN = HttpRequest("POST", ENDPOINT, {"Accept": "application/json"}, b"grant_type=x")
OK = HttpResponse(200, {}, b"{}")


def wants_nonce(nonce: str, status: int = 400) -> HttpResponse:
    return HttpResponse(status, {"dpop-nonce": nonce}, b'{"error": "use_dpop_nonce"}')


def test_requests_to_the_token_endpoint_bring_proofs_and_others_none() -> None:
    """RFC 9449 §5."""
    other = HttpRequest("GET", "https://gw.example/meta", {"Accept": "*/*"})
    flow = bound(asking(other, TOKEN), ENDPOINT, prove)
    assert next(flow) == other
    sent = flow.send(OK)
    assert sent.headers == {"Accept": "application/json", "DPoP": "POST None"}
    assert (sent.method, sent.url, sent.body) == (TOKEN.method, TOKEN.url, TOKEN.body)
    with pytest.raises(StopIteration) as end:
        flow.send(OK)
    assert end.value.value == [OK, OK]


@pytest.mark.parametrize("status", [400, 401])
def test_a_server_that_wants_a_nonce_is_asked_once_more(status: int) -> None:
    """RFC 9449 §8. What it says then is its answer, another wish for a nonce included."""
    flow = bound(asking(TOKEN, TOKEN), ENDPOINT, prove)
    next(flow)
    assert flow.send(wants_nonce("n1", status)).headers["DPoP"] == "POST n1"
    again = wants_nonce("n2")
    assert flow.send(again).headers["DPoP"] == "POST n2"
    with pytest.raises(StopIteration) as end:
        flow.send(OK)
    assert end.value.value == [again, OK]


def test_a_nonce_is_used_until_another_one_comes() -> None:
    """RFC 9449 §8.2."""
    flow = bound(asking(TOKEN, TOKEN, TOKEN), ENDPOINT, prove)
    next(flow)
    assert flow.send(HttpResponse(200, {"dpop-nonce": "n1"})).headers["DPoP"] == "POST n1"
    assert flow.send(OK).headers["DPoP"] == "POST n1"


@pytest.mark.parametrize(
    "answer",
    [
        HttpResponse(400, {}, b'{"error": "use_dpop_nonce"}'),
        HttpResponse(400, {"dpop-nonce": "n"}, b'{"error": "invalid_grant"}'),
        HttpResponse(400, {"dpop-nonce": "n"}, b"<html>"),
        HttpResponse(200, {"dpop-nonce": "n"}, b'{"error": "use_dpop_nonce"}'),
    ],
)
def test_nothing_else_is_asked_again(answer: HttpResponse) -> None:
    """Ours: a refresh token is spent once."""
    flow = bound(asking(TOKEN), ENDPOINT, prove)
    next(flow)
    with pytest.raises(StopIteration) as end:
        flow.send(answer)
    assert end.value.value == [answer]


def test_a_lost_answer_reaches_the_conversation() -> None:
    """Ours: it may have more to say."""

    def patient() -> Flow[str]:
        try:
            yield TOKEN
        except GatewayUnreachable:
            yield TOKEN
        return "done"

    flow = bound(patient(), ENDPOINT, prove)
    next(flow)
    assert flow.throw(GatewayUnreachable("no answer")).headers["DPoP"] == "POST None"
    with pytest.raises(StopIteration) as end:
        flow.send(OK)
    assert end.value.value == "done"
