"""The policy of a profile, with its preset at hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.config.model import Profile
from mcp_proxy.config.rulebook import (
    attention,
    check_preset,
    check_resources,
    circumstances_of,
    informed_policy_of,
    policy_of,
    presets,
    read_preset,
)
from mcp_proxy.errors import ConfigError
from mcp_proxy.policy.classes import known
from mcp_proxy.policy.decide import decide
from mcp_proxy.policy.explanation import Circumstances
from mcp_proxy.policy.model import Policy, ResourceScope, Tool
from mcp_proxy.values import replace

if TYPE_CHECKING:
    from pathlib import Path

PROFILE = Profile("p", "https://gateway.example/mcp", account="jo")
KEY = "profiles.p.permissions.resource"
ODD = "the environment attic is none of dev, test, prod: it limits nothing but the class execute"


def test_a_profile_that_names_nothing_has_no_preset() -> None:
    """Ours: it costs nothing."""
    assert policy_of(PROFILE) == Policy()
    trusting = replace(PROFILE, permissions=Policy(trust_annotations=True, read_only=True))
    assert policy_of(trusting).preset is None


@pytest.mark.parametrize(
    "profile",
    [
        replace(PROFILE, environment="dev"),
        replace(PROFILE, permissions=Policy(classes=("read",))),
        replace(PROFILE, permissions=Policy(strict=True)),
        replace(PROFILE, permissions=Policy(resource=(ResourceScope("a", "b", "read"),))),
        replace(PROFILE, preset="generic"),
    ],
)
def test_what_limits_without_a_preset_uses_the_generic_one(profile: Profile) -> None:
    """docs/permissions.md."""
    policy = policy_of(profile)
    assert policy.preset is not None
    assert policy.preset().title == "MCP gateway"
    assert policy.environment == profile.environment


def test_a_preset_is_read_when_a_tool_is_judged_and_then_what_is_odd_is_told_once() -> None:
    """systems.md §7.3: a label that disagrees with the host name is warned about."""
    told: list[str] = []
    odd = replace(PROFILE, url="https://glyuedev.example/mcp", environment="prod")
    policy = policy_of(odd, told.append)
    assert told == []
    assert decide(policy, "get_it", None).allowed
    assert not decide(policy, "put_it", None).allowed
    assert told == ["p: the environment is prod, but the host glyuedev.example looks like dev"]


def test_who_tells_nobody_is_told_nothing() -> None:
    """Ours: the commands have `config check` for it."""
    policy = policy_of(replace(PROFILE, url="https://glyuedev.example", environment="prod"))
    assert not decide(policy, "put_it", None).allowed


def test_two_policies_of_one_profile_are_equal() -> None:
    """Ours: what is decided is kept by policy."""
    known = replace(PROFILE, preset="scaimcp")
    assert policy_of(known) == policy_of(known)
    assert hash(policy_of(known)) == hash(policy_of(known))
    assert policy_of(known) != policy_of(replace(PROFILE, preset="generic"))


@pytest.mark.parametrize(
    ("url", "label", "sentences"),
    [
        ("https://glyuedev.example/mcp", "dev", []),
        ("https://glyuedev.example/mcp", "development", []),
        ("https://gateway.example/mcp", "prod", []),
        ("https://gateway.example.dev/mcp", "prod", []),
        ("https://latest.example/mcp", "prod", []),
        ("https://devices.example/mcp", "prod", []),
        ("https://dev-prod.example/mcp", "test", []),
        ("http://127.0.0.1:8000/mcp", "prod", []),
        ("http://[::1]:8000/mcp", "prod", []),
        (
            "https://ig-uat.example/mcp",
            "prod",
            ["the environment is prod, but the host ig-uat.example looks like test"],
        ),
        (
            "https://igprod.example:8443?x",
            "DEV",
            ["the environment is DEV, but the host igprod.example looks like prod"],
        ),
        (
            "https://gateway.example",
            "attic",
            [ODD],
        ),
        (
            "https://gateway.example",
            "prd",
            [f"{ODD.replace('attic', 'prd')}; did you mean prod?"],
        ),
        ("https://glyuedev.example/mcp", None, []),
    ],
)  # fmt: skip
def test_labels_that_do_not_fit_are_told(url: str, label: str | None, sentences: list[str]) -> None:
    """systems.md §7.3."""
    profile = replace(PROFILE, url=url, environment=label)
    assert attention(profile, read_preset("integration-gateway")) == sentences


def test_classes_are_shown_as_they_decide_and_guessed_where_they_do_not() -> None:
    """Ours: `tools --why` must not say "write" of what is refused because it executes."""
    hinted = Tool("frob", b'{"name":"frob","annotations":{"readOnlyHint":true}}')
    shown = informed_policy_of(PROFILE)
    assert known(shown, "frob", hinted).classes == ("read",)
    assert known(shown, "delete_it", None).classes == ("delete",)
    deciding = informed_policy_of(replace(PROFILE, preset="integration-gateway"))
    assert known(deciding, "frob", hinted).classes == ("execute",)


def test_who_is_refused_is_known_by_the_profile() -> None:
    """systems.md X17."""
    profile = replace(PROFILE, environment="dev", contact="us")
    assert circumstances_of(profile) == Circumstances("p", "jo", "dev", "us")


def test_four_systems_are_known() -> None:
    """Issue 4."""
    assert presets() == ("generic", "integration-gateway", "scaimcp", "stable-baseline")


@pytest.mark.parametrize(
    ("source", "complaint", "hint"),
    [
        (
            "scaimpc",
            "profiles.p.preset names no preset; did you mean scaimcp?",
            "There are generic,",
        ),
        ("x", "profiles.p.preset names no preset", "There are generic,"),
        ("../presets/generic", "The preset ../presets/generic cannot be read: No such file", None),
        ("no.toml", "The preset no.toml cannot be read: No such file", None),
    ],
)
def test_a_preset_that_is_not_there_is_named(source: str, complaint: str, hint: str | None) -> None:
    """Issue 2, "Bad input": the nearest known name."""
    with pytest.raises(ConfigError) as caught:
        check_preset(source, "profiles.p.preset")
    assert str(caught.value).startswith(complaint)
    assert (caught.value.hint or "").startswith(hint or "")


def test_a_profile_made_without_a_file_is_checked_at_the_first_list() -> None:
    """Ours: nothing is permitted by a preset that is not there."""
    policy = policy_of(replace(PROFILE, preset="nobodys"))
    with pytest.raises(ConfigError, match="preset names no preset"):
        decide(policy, "get_it", None)


def test_a_preset_may_be_a_file_of_ones_own(tmp_path: Path) -> None:
    """Issue 4: a fifth system is one TOML file. `generic` underlies it."""
    file = tmp_path / "archive.toml"
    file.write_text(
        'title = "Archive"\ntool.stack.class = "write"\n[[pattern]]\nnames = ["get_rid*"]\n'
        'class = "delete"\n[environment.prod]\nclasses = ["delete"]\n'
    )
    check_preset(str(file), "key")
    policy = policy_of(replace(PROFILE, preset=str(file), environment="prod"))
    classes = {name: decide(policy, name, None).tool_class for name in ("stack", "get_rid", "get")}
    assert classes == {"stack": "write", "get_rid": "delete", "get": "read"}
    assert decide(policy, "get_rid", None).allowed
    assert not decide(policy, "get", None).allowed
    assert not decide(replace(policy, environment="test"), "get_rid", None).allowed


def test_a_file_that_is_no_text_is_no_preset(tmp_path: Path) -> None:
    """Ours."""
    file = tmp_path / "a.toml"
    file.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text"):
        check_preset(str(file), "key")
    file.with_name("c.toml").write_text('title = "C"')
    file.with_name("c.toml").chmod(0o666)
    with pytest.raises(ConfigError, match="can be changed by everybody"):
        check_preset(str(file.with_name("c.toml")), "key")
    file.with_name("b.toml").write_text("x = 1")
    with pytest.raises(ConfigError, match="x is not a known key"):
        check_preset(str(file.with_name("b.toml")), "key")


def scoped(*scopes: ResourceScope) -> Profile:
    return replace(PROFILE, preset="stable-baseline", permissions=Policy(resource=scopes))


WORKSPACE = ResourceScope("workspace", "w", "write")


def test_resources_lie_in_resources_of_the_right_kind() -> None:
    """systems.md §4.4: workspace, project, folder."""
    project = ResourceScope("project", "p", "write", within="w")
    deep = ResourceScope("folder", "f", "read", within="p")
    shallow = ResourceScope("folder", "g", "read", within="w")
    check_resources(scoped(WORKSPACE, project, deep, shallow), KEY)
    check_resources(PROFILE, KEY)


def test_kinds_that_lie_in_each_other_are_no_trouble(tmp_path: Path) -> None:
    """Ours: boxes in boxes."""
    file = tmp_path / "boxes.toml"
    file.write_text('title = "B"\nresource.box = { arguments = ["box"], within = "box" }\n')
    outer = ResourceScope("box", "o", "write")
    inner = ResourceScope("box", "i", "write", within="o")
    check_resources(replace(scoped(outer, inner), preset=str(file)), KEY)


@pytest.mark.parametrize(
    ("profile", "complaint"),
    [
        (
            scoped(ResourceScope("wokspace", "w", "read")),
            f"{KEY}[1].kind names no resource of the preset, which knows workspace,",
        ),
        (
            replace(scoped(WORKSPACE), preset=None),
            f"{KEY}[1].kind names no resource of the preset, which knows none",
        ),
        (
            scoped(WORKSPACE, ResourceScope("folder", "f", "write")),
            f"{KEY}[2].within must say where it lies: a folder lies within a project",
        ),
        (
            scoped(WORKSPACE, replace(WORKSPACE, id="v", within="w")),
            f"{KEY}[2].within must say where it lies: a workspace lies within nothing",
        ),
    ],
)
def test_resources_that_lie_nowhere_are_refused(profile: Profile, complaint: str) -> None:
    """Ours: a child without its parent would escape the parent's level."""
    with pytest.raises(ConfigError) as caught:
        check_resources(profile, KEY)
    assert str(caught.value).startswith(complaint)
