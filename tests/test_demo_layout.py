"""The names and places of the systems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mcp_proxy.demo.integration.world import LAYOUT as INTEGRATION

if TYPE_CHECKING:
    from mcp_proxy.demo.layout import Layout


@pytest.mark.parametrize("layout", [INTEGRATION], ids=lambda layout: layout.title)
def test_every_place_is_a_path_of_its_own_and_the_first_scope_exists(layout: Layout) -> None:
    """Ours: two endpoints at one path would hide one of them."""
    places = [
        layout.mcp_path,
        layout.authorize,
        layout.token,
        layout.revoke,
        layout.register,
        layout.device,
        layout.device_page,
        *layout.metadata_paths.values(),
    ]
    assert all(place.startswith("/") for place in places)
    assert len(set(places)) == len(places)
    assert set(layout.scope.split()) <= layout.scopes
