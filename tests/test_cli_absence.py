"""Why a tool that one profile has is none of another's."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from scai_terminal import scai, scai_world

if TYPE_CHECKING:
    from scai_terminal import ScaiTerminal

__all__ = ["scai", "scai_world"]


def test_two_identities_differ_by_what_the_gateway_wants(scai: ScaiTerminal) -> None:
    """systems.md §7.7 scenario 5: exactly the expected names, and the missing permissions."""
    scai.run("tools", "viewer")
    scai.run("tools", "user")
    found = scai.document("catalog", "diff", "viewer", "user")
    assert found["removed"] == []
    assert set(found["reasons"]) == set(found["added"])
    chat = found["reasons"]["inference_chat"]
    assert (chat["profile"], chat["rule"]) == ("viewer", "gateway")
    assert chat["needs"] == "permission models:use"
    _, out, _ = scai.run("catalog", "diff", "viewer", "user")
    told = "not in viewer: the gateway does not list it, which wants permission models:use"
    assert re.search(rf"^\+ inference_chat +{told}$", out, re.MULTILINE)


def test_the_gateways_own_register_knows_better_than_the_preset(scai: ScaiTerminal) -> None:
    """systems.md §7.4: with a credential that may read it; the module, too."""
    scai.run("tools", "tadmin", "--why")
    scai.run("tools", "user")
    found = scai.document("catalog", "diff", "tadmin", "user")
    needs = {name: one["needs"] for name, one in found["reasons"].items()}
    assert needs["users_list"] == "permission users:manage"
    assert needs["bunker_exec"] == "permission scaibunker:execute and module scaibunker"


def test_two_profiles_of_one_identity_differ_by_their_rules(scai: ScaiTerminal) -> None:
    """Issue 4: which rule decides."""
    config = scai.home / "config.toml"
    text = config.read_text()
    same = text[text.index("[profiles.user]") : text.index("[profiles.tadmin]")]
    strict = same.replace("profiles.user", "profiles.strict")
    label = 'environment = "prod"\n[profiles.strict.auth]'
    config.write_text(text + strict.replace("[profiles.strict.auth]", label))
    scai.run("tools", "user")
    scai.run("tools", "strict")
    code, out, _ = scai.run("catalog", "diff", "user", "strict", "--json")
    found = json.loads(out)["reasons"]["inference_chat"]
    assert code == 0
    assert (found["profile"], found["rule"]) == ("strict", "execute")


def test_two_times_have_no_such_reasons(scai: ScaiTerminal) -> None:
    """Ours."""
    scai.run("tools", "user")
    scai.world.people["user"].grant("users:manage")
    scai.run("tools", "user")
    scai.world.people["user"].revoke("users:manage")
    found = scai.document("catalog", "diff", "user")
    assert "users_list" in found["added"]
    assert "reasons" not in found
