"""What a gateway has refused for itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.catalog.facts import FactStore
from mcp_proxy.policy.model import Policy, Tool
from mcp_proxy.policy.refusals import Refusal
from mcp_proxy.proxy.refused.learnt import LESSON_SECONDS, Learnt, decisions
from mcp_proxy.proxy.tools.view import View

if TYPE_CHECKING:
    from pathlib import Path

DENIED = Refusal("tool", "needs a permission", code="PERMISSION_DENIED", permission="models:manage")


class World:
    """Processes of one identity, and a clock."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_000_000.0
        self.key = "key"
        self.complaints: list[str] = []

    def process(self) -> tuple[Learnt, View]:
        """One more process."""
        view = View(Policy())
        view.learn([Tool("create", b'{"name":"create"}'), Tool("look", b'{"name":"look"}')])
        facts = FactStore(self.folder / "catalogs")
        learnt = Learnt(view, facts, lambda: self.key, lambda: self.now, self.complaints.append)
        return learnt, view


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_refused_tool_is_hidden_with_its_reason(world: World) -> None:
    """X27."""
    learnt, view = world.process()
    assert learnt.recall() is False
    assert learnt.learn("create", DENIED) is True
    decision = view.judge("create")
    assert (decision.allowed, decision.rule, decision.needs) == (False, "learnt", "models:manage")
    assert decision.reason == "It needs a permission: models:manage (PERMISSION_DENIED)"
    assert view.judge("look").allowed
    assert learnt.learn("create", DENIED) is False


def test_an_hour_later_it_is_there_again(world: World) -> None:
    """X27: with a clock that is given."""
    learnt, view = world.process()
    learnt.learn("create", DENIED)
    world.now += LESSON_SECONDS - 1
    assert learnt.recall() is False
    assert not view.judge("create").allowed
    world.now += 1
    assert learnt.recall() is True
    assert view.judge("create").allowed
    assert learnt.recall() is False


def test_one_lesson_ends_and_another_stays(world: World) -> None:
    """X27: each has its own hour."""
    learnt, view = world.process()
    learnt.learn("create", DENIED)
    world.now += 1800
    learnt.learn("look", DENIED)
    world.now += 1800
    assert learnt.recall() is True
    assert [view.judge(name).allowed for name in ("create", "look")] == [True, False]


def test_a_clock_that_was_put_back_ends_it(world: World) -> None:
    """Ours: rather too early than never."""
    learnt, view = world.process()
    learnt.learn("create", DENIED)
    world.now -= 10
    assert learnt.recall() is True
    assert view.judge("create").allowed


def test_a_sign_in_forgets_all(world: World) -> None:
    """X27; and where nothing is known nothing is done."""
    learnt, view = world.process()
    learnt.learn("create", DENIED)
    assert learnt.forget() is True
    assert view.judge("create").allowed
    assert learnt.forget() is False


def test_all_processes_of_an_identity_know_it(world: World) -> None:
    """X27: for this cache key. Who starts later knows it; what one forgets, all forget."""
    one, _ = world.process()
    one.learn("create", DENIED)
    other, view = world.process()
    assert other.recall() is True
    assert not view.judge("create").allowed
    one.learn("look", DENIED)
    assert other.recall() is True
    assert not view.judge("look").allowed
    one.forget()
    assert other.recall() is True
    assert view.judge("create").allowed


def test_another_identity_knows_nothing_of_it(world: World) -> None:
    """X27: a sign-in as somebody else has another key."""
    learnt, view = world.process()
    learnt.learn("create", DENIED)
    world.key = "another"
    assert learnt.recall() is True
    assert view.judge("create").allowed


def test_what_cannot_be_kept_hides_all_the_same(world: World) -> None:
    """Ours: and it is said."""
    (world.folder / "catalogs").symlink_to(world.folder)
    learnt, view = world.process()
    assert learnt.learn("create", DENIED) is True
    assert not view.judge("create").allowed
    assert len(world.complaints) == 1


def test_a_lesson_never_permits(world: World) -> None:
    """X27: nothing but refusals comes out of it."""
    learnt, _ = world.process()
    learnt.learn("create", DENIED)
    lessons = FactStore(world.folder / "catalogs").lessons("key")
    assert [one.allowed for one in decisions(lessons).values()] == [False]
