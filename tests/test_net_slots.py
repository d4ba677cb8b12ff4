from __future__ import annotations

import asyncio

import pytest

from mcp_proxy.net.slots import Slots
from net_world import turns


def test_places_are_taken_and_given_back() -> None:
    """Ours. Without waiting, as long as there are any."""
    slots = Slots(2)
    assert [slots.take_now() for _ in range(3)] == [True, True, False]
    slots.give()
    assert [slots.take_now() for _ in range(2)] == [True, False]


def test_who_waits_is_served_in_order_and_before_who_does_not() -> None:
    """Ours."""

    async def scenario() -> None:
        slots, served = Slots(1), []

        async def visitor(name: str) -> None:
            async with slots:
                served.append(name)
                await turns()

        async with slots:
            visitors = [asyncio.create_task(visitor(name)) for name in "abc"]
            await turns()
            assert served == []
        assert not slots.take_now()
        await asyncio.gather(*visitors)
        assert served == ["a", "b", "c"]
        assert slots.take_now()

    asyncio.run(scenario())


@pytest.mark.parametrize("is_late", [False, True])
def test_who_stops_waiting_keeps_no_place(*, is_late: bool) -> None:
    """Ours. Not even where the place came in the same moment."""

    async def scenario() -> None:
        slots = Slots(1)
        await slots.take()
        first = asyncio.create_task(slots.take())
        await turns()
        if is_late:
            slots.give()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        if not is_late:
            slots.give()
        assert slots.take_now()

    asyncio.run(scenario())


def test_a_place_passes_over_who_has_just_gone() -> None:
    """Ours. Cancelled, and not yet run."""

    async def scenario() -> None:
        slots = Slots(1)
        await slots.take()
        gone, next_one = (asyncio.create_task(slots.take()) for _ in range(2))
        await turns()
        gone.cancel()
        slots.give()
        await next_one
        with pytest.raises(asyncio.CancelledError):
            await gone
        assert not slots.take_now()
        slots.give()
        assert slots.take_now()

    asyncio.run(scenario())
