"""Legal names for tools whose own names a client cannot take."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_proxy.policy.alias import LEGAL, aliases, shown

# A slow machine is not a wrong program.
settings.register_profile("calm", deadline=None)
settings.load_profile("calm")

LEGAL_NAMES = st.from_regex(LEGAL, fullmatch=True)
ANY_NAMES = st.text(alphabet="ab.-_é", max_size=5) | st.text(max_size=70) | LEGAL_NAMES
SURROGATES = st.text(st.characters(categories=["Cs", "Lu"]), max_size=3)


def with_aliases(names: list[str]) -> list[str]:
    """The names, and the aliases of some of them as names of other tools."""
    return [*names, *(shown(name) for name in names[::2])]


LISTS = st.lists(ANY_NAMES | SURROGATES, max_size=12).map(with_aliases)


@given(LISTS)
def test_every_tool_gets_a_legal_name_of_its_own(names: list[str]) -> None:
    """systems.md X15, also where a gateway gives another tool the name of an alias."""
    found = aliases(names)
    assert set(found) == set(names)
    assert len(set(found.values())) == len(found)
    assert all(LEGAL.match(alias) for alias in found.values())


@given(LISTS)
def test_a_legal_name_is_its_own_alias(names: list[str]) -> None:
    """Ours."""
    found = aliases(names)
    assert all(alias == name for name, alias in found.items() if LEGAL.match(name))


@given(LISTS.flatmap(lambda names: st.tuples(st.just(names), st.permutations(names))))
def test_the_order_of_the_list_does_not_matter(orders: tuple[list[str], list[str]]) -> None:
    """systems.md X15."""
    assert aliases(orders[0]) == aliases(orders[1])


@given(st.lists(ANY_NAMES, min_size=1, max_size=12))
def test_other_tools_do_not_matter_without_a_collision(names: list[str]) -> None:
    """Ours: an alias stays when tools come and go."""
    found = aliases(names)
    if len({shown(name) for name in names}) == len(set(names)):
        assert found == {name: shown(name) for name in names}
    assert aliases([names[0]]) == {names[0]: shown(names[0])}


def test_an_alias_is_the_same_for_ever() -> None:
    """Ours. Hosts keep permissions by tool name; these are what they have kept."""
    assert shown("remote.tenant.notion-a1b2c3.search_pages") == (
        "remote_tenant_notion-a1b2c3_search_pages_6b87f264"
    )
    assert shown("") == "_e3b0c442"


def test_names_that_differ_in_illegal_characters_only_stay_apart() -> None:
    """systems.md X15."""
    found = aliases(["a.b", "a/b", "a_b", "a:b"])
    assert found["a_b"] == "a_b"
    assert len(set(found.values())) == 4


def test_long_names_that_begin_alike_stay_apart() -> None:
    """systems.md X15."""
    first, second = aliases(["x" * 90, "x" * 91]).values()
    assert first != second
    assert len(first) == len(second) == 64


def test_a_legal_name_never_gives_way_to_an_alias() -> None:
    """Ours. The gateway lists a tool that is called like the alias of another."""
    found = aliases(["a.b", shown("a.b")])
    second = hashlib.sha256(b"a.b\0").hexdigest()[:8]
    assert found == {shown("a.b"): shown("a.b"), "a.b": f"a_b_{second}"}


@pytest.mark.parametrize("name", ["", "a" * 65, "a.b", "a b", "a\n", "ä", "a/b"])
def test_what_is_not_legal(name: str) -> None:
    """The pattern of issue 2; a line break at the end is none of its characters."""
    assert not LEGAL.match(name)
    assert shown(name) != name


@pytest.mark.parametrize("name", ["a", "A-b_9", "a" * 64])
def test_what_is_legal(name: str) -> None:
    """The pattern of issue 2."""
    assert shown(name) == name
