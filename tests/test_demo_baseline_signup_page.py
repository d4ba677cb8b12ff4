"""The page on which a person answers a sign-up that an assistant has begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2

from baseline_person import call, with_world

if TYPE_CHECKING:
    from mcp_proxy.demo.baseline.world import BaselineWorld


async def answered(world: BaselineWorld, **form: str) -> tuple[int, str]:
    """The page's status after an answer, and where the sign-up stands then."""
    world.switches.anonymous_list = True
    begun = await call(world, None, "startSignup")
    async with httpx2.AsyncClient() as client:
        page = await client.post(begun["verificationUrl"], data={"ticket": begun["code"]} | form)
    return page.status_code, str(
        (await call(world, None, "pollSignupStatus", code=begun["code"]))["status"]
    )


def test_yes_and_no_are_taken() -> None:
    """systems.md §4.3, device flow: authorized, denied."""
    assert with_world(lambda world: answered(world, decision="allow")) == (200, "authorized")
    assert with_world(lambda world: answered(world, decision="deny")) == (200, "denied")


def test_who_is_not_known_decides_nothing() -> None:
    """Ours."""
    asked = with_world(lambda world: answered(world, decision="allow", account="nobody"))
    assert asked == (400, "pending")
    wrong = with_world(lambda world: answered(world, decision="allow", ticket="AAAAA1"))
    assert wrong == (400, "pending")


def test_a_code_is_shown_with_what_can_be_given_and_only_while_it_waits() -> None:
    """systems.md §4.3: ten minutes."""

    async def scenario(world: BaselineWorld) -> None:
        world.switches.anonymous_list = True
        url = (await call(world, None, "startSignup"))["verificationUrl"]
        async with httpx2.AsyncClient() as client:
            assert "As much as the role" in (await client.get(url)).text
            world.clock.advance(600)
            late = await client.get(url)
            assert (late.status_code, "No sign-up waits" in late.text) == (400, True)
            assert (await client.get(url.partition("?")[0])).status_code == 400

    with_world(scenario)
