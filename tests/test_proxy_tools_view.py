from __future__ import annotations

import json

from mcp_proxy.policy.model import Decision, Policy, Tool
from mcp_proxy.proxy.tools.view import View


def tool(name: str, **fields: object) -> Tool:
    return Tool(name, json.dumps({"name": name, **fields}).encode())


def test_a_complete_list_replaces_what_was_known() -> None:
    """Ours. A tool that the gateway no longer lists is no longer known."""
    view = View(Policy())
    view.learn([tool("old"), tool("kept")])
    view.learn([tool("kept"), tool("new")])
    assert [known.name for known in view.tools] == ["kept", "new"]
    assert view.tool("old") is None


def test_pages_become_a_list_with_the_last_one() -> None:
    """MCP 2025-11-25, Pagination."""
    view = View(Policy())
    first, second = tool("a"), tool("b")
    assert view.take_page(None, (first,), "next") is None
    assert view.take_page("next", (second,), None) == (first, second)


def test_lists_that_run_side_by_side_do_not_mix() -> None:
    """Ours. Two lists whose pages come interleaved each hold their own pages."""
    view = View(Policy())
    assert view.take_page(None, (tool("a"),), "one") is None
    assert view.take_page(None, (tool("b"),), "two") is None
    assert view.take_page("one", (), None) == (tool("a"),)
    assert view.take_page("two", (), None) == (tool("b"),)


def test_a_page_without_its_beginning_completes_nothing() -> None:
    """peers.md §8, behaviour 33: partial lists are never taken as complete."""
    assert View(Policy()).take_page("middle", (tool("z"),), None) is None


def test_a_name_that_hosts_cannot_take_is_translated_both_ways() -> None:
    """systems.md X15."""
    view = View(Policy())
    view.learn([tool("remote.pages.search"), tool("plain")])
    shown = view.shown_name("remote.pages.search")
    assert "." not in shown
    assert view.real_name(shown) == "remote.pages.search"
    assert view.shown_name("plain") == view.real_name("plain") == "plain"


def test_names_of_an_unfinished_list_can_be_called_already() -> None:
    """Ours. A client may call a tool of the first page before it asks for the second."""
    view = View(Policy())
    view.take_page(None, (tool("a.b"),), "more")
    assert view.real_name(view.shown_name("a.b")) == "a.b"


def test_a_tool_is_judged_by_its_own_facts() -> None:
    """Ours. What was listed decides; a tool handed in decides before that."""
    view = View(Policy(read_only=True))
    view.learn([tool("look", annotations={"readOnlyHint": True})])
    assert view.judge("look").allowed
    assert not view.judge("look", tool("look")).allowed
    assert not view.judge("unheard-of").allowed


def test_what_is_withheld_is_refused_before_every_rule_but_a_denial() -> None:
    """systems.md X27: a refusal of the gateway hides the tool it was about."""
    view = View(Policy(allow=("look", "old"), deny=("old",)))
    view.learn([tool("look"), tool("old"), tool("other")])
    learnt = Decision(False, "learnt", "The gateway refused it")
    assert view.withhold("learnt", dict.fromkeys(("look", "old", "other", "gone"), learnt))
    assert view.judge("look") == view.judge("other") == view.judge("gone") == learnt
    assert view.judge("old").rule == "deny"


def test_each_source_replaces_only_what_it_withheld_itself() -> None:
    """Ours. True tells that the client's list is no longer what it was."""
    view = View(Policy())
    view.learn([tool("a"), tool("b")])
    learnt, pinned = Decision(False, "learnt", "1"), Decision(False, "pins", "2")
    assert view.withhold("learnt", {"a": learnt})
    assert not view.withhold("pins", {"a": pinned})
    assert view.judge("a") == learnt
    assert not view.withhold("learnt", {})
    assert view.judge("a") == pinned
    assert not view.withhold("pins", {"a": pinned, "unlisted": pinned})
    assert view.withhold("pins", {"b": pinned})
    assert (view.judge("a").allowed, view.judge("b").allowed) == (True, False)


def test_the_gateway_or_the_preset_vouches_that_a_call_only_reads() -> None:
    """systems.md X14. Without a preset the gateway alone does."""
    view = View(Policy())
    marked = tool("look", annotations={"readOnlyHint": True})
    assert view.only_reads("look", marked, {})
    assert not view.only_reads("look", tool("look"), {})
    assert not view.only_reads("look", None, {})
