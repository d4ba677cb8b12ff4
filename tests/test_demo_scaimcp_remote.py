"""ScaiLink's cloud registry, without any wire."""

from __future__ import annotations

import re

from mcp_proxy.demo.scaimcp.people import people
from mcp_proxy.demo.scaimcp.permissions import REMOTE_USE
from mcp_proxy.demo.scaimcp.remote import TIER, Registry, entry, registered

PEOPLE = people()
LINKER = PEOPLE["linker"]


def registry() -> Registry:
    return Registry(registered(LINKER.user_id))


def test_names_have_the_owner_a_slug_with_a_hash_and_dots() -> None:
    """SC-NAME, SL-REG."""
    pattern = r"remote\.(tenant|usr-[0-9a-f]{4})\.[a-z-]+-[0-9a-f]{6}\.[a-z_.]+"
    names = list(registry().tools(LINKER))
    assert len(names) == 8
    assert all(re.fullmatch(pattern, name) for name in names)
    assert names == list(registry().tools(LINKER)), "the hash is stable"


def test_some_names_are_hard_for_a_desktop_program() -> None:
    """systems.md X15: two that collide without their dots, one of 90 characters."""
    names = list(registry().tools(LINKER))
    assert max(map(len, names)) == 90
    assert len({name.replace(".", "_") for name in names}) == len(names) - 1


def test_personal_servers_are_seen_by_their_owner_and_shared_ones_by_all_who_may() -> None:
    """SL-REG, SL-PERM."""
    found = registry()
    assert [each.id for each in found.seen_by(LINKER)] == ["rs-personal", "rs-shared"]
    assert [each.id for each in found.seen_by(PEOPLE["tadmin"])] == ["rs-shared"]
    assert found.seen_by(PEOPLE["user"]) == []
    somebody = people()["linker"]
    somebody.revoke(REMOTE_USE)
    assert found.tools(somebody) == {}


def test_there_is_a_tool_of_each_tier_at_both_servers() -> None:
    """systems.md §7.4; SL-TUT."""
    for server in registered(LINKER.user_id):
        assert {tool.tier for tool in server.tools} == {"auto", "confirm", "locked"}


def test_the_third_failure_breaks_a_server_and_one_good_answer_mends_it() -> None:
    """SL-TRBL."""
    found = registry()
    shared = found.servers["rs-shared"]
    shared.is_reachable = False
    shared.refresh()
    shared.refresh()
    assert shared.status == "active"
    shared.refresh()
    assert shared.status == "error"
    assert all(name.startswith("remote.usr") for name in found.tools(LINKER))
    shared.mend()
    assert shared.status == "active"
    shared.break_down()
    assert shared.row()["status"] == "error"


def test_an_entry_says_its_tier_and_a_row_shows_no_credentials() -> None:
    """Ours: `_meta`; SL-ARCH: credentials are stored sealed."""
    tools = registry().tools(LINKER)
    tiers = {entry(name, tool)["_meta"][TIER] for name, tool in tools.items()}
    assert tiers == {"auto", "confirm", "locked"}
    assert not any("credential" in key for key in registry().servers["rs-shared"].row())
