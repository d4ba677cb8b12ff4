"""What a gateway does not list for an identity."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from scai_terminal import scai, scai_world

if TYPE_CHECKING:
    from scai_terminal import ScaiTerminal

__all__ = ["scai", "scai_world"]


def test_who_may_read_the_register_is_told_what_is_missing(scai: ScaiTerminal) -> None:
    """systems.md §7.4: permission or module for each hidden tool; by the same token."""
    code, out, err = scai.run("tools", "tadmin", "--why")
    assert (code, err) == (0, "")
    listed, more = out.split("The gateway has more tools, which it does not list")
    needs = dict(line.split(None, 1) for line in more.splitlines()[3:])
    assert needs["models_create"] == "permission models:manage"
    assert needs["bots_list"] == "permission scaibot:bots:read and module scaibot"
    assert "users_list" not in needs
    assert "users_list" in listed


def test_reading_the_register_is_no_permission(scai: ScaiTerminal) -> None:
    """SC-PERM: `scaimcp:access` opens the list and no tool."""
    code, out, _ = scai.run("tools", "catalog-only", "--why", "--json")
    found = json.loads(out)
    assert code == 0
    assert {"name": "users_list", "permission": "users:manage", "module": None} in found["unlisted"]
    assert "users_list" not in [tool["name"] for tool in found["tools"]]
    assert "unlisted" not in scai.document("tools", "viewer")


def test_who_may_not_read_it_knows_what_somebody_else_was_told(scai: ScaiTerminal) -> None:
    """Ours: the register is the same for all; without anybody who read it, nobody knows."""
    assert scai.document("tools", "viewer", "--why")["unlisted"] == []
    scai.run("tools", "catalog-only", "--why")
    offline = scai.document("tools", "viewer", "--why", "--offline")["unlisted"]
    assert "users_list" in [tool["name"] for tool in offline]


def test_a_register_that_is_broken_keeps_nobody_from_the_list(scai: ScaiTerminal) -> None:
    """Ours."""
    config = scai.home / "config.toml"
    preset = scai.home / "scai.toml"
    preset.write_text(
        'title = "Scai"\n[enquiry.register]\npath = "/nowhere"\nname = "/name"\npermission = "/p"\n'
    )
    config.write_text(config.read_text().replace('"scaimcp"', f'"{preset}"'))
    code, out, err = scai.run("tools", "tadmin", "--why")
    assert code == 0
    assert "users_list" in out
    assert "register of tools cannot be read" in err


def test_a_list_of_nothing_tells_its_causes_and_who_asks(scai: ScaiTerminal) -> None:
    """SC-TRBL: the three causes; `me_get` shows the wrong tenant."""
    code, out, err = scai.run("tools", "stranger")
    assert code == 0
    assert "me_get" in out
    assert "no module is enabled for the tenant" in err
    assert 'me_get says who is asking: {"id"' in err
    assert '"tenant": "other"' in err
    assert "warning" in scai.run("tools", "stranger", "--json")[2]


def test_nobody_is_asked_who_asks_where_that_is_denied(scai: ScaiTerminal) -> None:
    """Ours: by the same rules as everything."""
    _, _, err = scai.run("tools", "stranger", "--deny", "me_*")
    assert "who is asking" not in err
    scai.run("tools", "stranger")
    assert scai.run("tools", "stranger", "--offline")[2] == ""
