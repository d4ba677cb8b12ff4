"""Where a call is served."""

from __future__ import annotations

import pytest

from baseline_desk import Office, held_by
from mcp_proxy.demo.baseline.estate import ARCHIVE, OVERVIEW


def test_a_desk_knows_what_its_caller_reaches() -> None:
    """Ours."""
    office = Office()
    desk = office.desk(held_by("write", name="ci"), "editDocument")
    assert desk.level(office.estate.places[OVERVIEW]) == "write"
    assert desk.reaches(office.estate.places[OVERVIEW])
    assert not desk.reaches(office.estate.places[ARCHIVE])
    assert desk.stamp == {"user": "owner", "created_by_credential_name": "ci"}
    desk.effect()
    assert office.counters.effects == {"editDocument": 1}


def test_a_deed_for_nobody_is_a_mistake_of_ours() -> None:
    """Ours: the gateway asks for a credential before all but the sign-up."""
    with pytest.raises(RuntimeError, match="without a credential"):
        Office().ask(None, "getCurrentUser")
