"""What a credential of Stable Baseline may do, and which grants may exist."""

from __future__ import annotations

import pytest

from mcp_proxy.demo.baseline.estate import (
    ARCHIVE,
    CARDS,
    DESIGN,
    LEDGER,
    NOTES,
    OVERVIEW,
    PAYMENTS,
    RESEARCH,
    fresh_estate,
    uuid,
)
from mcp_proxy.demo.baseline.grants import (
    FLAGS,
    LEVELS,
    ROLES,
    Credential,
    Grant,
    InvalidGrant,
    Level,
    Mode,
    checked,
    includes,
)

ESTATE = fresh_estate()


def credential(
    scope: dict[str, Level], mode: Mode = "granular", role: str = "owner", *flags: str
) -> Credential:
    return Credential("a key", ROLES[role], Grant(scope, frozenset(flags), mode))


def held(who: Credential, place: str) -> Level:
    return who.level(ESTATE.chain(place))


def test_each_level_includes_those_below_it() -> None:
    """systems.md §4.4, generation A."""
    assert [[includes(one, other) for other in LEVELS] for one in LEVELS] == [
        [True, False, False, False],
        [True, True, False, False],
        [True, True, True, False],
        [True, True, True, True],
    ]


def test_the_nearest_resource_that_a_grant_names_decides() -> None:
    """systems.md §4.4: workspace, project, folder."""
    who = credential({PAYMENTS: "delete", LEDGER: "write", DESIGN: "read"})
    assert held(who, PAYMENTS) == held(who, CARDS) == held(who, NOTES) == "delete"
    assert held(who, LEDGER) == "write"
    assert held(who, DESIGN) == held(who, OVERVIEW) == "read"
    assert held(who, ARCHIVE) == "none"


def test_what_a_person_may_do_is_the_ceiling() -> None:
    """systems.md §4.4, SB-PERM: the user's role and the credential's grant, whichever is less."""
    wide: dict[str, Level] = {PAYMENTS: "delete"}
    assert held(credential(wide, "simple", "viewer", "can_lifecycle"), LEDGER) == "read"
    assert held(credential({PAYMENTS: "read"}, "simple", "editor"), LEDGER) == "read"
    assert credential(wide, "simple", "editor").highest == "write"
    assert credential(wide, "simple", "viewer", "can_lifecycle").flags == frozenset()
    assert credential(wide, "simple", "owner", "can_lifecycle").flags == {"can_lifecycle"}
    assert credential({}).highest == "none"


def test_none_denies_what_the_workspace_would_allow() -> None:
    """systems.md §7.5, row "none is explicit deny": a workspace grant does not cover a project."""
    who = credential({PAYMENTS: "write", CARDS: "none"}, "levels")
    assert held(who, LEDGER) == "write"
    assert held(who, CARDS) == held(who, NOTES) == "none"


@pytest.mark.parametrize(
    ("grant", "complaint"),
    [
        (Grant({PAYMENTS: "read", LEDGER: "write"}, mode="granular"), "exceeds its parent"),
        (
            # The documented demo key, which its own rule forbids (systems.md §7.5 and §7.6).
            Grant({PAYMENTS: "read", LEDGER: "write", DESIGN: "delete"}, mode="granular"),
            "exceeds its parent",
        ),
        (Grant({PAYMENTS: "delete", DESIGN: "read", OVERVIEW: "write"}, mode="granular"), "exceed"),
        (Grant({LEDGER: "read"}, mode="granular"), "in no workspace of the grant"),
        (Grant({RESEARCH: "read", LEDGER: "read"}, mode="granular"), "in no workspace"),
        (Grant({PAYMENTS: "none"}, mode="granular"), "Only the newer model"),
        (Grant({PAYMENTS: "none"}), "Only the newer model"),
        (Grant({PAYMENTS: "read", RESEARCH: "write"}), "same level"),
        (Grant({uuid(7): "read"}), "unknown"),
        (Grant({}), "at least one workspace"),
        (Grant({PAYMENTS: "read"}, frozenset({"can_fly"})), "Unknown capabilities: can_fly"),
    ],
)
def test_an_invalid_grant_is_refused_when_it_is_made(grant: Grant, complaint: str) -> None:
    """systems.md §7.5: the gateway itself rejects an invalid grant at creation."""
    with pytest.raises(InvalidGrant, match=complaint):
        checked(grant, ESTATE.chain)


@pytest.mark.parametrize(
    "grant",
    [
        Grant({PAYMENTS: "delete", LEDGER: "write", DESIGN: "read"}, mode="granular"),
        Grant({PAYMENTS: "write", LEDGER: "write", RESEARCH: "delete"}, mode="granular"),
        Grant({PAYMENTS: "write", LEDGER: "write"}, frozenset(FLAGS.values())),
        Grant({PAYMENTS: "write", CARDS: "none"}, mode="levels"),
        Grant({PAYMENTS: "read", LEDGER: "delete"}, mode="levels"),
    ],
)
def test_a_valid_grant_is_kept_as_it_is(grant: Grant) -> None:
    """systems.md §4.4: the newer model overrides in both directions."""
    assert checked(grant, ESTATE.chain) is grant
