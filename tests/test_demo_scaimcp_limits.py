"""The rate limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mcp_proxy.demo.scaimcp.switches import ScaiFaults
from scai_person import in_world, post, rest

if TYPE_CHECKING:
    from mcp_proxy.demo.scaimcp.world import ScaiWorld

LOW = {"key": 5, "user": 5, "tenant": 1000, "partner": 5000}


def test_the_documented_limits_are_those_of_a_new_world() -> None:
    """SC-RATE: key 60, user 120, tenant 1000, partner 5000 in a minute."""
    assert ScaiFaults().limits == {"key": 60, "user": 120, "tenant": 1000, "partner": 5000}


def test_one_too_many_is_told_when_to_come_again_and_may_then() -> None:
    """SC-RATE: sliding, 429, Retry-After and three headers."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key("user")
        for left in (4, 3, 2, 1, 0):
            good = await post(world, key, "tools/list")
            assert good.headers["x-scaigrid-ratelimit-limit"] == "5"
            assert good.headers["x-scaigrid-ratelimit-remaining"] == str(left)
        world.clock.advance(20)
        for _ in range(3):
            refused = await post(world, key, "tools/list")
            assert refused.status_code == 429
        error = refused.json()["error"]
        assert error["code"] == "RATE_LIMITED"
        wait = int(refused.headers["retry-after"])
        assert wait == error["retry_after"] == int(refused.headers["x-scaigrid-ratelimit-reset"])
        assert 30 <= wait <= 40
        world.clock.advance(wait)
        again = await post(world, key, "tools/list")
        # What was refused has used nothing up.
        assert again.headers["x-scaigrid-ratelimit-remaining"] == "4"
        assert world.counters.posts == {"tools/list": 6}

    in_world(scenario, faults=ScaiFaults(limits=LOW))


def test_mcp_and_rest_share_the_windows_and_one_user_has_one_for_all_keys() -> None:
    """SC-ADV: MCP counts as REST does."""

    async def scenario(world: ScaiWorld) -> None:
        one, other = world.key("user"), world.key("user")
        for _ in range(3):
            await post(world, one, "tools/list")
        for _ in range(2):
            await rest(world, other, "/v1/modules/scaimcp/tools")
        assert (await rest(world, other, "/v1/modules/scaimcp/tools")).status_code == 429
        assert (await post(world, world.key("viewer"), "tools/list")).status_code == 200

    in_world(scenario, faults=ScaiFaults(limits=LOW))


def test_who_is_not_known_is_refused_and_not_counted() -> None:
    """Ours."""

    async def scenario(world: ScaiWorld) -> None:
        for token in (None, "sgk_unknown"):
            answer = await post(world, token, "tools/list")
            assert answer.status_code == 401
            assert "x-scaigrid-ratelimit-limit" not in answer.headers

    in_world(scenario)
