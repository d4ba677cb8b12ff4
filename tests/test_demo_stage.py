"""Where the tour runs the program that it shows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from mcp_proxy.demo.integration.world import IntegrationWorld
from mcp_proxy.demo.stage import Stage
from mcp_proxy.errors import GatewayError

if TYPE_CHECKING:
    from pathlib import Path


def staged(folder: Path, *, by_person: bool = False) -> tuple[Stage, IntegrationWorld]:
    world = IntegrationWorld()
    world.close()
    return Stage(world, folder, by_person=by_person), world


def test_the_program_finds_its_profile_in_a_home_of_its_own(tmp_path: Path) -> None:
    """Ours: nobody's own configuration is touched."""
    stage, _ = staged(tmp_path)
    told = asyncio.run(stage.run("config", "path"))
    assert str(tmp_path / "home") in told
    assert asyncio.run(stage.run("config", "check"))


def test_what_the_program_complains_of_is_passed_on(tmp_path: Path) -> None:
    """Ours."""
    stage, _ = staged(tmp_path)
    with pytest.raises(GatewayError, match="nonsense"):
        asyncio.run(stage.run("nonsense"))


def test_it_can_be_asked_whether_a_file_shows_a_secret(tmp_path: Path) -> None:
    """Ours: what the tour says about kept tokens is looked up."""
    stage, world = staged(tmp_path)
    assert stage.holds([world.client_secret]) == (1, 0)
    assert stage.holds([world.client_id, "nowhere"]) == (1, 1)


def test_the_last_words_are_the_last_line(tmp_path: Path) -> None:
    """Ours."""
    stage, _ = staged(tmp_path, by_person=True)
    assert stage.last_words() is None
    (tmp_path / "stderr.log").write_text("one\ntwo\n\n")
    assert stage.last_words() == "two"
