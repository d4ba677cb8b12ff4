"""`catalog why TOOL`."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest

from cli_gateway import terminal, world
from mcp_proxy.catalog.facts import FactStore, Lesson
from scai_terminal import scai, scai_world

if TYPE_CHECKING:
    from cli_gateway import Terminal
    from scai_terminal import ScaiTerminal

__all__ = ["scai", "scai_world", "terminal", "world"]


def told(out: str) -> dict[str, str]:
    """The facts of a report, by name."""
    pairs = (re.split(r"  +", line, maxsplit=1) for line in out.splitlines() if "  " in line)
    return {pair[0]: pair[1] for pair in pairs if len(pair) == 2}


def informed(terminal: Terminal) -> None:
    """Give the profile a preset and an environment."""
    config = terminal.home / "config.toml"
    text = 'preset = "integration-gateway"\nenvironment = "dev"\n[profiles.demo.auth]'
    config.write_text(config.read_text().replace("[profiles.demo.auth]", text))


def facts_key(terminal: Terminal | ScaiTerminal) -> str:
    """The cache key under which the terminal's one snapshot lies."""
    (snapshot,) = (terminal.home / "catalogs").glob("*.json")
    return snapshot.name.partition(".")[0]


def test_a_permitted_tool_tells_rule_class_need_and_environments(terminal: Terminal) -> None:
    """Issue 4: who may do what, and which rule or permission decides; without a network."""
    informed(terminal)
    terminal.run("login")
    terminal.run("tools")
    code, out, err = terminal.run("catalog", "why", "write_integration")
    assert (code, err) == (0, "")
    found = told(out)
    assert found["state"] == "surfaced"
    assert found["decides"] == "class: It writes, which dev permits"
    assert found["class"] == "write, as the preset knows"
    assert found["needs"] == "right write on the integration"
    assert found["listed"] == "yes, 0 s ago"
    assert found["environments"] == "dev yes, test no, prod no"
    assert "rights" not in found


def test_a_denied_tool_tells_the_rule(terminal: Terminal) -> None:
    """Issue 4."""
    terminal.run("login")
    terminal.run("tools")
    document = terminal.document("catalog", "why", "delete_integration_component")
    assert (document["surfaced"], document["rule"]) == (False, "deny")
    assert document["classes"] == ["delete"]
    assert document["listed"] is True


def test_a_tool_of_several_deeds_tells_each(terminal: Terminal) -> None:
    """systems.md §7.2: the multi-action tools."""
    informed(terminal)
    terminal.run("login")
    terminal.run("tools")
    document = terminal.document("catalog", "why", "django_admin")
    assert document["argument"] == "action"
    assert document["values"]["get-model"] == {"class": "read", "allowed": True}
    assert document["values"]["delete-model"] == {"class": "delete", "allowed": False}
    _, out, _ = terminal.run("catalog", "why", "demo", "django_admin")
    assert re.search(r"^delete-model +delete +refused, environment: ", out, re.MULTILINE)
    assert re.search(r"^get-model +read +permitted$", out, re.MULTILINE)


def test_the_rights_that_the_gateway_told_are_told_again(terminal: Terminal) -> None:
    """systems.md §7.2: the matrix explains."""
    informed(terminal)
    terminal.run("login")
    terminal.run("catalog", "perms", "--live")
    found = told(terminal.run("catalog", "why", "get_run_history")[1])
    assert found["rights"] == "debug on Loan Onboarding, as list_integrations told 0 s ago"
    found = told(terminal.run("catalog", "why", "demo", "read_integration")[1])
    assert found["rights"].startswith("read on Loan Onboarding, Credit Check, as")
    document = terminal.document("catalog", "why", "read_integration")
    assert document["rights"]["rows"]["Credit Check"]["write"] is False
    # Rights are no matter of a tool that needs none.
    assert terminal.document("catalog", "why", "list_integrations")["rights"] is None


def test_what_the_gateway_refused_lately_decides(terminal: Terminal) -> None:
    """X27: with the time until it is forgotten; a denial of one's own comes first."""
    terminal.run("login")
    terminal.run("tools")
    store, now = FactStore(terminal.home / "catalogs"), time.time()
    lessons = [
        Lesson(tool, "needs a permission: x (NO)", "x", "NO", now - 600)
        for tool in ("list_integrations", "delete_integration_component")
    ]
    store.keep_lessons(facts_key(terminal), lessons)
    found = told(terminal.run("catalog", "why", "list_integrations")[1])
    assert found["state"] == "hidden"
    assert found["decides"] == "learnt: It needs a permission: x (NO)"
    assert re.match(r"10 min ago; shown again in (49|50) min, or after", found["refused"])
    document = terminal.document("catalog", "why", "list_integrations")
    assert document["learnt"]["gateway_code"] == "NO"
    assert 2990 < document["learnt"]["forgotten_in_seconds"] <= 3000
    assert terminal.document("catalog", "why", "delete_integration_component")["rule"] == "deny"
    listed = terminal.document("tools", "--all", "--offline")["tools"]
    rules = {tool["name"]: tool["permit"]["rule"] for tool in listed}
    assert rules["list_integrations"] == "learnt"
    store.keep_lessons(facts_key(terminal), [Lesson("list_integrations", "-", None, None, 0.0)])
    assert terminal.document("catalog", "why", "list_integrations")["surfaced"] is True


def test_what_the_gateway_does_not_list_is_explained_by_its_register(scai: ScaiTerminal) -> None:
    """systems.md §7.4: names permission or module; who may not read it says so."""
    scai.run("tools", "viewer")
    found = told(scai.run("catalog", "why", "viewer", "users_list")[1])
    assert found["state"] == "hidden"
    assert found["decides"] == "the gateway, which does not list it for this identity"
    assert found["listed"].startswith("no, and why is not known; --live asks")
    found = told(scai.run("catalog", "why", "viewer", "users_list", "--live")[1])
    assert found["listed"].endswith("the gateway's register is closed to this identity")
    found = told(scai.run("catalog", "why", "catalog-only", "bunker_exec", "--live")[1])
    needs = "permission scaibunker:execute and module scaibunker"
    assert found["listed"].startswith(
        f"no; the gateway's own register says that it needs {needs} ("
    )
    document = scai.document("catalog", "why", "viewer", "users_list")
    assert document["register"]["permission"] == "users:manage"
    assert document["surfaced"] is document["listed"] is False


def test_it_is_found_under_the_name_that_desktops_see(scai: ScaiTerminal) -> None:
    """X15."""
    scai.run("tools", "tadmin")
    listed = scai.document("tools", "tadmin", "--offline")["tools"]
    name, alias = next(
        (tool["name"], tool["permit"]["shown_as"]) for tool in listed if "remote" in tool["name"]
    )
    found = told(scai.run("catalog", "why", "tadmin", alias)[1])
    assert (found["tool"], found["shown as"]) == (name, alias)
    assert found["needs"] == "permission scailink:remote.use"


def test_an_open_tool_that_is_not_listed_needs_nothing_but_a_sign_in(scai: ScaiTerminal) -> None:
    """SC-PERM: an empty permission is open."""
    scai.run("catalog", "perms", "catalog-only", "--live")
    key = facts_key(scai)
    (scai.home / "catalogs" / f"{key}.json").unlink()
    found = told(scai.run("catalog", "why", "catalog-only", "me_get")[1])
    assert "needs nothing but a sign-in" in found["listed"]


def test_a_profile_without_a_preset_tells_what_it_can(terminal: Terminal) -> None:
    """Ours: the generic patterns class it by its name."""
    terminal.run("login")
    terminal.run("tools")
    document = terminal.document("catalog", "why", "search_integration")
    assert document["class_from"] in {"annotations", "name"}
    assert document["environments"] == {"dev": True, "test": True, "prod": True}
    assert (document["rights"], document["register"], document["learnt"]) == (None, None, None)


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        (("lst_integrations",), "Did you mean list_integrations?"),
        (("zzzzzzzz",), "mcp-permit tools demo --all"),
        ((), "mcp-permit catalog why TOOL"),
        (("a", "b"), "mcp-permit catalog why TOOL"),
    ],
)
def test_what_nobody_knows_is_said_so(
    terminal: Terminal, words: tuple[str, ...], hint: str
) -> None:
    """docs/cli.md: exit code 2."""
    terminal.run("login")
    terminal.run("tools")
    found = terminal.error("catalog", "why", *words)
    assert (found["exit"], found["hint"]) == (2, hint)


def test_a_profile_that_was_never_listed_has_its_rules_all_the_same(scai: ScaiTerminal) -> None:
    """Ours: the preset knows the tool."""
    found = told(scai.run("catalog", "why", "user", "inference_chat")[1])
    assert found["class"] == "execute, as the preset knows"
    assert found["listed"].startswith("no")
