from __future__ import annotations

import asyncio
import json
import threading
from typing import TYPE_CHECKING

import keyring
import pytest

import rings
from mcp_proxy.catalog.facts import FactStore, Lesson
from mcp_proxy.errors import (
    AuthorizationRefused,
)
from mcp_proxy.login.keys import catalog_key
from mcp_proxy.login.sign_in import sign_in
from relay_world import PATIENCE, home
from sign_in_world import Person, staff_profile, world_of_staff

if TYPE_CHECKING:
    from pathlib import Path


def listed(folder: Path) -> list[Path]:
    """All that lies below `folder`."""
    return list(folder.rglob("*"))


def test_a_sign_in_opens_one_page_and_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md §7.2: one browser login, then silent."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            first = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            second = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert first == second
            assert (world.counters.authorizations, len(person.opened)) == (1, 1)
            assert first.issuer == world.issuer
            assert first.resource == world.url
            await person.is_back.wait()
            assert "<title>Signed in" in person.last_page

    asyncio.run(scenario())


def test_eight_at_once_open_one_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """peers.md §8, behaviour 10."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            grants = await asyncio.gather(
                *(sign_in(chosen, home(tmp_path), on_waiting=person.open) for _ in range(8))
            )
            assert len(set(grants)) == 1
            assert (world.counters.authorizations, len(person.opened)) == (1, 1)

    asyncio.run(scenario())


def test_a_refused_token_is_not_taken_for_a_sign_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. What the gateway has just refused is no reason to ask nobody."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            old = await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            new = await sign_in(
                chosen,
                home(tmp_path),
                on_waiting=person.open,
                refused=old.tokens.access_token,
            )
            again = await sign_in(chosen, home(tmp_path), on_waiting=person.open, again=True)
            assert len({old, new, again}) == 3

    asyncio.run(scenario())


def test_a_person_who_says_no_is_not_asked_again_unasked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviour 13: storms are capped; who asks for it is served."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(is_allowed=False), staff_profile(world)
            with pytest.raises(AuthorizationRefused) as refused:
                await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert refused.value.code == "access_denied"
            await person.is_back.wait()
            assert "<title>Not signed in" in person.last_page
            with pytest.raises(AuthorizationRefused, match="The last sign-in failed"):
                await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert len(person.opened) == 1
            person.is_allowed = True
            await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            await sign_in(chosen, home(tmp_path), on_waiting=person.open, unasked=True)
            assert len(person.opened) == 2

    asyncio.run(scenario())


def test_a_keyring_that_asks_first_holds_up_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ours. `serve` signs in behind its calls: they go on while a keyring waits for somebody.

    Here it is the event loop that opens the prompt; held up, it would find a key file.
    """
    monkeypatch.setenv("RINGS_DRAWER", str(tmp_path / "drawer"))
    monkeypatch.setattr(rings.Prompting, "opened", threading.Event())
    monkeypatch.setattr(rings.Prompting, "asked", threading.Event())
    before = keyring.get_keyring()
    rings.choose(rings.Prompting)

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world, asyncio.timeout(PATIENCE):
            person, chosen = Person(), staff_profile(world)
            signing_in = asyncio.create_task(
                sign_in(chosen, home(tmp_path), on_waiting=person.open)
            )
            assert await asyncio.to_thread(rings.Prompting.asked.wait, PATIENCE)
            assert person.opened == [], "nobody signs in before it can be kept"
            rings.Prompting.opened.set()
            await signing_in

    try:
        asyncio.run(scenario())
    finally:
        keyring.set_keyring(before)
    kept = json.loads((home(tmp_path).vault / "vault.json").read_text())
    assert kept["key"] == "keyring"


def test_no_secret_of_a_sign_in_lies_readable_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """peers.md §8, behaviours 27 and 28."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            grant = await sign_in(staff_profile(world), home(tmp_path), on_waiting=Person().open)
            tokens = [grant.tokens.access_token, str(grant.tokens.refresh_token)]
            secrets = [*tokens, world.client_secret]
            for path in [tmp_path / name for name in listed(tmp_path)]:
                assert path.stat().st_mode & 0o077 == 0, path
                kept = path.read_bytes() if path.is_file() else b""
                assert [one for one in secrets if one.encode() in kept] == [], path

    asyncio.run(scenario())


def test_what_an_earlier_grant_was_refused_is_forgotten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systems.md X27: at the next sign-in, by all processes."""

    async def scenario() -> None:
        async with world_of_staff(monkeypatch) as world:
            person, chosen = Person(), staff_profile(world)
            facts = FactStore(home(tmp_path).catalogs)
            await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            key = catalog_key(chosen, home(tmp_path))
            facts.keep_lessons(key, [Lesson("create", "is refused", None, None, 0.0)])
            await sign_in(chosen, home(tmp_path), on_waiting=person.open)
            assert len(facts.lessons(key)) == 1, "nobody has signed in"
            await sign_in(chosen, home(tmp_path), on_waiting=person.open, again=True)
            assert facts.lessons(key) == ()

    asyncio.run(scenario())
