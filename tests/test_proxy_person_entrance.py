from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.errors import AuthorizationRefused, SignInRequired
from mcp_proxy.login.person import SignInPage
from mcp_proxy.proxy.person.entrance import Entrance

if TYPE_CHECKING:
    from mcp_proxy.proxy.person.entrance import Show

LONG = 10.0
BRIEF = 0.01
PAGE = SignInPage("https://auth.example/page")
WANTED = SignInRequired("The gateway asks for a sign-in")


class Door:
    """A sign-in that a test lets end as it likes."""

    def __init__(self) -> None:
        self.begun = 0
        self.entered = 0
        self.end: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def sign_in(self, _required: SignInRequired, show: Show) -> str:
        self.begun += 1
        show(PAGE)
        return await self.end

    def on_entered(self) -> None:
        self.entered += 1


def test_whoever_wants_in_joins_the_sign_in_that_runs() -> None:
    """peers.md §8, behaviour 10: one page for all requests."""

    async def scenario() -> None:
        door = Door()
        entrance = Entrance(door.sign_in, door.on_entered)
        waiting = [asyncio.create_task(entrance.enter(WANTED, LONG)) for _ in range(5)]
        assert await entrance.enter(WANTED, BRIEF) is False
        assert entrance.page == PAGE
        door.end.set_result("granted")
        assert await asyncio.gather(*waiting) == [True] * 5
        assert door.begun == 1
        assert not vars(entrance)["page"]

    asyncio.run(scenario())


@pytest.mark.parametrize(("seconds", "told"), [(BRIEF, 1), (LONG, 0)])
def test_only_who_was_sent_away_is_told_later(seconds: float, told: int) -> None:
    """peers.md §8, behaviour 8: `list_changed` after a sign-in that took longer than a list."""

    async def scenario() -> None:
        door = Door()
        entrance = Entrance(door.sign_in, door.on_entered)
        waiting = asyncio.create_task(entrance.enter(WANTED, seconds))
        if seconds == BRIEF:
            assert await waiting is False
        door.end.set_result("granted")
        await entrance.enter(WANTED, LONG)
        await waiting
        assert door.entered == told

    asyncio.run(scenario())


def test_a_failure_is_everybodys_and_the_next_one_may_try_again() -> None:
    """Ours. How often pages open is capped over all processes, in `login.attempts`."""

    async def scenario() -> None:
        door = Door()
        entrance = Entrance(door.sign_in, door.on_entered)
        door.end.set_exception(AuthorizationRefused("The person said no"))
        with pytest.raises(AuthorizationRefused):
            await entrance.enter(WANTED, LONG)
        door.end = asyncio.get_running_loop().create_future()
        door.end.set_result("granted")
        assert await entrance.enter(WANTED, LONG) is True
        assert door.begun == 2

    asyncio.run(scenario())


def test_where_nobody_can_sign_in_the_demand_is_the_answer() -> None:
    """systems.md §7.4: a static key opens no page."""

    async def scenario() -> None:
        with pytest.raises(SignInRequired) as raised:
            await Entrance(None, lambda: None).enter(WANTED, LONG)
        assert raised.value is WANTED

    asyncio.run(scenario())


def test_closing_ends_the_wait_for_a_person_and_nobody_begins_anew() -> None:
    """peers.md §8, behaviour 11."""

    async def scenario() -> None:
        door = Door()
        entrance = Entrance(door.sign_in, door.on_entered)
        waiting = asyncio.create_task(entrance.enter(WANTED, LONG))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        entrance.close()
        for wanted in (waiting, entrance.enter(WANTED, LONG)):
            with pytest.raises(SignInRequired):
                await wanted
        assert door.end.cancelled()
        assert door.begun == 1

    asyncio.run(scenario())


def test_a_fault_of_ours_is_not_taken_for_a_sign_in() -> None:
    """Ours."""

    async def scenario() -> None:
        door = Door()
        door.end.set_exception(ZeroDivisionError())
        with pytest.raises(ZeroDivisionError):
            await Entrance(door.sign_in, door.on_entered).enter(WANTED, LONG)

    asyncio.run(scenario())
