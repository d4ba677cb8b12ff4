from __future__ import annotations

import asyncio
import base64
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import keyring
import pytest
from keyring.backends import fail

import rings
from desk import GRANT, KEY, PROFILE, Clock, Desk
from mcp_proxy.errors import InsufficientScope, SignInRequired
from mcp_proxy.net.link import Link
from mcp_proxy.oauth.dpop import KEY_BYTES, secret_of
from mcp_proxy.proxy.gateway.access import Access, Session
from mcp_proxy.tokens.proofs import Proofs
from mcp_proxy.tokens.redemption import Redemption
from mcp_proxy.tokens.source import TokenSource
from mcp_proxy.tokens.static import NoTokens, StaticTokens
from mcp_proxy.tokens.store import GrantStore
from net_world import Gateway, answer
from relay_world import header_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from mcp_proxy.proxy.gateway.access import Tokens

SESSION = Session("s1", "2025-06-18")
CHALLENGE = 'WWW-Authenticate: Bearer scope="mcp"'


@asynccontextmanager
async def access_to(gateway: Gateway, tokens: Tokens) -> AsyncIterator[Access]:
    link = Link(gateway.url)
    yield Access(link, tokens, {"X-Team": "blue"})
    link.close()


def test_a_request_carries_token_session_and_the_profiles_own_headers() -> None:
    """MCP 2025-11-25, Session Management and Protocol Version Header; RFC 6750 §2.1."""

    async def scenario() -> None:
        async with (
            Gateway(answer(b"{}")) as gateway,
            access_to(gateway, StaticTokens("abc")) as access,
        ):
            wanted = (("Accept", "text/event-stream"),)
            await (await access.send("GET", None, SESSION, wanted)).read()
            await (await access.send("POST", b"{}", Session(None, "2025-03-26"), ())).read()
            await (await access.send_once("DELETE", SESSION)).read()
            full, sessionless, last = gateway.requests
            assert header_of(full, "Authorization") == "Bearer abc"
            assert header_of(full, "Mcp-Session-Id") == "s1"
            assert header_of(full, "MCP-Protocol-Version") == "2025-06-18"
            assert header_of(full, "Accept") == "text/event-stream"
            assert header_of(full, "X-Team") == "blue"
            assert header_of(sessionless, "Mcp-Session-Id") is None
            assert header_of(sessionless, "MCP-Protocol-Version") == "2025-03-26"
            assert last.startswith(b"DELETE ")
            assert header_of(last, "Authorization") == "Bearer abc"

    asyncio.run(scenario())


@pytest.mark.parametrize(("tokens", "refused"), [(NoTokens(), None), (StaticTokens("abc"), "abc")])
def test_a_401_that_no_token_helps_against_brings_its_challenge(
    tokens: Tokens, refused: str | None
) -> None:
    """MCP 2025-11-25, Authorization: the challenge is what a sign-in begins with."""

    async def scenario() -> None:
        gone = answer(b"", CHALLENGE, status="401 Unauthorized")
        async with Gateway(gone) as gateway, access_to(gateway, tokens) as access:
            with pytest.raises(SignInRequired) as required:
                await access.send("POST", b"{}", None, ())
            assert required.value.refused == refused
            assert dict(required.value.challenge or {})["www-authenticate"].endswith('"mcp"')
            assert len(gateway.requests) == 1, "the same token is not sent twice"

    asyncio.run(scenario())


def test_a_token_that_was_taken_before_is_told_from_one_that_never_was() -> None:
    """Ours: a sign-in whose token has served is not refused when that token ends."""

    async def scenario() -> None:
        gone = answer(b"", CHALLENGE, status="401 Unauthorized")
        async with (
            Gateway(gone, answer(b"{}"), gone) as gateway,
            access_to(gateway, StaticTokens("abc")) as access,
        ):
            found = []
            for _ in range(2):
                with pytest.raises(SignInRequired) as required:
                    await access.send("POST", b"{}", None, ())
                found.append(required.value.was_taken)
                if len(found) == 1:
                    await (await access.send("POST", b"{}", None, ())).read()
            assert found == [False, True]

    asyncio.run(scenario())


def test_a_403_that_wants_more_scope_is_a_step_up_and_any_other_is_a_reply() -> None:
    """MCP 2025-11-25, Scope Challenge Handling; systems.md §7.2 for the other."""

    async def scenario() -> None:
        more = 'WWW-Authenticate: Bearer error="insufficient_scope", scope="write"'
        answers = (answer(b"", more, status="403 Forbidden"), answer(b"no", status="403 Forbidden"))
        async with (
            Gateway(*answers) as gateway,
            access_to(gateway, StaticTokens("abc")) as access,
        ):
            with pytest.raises(InsufficientScope) as required:
                await access.send("POST", b"{}", SESSION, ())
            assert required.value.scope == "write"
            assert required.value.refused == "abc"
            reply = await access.send("POST", b"{}", SESSION, ())
            assert (reply.status, await reply.read()) == (403, b"no")

    asyncio.run(scenario())


GONE = answer(b"", CHALLENGE, status="401 Unauthorized")


@pytest.fixture
def world(tmp_path: Path) -> Iterator[Callable[[float], TokenSource]]:
    """Tokens of a sign-in whose server gives each a life of so many seconds."""
    before = keyring.get_keyring()
    rings.choose(fail.Keyring)

    def signed_in(life_seconds: float) -> TokenSource:
        clock = Clock()
        desk, store = Desk(clock), GrantStore(tmp_path / "vault", clock)
        desk.life_seconds = life_seconds
        store.save(KEY, GRANT, configured_client_id=None)
        return TokenSource(store, PROFILE, Redemption(store, desk.renew), clock)

    yield signed_in
    keyring.set_keyring(before)


def sent(gateway: Gateway) -> list[str | None]:
    """The tokens that came."""
    return [header_of(request, "Authorization") for request in gateway.requests]


def test_a_token_that_ended_on_its_way_is_replaced_once_more(
    world: Callable[[float], TokenSource],
) -> None:
    """Ours: tokens of a second. No page is opened for them."""

    async def scenario() -> None:
        async with Gateway(GONE, GONE, GONE, answer(b"{}")) as gateway:
            async with access_to(gateway, world(0.0)) as access:
                assert (await access.send("POST", b"{}", SESSION, ())).status == 200
            assert sent(gateway) == [f"Bearer access-{number}" for number in range(1, 5)]

    asyncio.run(scenario())


def test_tokens_that_always_end_on_their_way_end_too(
    world: Callable[[float], TokenSource],
) -> None:
    """Ours."""

    async def scenario() -> None:
        async with Gateway(GONE) as gateway:
            async with access_to(gateway, world(0.0)) as access:
                with pytest.raises(SignInRequired):
                    await access.send("POST", b"{}", SESSION, ())
            assert len(gateway.requests) == 4

    asyncio.run(scenario())


def test_a_gateway_that_refuses_what_is_new_costs_no_renewal_for_each_call(
    world: Callable[[float], TokenSource],
) -> None:
    """peers.md §8, behaviour 10. Each call asks it once more: it may be well again."""

    async def scenario() -> None:
        async with Gateway(GONE) as gateway:
            async with access_to(gateway, world(3_600.0)) as access:
                for _ in range(3):
                    with pytest.raises(SignInRequired) as required:
                        await access.send("POST", b"{}", SESSION, ())
                    assert required.value.challenge
                    assert required.value.refused == "access-2"
            first, second = "Bearer access-1", "Bearer access-2"
            assert sent(gateway) == [first, second, second, None]

    asyncio.run(scenario())


class Bound(StaticTokens):
    """A token that is bound to a key."""

    def __init__(self, url: str) -> None:
        super().__init__("abc")
        self.proofs = Proofs(url, secret_of(b"\x07" * KEY_BYTES))  # type: ignore[assignment]


def claims_of(request: bytes) -> dict[str, Any]:
    """What the proof of a request says."""
    proof = header_of(request, "DPoP")
    assert proof is not None
    part = proof.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(part + "=="))
    return claims


def test_a_bound_token_goes_with_a_fresh_proof_each_time() -> None:
    """RFC 9449 §7.1 and §11.1; the headers themselves are at hand as always."""

    async def scenario() -> None:
        async with (
            Gateway(answer(b"{}")) as gateway,
            access_to(gateway, Bound(gateway.url)) as access,
        ):
            for method in ("POST", "POST", "GET"):
                await (await access.send(method, None, SESSION, ())).read()
            await (await access.send_once("DELETE", SESSION)).read()
            assert {header_of(one, "Authorization") for one in gateway.requests} == {"DPoP abc"}
            claims = [claims_of(request) for request in gateway.requests]
            assert [one["htm"] for one in claims] == ["POST", "POST", "GET", "DELETE"]
            assert {one["htu"] for one in claims} == {gateway.url}
            assert len({one["jti"] for one in claims}) == 4

    asyncio.run(scenario())


def test_a_gateway_that_wants_a_nonce_is_asked_once_more_with_it() -> None:
    """RFC 9449 §9. That is no refusal of the token; the next request has it from the first."""
    wanted = ('WWW-Authenticate: DPoP error="use_dpop_nonce"', "DPoP-Nonce: n1")

    async def scenario() -> None:
        ask = answer(b"", *wanted, status="401 Unauthorized")
        async with (
            Gateway(ask, answer(b"{}")) as gateway,
            access_to(gateway, Bound(gateway.url)) as access,
        ):
            for _ in range(2):
                assert (await access.send("POST", b"{}", SESSION, ())).status == 200
            nonces = [claims_of(request).get("nonce") for request in gateway.requests]
            assert nonces == [None, "n1", "n1"]

    asyncio.run(scenario())
