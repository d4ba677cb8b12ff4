from __future__ import annotations

import asyncio

import pytest

from mcp_proxy.errors import OutcomeUnknown
from mcp_proxy.proxy.gateway.limits import REQUESTS, Limits


def test_a_wait_without_a_sign_of_life_ends() -> None:
    """peers.md §8, behaviour 21: a limit for each call, with an answer that explains."""

    async def scenario() -> None:
        async with Limits(0.001).deadline():
            await asyncio.Event().wait()

    with pytest.raises(OutcomeUnknown, match=r"no sign of life for 0\.001 s") as raised:
        asyncio.run(scenario())
    assert raised.value.hint == "The request may still be carried out"


def test_a_wait_may_be_shorter_than_the_patience() -> None:
    """Ours: a probe is not a call."""

    async def scenario() -> None:
        async with Limits(3600.0).deadline(0.001):
            await asyncio.Event().wait()

    with pytest.raises(OutcomeUnknown, match=r"0\.001 s"):
        asyncio.run(scenario())


def test_a_sign_of_life_moves_the_end() -> None:
    """peers.md §8, behaviour 21: extended by progress."""

    async def scenario() -> tuple[float, float]:
        limits = Limits(60.0)
        async with limits.deadline() as limit:
            before = limit.when()
            await asyncio.get_running_loop().run_in_executor(None, lambda: None)
            limits.extend(limit)
            after = limit.when()
        assert before is not None
        assert after is not None
        return before, after

    before, after = asyncio.run(scenario())
    assert before < after


def test_some_connections_are_left_for_what_is_no_request() -> None:
    """Ours: cancellations, a person's answers, the gateway's own stream."""

    limits = Limits(1.0)
    assert all(limits.places.take_now() for _ in range(REQUESTS))
    assert not limits.places.take_now()
