"""The REST surfaces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx2
import pytest

from mcp_proxy.demo.scaimcp.catalogue import CATALOGUE
from scai_person import called, in_world, listed, rest

if TYPE_CHECKING:
    from mcp_proxy.demo.scaimcp.world import ScaiWorld

TOOLS = "/v1/modules/scaimcp/tools"


@pytest.mark.parametrize(
    ("account", "status"),
    [("catalog-only", 200), ("tadmin", 200), ("super", 200), ("user", 403), ("agent", 403)],
)
def test_the_whole_catalogue_needs_a_permission_that_opens_no_tool(
    account: str, status: int
) -> None:
    """SC-API, SC-PERM: `scaimcp:access`."""

    async def scenario(world: ScaiWorld) -> None:
        key = world.key(account)
        answer = await rest(world, key, TOOLS)
        assert answer.status_code == status
        if status == 200:
            rows = answer.json()["data"]
            assert [row["name"] for row in rows] == list(CATALOGUE)
        else:
            assert answer.json()["error"]["code"] == "AUTHZ_PERMISSION_DENIED"
        if account == "catalog-only":
            assert len(await listed(world, key)) == 2

    in_world(scenario)


def test_it_joins_with_a_list_to_what_is_missing_for_each_hidden_tool() -> None:
    """systems.md §7.4: permission or module by name."""

    async def scenario(world: ScaiWorld) -> None:
        world.tenant.enabled.discard("scaibunker")
        key = world.key("tadmin")
        rows = {row["name"]: row for row in (await rest(world, key, TOOLS)).json()["data"]}
        hidden = set(rows) - set(await listed(world, key))
        assert {rows[name]["required_permission"] for name in hidden} == {
            "accounting:view_partner",
            "models:manage",
            "routing:manage",
            "scaibot:bots:read",
            "scaibot:bots:write",
            "scaibunker:read",
            "scaibunker:execute",
        }

    in_world(scenario)


@pytest.mark.parametrize("path", ["/v1/audit-log?actor_id=", "/v1/audit/events?actor_user_id="])
def test_both_audits_show_what_was_changed_and_by_whom(path: str) -> None:
    """SC-PERM, SC-AUD; systems.md C3."""

    async def scenario(world: ScaiWorld) -> None:
        admin = world.people["tadmin"]
        key = world.key("tadmin")
        await called(world, key, "webhooks_create", name="new")
        await called(world, key, "webhooks_list")
        await called(world, world.key("super"), "models_create", name="new")
        (row,) = (await rest(world, key, path + admin.user_id)).json()["data"]
        assert row["action"] == "webhooks.create"
        assert (await rest(world, world.key("user"), path)).status_code == 403

    in_world(scenario)


def test_the_audit_comes_in_pages() -> None:
    """SC-AUD: `cursor`."""

    async def scenario(world: ScaiWorld) -> None:
        for _ in range(51):
            world.events.note(world.people["super"], "models.create", "models")
        key = world.key("super")
        first = (await rest(world, key, "/v1/audit-log")).json()
        assert len(first["data"]) == 50
        second = (await rest(world, key, "/v1/audit-log?cursor=" + first["meta"]["cursor"])).json()
        assert len(second["data"]) == 1
        assert "cursor" not in second["meta"]

    in_world(scenario)


def test_direct_grants_can_be_replaced_from_outside() -> None:
    """SC-USERS: `PUT /v1/users/{id}/module-permissions`."""

    async def scenario(world: ScaiWorld) -> None:
        linker, key = world.key("linker"), world.key("tadmin")
        place = f"/v1/users/{world.people['linker'].user_id}/module-permissions"
        assert any(name.startswith("remote.") for name in await listed(world, linker))
        answer = await rest(world, key, place, "PUT", {"permissions": []})
        assert answer.status_code == 200
        assert not any(name.startswith("remote.") for name in await listed(world, linker))
        wrong = await rest(world, key, place, "PUT", {"permissions": "all"})
        assert wrong.json()["error"]["details"][0]["field"] == "permissions"
        nobody = await rest(world, key, "/v1/users/x/module-permissions", "PUT", {})
        assert nobody.status_code == 404

    in_world(scenario)


@pytest.mark.parametrize("body", [b"{", b"[]"])
def test_a_body_that_is_no_object_is_refused_in_the_envelope(body: bytes) -> None:
    """SC-ERR."""

    async def scenario(world: ScaiWorld) -> None:
        user_id = world.people["user"].user_id
        place = f"{world.origin}/v1/users/{user_id}/module-permissions"
        bearer = {"Authorization": f"Bearer {world.key('tadmin')}"}
        async with httpx2.AsyncClient(headers=bearer) as client:
            answer = await client.put(place, content=body)
        assert answer.status_code == 422
        assert answer.json()["status"] == "error"

    in_world(scenario)
